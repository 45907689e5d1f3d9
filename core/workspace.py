"""Where the things that users make live: one folder, moved by KERNELSCOPE_HOME."""

import errno
import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from core.errors import UserError

REPLACE_TRIES = 25
"""Half a second in all: no reader keeps a small file open for longer."""


def home() -> Path:
    """The workspace: `workspace/` beside the app, or the folder that KERNELSCOPE_HOME names."""
    chosen = os.environ.get("KERNELSCOPE_HOME")
    return Path(chosen).expanduser() if chosen else Path(__file__).resolve().parent.parent / "workspace"


def folder(name: str) -> Path:
    """One of the workspace's own folders ("runs", "datasets", "images"), made when missing.

    Raises:
        UserError: the workspace cannot be written.
    """
    path = home() / name
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            "The workspace folder cannot be written.",
            "Set KERNELSCOPE_HOME to a folder of yours, or free some space, and start again.",
            "WORKSPACE_NOT_WRITABLE",
        ) from error
    return path


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file so that a crash leaves the old one or the new one, never half of one.

    Raises:
        UserError: the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise disk_error(error) from error


def _replace(temporary: Path, path: Path) -> None:
    """Puts the new file in the old one's place; Windows refuses while somebody reads the old one, so try again."""
    for _ in range(REPLACE_TRIES):
        try:
            temporary.replace(path)
            return
        except PermissionError:
            time.sleep(0.02)
    temporary.replace(path)


def write_json(path: Path, value: Any) -> None:
    """`write_bytes` for a JSON document; NaN and infinity are refused."""
    write_bytes(path, json.dumps(value, allow_nan=False, indent=1).encode())


def read_json(path: Path) -> Any:
    """The JSON document in a file, or None when it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def disk_error(error: OSError) -> Exception:
    """The same error in the user's words where it is one of theirs: a full disk."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC):
        return UserError(
            "The disk is full.", "Free some space and try again; nothing that was saved is lost.", "DISK_FULL"
        )
    return error
