"""Where runs are trained: each backend a class; the launcher asks the one that it is given."""

import contextlib
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import psutil

from core import settings
from core.errors import UserError
from core.experiment import memory
from core.runs.run import Run
from core.runs.states import Status
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

    def has_room(self, run: Run, others: Sequence[Run]) -> bool:
        """Whether one more run can be trained beside those that have a worker."""
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
        self._begun: dict[str, int] = {}

    def capacity(self) -> int:
        """One for every two cores, or what was set."""
        chosen = settings.SLOTS.text()
        return max(1, int(chosen) if chosen.isdigit() else (psutil.cpu_count() or 1) // CORES_PER_RUN)

    def has_room(self, run: Run, others: Sequence[Run]) -> bool:
        """Whether its training fits into the memory that is free now, what others are still going to take set aside."""
        try:
            wanted = _estimate(run)
        except UserError:
            return True  # its worker says what is wrong with it
        return wanted < psutil.virtual_memory().available - sum(map(self._to_come, others))

    def _to_come(self, run: Run) -> int:
        """Bytes that a worker is still going to take; none once it has grown, which the end of an epoch shows."""
        told, launched = run.told_status() or Status(), run.intent().launched
        if told.attempt >= launched and told.epoch > self._begun.get(run.id, 0):
            return 0
        try:
            process = run.process()
            return max(0, _estimate(run) - process.memory_info().rss) if process else 0
        except (UserError, psutil.Error):
            return 0  # it is gone, or about to say why it can't train

    def start(self, run: Run) -> None:
        """Hands it to the worker that stands by, or to a fresh one."""
        self._begun[run.id] = (run.told_status() or Status()).epoch
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
        self._begun.pop(run.id, None)
        if run.id not in self.sent:
            return ""
        worker, kills = self.sent.pop(run.id)
        return memory.ran_out(run.experiment) if worker.poll() == KILLED and _kills() > kills else ""

    def close(self) -> None:
        """Sends the worker home that stands by."""
        self.standby.close()


def _estimate(run: Run) -> int:
    """Bytes that its training takes at its peak.

    Raises:
        UserError: its experiment or its data can't be had.
    """
    experiment = run.experiment
    with using(run.workspace):
        return memory.of(experiment, experiment.dataset.facts()).total


def _kills() -> int:
    """How many processes this system has killed for want of memory; 0 where it does not say."""
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
