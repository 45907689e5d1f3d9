"""Examines every run directory and mends what it can: damaged parts, or a whole run, are moved aside, never deleted.

What must hold: everything parses; the state is a legal one; epochs follow each other from 1 without a gap; hashes are
those of the manifests; a checkpoint counts only on records that are there; a finished run has its last and its best
weights; nothing half-made lies about. A run that is held belongs to its worker and is left alone.
"""

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from filelock import Timeout
from pydantic import TypeAdapter, ValidationError

from core import stored, workspace
from core.errors import UserError
from core.experiment import Experiment
from core.runs import layout, records, states
from core.runs.checkpoints import Checkpoint, are_of
from core.runs.queue import Ticket
from core.runs.recorder import DAMAGED, STAGING
from core.runs.run import Run
from core.runs.states import Intent, Notes, Status
from core.runs.versions import is_newer
from core.stored import Lock
from core.workspace import Workspace

ERROR, WARNING = "error", "warning"
SET_ASIDE = "set-aside"
"""The workspace folder for what was moved away; nobody reads it but people."""
REASON = "reason.txt"
YOUNG_SECONDS = 60.0
"""Half-made files younger than this may have a maker."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    Args:
        run_id: of the run; the name of the file where it is none.
        what: what is wrong, one sentence.
        remedy: what `repair` does about it, one sentence.
        severity: "error" when something of the run is lost or hidden, else "warning".
        repairable: whether `repair` can do anything.
    """

    run_id: str
    what: str
    remedy: str
    severity: str = ERROR
    repairable: bool = True


@dataclass(frozen=True)
class _Trouble:
    """A finding, and what mends it; the lower the stage, the earlier: what comes later builds on it."""

    stage: int
    what: str
    remedy: str
    severity: str
    mend: Callable[[], object] | None


@dataclass
class _Chart:
    """What a run's directory says, read once.

    Args:
        run: which.
        experiment: None when it can't be read.
        status: None when there is none, or it can't be read.
        records: (end in bytes, record) up to the first torn line.
        size: bytes of the metrics file.
        later: good records behind a torn line.
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
    checkpoints: list[Checkpoint] = field(default_factory=list)

    @property
    def epochs(self) -> list[dict[str, Any]]:
        """Records of finished epochs, damaged lines passed over."""
        return self.run.metrics().epochs


def examine(home: Workspace) -> list[Finding]:
    """Looks at every run of a workspace and touches nothing."""
    with workspace.using(home):
        return [
            Finding(name, trouble.what, trouble.remedy, trouble.severity, trouble.mend is not None)
            for name, path in _directories(home)
            for trouble in _look(home, path)
        ]


def repair(home: Workspace, findings: list[Finding]) -> list[Finding]:
    """Mends the runs that the findings name; returns what is wrong with them afterwards.

    Args:
        home: the workspace.
        findings: from `examine`.

    Raises:
        UserError: the disk is full or can't be written.
    """
    names = {finding.run_id for finding in findings}
    try:
        with workspace.using(home):
            for name, path in _directories(home):
                if name in names:
                    _mend(home, path)
    except OSError as error:
        raise workspace.disk_error(error) from error
    return [finding for finding in examine(home) if finding.run_id in names]


def _directories(home: Workspace) -> list[tuple[str, Path]]:
    """Everything that lies where runs and their tickets lie."""
    return [
        (path.name, path)
        for place in (layout.RUNS, layout.QUEUE)
        for path in sorted((home.home / place).glob("*") if (home.home / place).exists() else [])
    ]


def _mend(home: Workspace, path: Path) -> None:
    """Applies the remedies of one directory, stage by stage, each on a fresh look; in the end sets it aside whole."""
    with contextlib.suppress(Timeout), _held(path):
        done: set[str] = set()
        while troubles := [trouble for trouble in _look(home, path, held=True) if trouble.mend]:
            first = min(trouble.stage for trouble in troubles)
            turn = [trouble for trouble in troubles if trouble.stage == first]
            if any(trouble.what in done for trouble in turn):
                _set_aside(home, path, turn[0].what)
                return
            for trouble in turn:
                done.add(trouble.what)
                trouble.mend()


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Holds a run's lock, so that no worker takes it up meanwhile; what is no run has none."""
    if not (path / layout.EXPERIMENT).exists():
        yield
        return
    lock = Lock(path / layout.LOCK)
    lock.acquire(0)
    try:
        yield
    finally:
        lock.release()


