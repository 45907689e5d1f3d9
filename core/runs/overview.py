"""All runs of a workspace at a glance, read once for all who look: what did not change is not read again."""

import contextlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from core import holdings
from core.datasets.own_images import OwnImages
from core.errors import UserError
from core.experiment import Experiment
from core.runs import layout, states
from core.runs.collection import Runs
from core.runs.curves import thinned
from core.runs.epochs import Epochs
from core.runs.following import Follower
from core.runs.queue import Queue
from core.runs.run import LATEST, Run, not_found
from core.runs.states import Status
from core.workspace import Workspace, using

ATTENTION = "needs attention"
"""The state of a run whose directory can't be read."""
DAMAGE = (UserError, OSError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)
"""What reading a directory may end in that somebody else has written to."""
LOOKED_AT = (
    *(layout.EXPERIMENT, layout.FORMAT, layout.STATUS, layout.INTENT, layout.NOTES, layout.CHECKPOINTS, layout.METRICS),
)
"""Of these time and size tell whether a run is as it was; the first two say what was asked for."""
ROUND = 8
"""A run that has ended is looked at closely at every so many readings; between them the time of its folder must do,
which any writing of ours but an appended record changes, and that of its records."""
SPARK = 40
"""Points of a spark line: more would not be told apart on 96 px."""
HOMES, EXPERIMENTS = 4, 64
"""Workspaces, and experiments of each, that are kept in memory."""

