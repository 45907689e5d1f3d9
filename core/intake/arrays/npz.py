"""NPZ files with images, as `numpy.savez` writes them: a ZIP of .npy files, read without pickle, piece by piece."""

import math
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from core.intake.archives import open_checked
from core.intake.arrays import MAX_VALUES, check_kind, damaged, refused, step, text
from core.intake.unpacking import DAMAGE, pieces_of

MAX_BYTES = 8 * MAX_VALUES
"""Of everything unpacked: float64 has eight bytes a value."""
SUFFIX = ".npy"


class NPZFile(AbstractContextManager):
    """The arrays of a file.

    Args:
        path: of the file.

    Raises:
        UserError: a refusal of `open_checked`, or an array that is not read.
    """

    def __init__(self, path: Path) -> None:
        self._file, entries = open_checked(path, MAX_BYTES)
        try:
            named = [(name, entry) for name, entry in entries if name.endswith(SUFFIX)]
            self.arrays = [_Entry(self._file, entry, name.removesuffix(SUFFIX)) for name, entry in named]
        except BaseException:
            self._file.close()
            raise

    def __exit__(self, *error: object) -> None:
        self._file.close()


class _Entry:
    """One .npy file, its head read."""

    def __init__(self, file: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> None:
        self._file, self._entry, self.name = file, entry, name
        stream = _Stream(pieces_of(file, entry))
        try:
            version = np.lib.format.read_magic(stream)
            read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
            self.shape, is_fortran, self._dtype = read(stream)
        except (*DAMAGE, SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise damaged(name) from error
        check_kind(name, self._dtype)
        self.is_text = self._dtype.kind in "SU"
        if any(side < 0 for side in self.shape) or (is_fortran and len(self.shape) > 1):
            raise refused(f"{name} is stored column by column", "ARRAYS_KIND", "Save it with np.ascontiguousarray.")
        self._head = stream.taken
        if self._head + math.prod(self.shape) * self._dtype.itemsize != entry.file_size:
            raise damaged(name)

    def pieces(self) -> Iterator[np.ndarray]:
        rows = step(self.shape, self._dtype.itemsize)
        row = math.prod(self.shape[1:]) * self._dtype.itemsize
        stream = _Stream(pieces_of(self._file, self._entry))
        try:
            stream.read(self._head)
            for start in range(0, self.shape[0], rows):
                count = min(rows, self.shape[0] - start)
                piece = np.frombuffer(stream.read(count * row), self._dtype).reshape(count, *self.shape[1:])
                yield np.array([text(one, self.name) for one in piece.reshape(-1).tolist()]) if self.is_text else piece
            stream.close()
        except DAMAGE as error:
            raise damaged(self.name) from error


class _Stream:
    """Pieces of bytes as a file that is read in order.

    Args:
        taken: bytes that were read.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left, self.taken = pieces, bytearray(), 0

    def read(self, size: int) -> bytes:
        """So many bytes.

        Raises:
            EOFError: there are fewer.
        """
        while len(self._left) < size:
            piece = next(self._pieces, None)
            if piece is None:
                raise EOFError
            self._left += piece
        found = bytes(self._left[:size])
        del self._left[:size]
        self.taken += size
        return found

    def close(self) -> None:
        """Goes to the end, where the check sum stands.

        Raises:
            DAMAGE: one of these, where it is another.
        """
        for _ in self._pieces:
            pass
