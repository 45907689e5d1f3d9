"""One worker stands by, TensorFlow imported, so that pressing Train answers within a second."""

import subprocess
import sys
import threading

from core import child
from core.runs.run import Run
from core.workspace import Workspace, using

REFILL_SECONDS = 12.0
"""The next worker warms up this long after the last one was taken: not while that one takes its first steps."""


class Standby:
    """The waiting worker. Make one per server and workspace, and close it when the server ends.

    Args:
        home: the workspace of the runs that it will train.
    """

    def __init__(self, home: Workspace) -> None:
        self.workspace = home
        self._turn = threading.Lock()
        self._waiting: subprocess.Popen[bytes] | None = None
        self._refill = self._later(0)

    def start(self, run: Run) -> subprocess.Popen[bytes]:
        """Hands a run to the waiting worker, or to a fresh one when none is alive; returns its process.

        Raises:
            UserError: the run was deleted, or its folder can't be written; the worker waits for another one.
        """
        with self._turn:
            warm = self._waiting is not None and self._waiting.poll() is None
            worker = self._waiting = self._waiting if warm else _spawn(self.workspace)
            try:
                run.launched(worker.pid, warm=warm)
            except BaseException:
                # It is said to be on its way to the run already, or nobody wants one to stand by.
                if run.intent().pid == worker.pid or not child.may_stand_by():
                    self._send_home()
                raise
            self._waiting = None
            self._refill.cancel()
            self._refill = self._later(REFILL_SECONDS)
        with worker.stdin as stdin:
            stdin.write(f"{run.id}\n".encode())
        return worker

    def close(self) -> None:
        """Sends the waiting worker home; those that train go on."""
        with self._turn:
            self._refill.cancel()
            self._send_home()

    def _send_home(self) -> None:
        """Ends the waiting worker, if there is one."""
        if self._waiting:
            self._waiting.kill()  # it has nothing to lose yet
            self._waiting.wait()
            self._waiting.stdin.close()
            self._waiting = None

    def _later(self, seconds: float) -> threading.Timer:
        """Warms a worker up after so long."""
        timer = threading.Timer(seconds, self._warm_one)
        timer.daemon = True
        timer.start()
        return timer

    def _warm_one(self) -> None:
        if not child.may_stand_by():
            return
        with self._turn:
            if self._waiting is None or self._waiting.poll() is not None:
                self._waiting = _spawn(self.workspace)


def _spawn(home: Workspace) -> subprocess.Popen[bytes]:
    """A worker for a workspace, in a session of its own, so that Ctrl-C on the server does not reach it."""
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    with using(home):
        environment = child.environment()
    return subprocess.Popen(
        [sys.executable, "-m", "core.training.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=child.ROOT,
        env=environment,
        start_new_session=True,
        creationflags=flags,
    )
