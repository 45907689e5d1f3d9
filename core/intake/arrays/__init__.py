"""Files that hold images as arrays (HDF5, NPZ, LMDB): what one may hold, and what is said of one that may not be read.

Nothing is believed of a file: its arrays are found by hard links, their sizes are known before a number is read, no
object is ever unpickled, and numbers come in pieces, so that memory does not grow with the file.
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from core.errors import UserError
from core.words import number

MAX_VALUES = 1 << 30
"""Numbers of all images together; as bytes they are 1 GiB."""
MAX_IMAGES = 200_000
MAX_SIDE = 2048
"""px; larger pictures are shrunk to 512 px anyway."""
MAX_ARRAYS, MAX_DEPTH = 100_000, 4
"""In one file, and groups within groups."""
PIECE = 8 << 20
"""Bytes that are read at a time, or one image where that is larger."""
MAX_TEXT = 512
"""Bytes of a label or of the name of a class."""
LAYOUT = (
    "Name the arrays x_train and y_train, x_test and y_test, or images and labels; or keep the images of each class in "
    "a group of their own."
)


class Array(Protocol):
    """One array of a file.

    Args:
        name: with the groups around it: "train/images".
        shape: of all of it; the images count along the first axis.
        is_text: whether it holds words, in place of numbers.
    """

    name: str
    shape: tuple[int, ...]
    is_text: bool

    def pieces(self) -> Iterator[np.ndarray]:
        """All of it in pieces along the first axis: numbers, or str objects.

        Raises:
            UserError: it is damaged.
        """


def step(shape: tuple[int, ...], itemsize: int) -> int:
    """How many rows of an array are read at a time."""
    return max(1, PIECE // max(1, int(np.prod(shape[1:], dtype=np.int64)) * itemsize))


def text(value: object, name: str) -> str:
    """A word of an array of words.

    Raises:
        UserError: it is none, or too long to be a label.
    """
    word = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    if not isinstance(word, str) or len(word) > MAX_TEXT:
        raise refused(f"{name} holds what is no word", "ARRAYS_LABELS", "Store short names of classes.")
    return word


def check_kind(name: str, dtype: np.dtype) -> None:
    """Refuses what is neither plain numbers nor words.

    Raises:
        UserError: objects, which only Python's pickle could read, or a table of several kinds.
    """
    if dtype.hasobject:
        raise refused(
            f"{name} holds objects of Python, which only running code of the file could read",
            "ARRAYS_OBJECTS",
            "Save plain numbers: np.asarray(images, 'uint8').",
        )
    if dtype.kind not in "uifbSU" or dtype.fields or dtype.subdtype or (dtype.kind == "f" and dtype.itemsize > 8):
        raise refused(
            f"{name} holds {dtype.name}, which is no kind of plain number", "ARRAYS_KIND", "Save uint8 or float32."
        )
    if dtype.kind in "SU" and dtype.itemsize > 4 * MAX_TEXT:
        raise refused(
            f"{name} holds words of {number(dtype.itemsize)} bytes", "ARRAYS_KIND", "Store short names of classes."
        )


def refused(why: str, code: str, remedy: str = LAYOUT) -> UserError:
    """What is said of a file that can't be taken: "The file was not read: ..."

    Args:
        why: what is wrong, without a full stop.
        code: of the refusal.
        remedy: what to do.
    """
    return UserError(f"The file was not read: {why}.", remedy, code)


def damaged(name: str) -> UserError:
    """The refusal of what can't be read to its end."""
    return refused(f"{name} is damaged or was cut off", "ARRAYS_DAMAGED", "Save it again, or upload it again.")
