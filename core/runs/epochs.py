"""What the epochs of a run came to, in little memory however many there are."""

import math
from array import array
from typing import Any

from core.runs.records import read_line

MEASURES = ("loss", "accuracy", "val_loss", "val_accuracy")
MOST = 1024
"""Epochs that are kept of a run; of a longer one every second, every fourth ..."""
OTHERS = b'"event": "batches"', b'"event": "rate"', b'"event": "phase"'
HEAD = 60
"""Bytes of a line among which its event stands."""
DAMAGE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What a record may end in that somebody else has written."""


class Epochs:
    """The epochs so far, as columns: `number`, `seconds` since the start, and each of MEASURES (NaN where not finite).

    `best` is the highest validation accuracy, 0..1 or None, and `best_epoch` the first that reached it.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forgets them all."""
        self.count, self._step, self._newest = 0, 1, False
        self.best: float | None = None
        self.best_epoch = 0
        self.number, self.seconds = array("q"), array("d")
        self.measures = {name: array("d") for name in MEASURES}

    def take(self, line: bytes) -> None:
        """Adds a line of metrics.jsonl, if it tells of an epoch; those of batches and rates are not even read."""
        head = line[:HEAD]
        if any(event in head for event in OTHERS):
            return
        try:
            record = read_line(line)
            if record is not None and record.get("event") == "epoch":
                self._add(record)
        except DAMAGE:
            return

    def value(self, name: str, place: int) -> float | None:
        """One number of a column, None where it was not finite."""
        value = self.measures[name][place]
        return None if math.isnan(value) else value

    def column(self, name: str) -> list[float | None]:
        """A whole column, None where it was not finite."""
        return [None if math.isnan(value) else value for value in self.measures[name]]

    @property
    def trained(self) -> float:
        """Seconds of all of them."""
        return self.seconds[-1] if self.seconds else 0.0

    def _add(self, record: dict[str, Any]) -> None:
        number, values = self._next(record["epoch"]), {name: _number(record.get(name)) for name in MEASURES}
        seconds = self.trained + max(0.0, _number(record.get("seconds", 0.0), 0.0))
        if self._newest:  # the latest is always kept, those before it by their turn
            self._drop_last()
        if len(self.number) >= MOST:
            self._halve()
        self.count += 1
        self.number.append(number)
        self.seconds.append(seconds)
        for name, value in values.items():
            self.measures[name].append(value)
        self._newest = bool((self.count - 1) % self._step)
        self._note_best(values["val_accuracy"], number)

    def _note_best(self, accuracy: float, number: int) -> None:
        if not math.isnan(accuracy) and (self.best is None or accuracy > self.best):
            self.best, self.best_epoch = accuracy, number

    def _next(self, value: object) -> int:
        """A number of an epoch, the one that comes next: `Order` passes over any other, too.

        Raises:
            ValueError: it is none.
        """
        if isinstance(value, bool) or value != self.count + 1:
            raise ValueError("not the next epoch")
        return self.count + 1

    def _drop_last(self) -> None:
        for column in (self.number, self.seconds, *self.measures.values()):
            column.pop()

    def _halve(self) -> None:
        """Keeps every second one."""
        self.number, self.seconds = self.number[::2], self.seconds[::2]
        self.measures = {name: column[::2] for name, column in self.measures.items()}
        self._step *= 2


def _number(value: object, otherwise: float = math.nan) -> float:
    """A finite number, or NaN."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else otherwise
