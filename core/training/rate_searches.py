"""Range tests that pages ask for: each in a process of its own, one at a time; the latest outcomes are kept."""

import functools
import logging
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import psutil

from core import child
from core.errors import UserError
from core.experiment import Experiment, Training, memory
from core.optimization.range_test import RangeTest
from core.workspace import Workspace, using

SECONDS = 300.0
"""A process that takes longer is ended: twenty-five steps of a network that is very slow here."""
KEPT = 16
"""Outcomes, of the experiments that were asked about last."""
UNUSED = ("schedule", "epochs", "rules", "feature_draws")
"""Settings of training that play no part in a test."""

WAITING, AT_WORK, FOUND, FAILED, ENDED = "waiting", "at work", "found", "failed", "ended"
State = Literal["waiting", "at work", "found", "failed", "ended"]


@dataclass(eq=False)
class Search:
    """The range test of one experiment, from the moment it was asked for.

    Args:
        experiment: which.
        state: where it stands; ENDED where somebody wanted it no longer.
        done, total: steps taken and planned; both 0 while the process starts.
        found: the outcome.
        trouble: why there is none, in a sentence and with a way on.
    """

    experiment: Experiment
    state: State = WAITING
    done: int = 0
    total: int = 0
    found: RangeTest | None = None
    trouble: str = ""
    process: subprocess.Popen[bytes] | None = None

    def progressed(self, done: int, total: int) -> None:
        """Takes in how far it is."""
        self.done, self.total = done, total

    @property
    def is_live(self) -> bool:
        """Whether it is waited for."""
        return self.state in (WAITING, AT_WORK)


class RateSearches:
    """The range tests of a server. Make one per server and workspace, and close it when the server ends.

    Args:
        home: the workspace in which the data lies.
    """

    def __init__(self, home: Workspace) -> None:
        self.workspace = home
        self._searches: list[Search] = []
        self._list, self._turn = threading.Lock(), threading.Lock()

    def of(self, experiment: Experiment) -> Search | None:
        """The test of an experiment: of one that differs only in what plays no part, too; None where there is none."""
        with self._list:
            return next((one for one in reversed(self._searches) if are_alike(one.experiment, experiment)), None)

    def begin(self, experiment: Experiment) -> Search:
        """Tests an experiment as soon as no other is tested; one that is waited for is not begun again."""
        if (known := self.of(experiment)) and known.is_live:
            return known
        search = Search(experiment)
        with self._list:
            others = [one for one in self._searches if one is not known]
            self._searches = [one for one in others if one.is_live] + [one for one in others if not one.is_live][-KEPT:]
            self._searches.append(search)
        threading.Thread(target=self._work, args=(search,), name="rate search", daemon=True).start()
        return search

    def end(self, search: Search) -> None:
        """Ends a test that nobody wants any more, its process included."""
        with self._list:
            if search.is_live:
                search.state = ENDED
            if search.process:
                search.process.kill()

    def close(self) -> None:
        """Ends them all."""
        for search in list(self._searches):
            self.end(search)

    def _work(self, search: Search) -> None:
        """A test, from its turn to its end; whatever it comes to is told by its state."""
        with self._turn:
            if self._become(search, AT_WORK):
                try:
                    with using(self.workspace):
                        search.found = find(
                            search.experiment, search.progressed, functools.partial(self._started, search)
                        )
                    self._become(search, FOUND)
                except UserError as error:
                    self._become(search, FAILED, str(error))
                except Exception:
                    # Nobody waits for ever for what nobody foresaw.
                    logging.getLogger(__name__).exception("a range test went wrong")
                    self._become(search, FAILED, "The search broke off because of a fault of ours. Try again.")

    def _started(self, search: Search, process: subprocess.Popen[bytes]) -> None:
        """Notes its process, and ends it where it was asked to at this very moment."""
        with self._list:
            search.process = process
            if not search.is_live:
                process.kill()

    def _become(self, search: Search, state: State, trouble: str = "") -> bool:
        """Goes on to a state, unless it was ended meanwhile; says whether it did."""
        with self._list:
            if search.is_live:
                search.state, search.trouble = state, trouble
            return search.state == state


def find(
    experiment: Experiment,
    on_progress: child.Progress = lambda done, total: None,
    on_start: Callable[[subprocess.Popen[bytes]], None] = lambda process: None,
) -> RangeTest:
    """Tests an experiment in a process of its own.

    Args:
        experiment: which.
        on_progress: told the steps taken and planned.
        on_start: given the process.

    Raises:
        UserError: it can't be trained here, its process broke off or took too long.
    """
    memory.require(experiment)
    _require_free(experiment)
    job = {"experiment": experiment.to_json()}
    try:
        told = child.ask("core.training.rate_search", job, on_progress, SECONDS, on_start)
    except UserError as error:
        raise _in_our_words(error) from error
    return RangeTest(tuple(told["losses"]), told["steps"], told["diverged"])


@functools.lru_cache(256)
def are_alike(one: Experiment, other: Experiment) -> bool:
    """Whether a range test of either is one of both; asked again whenever a page is drawn."""
    return tested(one).is_same(tested(other))


def tested(experiment: Experiment) -> Experiment:
    """What a range test depends on: the experiment without its learning rate, and without what plays no part."""
    usual, optimizer = Training(), experiment.training.optimizer
    rate = type(optimizer)().learning_rate
    changes = {name: getattr(usual, name) for name in UNUSED}
    training = experiment.training.edited(optimizer=optimizer.edited(learning_rate=rate), **changes)
    return experiment.edited(training=training)


def _require_free(experiment: Experiment) -> None:
    """Refuses what has no room beside that which is at work now."""
    needed, free = memory.of(experiment, experiment.dataset.facts()).total, psutil.virtual_memory().available
    if needed > free:
        raise UserError(
            f"Finding a rate needs about {memory.gigabytes(needed)} of memory, and {memory.gigabytes(free)} are free.",
            "Wait until a run has ended, or choose a smaller batch size.",
            "RATE_MEMORY",
        )


def _in_our_words(error: UserError) -> UserError:
    """What befell the process, told of a network that is trained."""
    if error.code != "TIMEOUT":
        return error
    return UserError(
        f"Finding a rate took more than {SECONDS / 60:g} minutes and was stopped.",
        "Choose a smaller batch size, smaller pictures or a smaller network.",
        "RATE_TIMEOUT",
    )
