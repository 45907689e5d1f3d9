"""Where the things that users make live: a workspace is one folder, and every change to it is made here."""

import contextlib
import errno
import hashlib
import io
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from core import claims, deep, settings
from core.errors import UserError

FULL = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
"""What the system says when there is no room: on the disk, in one file, or in a quota."""
REPLACE_TRIES = 25
"""Half a second in all: no reader keeps a small file open for longer."""
STAGING = ".staging-"
"""How the names of folders begin that are half made, or on their way out: nobody reads them."""
STALE_SECONDS = 7200.0
"""Half-made folders older than this have no maker, where none can be held: preparing takes half an hour at most."""
PIECE = 1 << 20
"""Bytes that a new file hands to the disk at a time."""


@dataclass(frozen=True)
class Workspace:
    """One folder with all that users make; there may be several, each with its own runs, datasets and uploads.

    Args:
        home: where it lies; made when something is put into it.
    """

    home: Path

    def folder(self, name: str) -> Path:
        """One of its own folders ("runs", "datasets", "images"), made when missing.

        Raises:
            UserError: the workspace cannot be written.
        """
        path = self.home / name
        try:
            _make_missing(path)
        except OSError as error:
            if error.errno in FULL | {errno.EIO}:
                raise disk_error(error) from error
            raise UserError(
                "The workspace folder cannot be written.",
                "Set KERNELSCOPE_HOME to a folder of yours, or free some space, and start again.",
                "WORKSPACE_NOT_WRITABLE",
            ) from error
        return path


_chosen: ContextVar[Workspace | None] = ContextVar("workspace", default=None)


def current() -> Workspace:
    """The workspace of whatever is being done: that of `using`, else the one that KERNELSCOPE_HOME names.

    For what nobody can tell a workspace: a spec has no argument for it (`OwnImages.facts()` looks for its images), and
    a process learns it from its environment (`core.child.environment` hands it on). All else is given a `Workspace`.
    """
    return _chosen.get() or _named()


def _named() -> Workspace:
    """`workspace/` beside the app, or the folder that KERNELSCOPE_HOME names."""
    chosen = settings.HOME.text()
    folder = Path(chosen).expanduser() if chosen else Path(__file__).resolve().parent.parent / "workspace"
    return Workspace(folder.absolute())  # processes of ours work from another folder


@contextlib.contextmanager
def using(workspace: Workspace) -> Iterator[None]:
    """Makes a workspace the current one, in this thread or task alone, until the block ends."""
    token = _chosen.set(workspace)
    try:
        yield
    finally:
        _chosen.reset(token)


def _nothing(name: str, path: Path, half: Callable[[], object]) -> None:
    """Nobody watches."""


before_operation: Callable[[str, Path, Callable[[], object]], None] = _nothing
"""Told a change to the disk before it is made: name, path, what would make one half of it; tests put faults here."""


def _make_missing(path: Path) -> None:
    """Makes a folder, and those around it, unless it is there."""
    if not path.exists():
        before_operation("make folder", path, _no_half)
        path.mkdir(parents=True, exist_ok=True)


