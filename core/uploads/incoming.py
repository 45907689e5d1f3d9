"""Uploads on their way in: raw bytes are laid down unread, a process of its own reads them, and they are removed."""

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from core import child, workspace
from core.intake.manifest import Ingested
from core.intake.process import ingest_in_process, share_in_process
from core.runs.archive import Opened, open_in_process


def receive_archive(file: BinaryIO, name: str, on_progress: child.Progress | None = None) -> Ingested:
    """Makes a dataset of an uploaded ZIP.

    Args:
        file: its bytes.
        name: what it was called; becomes the title, never a path.
        on_progress: called with (pictures done, pictures in all).

    Raises:
        UserError: the ZIP is refused, or the disk is full.
    """
    with _place() as place:
        archive = _lay_down(file, place / "upload.zip")
        return _ingested({"archive": str(archive), "title": PurePosixPath(name).stem}, on_progress)


def receive_folder(files: Iterable[tuple[str, BinaryIO]], on_progress: child.Progress | None = None) -> Ingested:
    """Makes a dataset of a folder that the browser sent file by file; else as `receive_archive`.

    Args:
        files: relative name ("pets/cat/1.jpg") and bytes of each.

    Raises:
        UserError: the folder is refused, or the disk is full.
    """
    names = {}
    with _place() as place:
        for number, (name, file) in enumerate(files):
            names[_lay_down(file, place / str(number)).name] = name
        title = next(iter(names.values()), "").partition("/")[0]
        return _ingested({"folder": str(place), "names": names, "title": title}, on_progress)


def receive_run(file: BinaryIO, on_progress: child.Progress | None = None) -> Opened:
    """Makes a run of an uploaded archive that another installation exported.

    Args:
        file: its bytes.
        on_progress: called with (done, total).

    Raises:
        UserError: the archive is refused, or the disk is full.
    """
    with _place() as place:
        opened = open_in_process(_lay_down(file, place / "upload.zip"), place, on_progress)
    if opened.images_id:
        share_in_process(_root(), opened.images_id, on_progress)
    return opened


def _place() -> contextlib.AbstractContextManager[Path]:
    """A folder for one upload, gone when that is done; what a stopped server left is removed."""
    return workspace.staging(workspace.current().folder("incoming"))


def _lay_down(file: BinaryIO, path: Path) -> Path:
    """Copies the bytes, a piece at a time."""
    with workspace.new_file(path) as copy:
        shutil.copyfileobj(file, copy)
    return path


def _ingested(job: dict[str, Any], on_progress: child.Progress | None) -> Ingested:
    """What became of an upload; it is stored before equal pictures are shared, so that this may take or fail."""
    ingested = ingest_in_process(job | {"root": str(_root())}, on_progress)
    share_in_process(_root(), ingested.id, on_progress)
    return ingested


def _root() -> Path:
    return workspace.current().folder("images")
