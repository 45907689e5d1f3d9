"""Fetching what lies on somebody's server: patience, progress, and where Keras keeps it."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from core import child

SILENCE_SECONDS = 20.0
"""So long a server may say nothing."""


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """A network that says nothing for so long is none: else a page would wait for minutes and tell nobody why."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def keras_folder() -> Path:
    """Where Keras keeps its datasets."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"


class Watch:
    """Reports a download's megabytes while Keras fetches: it has no hook for progress, but its file grows.

    Args:
        megabytes: expected in all.
        progress: called with (megabytes so far, megabytes in all) twice a second.
    """

    def __init__(self, megabytes: int, progress: child.Progress) -> None:
        self.folder = keras_folder()
        self.megabytes = megabytes
        self.progress = progress
        self.before = self._size()
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._report, daemon=True)

    def __enter__(self) -> "Watch":
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.done.set()
        self.thread.join()

    def _size(self) -> int:
        return (
            sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file()) if self.folder.exists() else 0
        )

    def _report(self) -> None:
        while not self.done.wait(0.5):
            arrived = (self._size() - self.before) // 1_000_000
            if arrived:
                self.progress(min(arrived, self.megabytes), self.megabytes)
