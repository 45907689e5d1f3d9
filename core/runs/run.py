"""One training, alive or done, as its directory tells it.

`experiment.json` is written once. The worker alone writes `metrics.jsonl`, `status.json` and `checkpoints/` (see
`core.runs.recorder`); the server alone writes `intent.json` and `notes.json`. A held file lock means alive, so
"interrupted" needs nobody to write it down. Locks and process numbers mean nothing on another machine: there a worker
is alive as long as its lease lasts, which it renews whenever it writes its status. A run that waits for a free core
has a ticket in `queue/`.
"""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import psutil

from core import stored, workspace
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.reading import read_experiment
from core.runs import checkpoints, scores, versions
from core.runs.checkpoints import Checkpoint
from core.runs.judging import of_known
from core.runs.layout import EXPERIMENT, INTENT, LOCK, METRICS, NOTES, RUNS, STATE, STATUS, TURN
from core.runs.queue import Queue
from core.runs.records import Metrics, read_line
from core.runs.states import (
    FINISHED,
    INTERRUPTED,
    NOTE_LENGTH,
    QUEUED,
    RESUMABLE,
    STARTING,
    STATES,
    STOPPED,
    TITLE_LENGTH,
    Intent,
    Notes,
    Status,
    from_file,
    is_fresh,
)
from core.stored import Lock
from core.words import cleaned
from core.workspace import Workspace

ID = re.compile(r"[0-9a-f]{32}")
LATEST = 4e9
"""The year 2096, in seconds since 1970."""
GRACE_SECONDS = 20.0
"""A run made in a terminal is "starting" this long before its lock must be held."""


