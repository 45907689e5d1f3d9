"""What a run measured, read and drawn once for all who watch it."""

import json
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from core import stored
from core.runs import layout
from core.runs.curves import MAX_POINTS, learning_curve, thinned
from core.runs.epochs import DAMAGE
from core.runs.following import Follower
from core.runs.judging import OF_ANSWERS, glimpse_of
from core.runs.records import Metrics, read_line
from core.runs.run import Run

WATCHED = 8
"""Runs whose measurements are kept in memory."""
QUANTITIES = ("loss", "accuracy")
MOST_TESTED = 400
"""Epochs of which a picture shows every class, the latest."""
GLIMPSE_BYTES = 256 << 10
"""Of a glimpse, several times what one holds."""


@dataclass(frozen=True)
class View:
    """A run's measurements at one moment.

    Args:
        charts: its learning curves as JSON, a list with one object for each of QUANTITIES, as `learning_curve` makes.
        steps_per_epoch: batches in an epoch; 0 when unknown.
        tiles: positions of the validation images whose answers every epoch tells.
        epoch: the record of the latest epoch; None before the first.
        glimpse: what its worker saw after that, within the next epoch; None when it has not looked yet.
        start: the first kernels before the first step, all numbers in a row, and their shape (filters, k, k).
        rates: (x in epochs, new learning rate), where somebody or a rule changed it.
        tested: (epoch, accuracy of all that is tested by itself, accuracy by class in every style), of some epochs.
    """

    charts: str = field(default_factory=lambda: _charts(Metrics()))
    steps_per_epoch: int = 0
    tiles: tuple[int, ...] = ()
    epoch: dict[str, Any] | None = None
    glimpse: dict[str, Any] | None = None
    start: tuple[list[float], list[int]] = ((), ())
    rates: tuple[tuple[float, float], ...] = ()
    tested: tuple[tuple[int, list[float | None], list[float | None]], ...] = ()


class _Watched:
    """One run that somebody watches."""

    def __init__(self, path: Path) -> None:
        self._follower, self._turn = Follower(path), threading.Lock()
        self._seen, self._mark, self._glimpse = path.with_name(layout.GLIMPSE), None, None
        self._metrics, self._has_grown, self._view = Metrics(), True, View()
        self._at = -float("inf")

    def now(self, max_age: float) -> View:
        with self._turn:
            if time.monotonic() - self._at <= max_age:
                return self._view
            self._at = time.monotonic()
            self._follower.follow(self._take, self._clear)
            if self._has_grown:
                metrics = self._metrics
                latest = dict(metrics.epochs[-1]) if metrics.epochs else None  # the next one takes from it
                steps, tiles = metrics.steps_per_epoch, tuple(metrics.tiles)
                rates = _rates(metrics)
                self._view = View(
                    _charts(metrics), steps, tiles, latest, None, metrics.kernels, rates, _tested(metrics)
                )
                self._has_grown = False
            self._look()
            return self._view

    def _look(self) -> None:
        """Takes in what the worker saw last, if that is later than the latest epoch."""
        try:
            told = self._seen.stat()
            mark = told.st_mtime_ns, told.st_ino
        except OSError:
            mark = None
        if mark != self._mark:
            self._mark, self._glimpse = mark, read_glimpse(self._seen)
        epoch, glimpse = self._view.epoch, self._glimpse
        is_news = glimpse is not None and glimpse["step"] > (epoch["step"] if epoch else 0)
        if self._view.glimpse is not (shown := glimpse if is_news else None):
            self._view = replace(self._view, glimpse=shown)

    def _take(self, line: bytes) -> None:
        self._has_grown = True
        try:
            record = read_line(line)
            if record is not None:
                self._metrics.take(record)
        except DAMAGE:
            return
        if len(self._metrics.epochs) > 1:
            for name in OF_ANSWERS:
                self._metrics.epochs[-2].pop(name, None)

    def _clear(self) -> None:
        self._metrics, self._has_grown = Metrics(), True


def _tested(metrics: Metrics) -> tuple[tuple[int, list[float | None], list[float | None]], ...]:
    """What a run of several tasks tells of each, of so many epochs as a picture shows."""
    told = [one for one in metrics.epochs if one.get("by_task")]
    return tuple((one["epoch"], one["by_task"], one.get("by_class", [])) for one in told[-MOST_TESTED:])


def read_glimpse(path: Path) -> dict[str, Any] | None:
    """What a worker saw within an epoch; None when there is none, or it can't be that."""
    try:
        return glimpse_of(json.loads(stored.read_file(path, GLIMPSE_BYTES)))
    except (OSError, ValueError, RecursionError):
        return None


def _rates(metrics: Metrics) -> tuple[tuple[float, float], ...]:
    """Changes of the learning rate: (x in epochs, new rate)."""
    changes = thinned(metrics.rates, MAX_POINTS)
    places = metrics.in_epochs([step for step, _, _ in changes])
    return tuple((float(x), rate) for x, (_, rate, _) in zip(places, changes, strict=True))


def _charts(metrics: Metrics) -> str:
    """The curves of all quantities; those of nothing where what was written can't be drawn."""
    try:
        return _drawn(metrics)
    except DAMAGE:
        return _drawn(Metrics())


def _drawn(metrics: Metrics) -> str:
    return json.dumps([learning_curve(metrics, quantity) for quantity in QUANTITIES], separators=(",", ":"))


_watched: OrderedDict[Path, _Watched] = OrderedDict()
_turn = threading.Lock()


def of(run: Run, max_age: float = 0.0) -> View:
    """What was measured so far, as for everybody who watches it in this process: of the file only what is new is read.

    Args:
        run: which.
        max_age: seconds that a view which somebody else asked for may be old.
    """
    path = run.path / layout.METRICS
    with _turn:
        watched = _watched.setdefault(path, _Watched(path))
        _watched.move_to_end(path)
        while len(_watched) > WATCHED:
            _watched.popitem(last=False)
    return watched.now(max_age)


def record_of(run: Run, epoch: int) -> dict[str, Any] | None:
    """The record of one epoch with its answers, of a run that has ended; None when there is none.

    Args:
        run: which; its file is read once as long as it stays the same.
        epoch: from 1.
    """
    path = run.path / layout.METRICS
    try:
        return _record(path, epoch, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(WATCHED)
def _record(path: Path, epoch: int, stamp: int) -> dict[str, Any] | None:
    """`record_of`, remembered by the time of the file."""
    found: list[dict[str, Any]] = []

    def take(line: bytes) -> None:
        try:
            record = read_line(line)
            if record is not None and record["event"] == "epoch" and record["epoch"] == epoch:
                found.append(record)
        except DAMAGE:
            return

    Follower(path).follow(take, found.clear)
    return found[-1] if found else None