Looks = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True)
class RunRow:
    """What a table shows of a run.

    Args:
        title, note: what it is called and what was noted.
        created: seconds since 1970.
        family: the sweep it belongs to; empty for none.
        varied: what the sweep set for it (path: value).
        dataset, network: in words.
        parameters: of the network, trained or not; 0 when unknown.
        accuracy, best_epoch: the highest validation accuracy 0..1 and when it was; None and 0 before the first epoch.
        curve: validation accuracy 0..1 by epoch, thinned out; None where it was not finite.
        epochs: that are on record; the whole curves are had from `Overview.epochs`.
        seconds: of training so far.
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
    epochs: int = 0
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


@dataclass(frozen=True)
class Reading:
    """All runs at one moment.

    Args:
        rows: the latest run first.
        settled: another number whenever a run came, went, began or ended, or one that does not live changed; what
            grows while a run lives changes nothing.
        at: when it was read, on a clock that stands still while the machine sleeps.
    """

    rows: tuple[RunRow, ...] = ()
    settled: int = 0
    at: float = -float("inf")


class _Entry:
    """What is known of one run."""

    def __init__(self, run: Run) -> None:
        self.run, self.epochs = run, Epochs()
        self.follower = Follower(run.path / layout.METRICS)
        self.path, self.files = str(run.path), [f"{run.path}/{name}" for name in LOOKED_AT]
        self.looks: Looks = ()
        self.folder: Looks = ()
        self.images = ""
        self.place, self.at = 0, -float("inf")
        self.facts: tuple[str, str, str, int] | None = None
        self.row: RunRow | None = None

    def now(self, place: int, *, closely: bool = True) -> RunRow:
        """Its row, read again only when something changed; a run at work always is, as a worker may die unheard.

        Args:
            place: in the queue, 0 outside.
            closely: looks at every file, not at the folder and the records alone.

        Raises:
            UserError: it is gone.
        """
        self.at = time.monotonic()
        folder = _looks(self.path), _looks(self.files[-1]), self._images()
        if folder[0] is None:
            raise not_found()
        is_settled = self.row is not None and not self.row.is_live
        if is_settled and not closely and folder == self.folder and place == self.place:
            return self.row
        is_renamed = folder[-1:] != self.folder[-1:]
        if is_renamed:
            self.facts = None
        looks, self.folder = tuple(map(_looks, self.files)), folder
        is_known = is_settled or (self.row is not None and self.row.state == states.QUEUED)
        if is_known and not is_renamed and looks == self.looks and place == self.place:
            return self.row
        return self._read(looks, place)

    def _images(self) -> tuple[int, int, int] | None:
        """By what its own images are known to be as they were: another name is a new file in their folder."""
        return _looks(self.images) if self.images else None

    def _read(self, looks: Looks, place: int) -> RunRow:
        """The row from the files, of the metrics only what is new."""
        if looks[:2] != self.looks[:2]:
            self.facts = None
        if looks[-1:] != self.looks[-1:]:
            self.follower.follow(self.epochs.take, self.epochs.clear)
        self.looks, self.place = looks, place
        try:
            self.row = self._whole(looks)
        except DAMAGE as error:
            trouble = str(error) if isinstance(error, UserError) else "Its files can't be read."
            self.row = RunRow(self.run, f"Run {self.run.id[:8]}", _time(looks), trouble=trouble)
        return self.row

    def _whole(self, looks: Looks) -> RunRow:
        name, dataset, network, parameters = self._facts()
        status, notes, epochs = self.run.status(), self.run.notes(), self.epochs
        return RunRow(
            run=self.run,
            title=notes.name or name,
            created=_time(looks),
            note=notes.note,
            family=notes.family,
            varied=dict(notes.varied),
            dataset=dataset,
            network=network,
            parameters=status.parameters or parameters,
            status=status,
            accuracy=epochs.best,
            best_epoch=epochs.best_epoch,
            curve=tuple(thinned(epochs.column("val_accuracy"), SPARK)),
            epochs=epochs.count,
            seconds=status.seconds or epochs.trained,
            can_resume=status.state in states.RESUMABLE and self.run.can_resume(),
        )

    def _facts(self) -> tuple[str, str, str, int]:
        """Name, dataset, network in words and parameters: what was asked for never changes, what it is called may."""
        if self.facts is None:
            with using(self.run.workspace):
                experiment = self.run.experiment
                named = experiment.name, experiment.dataset.called(), experiment.network_line()
                self.facts = (*named, _parameters(experiment))
            own = isinstance(experiment.dataset, OwnImages) and experiment.dataset.images_id
            self.images = str(self.run.workspace.home / holdings.IMAGES.folder / own) if own else ""
            self.folder = (*self.folder[:2], self._images())
        return self.facts


class Overview:
    """The runs of one workspace; any number of threads may ask at once.

    Args:
        home: the workspace.
    """

    def __init__(self, home: Workspace) -> None:
        self._home, self._turn = home, threading.RLock()
        self._entries: dict[str, _Entry] = {}
        self._experiments: OrderedDict[tuple[str, Looks], Experiment] = OrderedDict()
        self._reading = Reading()
        self._count = 0

    def read(self, max_age: float = 0.0) -> Reading:
        """All runs as they are now.

        Args:
            max_age: seconds that a reading which somebody else asked for may be old.
        """
        with self._turn:
            if time.monotonic() - self._reading.at > max_age:
                self._reading = self._read()
            return self._reading

    def latest(self, count: int) -> list[RunRow]:
        """The latest runs; no others are read."""
        with self._turn:
            return self._rows(self._ids()[:count])

    def row(self, run: Run, max_age: float = 0.0) -> RunRow | None:
        """One run as it is now; None when it is gone.

        Args:
            run: which.
            max_age: seconds that a look of somebody else may be old.
        """
        with self._turn:
            entry = self._entries.get(run.id)
            if entry and entry.row and time.monotonic() - entry.at <= max_age:
                return entry.row
            return next(iter(self._rows([run.id])), None)

    def epochs(self, row: RunRow) -> Epochs:
        """The whole curves of a run; ask under `held`, as they grow."""
        entry = self._entries.get(row.run.id)
        return entry.epochs if entry else Epochs()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Nothing grows meanwhile."""
        with self._turn:
            yield

    def experiment(self, run: Run) -> Experiment:
        """What was asked for, read once.

        Raises:
            UserError: as `Run.experiment`.
        """
        key = run.id, tuple(_looks(f"{run.path}/{name}") for name in LOOKED_AT[:2])
        with self._turn:
            if key in self._experiments:
                self._experiments.move_to_end(key)
                return self._experiments[key]
            found = self._experiments[key] = run.experiment
            while len(self._experiments) > EXPERIMENTS:
                self._experiments.popitem(last=False)
            return found

    # ---- reading

    def _read(self) -> Reading:
        at, self._count = time.monotonic(), self._count + 1
        rows = tuple(self._rows(self._ids(), all_closely=False))
        for gone in self._entries.keys() - {row.run.id for row in rows}:
            del self._entries[gone]
        before = self._reading
        same = len(rows) == len(before.rows) and all(map(_is_settled_as, rows, before.rows))
        return Reading(rows, before.settled + (not same), at)

    def _ids(self) -> list[str]:
        """Of all runs, the latest first."""
        known = {run_id: entry.row.created for run_id, entry in self._entries.items() if entry.row}
        return Runs(self._home).ids(known=known)

    def _rows(self, ids: Sequence[str], *, all_closely: bool = True) -> list[RunRow]:
        """Those of some runs; whoever is gone by now is left out."""
        waiting = {run_id: place for place, run_id in enumerate(Queue(self._home).waiting(), 1)}
        rows = []
        for number, run_id in enumerate(ids):
            with contextlib.suppress(UserError, OSError):
                entry = self._entries.get(run_id) or self._entries.setdefault(run_id, _Entry(Run(self._home, run_id)))
                closely = all_closely or (number + self._count) % ROUND == 0
                rows.append(entry.now(waiting.get(run_id, 0), closely=closely))
        return rows


def _is_settled_as(row: RunRow, before: RunRow) -> bool:
    """Whether a run is as before, but for what changes while it lives."""
    if not row.is_live or not before.is_live:
        return row is before
    return (row.run.id, row.title, row.note, row.family) == (before.run.id, before.title, before.note, before.family)


_overviews: OrderedDict[Workspace, Overview] = OrderedDict()
_turn = threading.Lock()


def of(home: Workspace) -> Overview:
    """The overview of a workspace, one for all who ask in this process."""
    with _turn:
        overview = _overviews.setdefault(home, Overview(home))
        _overviews.move_to_end(home)
        while len(_overviews) > HOMES:
            _overviews.popitem(last=False)
        return overview


def _looks(path: str) -> tuple[int, int, int] | None:
    """Number, time and size of a file; None when there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116  hundreds of them at every look
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _time(looks: Looks) -> float:
    """When a run was asked for, in seconds since 1970; 0 once it is gone."""
    return min(max(looks[0][1] / 1e9, 0.0), LATEST) if looks[0] else 0.0


def _parameters(experiment: Experiment) -> int:
    """Counted without a network; 0 when the data is gone."""
    try:
        return experiment.trace(experiment.dataset.facts()).parameters
    except UserError:
        return 0
