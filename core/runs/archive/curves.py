"""The curves of a run's archive: every record is judged by its event and by those before it."""

import io
import zlib
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from core.datasets import Facts
from core.runs import layout
from core.runs.archive.parts import Count, Part, Real, Share, damaged, parse, read_model, refused

LINE_BYTES = 64 << 10
"""One record holds 24 points or the answers for 24 pictures: 2 KB."""
LINE_BRACKETS = 32


class _Started(Part):
    steps_per_epoch: Count
    train_images: Count = 0
    validation_images: Count = 0
    tiles: list[Count] = Field(max_length=1000)


class _Batches(Part):
    step: list[Count] = Field(max_length=10_000)
    loss: list[Real | None] = Field(max_length=10_000)
    accuracy: list[Share | None] = Field(max_length=10_000)


class _Epoch(Part):
    epoch: Annotated[int, Field(ge=1, le=10_000)]
    step: Count
    seconds: Real = 0.0
    loss: Real | None
    accuracy: Share | None
    val_loss: Real | None
    val_accuracy: Share | None
    learning_rate: Real | None = None
    answers: list[Count] = Field([], max_length=1000)
    confidence: list[Share] = Field([], max_length=1000)


class _Rate(Part):
    step: Count
    value: Annotated[float, Field(ge=0, le=1e6)]
    why: str = Field(max_length=80)


RECORDS: dict[str, type[Part]] = {"started": _Started, "batches": _Batches, "epoch": _Epoch, "rate": _Rate}
"""What a line of the metrics may hold, by its event."""


class Curves:
    """Judges records in their order.

    Args:
        facts: of the data, which bound positions and classes; None when unknown.
    """

    def __init__(self, facts: Facts | None) -> None:
        self.pictures = facts.count if facts else 10**9
        self.classes = len(facts.class_names) if facts else 10**9
        self.tiles, self.epoch, self.step, self.sequence = 0, 0, 0, 0

    def judge(self, where: str, told: dict[str, Any]) -> dict[str, Any] | None:
        """The record with its number, or None for an event that this version does not know.

        Raises:
            UserError: it is not what its event says.
        """
        event = told.get("event")
        kind = RECORDS.get(event) if isinstance(event, str) else None
        if kind is None:
            return None
        values = read_model(kind, told, where).model_dump(exclude_unset=True)
        if not getattr(self, f"_{event}")(values):
            raise refused(f"{where} does not fit the lines before it", "RUN_METRICS")
        self.sequence += 1
        return {"n": self.sequence, "event": event, **values}

    def _started(self, values: dict[str, Any]) -> bool:
        self.tiles = len(values["tiles"])
        return all(position < self.pictures for position in values["tiles"])

    def _batches(self, values: dict[str, Any]) -> bool:
        steps = [self.step, *values["step"]]
        self.step = steps[-1]
        same = len(values["step"]) == len(values["loss"]) == len(values["accuracy"])
        return same and all(a <= b for a, b in zip(steps, steps[1:], strict=False))

    def _epoch(self, values: dict[str, Any]) -> bool:
        before, self.epoch = self.epoch, values["epoch"]
        answers = values.get("answers", [])
        told = len(answers) == len(values.get("confidence", [])) and len(answers) in (0, self.tiles)
        return told and before < self.epoch and all(answer < self.classes for answer in answers)

    def _rate(self, values: dict[str, Any]) -> bool:
        return True


def records(data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Where each record stands, and the record.

    Raises:
        UserError: a line is damaged.
    """
    for place, text in enumerate(io.BytesIO(data), start=1):
        where = f"line {place} of {layout.METRICS}"
        record, _, check = text.rpartition(b"\t")
        brackets = record.count(b"[") + record.count(b"{")  # counted first because the parser recurses
        if check != b"%08x\n" % zlib.crc32(record) or len(record) > LINE_BYTES or brackets > LINE_BRACKETS:
            raise damaged(where)
        yield where, parse(record, where)
