"""What a run's directory says, read once: what the doctor judges and mends."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import stored
from core.errors import UserError
from core.experiment import Experiment
from core.runs import layout, records, states, versions
from core.runs.checkpoints import Checkpoint
from core.runs.judging import misfit
from core.runs.run import Run
from core.runs.states import Status
from core.workspace import Workspace


@dataclass
class Chart:
    """What a run's directory says, read once.

    Args:
        run: which.
        home: the workspace that it lies in.
        now: seconds since 1970.
        experiment: None when it can't be read.
        status: None when there is none, or it can't be read.
        records: (end in bytes, record) up to the first torn line.
        size: bytes of the metrics file.
        later: good records behind a torn line.
        damaged: lines that can't be read.
        epochs: numbers of the epochs in the records, in their order.
        strange: records that don't fit those before them.
        lacks: what did not come along when it was brought from elsewhere.
        checkpoints: those that can be relied on, ascending.
    """

    run: Run
    home: Workspace
    now: float
    experiment: Experiment | None = None
    status: Status | None = None
    records: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    size: int = 0
    later: int = 0
    damaged: int = 0
    epochs: list[int] = field(default_factory=list)
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
        data = stored.read_file(run.path / layout.METRICS)
    except OSError:
        return chart
    chart.size, chart.records = len(data), list(records.readable(data))
    everything, _, chart.damaged = run.events()
    chart.later = len(everything) - len(chart.records)
    chart.epochs = [record["epoch"] for record in everything if record["event"] == "epoch"]
    chart.strange = run.metrics().damaged - chart.damaged
    return chart


def whole(kind: type, path: Path) -> Any:
    """The dataclass that a JSON file holds, or None when it can't be read or a field can't have its value."""
    told = stored.read_json(path)
    if not isinstance(told, dict) or misfit(kind, told):
        return None
    known = kind.__dataclass_fields__
    return kind(**{name: value for name, value in told.items() if name in known})
