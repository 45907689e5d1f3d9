"""Files that were made to be fetched: they lie in `workspace/exports/` for an hour, under names of ours."""

import contextlib
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core import workspace
from core.errors import UserError

FOLDER = "exports"
STALE_SECONDS = 3600
"""A file is fetched within minutes of its making; older ones make room."""


@dataclass(frozen=True)
class Exported:
    """A file that is ready.

    Args:
        path: where it lies until it is stale.
        name: what to call it: "digits-cnn-epoch-7.keras".
        mime: its media type.
        epoch: whose network it holds; 0 for none.
    """

    path: Path
    name: str
    mime: str
    epoch: int = 0

    def read(self) -> bytes:
        """Its bytes.

        Raises:
            UserError: it was cleared away meanwhile.
        """
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise UserError("This file was cleared away.", "Make it again.", "EXPORT_GONE") from error


def appear(home: workspace.Workspace, suffix: str, write: Callable[[Path], None]) -> Path:
    """Has a file written, which appears by one rename, and makes room: files that were fetched go.

    Args:
        home: in which it shall lie.
        suffix: how its name ends.
        write: fills the file of this name, which is not there yet, in a folder of its own.

    Returns:
        where it lies.

    Raises:
        UserError: the disk is full.
    """
    folder, name = home.folder(FOLDER), f"{secrets.token_hex(16)}{suffix}"
    for old in folder.glob("[!.]*"):
        with contextlib.suppress(OSError):  # another process makes room at the same time
            if time.time() - old.stat().st_mtime > STALE_SECONDS:
                workspace.remove(old)
    with workspace.staging(folder) as staging:
        write(staging / name)
        workspace.commit(staging / name, folder / name)
    return folder / name


def slug(title: str, otherwise: str) -> str:
    """A title as the beginning of a file name that every system takes: "My net, 2nd" -> "my-net-2nd".

    Args:
        title: any text.
        otherwise: the name where nothing is left of it.
    """
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-") or otherwise
