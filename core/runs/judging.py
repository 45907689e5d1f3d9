"""What the parts of a run may hold: one rule for whoever reads a run, examines it, or brings one from elsewhere.

A reader leaves out what does not fit, so that it is total over any bytes; a gate refuses it; the doctor mends it.
"""

import json
import math
from dataclasses import fields
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.words import is_text, text_of

TEXT = 2000
"""Letters of the longest text that a run holds, a note."""
WORD = 80
"""Letters of a name, and of who changed a learning rate."""
MOST, LARGEST = 10**12, 3.5e38
"""Of whole numbers, and of the others: a loss that diverges goes to the end of float32."""
EPOCHS = 10_000
RATES = 2 * EPOCHS
"""Changes of the learning rate in a run from elsewhere: a rule makes one at an epoch, people a few."""
PACE = 1e-3, 1e9
"""Images per second of any machine; 0 before the first."""
VARIED = 10
"""Fields that a sweep may vary: more than it ever does."""

MATRIX_CLASSES = 40
"""Classes up to which an epoch tells who was taken for whom: 1 600 counts, a few kB."""
NUMBERS = 4096
"""Of the first kernels."""
TASKS = 5
"""Things that are tested by themselves in a run: what its first epochs and each phase learn."""
OF_ANSWERS = ("answers", "confidence", "confusion", "class_accuracy")
"""What an epoch tells of its answers, beside its scores."""

Count = Annotated[int, Field(ge=0, le=MOST)]
Real = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Share = Annotated[float, Field(ge=0, le=1.001)]
"""Of something, 0..1; the mean of many float32 may end a little above."""


