"""Long looks: what takes more than a moment is asked in a process of its own, one after the other."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from core.errors import UserError
from core.lens import Result
from core.lens.client import LensClient
from core.workspace import Workspace

SECONDS = 180.0
"""Between two words on how far a look is; one that is silent for longer is given up."""
START_SECONDS = 6.0
"""For a process to start anew, about: what is left without being wanted is ended only if it would take longer."""
IDLE_SECONDS = 300.0
"""After so long without a long look its process ends: it takes as much memory as Keras does."""
KEPT_BYTES = 64_000_000
"""Of answers that are kept, with their questions; the oldest go first."""
ROOM_OF_ONE = 10_000
"""Bytes that one takes at least, so that there are never more than thousands."""

WAITING, AT_WORK, FOUND, FAILED, ENDED = "waiting", "at work", "found", "failed", "ended"
State = Literal["waiting", "at work", "found", "failed", "ended"]


@dataclass(eq=False)
class Errand:
    """One long look, from the moment it was asked for.

    Args:
        key: the same for the same question about the same network.
        question, fields: as `LensClient.ask` takes them.
        done, total: how far it is, in steps of its own; 0 of 0 while it has said nothing.
        result: what was found; None before.
        trouble: why there is no result, in a sentence and with a way on.
        wanted_by: the tabs that wait for it, by name.
        is_left: whether those that waited for it do so no more.
        first: when it first told how far it was, in seconds of the clock, and how far; None before.
    """

    key: str
    question: str
    fields: dict[str, Any]
    state: State = WAITING
    done: int = 0
    total: int = 0
    result: Result | None = None
    trouble: UserError | None = None
    over: threading.Event = field(default_factory=threading.Event)
    wanted_by: set[str] = field(default_factory=set)
    is_left: bool = False
    first: tuple[float, int] | None = None

    @property
    def held(self) -> int:
        """Bytes that it holds: its question, with the pictures that came along, and what was found."""
        return ROOM_OF_ONE + _bytes(self.fields) + bytes_of(self.result)

    @property
    def is_live(self) -> bool:
        """Whether it is waited for."""
        return self.state in (WAITING, AT_WORK)


class Errands:
    """The long looks of a server. Make one per server, and close it when the server ends.

    Args:
        home: the workspace of the runs that are looked at.
        ask: stands for the process in tests; as `LensClient.ask`.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        home: Workspace,
        ask: Callable[..., dict[str, Any]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._client = LensClient(home)
        self._ask = ask or self._client.ask
        self._errands: OrderedDict[str, Errand] = OrderedDict()
        self._list, self._turn = threading.Lock(), threading.Lock()
        self._idle: threading.Timer | None = None

    def of(self, key: str) -> Errand | None:
        """A look that was asked for; None where there is none."""
        with self._list:
            return self._errands.get(key)

    def begin(self, key: str, question: str, **fields: Any) -> Errand:
        """Looks as soon as no other long look is at work; the same one is not begun again unless it was ended. One that
        failed would only fail once more: `forget` it first."""
        with self._list:
            known = self._errands.get(key)
            if known and (known.is_live or known.state in (FOUND, FAILED)):
                self._errands.move_to_end(key)
                return known
            errand = self._errands[key] = Errand(key, question, fields)
        threading.Thread(target=self._work, args=(errand,), name="errand", daemon=True).start()
        return errand

    def end(self, errand: Errand) -> None:
        """Ends a look that nobody wants any more."""
        with self._list:  # held until the process is gone: the next look begins with another one
            if not errand.is_live:
                return
            was_at_work, errand.state = errand.state == AT_WORK, ENDED
            errand.over.set()
            if was_at_work:
                self._client.interrupt()

    def want(self, errand: Errand, tab: str) -> None:
        """A tab waits for a look."""
        with self._list:
            errand.wanted_by.add(tab)
            errand.is_left = False

    def leave(self, errand: Errand, tab: str) -> None:
        """A tab waits no more. What no other one waits for is ended, as soon as it is known to take longer than a
        process takes to start anew."""
        with self._list:
            errand.wanted_by.discard(tab)
            errand.is_left = not errand.wanted_by
        self._end_if_left(errand)

    def forget(self, errand: Errand) -> None:
        """Lets go of a look that is over, so that it can be begun again."""
        with self._list:
            if not errand.is_live and self._errands.get(errand.key) is errand:
                del self._errands[errand.key]

    def close(self) -> None:
        """Ends them all."""
        for errand in list(self._errands.values()):
            self.end(errand)
        if self._idle:
            self._idle.cancel()
        self._client.close()

    def _work(self, errand: Errand) -> None:
        """A look, from its turn to its end; whatever it comes to is told by its state."""
        with self._turn:
            if self._idle:
                self._idle.cancel()
            if self._become(errand, AT_WORK):
                self._try(errand)
            self._make_room()
            self._idle = threading.Timer(IDLE_SECONDS, self._client.close)
            self._idle.daemon = True
            self._idle.start()

    def _try(self, errand: Errand) -> None:
        def listen(done: int, total: int) -> None:
            errand.done, errand.total = done, total
            errand.first = errand.first or (self._clock(), done)
            self._end_if_left(errand)

        try:
            errand.result = self._ask(errand.question, seconds=SECONDS, on_progress=listen, **errand.fields)["result"]
            self._become(errand, FOUND)
        except UserError as error:
            errand.trouble = error
            self._become(errand, FAILED)
        except Exception:
            # Nobody waits for ever for what nobody foresaw.
            logging.getLogger(__name__).exception("a long look went wrong")
            errand.trouble = UserError("The look broke off because of a fault of ours.", "Try again.", "LENS_FAULT")
            self._become(errand, FAILED)

    def _end_if_left(self, errand: Errand) -> None:
        if errand.is_left and (errand.state == WAITING or self._seconds_left(errand) > START_SECONDS):
            self.end(errand)

    def _seconds_left(self, errand: Errand) -> float:
        """What a look still takes, as fast as it went so far; 0 while that can't be told."""
        since, first = errand.first or (0.0, 0)
        if errand.done <= first:
            return 0.0
        return (self._clock() - since) * (errand.total - errand.done) / (errand.done - first)

    def _become(self, errand: Errand, state: State) -> bool:
        """Goes on to a state, unless it was ended meanwhile; says whether it did."""
        with self._list:
            if not errand.is_live:
                return False
            errand.state = state
            if not errand.is_live:
                errand.over.set()
            return True

    def _make_room(self) -> None:
        """Lets the oldest ones go that nobody waits for, whatever they came to."""
        with self._list:
            room = KEPT_BYTES
            for key, errand in reversed(list(self._errands.items())):
                room -= errand.held
                if room < 0 and not errand.is_live and errand.key != next(reversed(self._errands)):
                    del self._errands[key]


def bytes_of(result: Result | None) -> int:
    """What the arrays of a result take, wherever they lie in it."""
    return _bytes(vars(result)) if result is not None else 0


def _bytes(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_bytes, value.values()))
    return sum(map(_bytes, value)) if isinstance(value, list | tuple) else 0
