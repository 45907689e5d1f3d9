"""HDF5 files with images: only arrays of plain numbers or words that lie in the file itself, found over hard links."""

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.intake.arrays import MAX_ARRAYS, MAX_DEPTH, MAX_VALUES, check_kind, damaged, refused, step, text
from core.words import number

if TYPE_CHECKING:
    import h5py

MAGIC = b"\x89HDF\r\n\x1a\n"
FILTERS = {1: "gzip", 2: "shuffle", 32000: "lzf"}
"""By their registered numbers: those that h5py brings along, and that unpack at most `RATIO` times."""
RATIO = 1100
"""Bytes that one packed byte may become: gzip reaches 1 032."""
FEW_BYTES = 1 << 20
"""What an array may claim beyond what is stored of it: numbers that were never written are zeros."""
MAX_CHUNK = 64 << 20
"""Bytes of a piece that is unpacked at once."""
_DAMAGE = (OSError, ValueError, RuntimeError, KeyError, TypeError, OverflowError)


class HDF5File(AbstractContextManager):
    """The arrays of a file, in the order of their names.

    Args:
        path: of the file.

    Raises:
        UserError: no HDF5, damaged, or with links, filters or kinds that are not read.
    """

    def __init__(self, path: Path) -> None:
        import h5py

        try:
            self._file = h5py.File(path, "r")
        except _DAMAGE as error:
            raise damaged("the HDF5 file") from error
        self._met = 0
        try:
            self.arrays = list(self._found(self._file, "", 0))
        except BaseException:
            self._file.close()
            raise

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def _found(self, group: "h5py.Group", before: str, depth: int) -> "Iterator[_Dataset]":
        """Every array in a group and below."""
        import h5py

        try:
            if depth > MAX_DEPTH:
                raise refused(f"{before or 'it'} has more groups than images need", "ARRAYS_LAYOUT")
            self._met += len(group)  # a group that many links lead to is met as often
            if self._met > MAX_ARRAYS:
                raise refused(f"more than {number(MAX_ARRAYS)} names lead to its arrays", "ARRAYS_LAYOUT")
            for name in sorted(group):
                called = f"{before}/{name}".strip("/")
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    what = f"{called} is a link to somewhere else, perhaps to another file"
                    raise refused(what, "ARRAYS_LINK", "Copy the images themselves into the file.")
                one = group[name]
                if isinstance(one, h5py.Group):
                    yield from self._found(one, called, depth + 1)
                elif isinstance(one, h5py.Dataset):
                    yield _Dataset(one, called)
        except _DAMAGE as error:
            raise damaged(before or "the HDF5 file") from error


class _Dataset:
    """One array of the file, whose size is known to be true before a number of it is read."""

    def __init__(self, array: "h5py.Dataset", name: str) -> None:
        import h5py

        self._array, self.name = array, name
        self.shape = tuple(array.shape or ())
        words = h5py.check_string_dtype(array.dtype)
        self.is_text = words is not None
        if array.is_virtual or array.external:
            remedy = "Copy the images themselves into the file."
            raise refused(f"the numbers of {name} lie in another file", "ARRAYS_LINK", remedy)
        if not self.is_text:
            check_kind(name, array.dtype)
        self._check_filters()
        self._check_size()

    def _check_filters(self) -> None:
        created = self._array.id.get_create_plist()
        codes = [created.get_filter(place)[0] for place in range(created.get_nfilters())]
        if unknown := [code for code in codes if code not in FILTERS]:
            raise refused(
                f"{self.name} is packed by filter {unknown[0]}; gzip, shuffle and lzf are read",
                "ARRAYS_FILTER",
                'Save it with compression="gzip", or without.',
            )

    def _check_size(self) -> None:
        """Whether so many numbers may lie there: a claim of billions costs a file no byte."""
        itemsize = self._array.dtype.itemsize
        logical, kept = math.prod(self.shape) * itemsize, self._array.id.get_storage_size()
        chunk = math.prod(self._array.chunks or (0,)) * itemsize
        if logical > 8 * MAX_VALUES or chunk > MAX_CHUNK:
            raise refused(
                f"{self.name} claims {number(math.prod(self.shape))} values, or pieces of more than "
                f"{number(MAX_CHUNK >> 20)} MB",
                "ARRAYS_TOO_LARGE",
                f"At most {number(MAX_VALUES)} values are read; store fewer or smaller images.",
            )
        most = kept * RATIO if self._array.chunks else kept
        if logical > most + FEW_BYTES:
            what = f"{self.name} claims {number(logical)} bytes and {number(kept)} are stored"
            raise refused(what, "ARRAYS_CLAIM", "Save it again with all its images.")

    def pieces(self) -> Iterator[np.ndarray]:
        rows = step(self.shape, self._array.dtype.itemsize) if not self.is_text else 256
        try:
            for start in range(0, self.shape[0], rows):
                piece = self._array[start : start + rows]
                yield np.array([text(one, self.name) for one in piece.reshape(-1)]) if self.is_text else piece
        except _DAMAGE as error:
            raise damaged(self.name) from error
