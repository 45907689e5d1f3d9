"""Who trains when: runs wait in a queue on the disk, and as many are at work as the cores allow.

The queue outlives the server. Of several servers on one workspace the one that holds the lock does the sending.
"""

import contextlib
import os
import subprocess
import threading
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from core.errors import UserError
from core.experiment import memory
from core.runs import layout, states
from core.runs.collection import Runs
from core.runs.run import Run
from core.training.standby import Standby
from core.workspace import Workspace, using

TICK_SECONDS = 0.3
CORES_PER_RUN = 2
"""TensorFlow shares one step among cores; with fewer than two each, two runs take longer than one after the other."""
KILLED = -9


def slots() -> int:
    """How many runs may be at work at once: one for every two cores, or what KERNELSCOPE_SLOTS says."""
    chosen = os.environ.get("KERNELSCOPE_SLOTS", "")
    return max(1, int(chosen) if chosen.isdigit() else (psutil.cpu_count() or 1) // CORES_PER_RUN)


class Launcher:
    """Sends workers to the runs that wait. Make one per server and workspace, and close it when the server ends.

    Args:
        home: the workspace of the runs.
    """

    def __init__(self, home: Workspace) -> None:
        self.workspace, self.runs = home, Runs(home)
        self.standby = Standby(home)
        self._wake, self._closed = threading.Event(), False
        self._sent: dict[str, tuple[subprocess.Popen[bytes], int]] = {}
        self._working: dict[str, Run] = {}
        self._lock: FileLock | None = None
        self._thread = threading.Thread(target=self._go_on, name="launcher", daemon=True)
        self._thread.start()

    def ask(self, run: Run) -> None:
        """Wants a run trained, or trained further, as soon as there is a free core.

        Raises:
            UserError: it is at work already, or finished, or the disk is full.
        """
        run.enqueue()
        self._wake.set()

    def close(self) -> None:
        """Sends no more workers; those that train go on, and the queue stays."""
        self._closed = True
        self._wake.set()
        self._thread.join(5)
        self.standby.close()

    def _go_on(self) -> None:
        """The sending thread."""
        while not self._closed:
            # A disk that fails for a moment must not end the sending for good.
            with contextlib.suppress(UserError, OSError):
                self.tick()
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()
        if self._lock:
            self._lock.release()

    def tick(self) -> None:
        """Reaps workers that ended and sends new ones to the first of those that wait, as cores and memory allow."""
        self._reap()
        if not self._is_sender():
            return
        for run in self.runs.queue():
            if run.is_taken():  # in a terminal, or asked for twice at once
                run.leave_queue()
            elif (busy := self._at_work()) < slots() and (not busy or _has_room(run)):
                self._send(run)
            else:
                return  # nobody overtakes

    def _is_sender(self) -> bool:
        """Whether this server does the sending; whoever has the lock keeps it until it ends."""
        if self._lock is None:
            lock = FileLock(self.workspace.folder(layout.QUEUE) / "sender.lock", thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                return False
            self._lock = lock
            # After a restart the workers of the last server are still at it.
            self._working = {run.id: run for run in self.runs.newest() if run.is_held()}
        return True

    def _at_work(self) -> int:
        """Runs that use the cores now; a paused one does not."""
        now = {run_id: _state(run) for run_id, run in self._working.items()}
        self._working = {run_id: run for run_id, run in self._working.items() if now[run_id] in states.LIVE}
        return sum(state in (states.STARTING, states.RUNNING) for state in now.values())

    def _send(self, run: Run) -> None:
        self._working[run.id] = run
        self._sent[run.id] = (self.standby.start(run), _kills())

    def _reap(self) -> None:
        """Reads the exit codes of workers that ended, and notes the one cause that they can't tell themselves."""
        for run_id, (worker, kills) in list(self._sent.items()):
            code = worker.poll()
            if code is None:
                continue
            del self._sent[run_id]
            if code == KILLED and _kills() > kills:
                with contextlib.suppress(UserError, OSError):
                    run = self.runs.find(run_id)
                    run.judge(memory.ran_out(run.experiment))


def _has_room(run: Run) -> bool:
    """Whether its training fits into the memory that others leave free now."""
    try:
        experiment = run.experiment
        with using(run.workspace):
            return memory.of(experiment, experiment.dataset.facts()).total < psutil.virtual_memory().available
    except UserError:
        return True  # its worker says what is wrong with it


def _state(run: Run) -> str:
    """Its state; that of a deleted one is no longer live."""
    return run.status().state if run.path.exists() else states.STOPPED


def _kills() -> int:
    """How many processes this system has killed for want of memory; 0 where it does not say."""
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