def _look(home: Workspace, path: Path, held: bool = False) -> list[_Trouble]:
    """Everything that is wrong with one directory; nothing while a worker holds it, or once it is moved away."""
    if not path.exists():
        return []
    if path.parent.name == layout.QUEUE:
        return list(_ticket_troubles(home, path))
    try:
        run = Run(home, path.name, path.parent.name)
    except UserError:
        return list(_stray_troubles(home, path))
    if run.is_leased() if held else run.is_held():
        return []
    if is_newer(path):
        what = "It is from a newer Kernelscope and is left alone."
        return [_Trouble(0, what, "Update Kernelscope to see whether it is whole.", WARNING, None)]
    chart = _read(run, home)
    troubles = [trouble for part in PARTS for trouble in part(chart)]
    return [] if not held and run.is_held() else troubles


def _read(run: Run, home: Workspace) -> _Chart:
    chart = _Chart(run, home, time.time())
    with contextlib.suppress(UserError):
        chart.experiment = run.experiment
    chart.status = _parsed(Status, run.path / layout.STATUS)
    if chart.status and chart.status.state not in states.STATES:
        chart.status = None
    with contextlib.suppress(OSError):
        data = (run.path / layout.METRICS).read_bytes()
        chart.size, chart.records = len(data), list(records.readable(data))
        everything, _, chart.damaged = run.events()
        chart.later = len(everything) - len(chart.records)
    return chart


_adapter = cache(TypeAdapter)


def _parsed(kind: type, path: Path) -> Any:
    """The dataclass that a JSON file holds, or None when it can't be read or a field has another type."""
    try:
        return _adapter(kind).validate_json(path.read_bytes(), strict=True)
    except (OSError, ValidationError):
        return None


# ---- what may be wrong, in the order in which it is mended


def _stray_troubles(home: Workspace, path: Path) -> Iterator[_Trouble]:
    """What lies among the runs and is none."""
    if _age(path) > YOUNG_SECONDS:
        what = "It lies among the runs and is none: its experiment is missing."
        yield _Trouble(0, what, "It is moved aside.", WARNING, lambda: _set_aside(home, path, what))


def _ticket_troubles(home: Workspace, path: Path) -> Iterator[_Trouble]:
    """What lies in the queue and waits for nothing."""
    ticket = Ticket.of(path)
    waits = ticket and (home.home / layout.RUNS / ticket.run_id / layout.EXPERIMENT).exists()
    if path.suffix != ".lock" and not waits and _age(path) > YOUNG_SECONDS:
        what = "It waits in the queue for a run that is not there."
        yield _Trouble(0, what, "It is moved aside.", WARNING, lambda: _set_aside(home, path, what))


def _leftovers(chart: _Chart) -> Iterator[_Trouble]:
    """What a crash left half-made, and what an earlier repair found damaged."""
    checkpoints = chart.run.path / layout.CHECKPOINTS
    for path in [*chart.run.path.glob(".*.tmp"), *checkpoints.glob(f"{STAGING}*"), *checkpoints.glob(f"{DAMAGED}*")]:
        if _age(path) > YOUNG_SECONDS:
            yield _Trouble(1, f"{path.name} was left behind half-made or damaged.", "It is moved aside.", WARNING,
                           lambda path=path: _keep(chart, path))  # fmt: skip


def _experiment_troubles(chart: _Chart) -> Iterator[_Trouble]:
    if chart.experiment is None:
        what = "Its experiment can't be read."
        yield _Trouble(1, what, "The run is set aside whole.", ERROR,
                       lambda: _set_aside(chart.home, chart.run.path, what))  # fmt: skip


def _server_file_troubles(chart: _Chart) -> Iterator[_Trouble]:
    """What the server wrote about the run."""
    for name, kind in ((layout.INTENT, Intent), (layout.NOTES, Notes)):
        path = chart.run.path / name
        if path.exists() and _parsed(kind, path) is None:
            yield _Trouble(2, f"{name} is damaged.", "It is moved aside; the run goes on without it.", WARNING,
                           lambda path=path: _keep(chart, path))  # fmt: skip


