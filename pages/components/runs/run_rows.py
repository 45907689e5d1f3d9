"""All runs as rows of a table, each read once and again only when its directory changed."""

import os
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.runs import states
from core.runs.run import Run
from core.runs.states import Status
from pages.components.frame import session

ATTENTION = "needs attention"
"""The state of a run whose directory can't be read."""
POINTS = 40
"""Of a spark line: more would not be told apart on 96 px."""
DAMAGE = (UserError, OSError, ValueError, TypeError, KeyError, AttributeError)
"""What reading a directory may end in that somebody else has written to."""


@dataclass(frozen=True)
class RunRow:
    """What the table shows of a run.

    Args:
        title, note: what it is called and what was noted.
        family: the sweep it belongs to; empty for none.
        varied: what the sweep set for it (path: value).
        dataset, network: in words.
        parameters: of the network, trained or not; 0 when unknown.
        accuracy, best_epoch: the highest validation accuracy 0..1 and when it was; None and 0 before the first epoch.
        curve: validation accuracy 0..1 by epoch, thinned out; None where it was not finite.
        seconds: of training so far.
        created: seconds since 1970.
        trouble: why it needs attention.
    """

    run: Run
    title: str
    created: float
    note: str = ""
    family: str = ""
    varied: dict[str, Any] = field(default_factory=dict)
    dataset: str = ""
    network: str = ""
    parameters: int = 0
    status: Status = field(default_factory=Status)
    accuracy: float | None = None
    best_epoch: int = 0
    curve: tuple[float | None, ...] = ()
    seconds: float = 0.0
    can_resume: bool = False
    trouble: str = ""

    @property
    def state(self) -> str:
        """The run's state, or that it needs attention."""
        return ATTENTION if self.trouble else self.status.state

    @property
    def is_live(self) -> bool:
        """Whether a worker is, or will be, at it."""
        return not self.trouble and self.status.is_live


@st.cache_resource
def _known() -> dict[str, tuple[object, RunRow]]:
    """The server's memory of rows: what the directory looked like, and the row then read."""
    return {}


def all_rows() -> list[RunRow]:
    """Every run, the latest first; damaged ones too, with what is wrong."""
    known = _known()
    waiting = {run.id: place for place, run in enumerate(session.runs().queue(), 1)}
    found = [_row(run, waiting.get(run.id, 0), known) for run in session.runs().newest()]
    for gone in known.keys() - {row.run.id for row in found}:
        known.pop(gone, None)
    return found


def _row(run: Run, place: int, known: dict[str, tuple[object, RunRow]]) -> RunRow:
    """The row from memory when nothing changed since; a live run is always read again."""
    looks = (place, *_looks(run))
    seen = known.get(run.id)
    if seen and seen[0] == looks and not seen[1].is_live:
        return seen[1]
    row = _read(run)
    known[run.id] = (looks, row)
    return row


def _looks(run: Run) -> list[tuple[str, int, int]]:
    """Name, time and size of everything in the directory; locks change whenever somebody looks at them."""
    try:
        with os.scandir(run.path) as entries:
            kept = [(entry.name, entry.stat()) for entry in entries if not entry.name.endswith(".lock")]
    except OSError:
        return []
    return sorted((name, looks.st_mtime_ns, looks.st_size) for name, looks in kept)


def _read(run: Run) -> RunRow:
    """The row from the files."""
    try:
        return _whole(run)
    except DAMAGE as error:
        trouble = str(error) if isinstance(error, UserError) else "Its files can't be read."
        return RunRow(run, f"Run {run.id[:8]}", _created(run), trouble=trouble)


def _whole(run: Run) -> RunRow:
    experiment, status, notes = run.experiment, run.status(), run.notes()
    epochs = run.metrics().epochs
    curve = [record["val_accuracy"] for record in epochs]
    scores = [(value, -record["epoch"]) for value, record in zip(curve, epochs, strict=True) if value is not None]
    accuracy, best = max(scores, default=(None, 0))
    return RunRow(
        run=run,
        title=notes.name or experiment.name,
        created=run.created,
        note=notes.note,
        family=notes.family,
        varied=dict(notes.varied),
        dataset=experiment.dataset.title(),
        network=experiment.network_line(),
        parameters=status.parameters or _parameters(experiment),
        status=status,
        accuracy=accuracy,
        best_epoch=-best,
        curve=tuple(thinned(curve, POINTS)),
        seconds=status.seconds or sum(record.get("seconds", 0.0) for record in epochs),
        can_resume=status.state in states.RESUMABLE and run.can_resume(),
    )


def _created(run: Run) -> float:
    try:
        return run.created
    except OSError:
        return 0.0


def _parameters(experiment: Experiment) -> int:
    """Counted without a network; 0 when the data is gone."""
    try:
        return experiment.trace(experiment.dataset.facts()).parameters
    except UserError:
        return 0


def thinned(values: list[float | None], most: int) -> list[float | None]:
    """At most so many of the values, evenly, the first and the last among them."""
    if len(values) <= most:
        return values
    return [values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)]
