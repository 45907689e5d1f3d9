"""All runs of a workspace: made, found, deleted and restored."""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from core import holdings, workspace
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.names import free_name, is_own
from core.runs import beginning
from core.runs.layout import EXPERIMENT, FORMAT, NOTES, RUNS, TRASH
from core.runs.queue import Queue
from core.runs.run import Run, is_id, not_found
from core.runs.states import Notes
from core.runs.versions import VERSION
from core.workspace import Workspace

STOP_SECONDS = 10.0
"""How long a deletion waits for the worker to let go."""
IN_RUNS = (
    "Where this run belongs, something else has its name.",
    "Let `python -m core doctor --repair` put that aside, then try again.",
)
IN_TRASH = (
    "This run was deleted before, and lies among the deleted runs already.",
    "Under Storage, delete that one for ever, or empty the trash; then try again.",
)
"""Why a run can't be moved there, and what to do."""


@dataclass(frozen=True)
class Runs:
    """The runs of a workspace.

    Args:
        workspace: whose.
    """

    workspace: Workspace

    def create(self, experiment: Experiment, *, family: str = "", varied: dict[str, Any] | None = None) -> Run:
        """Makes the directory of a new run; one on its own to which nobody gave a name is named after what it is.

        Args:
            experiment: without blocking problems.
            family: names the sweep that it belongs to.
            varied: what the sweep set: field -> value.

        Raises:
            UserError: the experiment has a problem that no training can get past, the disk is full, or the runs that
                are kept take all the room that they may.
        """
        holdings.require_room_for_a_run(self.workspace)
        with workspace.using(self.workspace):
            problems = experiment.problems()
            name = "" if family or is_own(experiment) else free_name(experiment, self._names())
        for problem in problems:
            if problem.blocking:
                raise UserError(problem.message, problem.hint, "EXPERIMENT_PROBLEM")
        beginning.require(self.workspace, experiment)
        run_id = secrets.token_hex(16)
        path = self.workspace.folder(RUNS) / run_id
        try:
            workspace.make_folder(path)
        except OSError as error:
            raise workspace.disk_error(error) from error
        try:
            if family or name:
                workspace.write_json(path / NOTES, asdict(Notes(name=name, family=family, varied=varied or {})))
            workspace.write_json(path / FORMAT, {"format": VERSION})
            workspace.write_bytes(path / EXPERIMENT, experiment.canonical().to_json().encode())
        except (UserError, OSError):
            with contextlib.suppress(OSError):
                workspace.discard(path)
            raise
        return self.find(run_id)

    def _names(self) -> set[str]:
        """Names that runs were given, deleted ones included, as these can come back."""
        return {run.notes().name for place in (RUNS, TRASH) for run in self._found_in(place)}

    def find(self, run_id: str) -> Run:
        """The run of this id.

        Args:
            run_id: 32 hexadecimal digits.

        Raises:
            UserError: there is no such run.
        """
        return Run(self.workspace, run_id)

    def newest(self, most: int | None = None) -> list[Run]:
        """All runs, or so many of them, the latest first; directories that are no run are passed over."""
        return list(islice(self._found_in(RUNS), most))

    def ids(self, place: str = RUNS, known: Mapping[str, float] | None = None) -> list[str]:
        """Ids of all runs of a folder, the latest first.

        Args:
            place: the folder of the workspace.
            known: when some were asked for, in seconds since 1970, so that nobody has to look.
        """
        home, found = self.workspace.home / place, []
        with contextlib.suppress(OSError), os.scandir(home) as entries:
            for name in (entry.name for entry in entries if is_id(entry.name)):
                with contextlib.suppress(OSError):  # it is no run, or on its way out
                    found.append(((known or {}).get(name) or Path(home, name, EXPERIMENT).stat().st_mtime, name))
        return [run_id for _, run_id in sorted(found, key=lambda pair: pair[0], reverse=True)]

    def queue(self) -> list[Run]:
        """Runs that wait for a free core, the next first."""
        found = []
        for run_id in Queue(self.workspace).waiting():
            with contextlib.suppress(UserError):
                found.append(self.find(run_id))
        return found

    def delete(self, run: Run) -> None:
        """Takes a run out of sight by one rename into the trash, its worker stopped first; `restore` brings it back.

        Raises:
            UserError: its worker does not let go.
        """
        run.check_there()
        run.leave_queue()
        deadline = time.monotonic() + STOP_SECONDS
        while run.is_held():
            if not run.intent().stop:
                run.request_stop()
            if time.monotonic() > deadline:
                raise UserError(
                    "This run is still being trained and does not stop.", "Try again in a moment.", "RUN_LIVE"
                )
            time.sleep(0.05)
        with run.queue.turn():  # whoever wants it trained waits, and then finds it gone
            run.leave_queue()
            _move(run.path, self.workspace.folder(TRASH) / run.id, IN_TRASH, touched=True)
        holdings.forget(self.workspace, holdings.RUNS, holdings.TRASH)

    def deleted(self) -> list[Run]:
        """What lies in the trash, the latest run first."""
        return list(self._found_in(TRASH))

    def restore(self, run_id: str) -> Run:
        """Brings a deleted run back.

        Raises:
            UserError: it is not in the trash, or something else has its place.
        """
        _move(Run(self.workspace, run_id, TRASH).path, self.workspace.folder(RUNS) / run_id, IN_RUNS)
        holdings.forget(self.workspace, holdings.RUNS, holdings.TRASH)
        return self.find(run_id)

    def _found_in(self, place: str) -> Iterator[Run]:
        """The runs of one folder, the latest first."""
        for run_id in self.ids(place):
            with contextlib.suppress(UserError, OSError):
                yield Run(self.workspace, run_id, place)


def _move(path: Path, target: Path, taken: tuple[str, str], *, touched: bool = False) -> None:
    """Moves a run by one rename; `touched` just before, so that its new place knows since when it is there.

    Args:
        path, target: from where, and whither.
        taken: what happened, and what to do, where something is there already.

    Raises:
        UserError: it is gone, its new place is taken, or the disk does not let us.
    """
    try:
        if target.exists():
            what, remedy = taken
            raise UserError(what, remedy, "RUN_EXISTS")
        if touched:
            workspace.touch(path)
        workspace.rename(path, target)
    except FileNotFoundError:
        raise not_found() from None
    except OSError as error:
        raise workspace.disk_error(error) from error
