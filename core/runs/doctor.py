"""Examines every run directory and mends what it can: damaged parts, or a whole run, are moved aside, never deleted.

What must hold: everything parses; the state is a legal one; epochs follow each other from 1 without a gap; hashes are
those of the manifests; a checkpoint counts only on records that are there; a finished run has its last and its best
weights; nothing half-made lies about. A run that is held belongs to its worker and is left alone.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import Timeout

from core import stored, workspace
from core.errors import UserError
from core.runs import epoch_predictions, layout, remedies, states
from core.runs.chart import Chart, chart_of, whole
from core.runs.checkpoints import Checkpoint, are_of
from core.runs.live import read_glimpse
from core.runs.queue import Ticket
from core.runs.recorder import DAMAGED, STAGING
from core.runs.remedies import REASON, SET_ASIDE, keep, set_aside
from core.runs.run import Run
from core.runs.states import Intent, Notes
from core.runs.versions import METRICS, NETWORKS, is_newer
from core.stored import Lock
from core.words import counted
from core.workspace import Workspace

__all__ = ["ERROR", "REASON", "SET_ASIDE", "WARNING", "Finding", "examine", "faults", "repair"]

ERROR, WARNING = "error", "warning"
FILES = (
    layout.STATUS,
    layout.METRICS,
    layout.INTENT,
    layout.NOTES,
    layout.FORMAT,
    layout.LOCK,
    layout.TURN,
    layout.LOG,
    layout.GLIMPSE,
    layout.PREDICTIONS,
)
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


def examine(home: Workspace) -> list[Finding]:
    """Looks at every run of a workspace and touches nothing."""
    with workspace.using(home):
        return [
            Finding(name, trouble.what, trouble.remedy, trouble.severity, trouble.mend is not None)
            for name, path in _directories(home)
            for trouble in _look(home, path)
        ]


def faults(run: Run, home: Workspace) -> list[str]:
    """What is wrong with a run that nobody works at, a sentence each: by the same rule it is let in, and kept."""
    return [trouble.what for trouble in _troubles(chart_of(run, home))]


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
    return [(path.name, path) for place in (layout.RUNS, layout.QUEUE) for path in stored.names_in(home.home / place)]


def _mend(home: Workspace, path: Path) -> None:
    """Applies the remedies of one directory, stage by stage, each on a fresh look; in the end sets it aside whole."""
    with contextlib.suppress(Timeout), _held(path):
        done: set[str] = set()
        while troubles := [trouble for trouble in _look(home, path, held=True) if trouble.mend]:
            first = min(trouble.stage for trouble in troubles)
            turn = [trouble for trouble in troubles if trouble.stage == first]
            if any(trouble.what in done for trouble in turn):
                set_aside(home, path, turn[0].what)
                return
            for trouble in turn:
                done.add(trouble.what)
                trouble.mend()


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Holds a run's lock, so that no worker takes it up meanwhile; what is no run has none, and no folder is a lock."""
    place = path / layout.LOCK
    if not stored.is_there(path / layout.EXPERIMENT) or _is_else(place):
        yield
        return
    lock = Lock(place)
    lock.acquire(0)
    try:
        yield
    finally:
        lock.release()


def _look(home: Workspace, path: Path, held: bool = False) -> list[_Trouble]:
    """Everything that is wrong with one directory; nothing while a worker holds it, or once it is moved away."""
    if not (stored.is_there(path) or path.is_symlink()):
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
    troubles = _troubles(chart_of(run, home))
    return [] if not held and run.is_held() else troubles


def _troubles(chart: Chart) -> list[_Trouble]:
    """Everything that is wrong with a run; where a disk does not give its records, nothing is judged by them."""
    if chart.unread and not _is_else(chart.run.path / layout.METRICS):
        what = f"{layout.METRICS} is there and can't be read: {chart.unread}."
        return [_Trouble(0, what, "Nothing of the run is touched; see to the disk and look again.", ERROR, None)]
    return [trouble for part in PARTS for trouble in part(chart)]


# ---- what may be wrong, in the order in which it is mended


def _place_troubles(chart: Chart) -> Iterator[_Trouble]:
    """What has the name of a part and can't be one: a folder for a file, a file for a folder."""
    folder = chart.run.path / layout.CHECKPOINTS
    wrong = [path for name in FILES if _is_else(path := chart.run.path / name)]
    if not folder.is_dir() and (folder.is_symlink() or folder.exists()):
        wrong.append(folder)
    for path in wrong:
        yield _Trouble(1, f"What is called {path.name} is something else.", "It is moved aside.", ERROR,
                       lambda path=path: keep(chart, path))  # fmt: skip


