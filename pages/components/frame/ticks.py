"""How often live parts redraw themselves: quick for one visitor, slower the more tabs watch and the longer it takes."""

import contextlib
import threading
import time
from collections.abc import Iterator

from pages.components.frame import session

PER_SECOND = 8.0
"""Redrawings of one part that all tabs together may ask for."""
SHARE = 0.5
"""Of the server's time that they may take."""
STEPS = (1, 2, 4, 8, 16)
"""How much slower than for one visitor."""
HORIZON = 20.0
"""Seconds without a sign of life after which a tab does not count."""
WEIGHT = 0.1
"""Of the latest redrawing in the running mean of how long one takes."""

_turn = threading.Lock()
_seen: dict[str, float] = {}
_took = 0.0


def period(seconds: float) -> float:
    """Seconds from one redrawing of a part to the next, as the server bears it now.

    Args:
        seconds: as it would be for one visitor.
    """
    tabs = _note(session.asker())
    wanted = tabs * max(1 / PER_SECOND, _took / SHARE) / seconds
    return seconds * next((step for step in STEPS if step >= wanted), STEPS[-1])


def is_out_of_step(drawn: float | None, seconds: float | None) -> bool:
    """Whether a part that was drawn to tick so fast should tick much faster, or much slower; by a little it may err.

    Args:
        drawn: its period in seconds; None for no clock.
        seconds: as it would be for one visitor; None for no clock.
    """
    if drawn is None or seconds is None:
        return drawn is not seconds
    now = period(seconds)
    return now > 2 * drawn or now < drawn / 2


@contextlib.contextmanager
def timed() -> Iterator[None]:
    """Around one redrawing."""
    global _took
    began = time.monotonic()
    try:
        yield
    finally:
        with _turn:
            _took += WEIGHT * (time.monotonic() - began - _took)


def _note(name: str) -> int:
    """A tab shows that it is there; returns how many are."""
    now = time.monotonic()
    with _turn:
        _seen[name] = now
        for gone in [tab for tab, seen in _seen.items() if now - seen > HORIZON]:
            del _seen[gone]
        return len(_seen)
