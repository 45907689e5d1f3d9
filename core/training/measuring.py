"""Measures this machine once, beside the server: on demand, or by itself while nothing else is at work."""

import os
import threading
from collections.abc import Callable, Sequence

import psutil

from core import child
from core.errors import UserError
from core.runs import machine
from core.runs.machine import Machine, fitted
from core.runs.work import Spread
from core.workspace import Workspace, using

SECONDS = 300.0
"""A process that takes longer is ended."""
IDLE = 0.5
"""Processes that want a core, for each core there is: below it nobody waits for what we take."""


class Disturbed(Exception):
    """A training began: what is measured beside it is not the machine."""


class Measuring:
    """The measurement of this machine. Make one per server and workspace.

    Args:
        home: where the outcome is kept.
        is_training: whether a run is at work.
    """

    def __init__(self, home: Workspace, is_training: Callable[[], bool]) -> None:
        self.workspace, self._is_training = home, is_training
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None
        self.trouble = ""
        self.known: Machine | None = machine.read(home)

    @property
    def is_at_work(self) -> bool:
        """Whether it is being measured."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self) -> None:
        """Measures, in a thread of its own; a second call meanwhile does nothing."""
        with self._turn:
            if not self.is_at_work:
                self.trouble = ""
                self._thread = threading.Thread(target=self._measure, name="measuring", daemon=True)
                self._thread.start()

    def when_idle(self) -> None:
        """Begins, unless it is known, was tried, or somebody is at work."""
        if self.known or self._thread or not child.may_stand_by():
            return
        if psutil.getloadavg()[0] < IDLE * (os.cpu_count() or 1) and not self._is_training():
            self.begin()

    def _measure(self) -> None:
        try:
            with using(self.workspace):
                rates = {name: fitted(self._ask(spreads)) for name, spreads in machine.spreads().items()}
            found = Machine(rates)
            self.known = found
            machine.keep(self.workspace, found)
        except Disturbed:
            self.trouble = "A training began meanwhile. Measure again when nothing is at work."
        except UserError as error:
            self.trouble = str(error)

    def _ask(self, spreads: Sequence[Spread]) -> list[dict[str, object]]:
        """The cases of steps that are spread alike; the process is ended when a training begins."""

        def progress(done: int, total: int) -> None:
            if self._is_training():
                raise Disturbed

        progress(0, 0)
        return child.ask("core.training.calibration", {"spreads": spreads}, progress, SECONDS)