def _stray_troubles(home: Workspace, path: Path) -> Iterator[_Trouble]:
    """What lies among the runs and is none."""
    if _age(path) > YOUNG_SECONDS:
        what = "It lies among the runs and is none: its experiment is missing."
        yield _Trouble(0, what, "It is moved aside.", WARNING, lambda: set_aside(home, path, what))


def _ticket_troubles(home: Workspace, path: Path) -> Iterator[_Trouble]:
    """What lies in the queue and waits for nothing."""
    ticket = Ticket.of(path)
    waits = ticket and stored.is_there(home.home / layout.RUNS / ticket.run_id / layout.EXPERIMENT)
    if path.suffix != ".lock" and not waits and _age(path) > YOUNG_SECONDS:
        what = "It waits in the queue for a run that is not there."
        yield _Trouble(0, what, "It is moved aside.", WARNING, lambda: set_aside(home, path, what))


def _leftovers(chart: Chart) -> Iterator[_Trouble]:
    """What a crash left half-made, and what an earlier repair found damaged."""
    checkpoints = chart.run.path / layout.CHECKPOINTS
    for path in [*chart.run.path.glob(".*.tmp"), *checkpoints.glob(f"{STAGING}*"), *checkpoints.glob(f"{DAMAGED}*")]:
        if _age(path) > YOUNG_SECONDS:
            yield _Trouble(1, f"{path.name} was left behind half-made or damaged.", "It is moved aside.", WARNING,
                           lambda path=path: keep(chart, path))  # fmt: skip


def _experiment_troubles(chart: Chart) -> Iterator[_Trouble]:
    if chart.experiment is None:
        what = "Its experiment can't be read."
        yield _Trouble(1, what, "The run is set aside whole.", ERROR,
                       lambda: set_aside(chart.home, chart.run.path, what))  # fmt: skip


def _server_file_troubles(chart: Chart) -> Iterator[_Trouble]:
    """What the server wrote about the run."""
    for name, kind in ((layout.INTENT, Intent), (layout.NOTES, Notes)):
        path = chart.run.path / name
        if path.exists() and whole(kind, path) is None:
            yield _Trouble(2, f"{name} is damaged.", "It is moved aside; the run goes on without it.", WARNING,
                           lambda path=path: keep(chart, path))  # fmt: skip


def _glimpse_troubles(chart: Chart) -> Iterator[_Trouble]:
    """What its worker saw within an epoch."""
    path = chart.run.path / layout.GLIMPSE
    if path.exists() and read_glimpse(path) is None:
        yield _Trouble(2, f"{layout.GLIMPSE} is damaged.", "It is moved aside; nothing else needs it.", WARNING,
                       lambda: keep(chart, path))  # fmt: skip


def _prediction_troubles(chart: Chart) -> Iterator[_Trouble]:
    """What it answered after each epoch."""
    path, found = chart.run.path / layout.PREDICTIONS, epoch_predictions.of_run(chart.run.path)
    if found is None:
        if stored.size_of(path):
            yield _Trouble(2, f"{layout.PREDICTIONS} is damaged.", "It is moved aside; the rest goes on without it.",
                           WARNING, lambda: keep(chart, path))  # fmt: skip
        return
    if found.torn:
        size = stored.size_of(path) - found.torn
        yield _Trouble(2, f"{layout.PREDICTIONS} has a torn end.", "It is cut to its last whole epoch.", WARNING,
                       lambda: workspace.truncate(path, size))  # fmt: skip
    if found.damaged:
        what = f"The predictions of {counted(found.damaged, 'epoch')} can't be read."
        yield _Trouble(2, what, "Only these are missing; nothing needs to be done.", WARNING, None)