def _metrics_troubles(chart: _Chart) -> Iterator[_Trouble]:
    """Torn ends, damage in the middle, gaps."""
    whole = chart.records[-1][0] if chart.records else 0
    if whole < chart.size and not chart.later:
        yield _Trouble(2, f"{layout.METRICS} has a torn end.", "It is cut to its last whole line.", WARNING,
                       lambda: _cut_metrics(chart, whole))  # fmt: skip
    numbers = [epoch["epoch"] for epoch in chart.epochs]
    if numbers != list(range(1, len(numbers) + 1)):
        what = f"Its epochs don't follow each other: {', '.join(map(str, numbers[:12]))}."
        yield _Trouble(2, what, "The run is set aside whole.", ERROR,
                       lambda: _set_aside(chart.home, chart.run.path, what))  # fmt: skip
    elif chart.later:
        what = f"{chart.damaged} lines in the middle of {layout.METRICS} can't be read: points of the curve."
        yield _Trouble(2, what, "No epoch is missing; nothing needs to be done.", WARNING, None)


def _checkpoint_troubles(chart: _Chart) -> Iterator[_Trouble]:
    """Whether each is what was written, and counts only on records that are there."""
    for number in chart.run.checkpoints():
        checkpoint = chart.run.checkpoint(number)
        wrong = _wrong_with(chart, checkpoint, number)
        if not wrong:
            chart.checkpoints.append(checkpoint)
            continue
        path = chart.run.path / layout.CHECKPOINTS / f"{number:06d}"
        yield _Trouble(3, f"Checkpoint {number}: {wrong}.", "It is moved aside.", ERROR,
                       lambda path=path: _keep(chart, path))  # fmt: skip


def _wrong_with(chart: _Chart, checkpoint: Checkpoint | None, number: int) -> str:
    """What is wrong with a checkpoint, in words; empty when nothing is."""
    if checkpoint is None:
        return f"its {layout.MANIFEST} can't be read"
    arrays = checkpoint.weights()
    if arrays is None:
        return "its weights are missing or not what was written"
    if checkpoint.has_state and not checkpoint.is_whole(layout.STATE):
        return "its training state is not what was written"
    if checkpoint.epoch + bool(checkpoint.batch) != number:
        return f"it says that it is of epoch {checkpoint.epoch}, batch {checkpoint.batch}"
    if not are_of(chart.experiment, {name: array.size for name, array in arrays.items()}):
        return "its weights are not those of this network"
    if checkpoint.epoch > max((epoch["epoch"] for epoch in chart.epochs), default=0):
        return "the records of its epoch are gone"
    return ""


def _reach_troubles(chart: _Chart) -> Iterator[_Trouble]:
    """Records of epochs that no checkpoint holds any more."""
    newest = chart.checkpoints[-1] if chart.checkpoints else None
    last = len(chart.epochs)
    kept, size = (newest.epoch, newest.metrics_size) if newest else (0, 0)
    if last > kept + 1:
        yield _Trouble(4, f"{last} epochs are recorded, but the newest network is of epoch {kept}.",
                       "The records go back to that epoch (a copy is kept); Resume trains the rest again.", ERROR,
                       lambda: _cut_metrics(chart, size, keep=True))  # fmt: skip


def _status_troubles(chart: _Chart) -> Iterator[_Trouble]:
    """Whether the status can be read and says what the rest says."""
    rebuilt = "It is written anew from the records."
    path = chart.run.path / layout.STATUS
    status = chart.status
    if status is None:
        if path.exists() or chart.size:
            yield _Trouble(5, f"{layout.STATUS} is missing or damaged.", rebuilt, ERROR, lambda: _rebuild(chart))
        return
    if status.state != states.FINISHED:
        return
    last, numbers = len(chart.epochs), {int(checkpoint.path.name) for checkpoint in chart.checkpoints}
    newest = chart.checkpoints[-1].epoch if chart.checkpoints else -1
    if not last == status.epoch == newest:
        what = f"It says that it finished {status.epoch} epochs; {last} are recorded, {max(newest, 0)} kept."
        yield _Trouble(5, what, rebuilt, ERROR, lambda: _rebuild(chart))
    elif {status.best_epoch, status.restored_epoch} - {0} - numbers:
        yield _Trouble(5, f"The weights of its best epoch, {status.best_epoch}, are gone.",
                       "The best epoch of those that are left takes its place.", ERROR,
                       lambda: _rebuild(chart))  # fmt: skip


