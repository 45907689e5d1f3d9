"""Uploads on their way in: raw bytes are laid down unread, a process of its own reads them, and they are removed."""

import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core import child, workspace
from core.intake.manifest import Ingested
from core.intake.process import ingest_in_process
from core.runs.archive import Opened, open_in_process

STALE_SECONDS = 3600
"""An ingest ends after minutes: what is older was left behind by a stopped server."""


def receive_archive(file: BinaryIO, name: str, on_progress: child.Progress | None = None) -> Ingested:
    """Makes a dataset of an uploaded ZIP.

    Args:
        file: its bytes.
        name: what it was called; becomes the title, never a path.
        on_progress: called with (pictures done, pictures in all).

    Raises:
        UserError: the ZIP is refused, or the disk is full.
    """
    place = _place()
    try:
        archive = _lay_down(file, place / "upload.zip")
        return ingest_in_process(
            {"archive": str(archive), "title": PurePosixPath(name).stem, "root": _root()}, on_progress
        )
    finally:
        shutil.rmtree(place, ignore_errors=True)


def receive_folder(files: Iterable[tuple[str, BinaryIO]], on_progress: child.Progress | None = None) -> Ingested:
    """Makes a dataset of a folder that the browser sent file by file; else as `receive_archive`.

    Args:
        files: relative name ("pets/cat/1.jpg") and bytes of each.

    Raises:
        UserError: the folder is refused, or the disk is full.
    """
    place, names = _place(), {}
    try:
        for number, (name, file) in enumerate(files):
            names[_lay_down(file, place / str(number)).name] = name
        title = next(iter(names.values()), "").partition("/")[0]
        return ingest_in_process({"folder": str(place), "names": names, "title": title, "root": _root()}, on_progress)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def receive_run(file: BinaryIO, on_progress: child.Progress | None = None) -> Opened:
    """Makes a run of an uploaded archive that another installation exported.

    Args:
        file: its bytes.
        on_progress: called with (done, total).

    Raises:
        UserError: the archive is refused, or the disk is full.
    """
    place = _place()
    try:
        return open_in_process(_lay_down(file, place / "upload.zip"), place, on_progress)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _place() -> Path:
    """A new empty folder for one upload; forgotten ones are removed."""
    home = workspace.current().folder("incoming")
    for old in home.iterdir():
        if time.time() - old.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    place = home / secrets.token_hex(16)
    place.mkdir()
    return place


def _lay_down(file: BinaryIO, path: Path) -> Path:
    """Copies the bytes, a piece at a time.

    Raises:
        UserError: the disk is full.
    """
    try:
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)
    except OSError as error:
        raise workspace.disk_error(error) from error
    return path


def _root() -> str:
    return str(workspace.current().folder("images"))
