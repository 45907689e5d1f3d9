"""Folders in folders, however deep: without recursion, which ends at a thousand of them."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


def below(folder: Path) -> Iterator[os.DirEntry[str]]:
    """All that lies in a folder and further down, each folder before what is in it; what goes meanwhile is not there.

    Args:
        folder: which; links in it lead nowhere.
    """
    left = [str(folder)]
    while left:
        try:
            with os.scandir(left.pop()) as found:
                entries = list(found)
        except OSError:
            continue
        yield from entries
        left += [entry.path for entry in entries if is_folder(entry)]


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, and no link to one."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def remove(folder: Path) -> None:
    """Removes a folder with all that is in it, as far as the disk lets us."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        for entry in reversed(list(below(folder))):
            with contextlib.suppress(OSError):
                (os.rmdir if is_folder(entry) else os.unlink)(entry.path)
        with contextlib.suppress(OSError):
            folder.rmdir()
