"""Named arrays in a file: an npz that is written one array at a time, so that no more than one is copied at once.

Weights are called `layer/variable` ("conv2d_1/kernel"). Files of format 1 hold them by their place in Keras' order.
"""

import hashlib
import lzma
import tokenize
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import stored, workspace

Arrays = Iterable[tuple[str, np.ndarray]]
"""Names and arrays, each made when its turn comes."""

UNREADABLE = (OSError, ValueError, LookupError, ArithmeticError, TypeError, SyntaxError, EOFError, MemoryError,
              AttributeError, RuntimeError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
              lzma.LZMAError)  # fmt: skip
"""What NumPy's readers raise for a file that holds no arrays."""
PIECE = 1 << 20
"""Bytes that are read at once."""


@dataclass(frozen=True)
class Written:
    """What was written.

    Args:
        digest: sha256 of the file.
        size: bytes of the arrays.
    """

    digest: str
    size: int


def write(path: Path, arrays: Arrays) -> Written:
    """Writes arrays into a file that nobody reads yet, down to the disk.

    Args:
        path: of the file.
        arrays: asked for one after the other.

    Raises:
        OSError: the disk does not let us.
    """
    size = 0
    # Stored, not deflated: weights are noise to a packer.
    with workspace.hashed_file(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays:
            with archive.open(f"{name}.npy", "w", force_zip64=array.nbytes >= 1 << 31) as entry:
                np.lib.format.write_array(entry, np.asarray(array), version=(1, 0), allow_pickle=False)
            size += array.nbytes
    return Written(file.digest, size)


def read(path: Path, digest: str | None) -> dict[str, np.ndarray] | None:
    """The arrays of a file by their names, in the file's order; None when it is missing or not what was written.

    Args:
        path: of the file.
        digest: sha256 that it must have.
    """
    if not is_whole(path, digest):
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except UNREADABLE:
        return None


def is_whole(path: Path, digest: str | None) -> bool:
    """Whether a file is there and has this sha256."""
    found = hashlib.sha256()
    try:
        with stored.opened(path) as file:
            while piece := file.read(PIECE):
                found.update(piece)
    except OSError:
        return False
    return found.hexdigest() == digest
