"""What a run's directory says, read once: what the doctor judges and mends."""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from core import stored
from core.errors import UserError
from core.experiment import Experiment
from core.runs import layout, states, versions
from core.runs.checkpoints import Checkpoint
from core.runs.judging import Order, misfit, without_answers
from core.runs.records import LINE_BYTES, read_line
from core.runs.run import Run
from core.runs.states import Status
from core.workspace import Workspace

LONGEST = LINE_BYTES + 16
"""Bytes of a line with its check sum."""


@dataclass
class Chart:
    """What a run's directory says, read once.

    Args:
        run: which.
        home: the workspace that it lies in.
        now: seconds since 1970.
        experiment: None when it can't be read.
        status: None when there is none, or it can't be read.
        unread: why the metrics, which are there, could not be read; then nothing that follows from them is known.
        size: bytes of the metrics file.
        sound: bytes of it before the first torn line.
        later: good records behind a torn line.
        damaged: lines that can't be read.
        epochs: numbers of the epochs in the records, in their order.
        told: the records of those that follow each other, without their answers.
        last_loss: of the latest batch; None where it was not finite, 0 before the first.
        strange: records that don't fit those before them.
        lacks: what did not come along when it was brought from elsewhere.
        checkpoints: those that can be relied on, ascending.
    """

    run: Run
    home: Workspace
    now: float
    experiment: Experiment | None = None
    status: Status | None = None
    unread: str = ""
    size: int = 0
    sound: int = 0
    later: int = 0
    damaged: int = 0
    epochs: list[int] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    last_loss: float | None = 0.0
    strange: int = 0
    lacks: frozenset[str] = frozenset()
    checkpoints: list[Checkpoint] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The last epoch in the records; 0 before the first."""
        return self.epochs[-1] if self.epochs else 0


def chart_of(run: Run, home: Workspace) -> Chart:
    """Reads a directory, whatever lies in it."""
    chart = Chart(run, home, time.time(), lacks=versions.lacks(run.path))
    try:
        chart.experiment = run.experiment
    except UserError:
        chart.experiment = None
    chart.status = whole(Status, run.path / layout.STATUS)
    if chart.status and chart.status.state not in states.STATES:
        chart.status = None
    try:
        with suppress(FileNotFoundError), stored.opened(run.path / layout.METRICS) as file:
            _read_records(chart, file)
    except OSError as error:
        chart.unread = error.strerror or str(error)
    return chart


def _read_records(chart: Chart, file: IO[bytes]) -> None:
    """The records line by line, however many there are; a torn end is not counted as damaged."""
    order, is_torn, is_long = Order(), False, False
    while piece := file.readline(LONGEST):
        chart.size += len(piece)
        ends = piece.endswith(b"\n")
        record = read_line(piece[:-1]) if ends and not is_long else None
        is_long = not ends
        if record is None:
            chart.damaged += ends
            is_torn = True
            continue
        if is_torn:
            chart.later += 1
        else:
            chart.sound = chart.size
        _take(chart, order, record)


def _take(chart: Chart, order: Order, record: dict[str, Any]) -> None:
    """One record, judged as `Metrics` does."""
    event, plain = record["event"], without_answers(record)
    if event == "epoch":
        chart.epochs.append(record["epoch"])
    if not order.follows(record):
        chart.strange += 1
        if event != "epoch" or not order.follows(plain):
            return
    if event == "epoch":
        chart.told.append(plain)
    elif event == "batches" and record["loss"]:
        chart.last_loss = record["loss"][-1]


def whole(kind: type, path: Path) -> Any:
    """The dataclass that a JSON file holds, or None when it can't be read or a field can't have its value."""
    told = stored.read_json(path)
    if not isinstance(told, dict) or misfit(kind, told):
        return None
    known = kind.__dataclass_fields__
    return kind(**{name: value for name, value in told.items() if name in known})