class Run:
    """One training, alive or done, as its directory tells it.

    Args:
        home: the workspace in which it lies.
        run_id: 32 hexadecimal digits.
        place: the folder of the workspace.

    Raises:
        UserError: there is no such run.
    """

    def __init__(self, home: Workspace, run_id: str, place: str = RUNS) -> None:
        if not is_id(run_id):
            raise not_found()
        self.workspace, self.id = home, run_id
        self.path = home.home / place / run_id
        self.check_there()

    @property
    def experiment(self) -> Experiment:
        """What was asked for; it never changes.

        Raises:
            UserError: the file is damaged, or the run is from a newer version.
        """
        versions.check(self.path)
        try:
            return read_experiment(stored.read_file(self.path / EXPERIMENT))
        except (OSError, UserError) as error:
            what = "This run's experiment can't be read."
            raise UserError(what, "Choose another run, or let the doctor put this one aside.", "RUN_DAMAGED") from error

    @property
    def created(self) -> float:
        """When it was asked for, in seconds since 1970; 0 once it is gone, as another tab may still look at it.

        A file may have a time that no calendar has.
        """
        try:
            return min(max((self.path / EXPERIMENT).stat().st_mtime, 0.0), LATEST)
        except OSError:
            return 0.0

    @property
    def title(self) -> str:
        """The name people know it by; of one that can't be read, the beginning of its id."""
        try:
            return self.notes().name or self.experiment.name
        except UserError:
            return f"Run {self.id[:8]}"

    # ---- where it stands

    def status(self) -> Status:
        """Where it stands; "interrupted" when it should be alive but no worker has it."""
        status, intent = self.told_status(), self.intent()
        answered = status is not None and status.attempt >= intent.launched
        if answered and not status.is_live and not (position := self._position()):
            return status
        if self.is_held():
            fresh = self.told_status()
            return fresh if fresh is not None and fresh.is_live else replace(fresh or Status(), state=STARTING)
        if position := self._position():
            return replace(status or Status(), state=QUEUED, position=position, error="", reason="")
        return self._without_worker()

    def _without_worker(self) -> Status:
        """The status of a run that nobody held and that did not wait."""
        # A worker may have been sent, have taken it up or have ended between two looks: only a second reading is proof.
        intent, told = self.intent(), self.told_status()
        status = told or Status()
        answered = told is not None and told.attempt >= intent.launched
        if answered and (not status.is_live or self.is_held()):
            return status
        is_coming = not answered and not intent.verdict and self._is_coming(intent)
        was_sent = intent.pid or intent.host  # whoever was sent takes the run up first, and then hears the stop
        if intent.stop and not answered and not (is_coming and was_sent):
            return replace(status, state=STOPPED)
        if is_coming:
            return replace(status, state=STARTING)
        return replace(status, state=INTERRUPTED, error=intent.verdict)

    def _is_coming(self, intent: Intent) -> bool:
        """Whether the worker that was sent still imports TensorFlow; a run of a terminal has no such note."""
        if intent.host:
            return is_fresh(intent.born)
        if not intent.pid:
            return time.time() - self.created < GRACE_SECONDS
        return self.process() is not None

    def process(self) -> psutil.Process | None:
        """The process of its worker; None when it is gone, on another machine, or its number has another process."""
        intent = self.intent()
        if not intent.pid or intent.host:
            return None
        try:
            process = psutil.Process(intent.pid)
            is_it = process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - intent.born) < 1
        except (psutil.Error, OverflowError, ValueError):  # the last two: no number of a process
            return None
        return process if is_it else None

    def told_status(self) -> Status | None:
        """What status.json says; None when there is none or it is damaged."""
        value = stored.read_json(self.path / STATUS)
        state = value.get("state") if isinstance(value, dict) else None
        return of_known(Status, value) if isinstance(state, str) and state in STATES else None

    def is_held(self) -> bool:
        """Whether a worker has it and is alive: it holds the lock, or the lease where it works on another machine."""
        return self.is_leased() if self.intent().host else self._is_locked()

    def is_leased(self) -> bool:
        """Whether it is in the hands of a worker on another machine that wrote not long ago."""
        intent, told = self.intent(), self.told_status() or Status()
        is_at_it = told.attempt >= intent.launched and told.is_live
        return bool(intent.host) and is_at_it and is_fresh(told.beat) and not intent.verdict

    def _is_locked(self) -> bool:
        """Whether a process of this machine holds the lock."""
        return stored.is_held(self.path / LOCK)

    def is_taken(self) -> bool:
        """Whether a worker has it, or is on its way to it."""
        intent, told = self.intent(), self.told_status() or Status()
        sent = (intent.pid or intent.host) and told.attempt < intent.launched and not intent.verdict
        return self.is_held() or bool(sent and self._is_coming(intent))

    def can_resume(self) -> bool:
        """Whether somebody may ask it to go on: it has epochs left, and the optimizer's memory is kept."""
        status, saved = self.status(), self.checkpoints()
        unfinished = self._has_more(status) or (
            status.state in RESUMABLE and (status.epoch < status.epochs or not status.epochs)
        )
        folders = [checkpoints.folder_of(self.path, number) for number in saved]
        return unfinished and (not saved or any((folder / STATE).exists() for folder in folders))

    def _has_more(self, status: Status) -> bool:
        """Whether it was finished, and is to go on in one more phase now."""
        if status.state not in (FINISHED, *RESUMABLE) or not status.epochs:
            return False
        try:
            training = self.experiment.training
        except UserError:
            return False
        return bool(training.phases) and status.epochs < training.all_epochs

    # ---- what was measured

    def events(self, offset: int = 0) -> tuple[list[dict[str, Any]], int, int]:
        """Records written since `offset`: (records, next offset, damaged lines); a half-written last line waits."""
        try:
            with stored.opened(self.path / METRICS) as file:
                file.seek(offset)
                data = file.read()
        except OSError:
            return [], offset, 0
        whole = data[: data.rfind(b"\n") + 1]
        read = [read_line(line) for line in whole.split(b"\n")[:-1]]
        good = [record for record in read if record is not None]
        return good, offset + len(whole), len(read) - len(good)

    def metrics(self) -> Metrics:
        """Everything measured so far."""
        records, _, damaged = self.events()
        metrics = Metrics(damaged=damaged)
        for record in records:
            metrics.take(record)
        return metrics

    # ---- what is asked of it

    def intent(self) -> Intent:
        """What was asked of its worker so far."""
        return from_file(Intent, self.path / INTENT) or Intent()

    def _ask(self, counted: Callable[[Intent], dict[str, int]] = lambda intent: {}, **changes: Any) -> None:
        """Changes the intent; two tabs may do so at once, so that what is counted is read in its turn.

        Args:
            counted: the new counts, from the intent as it is.
            changes: other fields.
        """
        with self._turn():
            intent = self.intent()
            workspace.write_json(self.path / INTENT, asdict(replace(intent, **changes, **counted(intent))))

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """One after the other, and only in a folder that is there: a run that was deleted stays so.

        Raises:
            UserError: it was deleted, or its folder can't be written.
        """
        try:
            with Lock(self.path / TURN):
                self.check_there()
                yield
        except (FileNotFoundError, NotADirectoryError):
            raise not_found() from None
        except OSError as error:
            known = workspace.disk_error(error)
            if known is not error:
                raise known from error
            what = f"Nothing can be asked of this run: what is called {TURN} is something else."
            raise UserError(what, "Let the doctor move that aside, and try again.", "RUN_DAMAGED") from error

    def check_there(self) -> None:
        """Refuses a run that was deleted meanwhile.

        Raises:
            UserError: it was.
        """
        if not stored.is_there(self.path / EXPERIMENT):
            raise not_found()

    def request_stop(self) -> None:
        """Asks the worker to stop after the step in progress and keep the model; leaves the queue."""
        with self.queue.turn():  # a worker is sent before, and heeds it, or not at all
            self.leave_queue()
            self._ask(stop=True)

    def request_pause(self) -> None:
        """Asks the worker to wait after the step in progress; single steps that it has not begun are not done."""
        self._ask(lambda intent: {"pauses": intent.pauses + 1, **_past(intent)}, pause=True)

    def request_resume(self) -> None:
        """Lets a paused worker go on; single steps that it has not begun are not done."""
        self._ask(_past, pause=False)

    def request_steps(self, *, batches: int = 0, epochs: int = 0) -> None:
        """Lets a paused worker do so much and pause again; a running one pauses first."""

        def counted(intent: Intent) -> dict[str, int]:
            pauses = intent.pauses + (not intent.pause)
            return {"pauses": pauses, "batches": intent.batches + batches, "epochs": intent.epochs + epochs}

        self._ask(counted, pause=True)

    def request_learning_rate(self, value: float) -> None:
        """Asks the worker to go on with another learning rate.

        Raises:
            UserError: the value is no learning rate.
        """
        if not (isinstance(value, int | float) and 0 < value <= 10):
            raise UserError(f"learning_rate: {value!r} can't be used.", "Take one above 0, up to 10.", "RATE")
        self._ask(lambda intent: {"rates": intent.rates + 1}, rate=float(value))

    def launched(self, pid: int = 0, *, warm: bool = True, host: str = "") -> None:
        """Notes that a worker comes, with everything asked of the last one forgotten; leaves the queue.

        Args:
            pid: its process; 0 for this one.
            warm: whether it stood by, TensorFlow imported.
            host: name of the machine on which it works; empty for this one.
        """
        status = self.told_status() or Status()
        with self._turn():
            number = max(status.attempt, self.intent().launched) + 1
            if host:
                fresh = Intent(launched=number, host=host, pid=pid, born=time.time(), warm=warm)
            else:
                process = psutil.Process(pid or None)
                fresh = Intent(launched=number, pid=process.pid, born=process.create_time(), warm=warm)
            workspace.write_json(self.path / INTENT, asdict(fresh))
        self.leave_queue()

    def judge(self, verdict: str) -> None:
        """Notes why its worker is gone, where the worker could not say so itself."""
        self._ask(verdict=verdict)

    # ---- the queue

    def enqueue(self, asker: str = "") -> None:
        """Waits for a free core from now on; a second time changes nothing.

        Args:
            asker: who wants that, 0 to 32 hexadecimal digits; those who ask take turns.

        Raises:
            UserError: it is at work already, has nothing left to do, is from a newer version, or was deleted.
        """
        with self.queue.turn():  # whoever deletes it waits, or is done
            self.check_there()
            versions.check(self.path)
            if not self._position():
                self._check_can_wait()
                if self.intent().stop:
                    self._ask(stop=False)
                self.queue.add(self.id, asker)

    def _check_can_wait(self) -> None:
        """Refuses a run that no worker is needed for.

        Raises:
            UserError: it is at work already, or has nothing left to do.
        """
        if (status := self.status()).state == FINISHED and not self._has_more(status):
            raise UserError("This run is finished.", "Train its experiment again for a new run.", "RUN_FINISHED")
        if self.is_taken():
            raise UserError("This run is being trained.", "Wait until it ends.", "RUN_LIVE")
        if self.told_status() is not None and not self.can_resume():
            raise UserError("This run can't go on.", "Train its experiment again for a new run.", "RUN_ENDED")

    def leave_queue(self) -> None:
        """Waits no more."""
        self.queue.remove(self.id)

    def _position(self) -> int:
        """Place in the queue, 1 for the next; 0 outside."""
        return self.queue.position(self.id)

    @property
    def queue(self) -> Queue:
        """Where it waits, if it does."""
        return Queue(self.workspace)

    # ---- what people say about it

    def notes(self) -> Notes:
        """Name, note and family."""
        return from_file(Notes, self.path / NOTES) or Notes()

    def annotate(self, **changes: Any) -> None:
        """Changes some of its notes.

        Args:
            changes: `name` (cut to 80 letters; empty for the experiment's) or `note` (cut to 2 000); what is no letter
                is left out.

        Raises:
            UserError: it was deleted, or its folder can't be written.
        """
        with self._turn():
            notes = replace(self.notes(), **changes)
            name, note = cleaned(notes.name, TITLE_LENGTH), cleaned(notes.note, NOTE_LENGTH, lines=True)
            workspace.write_json(self.path / NOTES, asdict(replace(notes, name=name, note=note)))

    # ---- its networks

    def checkpoints(self) -> list[int]:
        """Epochs whose weights are kept, ascending; a stop inside an epoch keeps them under its number."""
        return checkpoints.saved(self.path)

    def checkpoint(self, number: int) -> Checkpoint | None:
        """One of them, or None when its manifest can't be read."""
        return checkpoints.opened(self.path, number)

    def weights(self, epoch: int | None = None) -> dict[str, np.ndarray]:
        """The network's weights by name, float32: of one epoch, or of `chosen_epoch`, in whose place comes the newest
        whose hash is right.

        Raises:
            UserError: nothing was saved yet, or it is damaged.
        """
        versions.check(self.path)
        chosen = self.chosen_epoch
        others = sorted(self.checkpoints(), key=lambda number: (number == chosen, number), reverse=True)
        for number in others if epoch is None else [epoch]:
            checkpoint = self.checkpoint(number)
            arrays = checkpoint.weights() if checkpoint else None
            if arrays is not None:
                return arrays
        if epoch in others:
            what = f"The network of epoch {epoch} is damaged."
            raise UserError(what, "Choose another epoch, or let the doctor move this one aside.", "NO_CHECKPOINT")
        raise UserError(
            "This run has no saved network yet.", "Wait for its first epoch, or train again.", "NO_CHECKPOINT"
        )

    @property
    def chosen_epoch(self) -> int | None:
        """The epoch whose network is used wherever no other is asked for, as `scores.default_epoch` says: on the pages,
        in exports and on the command line. None before the first."""
        return scores.default_epoch(self.status(), self.checkpoints())


def _past(intent: Intent) -> dict[str, int]:
    """The single steps asked for so far as those that count no more."""
    return {"past_batches": intent.batches, "past_epochs": intent.epochs}


def is_id(name: str) -> bool:
    """Whether a run may be called so: 32 hexadecimal digits."""
    return bool(ID.fullmatch(name))


def not_found() -> UserError:
    """What to say when a run is not there."""
    return UserError(
        "This run is not here.", "It may have been deleted; choose another one or train again.", "RUN_NOT_FOUND"
    )
