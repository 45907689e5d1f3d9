"""What a run measured, read and drawn once for all who watch it."""

import json
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.runs import layout
from core.runs.curves import learning_curve
from core.runs.epochs import DAMAGE
from core.runs.following import Follower
from core.runs.records import Metrics, read_line
from core.runs.run import Run

WATCHED = 8
"""Runs whose measurements are kept in memory."""
QUANTITIES = ("loss", "accuracy")
ONLY_LAST = ("answers", "confidence")
"""What is told of the latest epoch alone."""


@dataclass(frozen=True)
class View:
    """A run's measurements at one moment.

    Args:
        charts: its learning curves as JSON, a list with one object for each of QUANTITIES, as `learning_curve` makes.
        steps_per_epoch: batches in an epoch; 0 when unknown.
        tiles: positions of the validation images whose answers every epoch tells.
        epoch: the record of the latest epoch; None before the first.
    """

    charts: str = field(default_factory=lambda: _charts(Metrics()))
    steps_per_epoch: int = 0
    tiles: tuple[int, ...] = ()
    epoch: dict[str, Any] | None = None


class _Watched:
    """One run that somebody watches."""

    def __init__(self, path: Path) -> None:
        self._follower, self._turn = Follower(path), threading.Lock()
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
                self._view = View(_charts(metrics), metrics.steps_per_epoch, tuple(metrics.tiles), latest)
                self._has_grown = False
            return self._view

    def _take(self, line: bytes) -> None:
        self._has_grown = True
        try:
            record = read_line(line)
            if record is not None:
                self._metrics.take(record)
        except DAMAGE:
            return
        if len(self._metrics.epochs) > 1:
            for name in ONLY_LAST:
                self._metrics.epochs[-2].pop(name, None)

    def _clear(self) -> None:
        self._metrics, self._has_grown = Metrics(), True


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