PARTS = (
    _leftovers, _experiment_troubles, _server_file_troubles, _metrics_troubles, _checkpoint_troubles, _reach_troubles,
    _status_troubles,
)  # fmt: skip


# ---- remedies


def _rebuild(chart: _Chart) -> None:
    """Writes a status that says what the records and the checkpoints say."""
    told = stored.read_json(chart.run.path / layout.STATUS)
    told = {} if chart.status is None or not isinstance(told, dict) else told
    workspace.write_json(chart.run.path / layout.STATUS, told | _from_records(chart))


def _from_records(chart: _Chart) -> dict[str, Any]:
    """The fields of a status that follow from the rest of the directory."""
    epochs, metrics, asked = chart.epochs, chart.run.metrics(), chart.experiment.training.epochs
    kept = {int(checkpoint.path.name) for checkpoint in chart.checkpoints}
    best = max((epoch for epoch in epochs if epoch["epoch"] in kept), key=_merit, default=None)
    latest = epochs[-1] if epochs else {}
    state = states.INTERRUPTED
    if metrics.loss and metrics.loss[-1] is None:
        state = states.DIVERGED
    elif len(epochs) == asked and asked in kept:
        state = states.FINISHED
    restored = chart.status.restored_epoch if chart.status else 0
    return {
        "state": chart.status.state if chart.status and _is_kept(chart) else state,
        "attempt": max(chart.status.attempt if chart.status else 0, chart.run.intent().launched),
        "epoch": len(epochs),
        "batch": 0,
        "epochs": asked,
        "seconds": sum(epoch.get("seconds") or 0 for epoch in epochs),
        "best_epoch": best["epoch"] if best else 0,
        "best_val_accuracy": best["val_accuracy"] if best else None,
        "restored_epoch": restored if restored in kept else 0,
        "beat": chart.now,
        **{name: latest.get(name) for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")},
    }


def _merit(epoch: dict[str, Any]) -> tuple[float, int]:
    """Highest validation accuracy, the earliest of equals."""
    accuracy = epoch.get("val_accuracy")
    return (-1.0 if accuracy is None else accuracy, -epoch["epoch"])


def _is_kept(chart: _Chart) -> bool:
    """Whether a run that finished still has its last network."""
    return bool(chart.checkpoints) and chart.checkpoints[-1].epoch == chart.status.epoch == len(chart.epochs)


def _cut_metrics(chart: _Chart, size: int, *, keep: bool = False) -> None:
    """Cuts the metrics to `size` bytes; good records are copied aside before."""
    path = chart.run.path / layout.METRICS
    if keep:
        workspace.write_new(_place_aside(chart.home, f"{chart.run.id}-{layout.METRICS}"), path.read_bytes())
    workspace.truncate(path, size)


def _keep(chart: _Chart, path: Path) -> None:
    """Moves one part of a run aside."""
    workspace.rename(path, _place_aside(chart.home, f"{chart.run.id}-{path.name.lstrip('.')}"))


def _set_aside(home: Workspace, path: Path, reason: str) -> None:
    """Moves a whole directory aside, the reason with it."""
    target = _place_aside(home, path.name)
    workspace.rename(path, target)
    if target.is_dir():
        workspace.write_bytes(target / REASON, f"{time.strftime('%Y-%m-%d %H:%M')}: {reason}\n".encode())


def _place_aside(home: Workspace, name: str) -> Path:
    """A free name among what was set aside."""
    folder = home.home / SET_ASIDE
    workspace.make_folder(folder)
    target = folder / name
    return target if not target.exists() else folder / f"{name}-{secrets.token_hex(2)}"


def _age(path: Path) -> float:
    """Seconds since something was last changed; 0 when it is gone."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
