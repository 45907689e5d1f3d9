"""What lies in a workspace, read and locked as it is: whatever it holds, and without making what is gone."""

import errno
import json
import os
import stat
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from filelock import Timeout, lock_descriptor

from core import workspace

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

LARGEST = 256 << 20
"""Bytes that are read at once: three hours of training write half of that."""
POLL_SECONDS = 0.01


def read_file(path: Path, most: int = LARGEST, start: int = 0) -> bytes:
    """The bytes of a file.

    Args:
        path: of it.
        most: bytes that it may have from there on.
        start: where to begin.

    Raises:
        OSError: there is none, something else has its name (a folder, a pipe), or it is larger.
    """
    with opened(path) as file:
        file.seek(start)
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError("too large")
    return data


def opened(path: Path) -> IO[bytes]:
    """A file, and nothing else that has its name: a pipe would be waited for, and a device never ends.

    Raises:
        OSError: there is none.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("no file")
    return path.open("rb")


def is_there(path: Path) -> bool:
    """Whether something has this name; what can't be looked at has not."""
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


def size_of(path: Path) -> int:
    """Bytes of a file; 0 when there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def names_in(folder: Path) -> list[Path]:
    """What lies in a folder, by name; nothing where there is none."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def read_json(path: Path) -> Any:
    """The JSON document in a file, or None when it is missing, damaged, or nested too deep to be one of ours."""
    try:
        return json.loads(read_file(path).decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


class Lock:
    """A file that one process or thread at a time holds, for as long as it lives; its folder is never made.

    `filelock.FileLock` on the same file keeps out what holds this one, and the other way round.

    Args:
        path: of the file, which stays when it is let go.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self, seconds: float | None = None) -> None:
        """Takes it.

        Args:
            seconds: to wait at most; 0 for one try, None for as long as it takes.

        Raises:
            Timeout: somebody else holds it.
            FileNotFoundError: its folder is gone.
            OSError: it can't be opened.
        """
        file, until = workspace.open_lock(self.path), time.monotonic() + (seconds or 0)
        try:
            while not lock_descriptor(file, blocking=False):
                if seconds is not None and time.monotonic() >= until:
                    raise Timeout(str(self.path))
                time.sleep(POLL_SECONDS)
        except BaseException:
            os.close(file)
            raise
        self._file = file

    def release(self) -> None:
        """Lets it go; again is fine."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> "Lock":
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock of this file; asked without writing, so a disk that is read-only answers too."""
    try:
        with opened(path) as file:
            return _is_held(file.fileno())
    except PermissionError:
        return True  # what can't be looked at tells nothing: leave it alone
    except OSError as error:
        # There is none; some disks of a network lock only what may be written.
        return error.errno == errno.EBADF and _is_held_for_writers(path)


def _is_held(file: int) -> bool:
    """Whether somebody else holds an open file; any number may ask at once, where the system has locks to share."""
    if fcntl is None:
        return not lock_descriptor(file, blocking=False)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _is_held_for_writers(path: Path) -> bool:
    """The same by a lock that writes."""
    lock = Lock(path)
    try:
        lock.acquire(0)
    except (Timeout, OSError):
        return True
    lock.release()
    return False
