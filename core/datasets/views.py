"""Prepared images are views: made when wanted, thrown away when all of them take too much of the disk.

What they are made of stays: uploads in `workspace/images/`, downloads where Keras keeps them. Features, which frozen
layers made of images, are kept alike in a folder of their own.
"""

import contextlib
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from core import workspace
from core.holdings import PREPARED, Place

FOLDER = PREPARED.folder
FACTS = "facts.json"
"""The last file of a view; its time tells when the view was last used."""
NOTED_SECONDS = 600.0
"""A use is noted when the last note is older than this."""
IN_USE_SECONDS = 3600.0
"""What was used this lately stays, whatever the budget says: a page may be about to read it."""


@dataclass(frozen=True)
class View:
    """One prepared form on the disk.

    Args:
        path: its folder, named by the dataset's key.
        used: when it was last used, in seconds since 1970.
        size: in bytes.
    """

    path: Path
    used: float
    size: int


def budget() -> int:
    """Bytes that all views together may take."""
    return PREPARED.setting.value()


def used(path: Path) -> None:
    """Notes that a view is in use, so that it is among the last to go; harmless where that can't be written."""
    with contextlib.suppress(OSError):
        if time.time() - (path / FACTS).stat().st_mtime > NOTED_SECONDS:
            workspace.touch(path / FACTS)


def views(place: Place = PREPARED) -> list[View]:
    """All of this workspace, the least recently used first."""
    found = []
    for path in (workspace.current().home / place.folder).glob("[0-9a-f]*"):
        with contextlib.suppress(OSError):  # another process throws it away
            size = sum(file.stat().st_size for file in path.iterdir())
            found.append(View(path, (path / FACTS).stat().st_mtime, size))
    return sorted(found, key=lambda view: view.used)


def make_room(
    needed: Callable[[], Collection[str]],
    place: Place = PREPARED,
    more: int = 0,
    in_use_seconds: float = IN_USE_SECONDS,
) -> list[str]:
    """Throws away views, the least recently used first, until all together keep to the budget.

    Args:
        needed: tells the keys that must stay; asked anew right before each one that would go, as runs begin meanwhile.
        place: where they lie.
        more: bytes that are about to come.
        in_use_seconds: what was used this lately stays.

    Returns:
        the keys of what went.
    """
    found, allowed = views(place), place.setting.value()
    over, gone = sum(view.size for view in found) + more - allowed, []
    for view in found:
        if over <= 0 or time.time() - view.used < in_use_seconds:
            break
        with contextlib.suppress(OSError):  # it went meanwhile, or Windows lets go of nothing that is open
            used_lately = time.time() - (view.path / FACTS).stat().st_mtime < in_use_seconds
            if view.path.name not in needed() and not used_lately:
                workspace.discard(view.path)
                gone.append(view.path.name)
                over -= view.size
    return gone
