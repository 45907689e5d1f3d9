"""A file of arrays as an upload: each image with its place, in the order of the arrays."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from PIL import Image

from core.intake.archives import Member
from core.intake.arrays import MAX_IMAGES, Array, refused
from core.intake.arrays.hdf5 import MAGIC as HDF5_MAGIC
from core.intake.arrays.hdf5 import HDF5File
from core.intake.arrays.npz import NPZFile
from core.intake.arrays.pairing import Pair, Paired, paired
from core.intake.arrays.table import FILE, MAGIC, MAGIC_AT, LMDBTable
from core.intake.arrays.values import Layout, layout_of, scale_of
from core.intake.images import DecodedImage
from core.intake.layout import Place, Plan
from core.intake.left_out import Skipped
from core.intake.pixels import LONGEST, upright_rgb
from core.intake.questions import Offer
from core.words import number

TAIL = 1 << 16
"""Bytes at the end of a ZIP in which the names of its files stand, of the few that such a one has."""
HDF5, NPZ, LMDB, LMDB_ZIP = "hdf5", "npz", "lmdb", "lmdb-zip"


@dataclass(frozen=True)
class ArrayImage(Member):
    """One image of an array: its bytes are its numbers, which need no decoding.

    Args:
        pixels: uint8 (H, W, C).
    """

    pixels: np.ndarray

    def picture(self) -> DecodedImage:
        """In the form in which pictures are stored: RGB, the longer side at most 512 px."""
        height, width, channels = self.pixels.shape
        if channels == 3 and max(height, width) <= LONGEST:
            rgb = np.ascontiguousarray(self.pixels)
        elif channels == 1 and max(height, width) <= LONGEST:
            rgb = np.repeat(self.pixels, 3, axis=2)
        else:
            flat = self.pixels[:, :, 0] if channels == 1 else self.pixels
            rgb = upright_rgb(Image.fromarray(np.ascontiguousarray(flat)), LONGEST)
        return DecodedImage(rgb, width, height, "PNG", is_animated=False)


@dataclass(frozen=True)
class ArrayPlan(Plan):
    """Places that the labels say; nothing is read in names.

    Args:
        places: split and class of each image, by its name.
    """

    places: dict[str, Place] = field(default_factory=dict)

    def place(self, name: str) -> Place | None:
        return self.places.get(name)


def kind_of(path: Path) -> str:
    """What kind of arrays a file holds, judged by its content; empty where it is something else."""
    with path.open("rb") as file:
        head = file.read(64)
        if head.startswith(HDF5_MAGIC):
            return HDF5
        if head[MAGIC_AT : MAGIC_AT + len(MAGIC)] == MAGIC:
            return LMDB
        if not head.startswith(b"PK\x03\x04"):
            return ""
        name_size = int.from_bytes(head[26:28], "little")
        file.seek(30)
        if file.read(name_size).endswith(b".npy"):
            return NPZ
        file.seek(max(0, file.seek(0, 2) - TAIL))
        return LMDB_ZIP if FILE.encode() in file.read() else ""


class Arrays:
    """The images of such a file; iterating gives one after another.

    Args:
        path: the file.
        kind: as `kind_of` says.

    Raises:
        UserError: it is damaged, holds something else, or more than is read.
    """

    folders: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    offers: tuple[Offer, ...] = ()

    def __init__(self, path: Path, kind: str) -> None:
        self._file = _opened(path, kind)
        try:
            found = paired(self._file.arrays)
            self._scale = scale_of(pair.images for pair in found.pairs)
            self._layouts = [_layout(pair) for pair in found.pairs]
            labels, order, told = _labels(found)
        except BaseException:
            self.close()
            raise
        self._pairs = found.pairs
        self._named = [_names(pair) for pair in found.pairs]
        self.names = [name for names in self._named for name in names]
        both = zip(self._pairs, self._layouts, strict=True)
        self.size = sum(pair.count * math.prod(layout.shape) for pair, layout in both)
        self.junk: Counter[str] = Counter()
        words = (self._scale.words, *(layout.words for layout in self._layouts), *told)
        self.notes = (*found.notes, *dict.fromkeys(filter(None, words)))
        splits = [pair.split for pair in found.pairs for _ in range(pair.count)]
        places = dict(zip(self.names, zip(splits, labels, strict=True), strict=True))
        self.plan = ArrayPlan("", {}, places=places, order=order)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        self._file.__exit__(None, None, None)

    def __iter__(self) -> Iterator[ArrayImage]:
        for pair, layout, names in zip(self._pairs, self._layouts, self._named, strict=True):
            left = iter(names)
            pieces = pair.images.pieces()
            whole = [np.concatenate(list(pieces))[None]] if pair.is_single else pieces
            for piece in whole:
                for image in self._scale.pixels(layout.images(piece)):
                    yield ArrayImage(next(left), f"{image.shape}".encode() + image.tobytes(), image)


def _opened(path: Path, kind: str) -> HDF5File | NPZFile | LMDBTable:
    if kind == HDF5:
        return HDF5File(path)
    if kind == NPZ:
        return NPZFile(path)
    return LMDBTable(path, is_zip=kind == LMDB_ZIP)


def _layout(pair: Pair) -> Layout:
    return layout_of(pair.images.name, pair.images.shape if pair.is_single else pair.images.shape[1:])


def _names(pair: Pair) -> list[str]:
    """What each image is called: by its array and its place in it."""
    return [pair.images.name] if pair.is_single else [f"{pair.images.name}[{place}]" for place in range(pair.count)]


def _labels(found: Paired) -> tuple[list[str], tuple[str, ...], list[str]]:
    """The class of each image, the classes in the order of their labels, and how the labels were read."""
    words, notes = _words_for(found.names), []
    labels: list[str] = []
    numbers: set[int] = set()
    for pair in found.pairs:
        if pair.labels is None:
            labels += [pair.label] * pair.count
            continue
        read = _read_labels(pair.labels)
        if isinstance(read, list):
            labels += read
            continue
        values, told = read
        notes += [told] if told else []
        _check_range(pair.labels.name, values, words)
        numbers |= set(values)
        labels += [words[value] if words else str(value) for value in values]
    order = words or tuple(str(value) for value in sorted(numbers)) or tuple(sorted(set(labels)))
    return labels, order, notes


def _words_for(names: Array | None) -> tuple[str, ...]:
    """The words for labels.

    Raises:
        UserError: two labels have the same one, or there are too many.
    """
    if names is None:
        return ()
    if names.shape[0] > MAX_IMAGES:
        raise refused(
            f"{names.name} has {number(names.shape[0])} names", "ARRAYS_LABELS", "Store one name for each class."
        )
    words = tuple(str(word) for piece in names.pieces() for word in piece)
    if len(set(words)) < len(words):
        raise refused(
            f"two classes have the same name in {names.name}", "ARRAYS_LABELS", "Give each class its own name."
        )
    return words


def _read_labels(array: Array) -> list[str] | tuple[list[int], str]:
    """Words, or whole numbers with how they were read."""
    if array.shape[0] > MAX_IMAGES:
        raise refused(f"{array.name} has {number(array.shape[0])} labels", "ARRAYS_TOO_LARGE", "Store fewer images.")
    read = list(array.pieces())
    if array.is_text:
        return [str(word) for piece in read for word in piece]
    whole = np.concatenate(read) if read else np.zeros(0, np.int64)
    told = ""
    if whole.ndim == 2 and whole.shape[1] > 1:
        if not (((whole == 0) | (whole == 1)).all() and (whole.sum(1) == 1).all()):
            what = f"each row of {array.name} should have a single 1, for its class"
            raise refused(what, "ARRAYS_LABELS", "Store the number of each image's class.")
        told = f"{array.name} was read as one-hot: the place of the 1 is the label."
        whole = whole.argmax(1)
    whole = whole.reshape(-1)
    if not np.isfinite(whole).all() or (whole != np.rint(whole)).any():
        what = f"{array.name} holds numbers that are no whole ones"
        raise refused(what, "ARRAYS_LABELS", "Store the number of each image's class.")
    return [int(value) for value in whole.tolist()], told


def _check_range(name: str, values: list[int], words: tuple[str, ...]) -> None:
    """Refuses labels for which there is no class.

    Raises:
        UserError: there is one.
    """
    wrong = next((value for value in values if value < 0 or (words and value >= len(words))), None)
    if wrong is not None:
        has = f"there are names for 0 to {len(words) - 1}" if words else "labels begin at 0"
        raise refused(f"{name} holds the label {number(wrong)}, and {has}", "ARRAYS_LABELS", "Correct the labels.")
