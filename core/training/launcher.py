"""Who trains when: runs wait in a queue on the disk, and as many are at work as the backend can hold.

The queue outlives the server. Of several servers on one workspace the one that holds the lock does the sending.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator

from filelock import Timeout

from core import stored, workspace
from core.errors import UserError
from core.runs import layout, states
from core.runs.collection import Runs
from core.runs.run import Run
from core.runs.states import Status
from core.stored import Lock
from core.training.backends import Backend, LocalProcesses
from core.workspace import Workspace

TICK_SECONDS = 0.3
PATIENCE_SECONDS = 300.0
"""A silent worker may need so long to heed a stop, as a step of a large network takes its time; then it is ended."""
CORE, MEMORY, DISK = "a free core", "memory that other runs hold", "the disk, which refused it a worker"
"""What a run may wait for."""
REST_SECONDS = 10.0
"""A run to which no worker could be sent, as the disk refused, is passed over so long."""


class Launcher:
    """Sends workers to the runs that wait. Make one per server and workspace, and close it when the server ends.

    Args:
        home: the workspace of the runs.
        backend: where they are trained; None for processes of this machine.
    """

    def __init__(self, home: Workspace, backend: Backend | None = None) -> None:
        self.workspace, self.runs = home, Runs(home)
        self.backend = backend or LocalProcesses(home)
        self._wake, self._closed = threading.Event(), False
        self._working: dict[str, Run] = {}
        self._stopping: dict[str, float] = {}
        self._rests_until: dict[str, float] = {}
        self._lock: Lock | None = None
        self._held_up = ""
        self._told: set[str] = set()
        self._thread = threading.Thread(target=self._go_on, name="launcher", daemon=True)
        self._thread.start()

    def ask(self, run: Run, asker: str = "") -> None:
        """Wants a run trained, or trained further, as soon as there is a free core.

        Args:
            run: which.
            asker: who wants that, 0 to 32 hexadecimal digits; those who ask take turns.

        Raises:
            UserError: it is at work already, or finished, or the disk is full.
        """
        run.enqueue(asker)
        self._wake.set()

    def lacks(self, run: Run) -> str | None:
        """What a run in the queue waits for: CORE, MEMORY or DISK; empty for one that is about to get its worker.

        None where that is not known, as another server does the sending.
        """
        if self._lock is None:
            return None
        return DISK if run.id in self._rests_until else self._held_up

    def close(self) -> None:
        """Sends no more workers; those that train go on, and the queue stays."""
        self._closed = True
        self._wake.set()
        self._thread.join(5)
        self.backend.close()

    def _go_on(self) -> None:
        """The sending thread."""
        while not self._closed:
            # A disk that fails for a moment, or a fault of ours, must not end the sending for good.
            with self._surviving("a look at the queue"):
                self.tick()
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()
        if self._lock:
            self._lock.release()

    def tick(self) -> None:
        """Reaps workers that ended and sends new ones to the first of those that wait, as far as there is room."""
        if not self._is_sender():
            return
        self._look_after()
        now = time.monotonic()
        self._rests_until = {run_id: until for run_id, until in self._rests_until.items() if until > now}
        held_up = ""
        for run in self.runs.queue():
            with self._surviving(f"the turn of run {run.id}"):
                held_up = "" if run.id in self._rests_until else self._serve(run)
            if held_up:
                break  # nobody overtakes
        self._held_up = held_up

    def _serve(self, run: Run) -> str:
        """What its turn brings to a run that waits: a worker, or what it and all behind it have to wait for."""
        if run.is_taken():  # in a terminal, or asked for twice at once
            run.leave_queue()
            return ""
        if lacks := self._lacks(run):
            return lacks
        with run.queue.turn():  # nobody takes it back, or deletes it, before it is sent
            if run.queue.position(run.id):
                self._send(run)
        return ""

    def _is_sender(self) -> bool:
        """Whether this server does the sending; whoever has the lock keeps it until it ends."""
        if self._lock is None:
            lock = Lock(self.workspace.folder(layout.QUEUE) / "sender.lock")
            try:
                lock.acquire(0)
            except Timeout:
                return False
            self._lock = lock
            for folder in stored.names_in(self.workspace.home):  # of uploads and all else that a killed server began
                workspace.sweep(folder)
            # After a restart the workers of the last server are still at it.
            self._working = {run.id: run for run in self.runs.newest() if self.backend.is_alive(run)}
        return True

    def _lacks(self, run: Run) -> str:
        """What there is too little of for one more run; a paused one holds its memory, and no core."""
        others = [(other, self._state(other)) for other in self._working.values()]
        busy = sum(state in (states.STARTING, states.RUNNING) for _, state in others)
        holding = [other for other, state in others if state in states.LIVE]
        if busy >= self.backend.capacity():
            return CORE
        with self._surviving(f"an estimate of run {run.id}"):
            return "" if not busy or self.backend.has_room(run, holding) else MEMORY
        return ""  # its worker says what is wrong with it

    def _state(self, run: Run) -> str:
        """Its state; that of a deleted one is no longer live, and one that can't be told may be at work."""
        with self._surviving(f"the state of run {run.id}"):
            return run.status().state if run.path.exists() else states.STOPPED
        return states.RUNNING

    def _send(self, run: Run) -> None:
        """Sends a worker; a run that the disk refuses to send one to rests, unless it was deleted at this moment."""
        self._working[run.id] = run
        try:
            self.backend.start(run)
        except UserError as error:
            del self._working[run.id]
            if error.code != "RUN_NOT_FOUND":
                self._rests_until[run.id] = time.monotonic() + REST_SECONDS
        except Exception:
            # One run that can't be started waits no more, so that the others have their turn.
            with self._surviving(f"starting run {run.id}"):
                run.leave_queue()
                run.judge("It could not be started because of a fault of ours. Train its experiment again.")
            raise

    def _look_after(self) -> None:
        """Notes why workers are gone, and ends those that do not heed a stop."""
        for run in list(self._working.values()):
            with self._surviving(f"looking after run {run.id}"):
                self._look_after_one(run)

    def _look_after_one(self, run: Run) -> None:
        if not self.backend.is_alive(run):
            del self._working[run.id]
            self._stopping.pop(run.id, None)
            self._reap(run)
        elif self._is_deaf(run):
            self.backend.stop(run)

    @contextlib.contextmanager
    def _surviving(self, what: str) -> Iterator[None]:
        """Whatever goes wrong in here ends with it, and what nobody foresaw is told to the log, once."""
        try:
            yield
        except (UserError, OSError):
            pass
        except Exception as error:
            if (told := f"{what}: {error!r}") not in self._told:
                self._told.add(told)
                logging.getLogger(__name__).exception("%s went wrong", what)

    def _reap(self, run: Run) -> None:
        """Notes the one cause that a worker can't tell itself."""
        with contextlib.suppress(UserError, OSError):
            if verdict := self.backend.reap(run):
                self.runs.find(run.id).judge(verdict)  # unless it was deleted

    def _is_deaf(self, run: Run) -> bool:
        """Whether its worker was asked to stop long ago, and says nothing, or never did."""
        if not run.intent().stop:
            self._stopping.pop(run.id, None)
            return False
        # A clock that stands still while the machine sleeps: the worker could not heed it either.
        since = self._stopping.setdefault(run.id, time.monotonic())
        return time.monotonic() - since > PATIENCE_SECONDS and (_has_not_begun(run) or run.status().is_silent)


def _has_not_begun(run: Run) -> bool:
    """Whether its worker, wherever it hangs, has not told of a step yet."""
    told = run.told_status() or Status()
    return told.attempt < run.intent().launched or told.state == states.STARTING
