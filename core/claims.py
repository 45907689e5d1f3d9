"""Who works in a folder holds it while the process lives: so what a killed one left is known from the rest."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import lock_descriptor


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Holds a folder, where the system can do that: Windows opens none."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, handle)
            lock_descriptor(handle, blocking=False)
        yield


def is_left(folder: Path) -> bool:
    """Whether nobody holds a folder any more; False where that can't be told."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        return lock_descriptor(handle, blocking=False)
    except OSError:
        return False
    finally:
        os.close(handle)
