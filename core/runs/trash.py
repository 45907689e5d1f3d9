"""The trash: for a while what lies there can be restored; then, or when it is said to be meant, it goes for ever.

Runs lie there by their ids, uploads of images by theirs behind a word (`core.uploads.deletion`).
"""

import contextlib
import re
import time
from pathlib import Path

from core import holdings, settings, workspace
from core.errors import UserError
from core.runs.layout import TRASH
from core.runs.run import Run
from core.workspace import Workspace

DAY = 86_400.0
FRESH_SECONDS = 3600.0
"""What was deleted this lately may fill the budget once more, as its way back is still on the screen."""
_OURS = re.compile("(images-)?[0-9a-f]{32}")


def deleted_at(path: Path) -> float:
    """When something in the trash was deleted, in seconds since 1970.

    Args:
        path: where it lies now.

    Raises:
        OSError: it is not there any more.
    """
    known = path.stat()
    # Older versions noted no time; most systems remember the rename itself.
    return max(known.st_mtime, known.st_ctime)


def delete_for_ever(home: Workspace, run_id: str) -> None:
    """Removes a run from the trash; nothing brings it back.

    Raises:
        UserError: it is not in the trash, or the disk does not let us.
    """
    _discard(Run(home, run_id, TRASH).path)
    holdings.forget(home, holdings.TRASH)


def empty(home: Workspace) -> int:
    """Removes all that lies in the trash, damaged runs too; returns how many.

    Raises:
        UserError: the disk does not let us.
    """
    found = _found(home)
    try:
        for _, path in found:
            _discard(path)
    finally:
        holdings.forget(home, holdings.TRASH)
    return len(found)


def keep_to_budget(home: Workspace) -> list[str]:
    """Removes what was in the trash for too long, then the oldest of those that are too many.

    Returns:
        the names of what went.
    """
    now, gone = time.time(), []
    sizes = holdings.held(home, holdings.TRASH)
    budget = settings.TRASH.value()
    over = sizes.size - budget
    for deleted, path in _found(home):
        age = now - deleted
        if over <= budget if age < FRESH_SECONDS else over <= 0 and age < settings.TRASH_DAYS.value() * DAY:
            break  # the rest is younger
        with contextlib.suppress(UserError):  # Windows lets go of nothing that is open
            _discard(path)
            gone.append(path.name)
            over -= sizes.parts.get(path.name, 0)
    if gone:
        holdings.forget(home, holdings.TRASH)
    return gone


def _found(home: Workspace) -> list[tuple[float, Path]]:
    """(when it was deleted, where it lies) of all in the trash, the oldest first; what is not ours is passed over."""
    found = []
    folder = home.home / TRASH
    for path in folder.iterdir() if folder.exists() else []:
        if _OURS.fullmatch(path.name):
            with contextlib.suppress(OSError):
                found.append((deleted_at(path), path))
    return sorted(found)


def _discard(path: Path) -> None:
    """Takes it away at once, and then its files; what went meanwhile is fine."""
    try:
        workspace.discard(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise workspace.disk_error(error) from error
