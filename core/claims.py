"""Who works in a folder holds it while the process lives: so what a killed one left is known from the rest."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import lock_descriptor


@contextlib.contextmanager
def held(folder: Path) -> Iterator[bool | None]:
    """Holds a folder until the block ends, unless somebody else does.

    Whoever holds one may fill it or remove it; so its maker holds it before anything is put into it, and whoever
    sweeps holds it while it goes.

    Yields:
        whether it is there and ours now; None where the system can't tell, as Windows opens no folders.
    """
    with contextlib.ExitStack() as stack:
        yield _hold(folder, stack)


def _hold(folder: Path, stack: contextlib.ExitStack) -> bool | None:
    """Holds it as long as the stack."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        stack.callback(os.close, handle)
        # Somebody may have swept it between its making and now.
        return lock_descriptor(handle, blocking=False) and folder.exists()
    except FileNotFoundError:
        return False
    except OSError:
        return None