class Part(BaseModel):
    """A JSON object of a run: types as declared, and what a newer version may add is left out."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


# ---- status, intent and notes: dataclasses, field by field


def fits(value: Any, kind: Any, name: str = "") -> bool:
    """Whether a value from a file is one that its field may have; whole numbers pass as real ones.

    Args:
        value: as JSON gives it.
        kind: the field's type: str, bool, int, float, float | None, or a dict of texts, of numbers or of anything.
        name: of the field; those of epochs and of accuracies have bounds of their own.
    """
    if isinstance(value, bool):
        return kind is bool
    if value is None:
        return kind == float | None
    if kind in (float, float | None):
        known = isinstance(value, int | float) and abs(value) <= _largest(name) and math.isfinite(value)
        return known and (name != "images_per_second" or is_pace(value) or value == 0)
    if kind is int:
        return isinstance(value, int) and 0 <= value <= (EPOCHS if "epoch" in name else MOST)
    if kind is str:
        return isinstance(value, str) and is_text(value, TEXT, lines=True)
    return isinstance(value, dict) and _is_dict_of(value, kind.__args__[1])


def is_pace(value: float | None) -> bool:
    """Whether a machine may train so many images per second."""
    return value is not None and PACE[0] <= value <= PACE[1]


def _largest(name: str) -> float:
    return 1.001 if name.endswith("accuracy") else LARGEST


def _is_dict_of(value: dict[str, Any], kind: Any) -> bool:
    """Whether a dict from a file has values of one kind, and no more of them than any of ours."""
    if kind is Any:
        return True
    names = all(is_text(name, WORD * 2) for name in value)
    return len(value) <= VARIED and names and all(fits(one, kind) for one in value.values())


def misfit(kind: type, told: dict[str, Any]) -> str:
    """The first field of a dataclass that a JSON object says wrongly; empty when there is none."""
    wrong = (one.name for one in fields(kind) if one.name in told and not fits(told[one.name], one.type, one.name))
    return next(wrong, "")


def of_known(kind: type, told: dict[str, Any], **more: Any) -> Any:
    """A dataclass of those values of a JSON object that fit its fields; `more` is taken as it is."""
    known = {one.name: one.type for one in fields(kind) if one.name not in more}
    return kind(**{name: one for name, one in told.items() if name in known and fits(one, known[name], name)}, **more)


# ---- records: one by one, then in their order


class _Started(Part):
    n: Count = 0
    steps_per_epoch: Count
    train_images: Count = 0
    validation_images: Count = 0
    tiles: list[Count] = Field(max_length=1000)
    kernels: list[Real] = Field([], max_length=NUMBERS)
    kernel_shape: list[Count] = Field([], max_length=3)


class _Batches(Part):
    n: Count = 0
    step: list[Count] = Field(max_length=10_000)
    loss: list[Real | None] = Field(max_length=10_000)
    accuracy: list[Share | None] = Field(max_length=10_000)


class _Epoch(Part):
    n: Count = 0
    epoch: Annotated[int, Field(ge=1, le=EPOCHS)]
    step: Count
    seconds: Real = 0.0
    loss: Real | None
    accuracy: Share | None
    val_loss: Real | None
    val_accuracy: Share | None
    learning_rate: Real | None = None
    answers: list[Count] = Field([], max_length=1000)
    confidence: list[Share | None] = Field([], max_length=1000)
    confusion: list[Count] = Field([], max_length=MATRIX_CLASSES**2)
    class_accuracy: list[Share | None] = Field([], max_length=1000)
    by_task: list[Share | None] = Field([], max_length=TASKS)
    by_class: list[Share | None] = Field([], max_length=1000 * TASKS)


class _Glimpse(Part):
    epoch: Annotated[int, Field(ge=1, le=EPOCHS)]
    batch: Count
    step: Count
    answers: list[Count] = Field(max_length=1000)
    confidence: list[Share | None] = Field(max_length=1000)
    kernels: list[Real | None] = Field(max_length=NUMBERS)
    kernel_shape: list[Count] = Field(max_length=3)
    taken: list[Real] = Field([], max_length=2)
    of: list[Real] = Field([], max_length=2)


class _Rate(Part):
    n: Count = 0
    step: Count
    value: Annotated[float, Field(ge=0, le=1e6)]
    why: Annotated[str, AfterValidator(text_of(WORD))]


class _Phase(Part):
    n: Count = 0
    step: Count
    epoch: Annotated[int, Field(ge=0, le=EPOCHS)]
    steps_per_epoch: Count
    images: Count = 0
    what: Annotated[str, AfterValidator(text_of(WORD))]


RECORDS: dict[str, type[Part]] = {
    "started": _Started,
    "batches": _Batches,
    "epoch": _Epoch,
    "rate": _Rate,
    "phase": _Phase,
}
"""What a line of the metrics may hold, by its event."""


def record_of(told: Any) -> dict[str, Any] | None:
    """A record as its event says, without what that does not know; None when it can't be one.

    Args:
        told: as JSON gives it; of an event that this version does not know, everything is kept.
    """
    event = told.get("event") if isinstance(told, dict) else None
    if not isinstance(event, str):
        return None
    kind = RECORDS.get(event)
    if kind is None:
        return told if _can_be_written(told) else None
    if not kind.__pydantic_validator__.isinstance_python(told):
        return None
    return {name: one for name, one in told.items() if name == "event" or name in kind.model_fields}


def _can_be_written(told: dict[str, Any]) -> bool:
    """Whether JSON can say it again."""
    try:
        json.dumps(told, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def glimpse_of(told: Any) -> dict[str, Any] | None:
    """What a worker saw within an epoch; None when it can't be that.

    Args:
        told: as JSON gives it.
    """
    if not isinstance(told, dict) or not _Glimpse.__pydantic_validator__.isinstance_python(told):
        return None
    good = len(told["answers"]) == len(told["confidence"]) and _has_kernels(told)
    return {name: one for name, one in told.items() if name in _Glimpse.model_fields} if good else None


def _has_kernels(record: dict[str, Any]) -> bool:
    """Whether the numbers of the first kernels are as many as their shape says."""
    shape = record.get("kernel_shape", [])
    return len(record.get("kernels", [])) == (math.prod(shape) if shape else 0)


class Order:
    """Judges records by those before them.

    Args:
        images: of the dataset; positions are below that.
        classes: of the dataset.
    """

    def __init__(self, images: int = MOST, classes: int = MOST) -> None:
        self.images, self.classes = images, classes
        self.tiles, self.epoch, self.step = 0, 0, 0
        self.borders = [0]

    def follows(self, record: dict[str, Any]) -> bool:
        """Whether a record, one of `record_of`, may come next; if so, it has come."""
        judge = getattr(self, f"_{record['event']}") if record["event"] in RECORDS else None
        return judge is None or judge(record)

    def _started(self, record: dict[str, Any]) -> bool:
        self.tiles = len(record["tiles"])
        return _has_kernels(record) and all(position < self.images for position in record["tiles"])

    def _batches(self, record: dict[str, Any]) -> bool:
        steps = [self.step, *record["step"]]
        same = len(record["step"]) == len(record["loss"]) == len(record["accuracy"])
        good = same and all(a <= b for a, b in zip(steps, steps[1:], strict=False))
        self.step = steps[-1] if good else self.step
        return good

    def _epoch(self, record: dict[str, Any]) -> bool:
        answers = record.get("answers", [])
        told = len(answers) == len(record.get("confidence", [])) and len(answers) in (0, self.tiles)
        good = (
            told
            and self._fits_classes(record)
            and record["epoch"] == self.epoch + 1
            and all(answer < self.classes for answer in answers)
        )
        self.epoch += good
        return good

    def _fits_classes(self, record: dict[str, Any]) -> bool:
        """Whether what is told class by class is of so many classes."""
        counts, shares = len(record.get("confusion", [])), len(record.get("class_accuracy", []))
        known = self.classes < MOST
        square = counts == self.classes**2 if known else math.isqrt(counts) ** 2 == counts
        rows = len(record.get("by_class", []))
        return (
            (not counts or square)
            and (not shares or not known or shares == self.classes)
            and (not rows or not known or rows % max(1, self.classes) == 0)
        )

    def _rate(self, record: dict[str, Any]) -> bool:
        return True

    def _phase(self, record: dict[str, Any]) -> bool:
        after, begun = record["epoch"], self.borders[-1]
        good = begun < after == self.epoch and record["step"] >= self.step and len(self.borders) < TASKS
        if good:
            self.borders.append(after)
            self.step = record["step"]
        return good


def without_answers(record: dict[str, Any]) -> dict[str, Any]:
    """An epoch whose answers do not fit the pictures on show: its scores are as good as any."""
    return {name: one for name, one in record.items() if name not in (*OF_ANSWERS, "by_task", "by_class")}