def write_bytes(path: Path, data: bytes, seconds: float | None = None) -> None:
    """Writes a file, with a time as `touch` gives it, so that a crash leaves the old one or the new one, never half.

    Raises:
        UserError: the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        write_new(temporary, data)
        if seconds is not None:
            touch(temporary, seconds)
        _replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise disk_error(error) from error


def write_new(path: Path, data: bytes) -> None:
    """Writes a file that nobody reads yet, down to the disk; a crash may leave half of it."""
    with path.open("wb", buffering=0) as file:
        _put(file, path, data)
        before_operation("sync", path, _no_half)
        os.fsync(file.fileno())


# ---- what is half made lies under a name that nobody reads


@contextlib.contextmanager
def staging(home: Path) -> Iterator[Path]:
    """A new empty folder in `home` to fill and to `commit`; what is left of it is removed, and what crashes left too.

    Raises:
        UserError: the disk is full or broken.
    """
    path, is_held = home / STAGING, False
    try:
        _make_missing(home)
        sweep(home)
        while is_held is False:  # another's sweep may take it before we hold it
            path = home / f"{STAGING}{secrets.token_hex(8)}"
            make_folder(path)
            with claims.held(path) as is_held:
                if is_held is not False:
                    yield path
    except OSError as error:
        raise disk_error(error) from error
    finally:
        with contextlib.suppress(OSError):
            remove(path)


def commit(path: Path, target: Path, on_file: Callable[[], object] = lambda: None) -> None:
    """Makes a staged file or folder count: all of it is forced to the disk, then one rename.

    Args:
        path: what is staged.
        target: its name from then on.
        on_file: called after each file, as many of them take their time.

    Raises:
        OSError: somebody else's stands there already, or the disk is to blame; nothing of ours shows.
    """
    found = [path, *path.rglob("*")]
    for file in (one for one in found if one.is_file()):
        sync(file)
        on_file()
    for folder in (one for one in reversed(found) if one.is_dir()):
        sync_folder(folder)
    rename(path, target)


def discard(path: Path) -> None:
    """Takes a folder away so that nobody ever sees half of it.

    Raises:
        OSError: it is in use, on Windows; it is as it was.
    """
    gone = path.with_name(f"{STAGING}{secrets.token_hex(8)}")
    rename(path, gone)
    remove(gone)


def sweep(home: Path) -> None:
    """Removes what crashed processes left half made, and nothing that somebody works at."""
    for leftover in home.glob(f"{STAGING}*"):
        with contextlib.suppress(OSError), claims.held(leftover) as is_left:  # another process sweeps at the same time
            if is_left or is_left is None and time.time() - leftover.stat().st_mtime > STALE_SECONDS:
                remove(leftover)


def new_file(path: Path) -> IO[bytes]:
    """A new file to be written piece by piece, also by a library that asks for an open file; `commit` makes it last."""
    return io.BufferedRandom(_NewFile(path, "x+b"), PIECE)


class _NewFile(io.FileIO):
    """Announces each piece."""

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        before_operation("write", Path(self.name), lambda: super(_NewFile, self).write(view[: len(view) // 2]))
        return super().write(view)


def new_array(path: Path, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """A new .npy file to be filled through a memory map, so that it need not fit into memory; `commit` makes it last.

    Args:
        path: of the file.
        shape, dtype: of the array.

    Raises:
        UserError: the disk has no room for it.
    """
    # Asked beforehand: writing to a map of a full disk ends the process without a word.
    if shutil.disk_usage(path.parent).free < np.prod(shape, dtype=np.int64) * np.dtype(dtype).itemsize * 1.05:
        raise UserError(
            "The disk has no room for these pictures.", "Free some space, or take fewer or smaller ones.", "DISK_FULL"
        )
    before_operation("write", path, lambda: path.write_bytes(np.lib.format.magic(1, 0)))
    array = np.lib.format.open_memmap(path, "w+", dtype, shape)
    _reserve(path)
    return array


def _reserve(path: Path) -> None:
    """Makes the room of a file ours, whoever fills the disk meanwhile; not every system and disk can."""
    if not hasattr(os, "posix_fallocate"):
        return
    with path.open("rb+") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
        except OSError as error:
            if error.errno in FULL | {errno.EIO}:
                raise


def link(path: Path, target: Path) -> None:
    """Makes `target` another name of the file at `path`, whatever it was before: the bytes lie on the disk once.

    Raises:
        OSError: this disk can't do that, or a file has too many names.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    before_operation("link", target, _no_half)
    os.link(path, temporary)
    try:
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def touch(path: Path, seconds: float | None = None) -> None:
    """Gives a file a time, in seconds since 1970: now, or the one that is named."""
    before_operation("touch", path, _no_half)
    os.utime(path, None if seconds is None else (seconds, seconds))


def log_file(path: Path, limit: int = 0) -> IO[bytes]:
    """A file for what a process prints, which writes to it by itself; begun anew when it is longer than `limit` bytes.

    Raises:
        OSError: it can't be opened.
    """
    before_operation("open", path, _no_half)
    return path.open("wb" if limit and path.exists() and path.stat().st_size > limit else "ab")


@contextlib.contextmanager
def hashed_file(path: Path) -> Iterator["HashedFile"]:
    """As `write_new`, for what need not be in memory at once: a stream whose `digest` is known when the block ends."""
    with path.open("wb", buffering=0) as file:
        with HashedFile(_Pieces(file, path), PIECE) as stream:
            yield stream
        before_operation("sync", path, _no_half)
        os.fsync(file.fileno())


