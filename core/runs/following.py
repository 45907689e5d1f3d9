"""A file of records that grows is read once: each time only the complete lines that came since."""

import os
from collections.abc import Callable
from pathlib import Path

from core import stored

PIECE = 4 << 20
"""Bytes in memory at a time; a line as long as that is none that a worker wrote, and passed over."""


class Follower:
    """Where somebody is in such a file. It may be cut, replaced or taken away meanwhile: then it is read anew.

    Args:
        path: of the file, which may not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._forget()

    def follow(self, take: Callable[[bytes], object], anew: Callable[[], object]) -> None:
        """Hands over what came since the last time.

        Args:
            take: called with every complete line, without its end.
            anew: called before them when the file is not the one that was read: what was taken counts no more.
        """
        try:
            with stored.opened(self._path) as file:
                node = os.fstat(file.fileno()).st_ino
                file.seek(self._offset - len(self._last))
                # The last line stands where it stood: what comes before it is as it was, as each has its number.
                if node != self._node or file.read(len(self._last)) != self._last:
                    self._begin_anew(node, anew)
                    file.seek(0)
                self._take_lines(file.read, take)
        except OSError:
            if self._offset:
                self._begin_anew(-1, anew)

    def _take_lines(self, read: Callable[[int], bytes], take: Callable[[bytes], object]) -> None:
        rest = b""
        while piece := read(PIECE):
            whole, end, after = (rest + piece).rpartition(b"\n")
            for line in whole.split(b"\n") if end else ():
                take(line)
            if end:
                self._last = whole[whole.rfind(b"\n") + 1 :] + end
                self._offset += len(whole) + 1
            rest = after
            if len(rest) >= PIECE:
                self._offset, self._last, rest = self._offset + len(rest), rest[-1:], b""

    def _begin_anew(self, node: int, anew: Callable[[], object]) -> None:
        if self._offset:
            anew()
        self._forget()
        self._node = node

    def _forget(self) -> None:
        self._offset, self._last, self._node = 0, b"", -1
