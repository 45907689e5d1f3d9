"""Where runs are trained: each backend a class; the launcher asks the one that it is given."""

import contextlib
import os
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path

import psutil

from core.errors import UserError
from core.experiment import memory
from core.runs.run import Run
from core.training.standby import Standby
from core.workspace import Workspace, using

CORES_PER_RUN = 2
"""TensorFlow shares one step among cores; with fewer than two each, two runs take longer than one after the other."""
KILLED = -9


class Backend(ABC):
    """A place where workers train: it starts them, tells whether they are there, and ends them.

    A worker calls `core.training.worker.train` with its run, wherever it is; all else that is asked of it or told by
    it goes through the run's directory.
    """

    @abstractmethod
    def capacity(self) -> int:
        """How many runs may be at work at once, 1 or more."""

    def has_room(self, run: Run) -> bool:
        """Whether one more run can be trained beside those at work."""
        return True

    @abstractmethod
    def start(self, run: Run) -> None:
        """Sends a worker to a run; calls `run.launched` first, with the worker's process or the name of its host."""

    @abstractmethod
    def is_alive(self, run: Run) -> bool:
        """Whether a worker of this backend has the run, or is on its way to it."""

    @abstractmethod
    def stop(self, run: Run) -> None:
        """Ends the worker of a run at once, in the middle of whatever it does; what was saved stays."""

    def reap(self, run: Run) -> str:
        """Lets go of a worker that ended; returns why it did, where it could not say so itself."""
        return ""

    def close(self) -> None:  # noqa: B027  most have nothing to close
        """Starts no more workers; those that train go on."""


class LocalProcesses(Backend):
    """Processes of this machine, one a run, and one that stands by.

    Args:
        home: the workspace of the runs.
    """

    def __init__(self, home: Workspace) -> None:
        self.standby = Standby(home)
        self.sent: dict[str, tuple[subprocess.Popen[bytes], int]] = {}

    def capacity(self) -> int:
        """One for every two cores, or what KERNELSCOPE_SLOTS says."""
        chosen = os.environ.get("KERNELSCOPE_SLOTS", "")
        return max(1, int(chosen) if chosen.isdigit() else (psutil.cpu_count() or 1) // CORES_PER_RUN)

    def has_room(self, run: Run) -> bool:
        """Whether its training fits into the memory that others leave free now."""
        try:
            experiment = run.experiment
            with using(run.workspace):
                return memory.of(experiment, experiment.dataset.facts()).total < psutil.virtual_memory().available
        except UserError:
            return True  # its worker says what is wrong with it

    def start(self, run: Run) -> None:
        """Hands it to the worker that stands by, or to a fresh one."""
        self.sent[run.id] = (self.standby.start(run), _kills())

    def is_alive(self, run: Run) -> bool:
        """Whether its process is there; after a restart the workers of the last server are still at it."""
        if run.id in self.sent:
            return self.sent[run.id][0].poll() is None
        return not run.intent().host and run.is_taken()

    def stop(self, run: Run) -> None:
        """Kills its process, and never another one that got its number."""
        process = run.process()
        if process is not None:
            with contextlib.suppress(psutil.Error):  # it ended by itself
                process.kill()

    def reap(self, run: Run) -> str:
        """Reads its exit code; what a process can't tell itself is that the system killed it for want of memory."""
        if run.id not in self.sent:
            return ""
        worker, kills = self.sent.pop(run.id)
        return memory.ran_out(run.experiment) if worker.poll() == KILLED and _kills() > kills else ""

    def close(self) -> None:
        """Sends the worker home that stands by."""
        self.standby.close()


def _kills() -> int:
    """How many processes this system has killed for want of memory; 0 where it does not say."""
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
