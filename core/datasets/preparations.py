"""Who prepares a dataset, and who waits: one child a dataset whoever asks for it, and few of them at once."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import psutil

from core import child
from core.datasets import prepare_in_child
from core.errors import UserError
from core.workspace import Workspace, current, using

CORES = 2
"""A preparation reads, decodes and writes for minutes: on fewer cores each, several take longer than one by one."""
MOST = 2
BEAT_SECONDS = 0.3
"""Whoever waits is told so often where it stands."""

Key = tuple[Workspace, str]


@dataclass(frozen=True)
class Standing:
    """How far a preparation is.

    Args:
        done, total: of its own units; 0 and 0 before it tells any.
        ahead: names of the datasets that are prepared first; empty once it is at work itself.
    """

    done: int = 0
    total: int = 0
    ahead: tuple[str, ...] = ()


Tell = Callable[[Standing], None]


class _Abandoned(Exception):
    """Nobody waits for it any more."""


Make = Callable[[Any, child.Progress], object]
"""Makes one ready, and tells how far that is."""


class Wanted(Protocol):
    """What can be made ready: a dataset, or the weights of a base."""

    def key(self) -> str:
        """Names it."""

    def called(self) -> str:
        """What people call it."""


class _Job:
    """One of them on its way."""

    def __init__(self, home: Workspace, dataset: "Wanted", make: "Make | None") -> None:
        self.home, self.dataset, self.make = home, dataset, make
        self.done, self.total, self.waiting = 0, 0, 0
        self.is_at_work, self.is_over = False, False
        self.error: BaseException | None = None


class Preparations:
    """The preparations of one server. A page that is left while it waits harms nobody who waits for the same.

    Args:
        at_once: how many children work side by side; None for as many as suit this machine.
    """

    def __init__(self, at_once: int | None = None) -> None:
        self._at_once = at_once or min(MOST, max(1, (psutil.cpu_count() or 1) // CORES))
        self._jobs: dict[Key, _Job] = {}
        self._changed = threading.Condition()

    def make_ready(self, dataset: Wanted, tell: Tell, make: Make | None = None) -> None:
        """Waits until a dataset is prepared, by a child that may be at it for somebody else already.

        Args:
            dataset: of the current workspace; or anything else that a child makes ready.
            tell: called here and now and then, until the end; whatever it raises ends the waiting, and with the last
                one who waits the preparation.
            make: has a child do it; `prepare_in_child` when left out.

        Raises:
            UserError: the data cannot be had.
        """
        key = (current(), dataset.key())
        job = self._join(key, dataset, make)
        try:
            while not job.is_over:
                tell(self._standing(job))
                with self._changed:
                    self._changed.wait_for(lambda: job.is_over, BEAT_SECONDS)
        finally:
            self._leave(key, job)
        if isinstance(job.error, UserError):  # each who waits gets one of its own: a raised one grows
            raise UserError(job.error.what, job.error.remedy, job.error.code)
        if job.error:
            raise job.error

    def _join(self, key: Key, dataset: Wanted, make: Make | None) -> _Job:
        with self._changed:
            job = self._jobs.setdefault(key, _Job(key[0], dataset, make))
            job.waiting += 1
            self._begin_next()
        return job

    def _leave(self, key: Key, job: _Job) -> None:
        with self._changed:
            job.waiting -= 1
            if not job.waiting and not job.is_at_work:
                self._forget(key, job)

    def _standing(self, job: _Job) -> Standing:
        with self._changed:
            if job.is_at_work:
                return Standing(job.done, job.total)
            jobs = list(self._jobs.values())
            return Standing(ahead=tuple(one.dataset.called() for one in jobs[: jobs.index(job)]))

    def _begin_next(self) -> None:
        """Sends children to those that have waited longest, as far as there is room."""
        free = self._at_once - sum(job.is_at_work for job in self._jobs.values())
        for key, job in [pair for pair in self._jobs.items() if not pair[1].is_at_work][: max(0, free)]:
            job.is_at_work = True
            threading.Thread(target=self._work, args=(key, job), name="preparation", daemon=True).start()

    def _work(self, key: Key, job: _Job) -> None:
        """One preparation, in a thread of its own: it outlives the page that asked first."""

        def progress(done: int, total: int) -> None:
            with self._changed:
                job.done, job.total = done, total
                if not job.waiting:
                    self._forget(key, job)
                    raise _Abandoned  # ends the child

        try:
            with using(job.home):
                (job.make or prepare_in_child)(job.dataset, progress)
        except BaseException as error:  # noqa: BLE001  it is raised where somebody waits
            job.error = error
        with self._changed:
            job.is_over = True
            self._forget(key, job)
            self._begin_next()
            self._changed.notify_all()

    def _forget(self, key: Key, job: _Job) -> None:
        """Whoever asks from now on begins anew."""
        if self._jobs.get(key) is job:
            del self._jobs[key]
