"""How far a long look is: a lens tells it, and the process that it works in hands it on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[int, int], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def tell(done: int, total: int) -> None:
    """Tells how far it is; nothing happens where nobody listens.

    Args:
        done, total: steps of any kind, such as images.
    """
    if listener := _listener.get():
        listener(done, total)


@contextmanager
def part(at: int, of: int) -> Iterator[None]:
    """What is told until the block ends is a part of a longer look.

    Args:
        at, of: steps of that look that are done, and all of them.
    """
    with heard_by(_whole(at, of)):
        yield


def _whole(at: int, of: int) -> Listener:
    """Tells whoever listens now how far the longer look is."""
    outer = _listener.get()
    return lambda done, total: outer(at, of) if outer else None


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Somebody listens until the block ends."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
