"""Folders of this machine that its operator offers: what lies in them is counted, and brought like an upload.

Whoever uses the page says a name that was offered, never a path; links lead nowhere.
"""

import contextlib
import io
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core import child, settings
from core.deep import below, is_folder
from core.errors import UserError
from core.holdings import size_words
from core.intake.additions import Onto
from core.intake.archives import HEAD, judged
from core.intake.images import MAX_BYTES
from core.intake.left_out import IMAGE_SUFFIXES, is_junk
from core.intake.manifest import Ingested
from core.intake.questions import Question
from core.uploads import incoming
from core.words import counted

LISTED = 50
"""Folders that are offered; of more the first in the order of their names."""
SURVEY_SECONDS = 3.0
"""After so long no further folder is counted; those that are left are counted when the page is drawn next."""
MAX_FILES = 400_000
"""Looked at in one folder."""
KEPT = 200
"""Surveys that are remembered."""


@dataclass(frozen=True)
class Offered:
    """One folder that can be chosen.

    Args:
        name: what it is called; unique among all that are offered.
        path: where it lies, with no link on the way from the folder that the operator named.
    """

    name: str
    path: Path


@dataclass(frozen=True)
class Survey:
    """What lies in a folder, by names and sizes alone.

    Args:
        pictures: files that are called like pictures.
        folders: how many folders have some.
        size: their bytes.
        is_whole: whether all files were looked at; else there are more.
    """

    pictures: int
    folders: int
    size: int
    is_whole: bool = True

    def words(self) -> str:
        """ "2 892 pictures in 6 folders, 34 MB" """
        if not self.pictures and self.is_whole:
            return "no pictures"
        more = "" if self.is_whole else "more than "
        found = f"{more}{counted(self.pictures, 'picture')} in {counted(self.folders, 'folder')}"
        return f"{found}, {size_words(self.size)}"


def allowed() -> list[Path]:
    """The folders that the operator named and that are there."""
    named = [Path(part.strip()).expanduser() for part in settings.FOLDERS.text().split(",") if part.strip()]
    return [path.resolve() for path in named if path.is_dir()]


def offered() -> list[Offered]:
    """The folders inside of those, in the order of their names; one whose name is there already has a number."""
    found: dict[str, Offered] = {}
    for top in allowed():
        for path in sorted(_folders_in(top)):
            name, number = path.name, 1
            while name in found:
                number += 1
                name = f"{path.name} ({number})"
            found[name] = Offered(name, path)
    return sorted(found.values(), key=lambda one: one.name.casefold())[:LISTED]


def _folders_in(top: Path) -> list[Path]:
    try:
        with os.scandir(top) as entries:
            return [Path(one.path) for one in entries if is_folder(one) and not one.name.startswith(".")]
    except OSError:
        return []


# ---- counted


def surveys(folders: list[Offered]) -> dict[str, Survey]:
    """What lies in each, by name; those that there was no time to count are missing."""
    began, found = time.monotonic(), {}
    for one in folders:
        known = _remembered(one.path)
        if known is None and time.monotonic() - began < SURVEY_SECONDS:
            known = _counted(one.path)
        if known:
            found[one.name] = known
    return found


_turn = threading.Lock()
_known: OrderedDict[Path, tuple[tuple[tuple[str, int], ...], Survey]] = OrderedDict()
"""Surveys with the folders that were looked at, and when something came into each or went."""


def _remembered(path: Path) -> Survey | None:
    """The last survey, if no folder in it has changed since."""
    with _turn:
        told = _known.get(path)
    if told is None or any(_changed(Path(folder)) != when for folder, when in told[0]):
        return None
    return told[1]


def _changed(folder: Path) -> int:
    """When something came into a folder or went, in nanoseconds since 1970; -1 where it is gone."""
    try:
        return os.lstat(folder).st_mtime_ns
    except OSError:
        return -1


def _counted(path: Path) -> Survey:
    folders = {str(path): _changed(path)}
    pictures, size, holding = 0, 0, set()
    for seen, entry in enumerate(below(path), start=1):
        if seen > MAX_FILES:
            return Survey(pictures, len(holding), size, is_whole=False)
        if is_folder(entry):
            folders[entry.path] = _changed(Path(entry.path))
        elif entry.name[entry.name.rfind(".") :].lower() in IMAGE_SUFFIXES and not is_junk(entry.name):
            with contextlib.suppress(OSError):
                told = entry.stat(follow_symlinks=False)
                if not entry.is_symlink():
                    pictures, size = pictures + 1, size + told.st_size
                    holding.add(entry.path.removesuffix(entry.name))
    survey = Survey(pictures, len(holding), size)
    with _turn:
        _known[path] = (tuple(folders.items()), survey)
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return survey


# ---- brought


def bring(name: str, on_progress: child.Progress | None = None, onto: Onto | None = None) -> Ingested | Question:
    """Makes a dataset of a folder that is offered, as if the browser had sent it.

    Args:
        name: as `offered` says; anything else is not looked for on the disk.
        on_progress: called with (pictures done, pictures in all).
        onto: the dataset that it is added to.

    Raises:
        UserError: no such folder is offered, or it is refused as an upload would be.
    """
    folder = next((one for one in offered() if one.name == name), None)
    if folder is None:
        remedy = "Choose one of those that are listed."
        raise UserError("This folder is not offered, or not any more.", remedy, "FOLDER_NOT_OFFERED")
    return incoming.receive_folder(_files(folder), on_progress, may_ask=True, onto=onto)


def _files(folder: Offered) -> Iterator[tuple[str, BinaryIO]]:
    """Each file with its name from the folder on; links are passed over, wherever they lead."""
    for entry in sorted(below(folder.path), key=lambda one: one.path):
        name = f"{folder.name}/{Path(entry.path).relative_to(folder.path).as_posix()}"
        if is_folder(entry) or entry.is_symlink() or not entry.is_file(follow_symlinks=False):
            continue
        with contextlib.suppress(OSError):
            yield name, io.BytesIO(_read(Path(entry.path), name))


def _read(path: Path, name: str) -> bytes:
    """A file; of one that is no picture only as much as tells so, as it may be a film."""
    with path.open("rb") as file:
        if not os.path.samestat(os.lstat(path), os.fstat(file.fileno())):
            raise OSError("a link has taken its place")
        head = file.read(HEAD)
        return head if judged(name, lambda: head) else head + file.read(MAX_BYTES + 1 - len(head))