def _metrics_troubles(chart: Chart) -> Iterator[_Trouble]:
    """Torn ends, damage in the middle, gaps."""
    if chart.sound < chart.size and not chart.later:
        yield _Trouble(2, f"{layout.METRICS} has a torn end.", "It is cut to its last whole line.", WARNING,
                       lambda: remedies.cut_metrics(chart, chart.sound))  # fmt: skip
    if chart.epochs != list(range(1, len(chart.epochs) + 1)):
        what = f"Its epochs don't follow each other: {', '.join(map(str, chart.epochs[:12]))}."
        yield _Trouble(2, what, "The run is set aside whole.", ERROR,
                       lambda: set_aside(chart.home, chart.run.path, what))  # fmt: skip
    elif chart.later:
        what = f"{counted(chart.damaged, 'line')} in the middle of {layout.METRICS} can't be read: points of the curve."
        yield _Trouble(2, what, "No epoch is missing; nothing needs to be done.", WARNING, None)
    elif chart.strange:
        what = f"{layout.METRICS} has {counted(chart.strange, 'line')} that can't follow those before."
        yield _Trouble(2, what, "They are not drawn; nothing needs to be done.", WARNING, None)


def _checkpoint_troubles(chart: Chart) -> Iterator[_Trouble]:
    """Whether each is what was written, and counts only on records that are there."""
    for number in chart.run.checkpoints():
        checkpoint = chart.run.checkpoint(number)
        wrong = _wrong_with(chart, checkpoint, number)
        if not wrong:
            chart.checkpoints.append(checkpoint)
            continue
        path = chart.run.path / layout.CHECKPOINTS / f"{number:06d}"
        yield _Trouble(3, f"Checkpoint {number}: {wrong}.", "It is moved aside.", ERROR,
                       lambda path=path: keep(chart, path))  # fmt: skip


def _wrong_with(chart: Chart, checkpoint: Checkpoint | None, number: int) -> str:
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
    if checkpoint.epoch > chart.last and METRICS not in chart.lacks:
        return "the records of its epoch are gone"
    return ""


def _reach_troubles(chart: Chart) -> Iterator[_Trouble]:
    """Records of epochs that no checkpoint holds any more."""
    newest = chart.checkpoints[-1] if chart.checkpoints else None
    last = chart.last
    kept, size = (newest.epoch, newest.metrics_size) if newest else (0, 0)
    if last > kept + 1 and NETWORKS not in chart.lacks:
        yield _Trouble(4, f"The records go to epoch {last}, but the newest network is of epoch {kept}.",
                       "The records go back to that epoch (a copy is kept); Resume trains the rest again.", ERROR,
                       lambda: remedies.cut_metrics(chart, size, copy=True))  # fmt: skip


def _status_troubles(chart: Chart) -> Iterator[_Trouble]:
    """Whether the status can be read and says what the rest says."""
    rebuilt = "It is written anew from the records."
    path = chart.run.path / layout.STATUS
    status = chart.status
    if status is None:
        if path.exists() or chart.size:
            yield _Trouble(
                5, f"{layout.STATUS} is missing or damaged.", rebuilt, ERROR, lambda: remedies.rebuild(chart)
            )
        return
    if status.state != states.FINISHED:
        return
    numbers = {int(checkpoint.path.name) for checkpoint in chart.checkpoints}
    newest = chart.checkpoints[-1].epoch if chart.checkpoints else -1
    last = status.epoch if METRICS in chart.lacks else chart.last
    if NETWORKS in chart.lacks:
        newest, numbers = status.epoch, {status.best_epoch, status.restored_epoch}
    if not last == status.epoch == newest:
        what = f"It says that it finished {counted(status.epoch, 'epoch')}; {last} are recorded, {max(newest, 0)} kept."
        yield _Trouble(5, what, rebuilt, ERROR, lambda: remedies.rebuild(chart))
    elif {status.best_epoch, status.restored_epoch} - {0} - numbers:
        yield _Trouble(5, f"The weights of its best epoch, {status.best_epoch}, are gone.",
                       "The best epoch of those that are left takes its place.", ERROR,
                       lambda: remedies.rebuild(chart))  # fmt: skip


PARTS = (
    _place_troubles, _leftovers, _experiment_troubles, _server_file_troubles, _glimpse_troubles, _prediction_troubles,
    _metrics_troubles, _checkpoint_troubles, _reach_troubles, _status_troubles,
)  # fmt: skip


def _is_else(path: Path) -> bool:
    """Whether something that is no file has the name of one."""
    return not path.is_file() and (path.is_symlink() or path.exists())


def _age(path: Path) -> float:
    """Seconds since something was last changed; 0 when it is gone."""
    try:
        return time.time() - path.lstat().st_mtime
    except OSError:
        return 0.0
