"""What the folders of a workspace hold and may hold; measured seldom, as hundreds of runs are many files."""

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core import settings
from core.deep import below, is_folder
from core.errors import UserError
from core.settings import GB, MB, Amount
from core.workspace import Workspace

KEPT_SECONDS = 10.0
"""For so long a measurement holds, or PATIENCE times as long as it took, where that is longer."""
PATIENCE = 50
UNITS = ((GB, "GB"), (MB, "MB"), (1000, "KB"))
MOST = 600_000
"""Files that are looked at for one folder: four seconds or so. An uploaded picture has two names."""


@dataclass(frozen=True)
class Place:
    """One folder of a workspace that has a budget.

    Args:
        folder: its name.
        setting: its budget.
    """

    folder: str
    setting: Amount


PREPARED = Place("datasets", settings.DISK)
FEATURES = Place("features", settings.FEATURES)
IMAGES = Place("images", settings.IMAGES)
RUNS = Place("runs", settings.RUNS)
TRASH = Place("trash", settings.TRASH)


@dataclass(frozen=True)
class Held:
    """What was found in a place.

    Args:
        size: in bytes; a file with several names counts once.
        parts: bytes of each run, upload ... by its id; equal files count for the first that has them.
        is_whole: whether all files were looked at; else there is more.
    """

    size: int = 0
    parts: Mapping[str, int] = field(default_factory=dict)
    is_whole: bool = True


def held(workspace: Workspace, place: Place) -> Held:
    """What a place holds, as of a few seconds ago."""
    folder = (workspace.home / place.folder).absolute()
    with _turn:  # one measures, the others take its result
        known = _known.get(folder)
        if known is None or time.monotonic() > known[0]:
            began = time.monotonic()
            found = _measured(folder)
            ended = time.monotonic()
            known = (ended + max(KEPT_SECONDS, PATIENCE * (ended - began)), found)
            _known[folder] = known
            while len(_known) > MOST_KNOWN:
                del _known[next(iter(_known))]
    return known[1]


_turn = threading.Lock()
_known: dict[Path, tuple[float, Held]] = {}
MOST_KNOWN = 64


def forget(workspace: Workspace, *places: Place) -> None:
    """Has places measured anew when they are asked for next: something of them went or came."""
    with _turn:
        for place in places:
            _known.pop((workspace.home / place.folder).absolute(), None)


def free(workspace: Workspace) -> int:
    """Bytes that are free on the disk of a workspace."""
    there = workspace.home.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    return shutil.disk_usage(there).free


def room(workspace: Workspace, place: Place) -> int:
    """Bytes that may come into a place yet; below nought where it is over its budget, or has too many files to tell."""
    found = held(workspace, place)
    return place.setting.value() - found.size if found.is_whole else -1


def require_room_for_a_run(workspace: Workspace) -> None:
    """Refuses a run where those that are kept take all the room that they may.

    Raises:
        UserError: they do.
    """
    if room(workspace, RUNS) < 0:
        what = f"The runs that are kept {_taken(workspace, RUNS)}."
        remedy = f"Delete runs that nobody needs (Storage shows the largest), or set {RUNS.setting.variable} higher."
        raise UserError(what, remedy, "RUNS_FULL")


def require_room_for_images(workspace: Workspace, size: int, *, is_all: bool = True) -> None:
    """Refuses an upload for which there is no room beside those that are kept.

    Args:
        workspace: into which it goes.
        size: of the upload, in bytes.
        is_all: whether that is all of it; else there is more.

    Raises:
        UserError: there is none.
    """
    if room(workspace, IMAGES) < size:
        has = f"{'' if is_all else 'over '}{size_words(size)}"
        raise images_full(f"This upload is {has}; those that are kept {_taken(workspace, IMAGES)} in all.")


def images_full(what: str) -> UserError:
    """The refusal of an upload for which there is no room, and what helps."""
    remedy = (
        "Delete uploads that nobody needs (Storage shows the largest, the Data page deletes them), or set "
        f"{IMAGES.setting.variable} higher."
    )
    return UserError(what, remedy, "IMAGES_FULL")


def _taken(workspace: Workspace, place: Place) -> str:
    found = held(workspace, place)
    has = size_words(found.size) if found.is_whole else f"more than can be measured (over {MOST:,} files)"
    return f"take {has}, and may take {size_words(place.setting.value())}"


def size_words(size: int) -> str:
    """Bytes as people read them: 4321 -> "4.3 KB", 1234567 -> "1.2 MB", 20000000000 -> "20 GB"."""
    unit, name = next((one for one in UNITS if size >= 0.9995 * one[0]), UNITS[-1])
    return f"{size / unit:.{1 if size < 99.95 * unit else 0}f}".removesuffix(".0") + f" {name}"


def _measured(folder: Path) -> Held:
    """The sizes of all that lies in a folder; names that begin with a point are no parts of it, and still take room."""
    seen: set[tuple[int, int]] = set()
    parts, size, left = {}, 0, MOST
    for entry in sorted(_entries(folder), key=lambda one: (one.name.startswith("."), one.name)):
        mine = 0
        for found in _files(entry):
            left -= 1
            if left < 0:
                return Held(size + mine, parts, is_whole=False)
            if found.st_nlink > 1:
                if (found.st_dev, found.st_ino) in seen:
                    continue
                seen.add((found.st_dev, found.st_ino))
            elif not found.st_nlink and entry.name.startswith("."):
                continue  # Windows does not say which files are the same; those of a store are
            mine += found.st_size
        size += mine
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            parts[entry.name] = mine
    return Held(size, parts)


def _files(entry: os.DirEntry[str]) -> Iterator[os.stat_result]:
    """What the system says of a file, or of each in a folder and below; what goes meanwhile is not there."""
    for one in below(Path(entry.path)) if is_folder(entry) else [entry]:
        with contextlib.suppress(OSError):
            if not is_folder(one):
                yield one.stat(follow_symlinks=False)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []
