"""The curves of a run's archive: every record is judged by its event and by those before it."""

import io
import zlib
from collections.abc import Iterator
from typing import Any

from core.runs import layout
from core.runs.archive.parts import damaged, parse, read_model, refused
from core.runs.judging import MOST, RATES, RECORDS, Order
from core.runs.records import LINE_BYTES
from core.words import number

LINE_BRACKETS = 32


class Curves:
    """Judges records in their order.

    Args:
        count: of the images as they came, whose positions are below that; None when unknown.
        classes: by now; None when unknown.
    """

    def __init__(self, count: int | None, classes: int | None) -> None:
        self.order = Order(MOST if count is None else count, MOST if classes is None else classes)
        self.sequence, self.rates = 0, 0

    def judge(self, where: str, told: dict[str, Any]) -> dict[str, Any] | None:
        """The record with its number, or None for an event that this version does not know.

        Raises:
            UserError: it is not what its event says, or does not follow those before it.
        """
        event = told.get("event")
        kind = RECORDS.get(event) if isinstance(event, str) else None
        if kind is None:
            return None
        record = read_model(kind, told, where).model_dump(exclude_unset=True) | {"event": event}
        if not self.order.follows(record):
            raise refused(f"{where} does not fit the lines before it", "RUN_METRICS")
        self.rates += event == "rate"
        if self.rates > RATES:
            raise refused(f"its learning rate changes more than {number(RATES)} times", "RUN_METRICS")
        self.sequence += 1
        return {"n": self.sequence, "event": event} | {name: one for name, one in record.items() if name != "n"}


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
