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
def heard_by(listener: Listener) -> Iterator[None]:
    """Somebody listens until the block ends."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