class HashedFile(io.BufferedWriter):
    """A stream to a new file; nobody can go back in it."""

    @property
    def digest(self) -> str:
        """The sha256 of what was written; of everything once it is closed."""
        return self.raw.sum.hexdigest()


class _Pieces(io.RawIOBase):
    """Pieces on their way to the disk, and the sum of them."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        super().__init__()
        self.sum = hashlib.sha256()
        self._file, self._path = file, path

    def writable(self) -> bool:
        return True

    def write(self, data: memoryview) -> int:
        _put(self._file, self._path, data)
        self.sum.update(data)
        return len(data)


def append(path: Path, data: bytes) -> None:
    """Adds to the end of a file in one go; a crash may leave a torn end, which readers know by its check sum.

    Raises:
        UserError: the disk is full; what came before is as it was.
    """
    try:
        with path.open("ab", buffering=0) as file:
            size = file.tell()
            try:
                _put(file, path, data)
            except OSError:
                file.truncate(size)
                raise
    except OSError as error:
        raise disk_error(error) from error


def _put(file: IO[bytes], path: Path, data: bytes | memoryview) -> None:
    """All bytes; the system may take them in several pieces."""
    before_operation("write", path, lambda: file.write(data[: len(data) // 2]))
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def sync(path: Path) -> None:
    """Sees to it that what was appended to a file is on the disk, should the power fail."""
    with path.open("rb+") as file:
        before_operation("sync", path, _no_half)
        os.fsync(file.fileno())


def truncate(path: Path, size: int) -> None:
    """Cuts a file to `size` bytes."""
    before_operation("truncate", path, _no_half)
    os.truncate(path, size)


def make_folder(path: Path) -> None:
    """Makes one folder inside an existing one; there may be one already."""
    before_operation("make folder", path, _no_half)
    path.mkdir(exist_ok=True)


def rename(path: Path, target: Path) -> None:
    """Moves a file or a folder within the workspace: wholly or not at all."""
    before_operation("rename", path, _no_half)
    path.rename(target)
    sync_folder(target.parent)


def remove(path: Path) -> None:
    """Removes a file, or a folder with all that is in it; what is gone already is fine."""
    before_operation("remove", path, lambda: _remove_one(path))
    if path.is_dir():
        deep.remove(path)
    else:
        path.unlink(missing_ok=True)


def _remove_one(path: Path) -> None:
    """Half of removing a folder: one of its files is gone."""
    for file in path.iterdir() if path.is_dir() else []:
        file.unlink()
        return


def sync_folder(path: Path) -> None:
    """Sees to it that a new name in a folder outlives a power cut; Windows does so by itself and opens no folders."""
    before_operation("sync folder", path, _no_half)
    with contextlib.suppress(PermissionError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _no_half() -> None:
    """What can't be done by halves."""


def _replace(temporary: Path, path: Path) -> None:
    """Puts the new file in the old one's place; Windows refuses while somebody reads the old one, so try again."""
    before_operation("replace", path, _no_half)
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


def open_lock(path: Path) -> int:
    """A descriptor of the file of a lock, which is made when it is missing; its folder is not.

    Raises:
        OSError: the folder is gone, or the file can't be opened.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0), 0o666)


def disk_error(error: OSError) -> Exception:
    """The same error in the user's words where the disk is to blame: full, read-only, broken."""
    if error.errno in FULL:
        return UserError(
            "The disk is full.", f"Free some space{_room()} and try again; nothing that was saved is lost.", "DISK_FULL"
        )
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return UserError(
            "The workspace folder cannot be written.",
            "Make it writable, or set KERNELSCOPE_HOME to a folder of yours, and try again.",
            "WORKSPACE_NOT_WRITABLE",
        )
    if error.errno == errno.EIO:
        return UserError(
            "The disk could not be written.", "Check the disk and try again; what was saved is kept.", "DISK_ERROR"
        )
    return error


def _room() -> str:
    """How much is left, where that can be told."""
    try:
        return f" ({shutil.disk_usage(current().home).free / 1e6:.0f} MB are left)"
    except OSError:
        return ""
