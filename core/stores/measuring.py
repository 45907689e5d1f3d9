"""What each store takes and how fast it is, measured with a dataset's own images on this machine."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import child, workspace
from core.datasets import Dataset, load
from core.stores import Content, Store, content_of, stores
from core.stores.files import MODULE, job, require_room

MOST, MOST_BYTES = 4000, 200 << 20
"""Images that are measured, and bytes of their pixels: so many tell as much as all, in some seconds."""
DRAWN = 500
"""Images that are read at random."""
FEW = 8
AT_LEAST = 0.25
"""Seconds of reading for one figure: what takes less is repeated."""
SECONDS = 600.0
ROOM = 8
"""Times the room of the pixels that a store may take: tiny images take a block of the disk each."""


@dataclass(frozen=True)
class Measured:
    """One store.

    Args:
        word: which.
        on_disk: bytes that the disk gives for it; a file takes whole blocks.
        content: bytes in its files.
        files: how many there are.
        write: images/s, until the system has taken them; none is forced to the disk.
        in_order, at_random: images/s, its opening included.
        opening: seconds to open it.
        file_seconds: seconds an image in which its bytes are read and not unpacked, for one file per image; else 0.
        is_identical: whether every pixel, label, split and class name came back as it was.
    """

    word: str
    on_disk: int
    content: int
    files: int
    write: float
    in_order: float
    at_random: float
    opening: float
    file_seconds: float
    is_identical: bool


@dataclass(frozen=True)
class Measurement:
    """All stores, with the same images.

    Args:
        count: how many images were stored.
        total: how many the dataset has.
        shape: of each image.
        stores: in reading order.
    """

    count: int
    total: int
    shape: tuple[int, int, int]
    stores: tuple[Measured, ...]


def measure(dataset: Dataset, share: float, seed: int, progress: child.Progress | None = None) -> Measurement:
    """Measures all stores in a process of its own.

    Args:
        dataset: which.
        share: 0..0.9 of the training images held out for validation.
        seed: of the split.
        progress: called with (stores done, stores in all).

    Raises:
        UserError: the data can't be had, or the disk is full.
    """
    told = child.ask(MODULE, job(dataset, share, seed) | {"measure": True}, progress, SECONDS)
    found = tuple(Measured(**one) for one in told["stores"])
    return Measurement(told["count"], told["total"], tuple(told["shape"]), found)


def measure_here(dataset: Dataset, share: float, seed: int, progress: child.Progress) -> Measurement:
    """`measure`, in this process."""
    data = load(dataset, share, seed)
    all_of_it = content_of(data)
    most = max(1, min(MOST, MOST_BYTES // max(1, all_of_it.size // len(all_of_it.labels))))
    content = content_of(data, most)
    require_room(content, ROOM)
    found, few = [], content_of(data, FEW)
    for done, store in enumerate(stores().values()):
        progress(done, len(stores()))
        with _folder() as folder:  # libraries are imported once, which is no part of writing
            store.write(folder, few)
        with _folder() as folder:
            found.append(_measured(store, folder, content))
    progress(len(stores()), len(stores()))
    return Measurement(len(content.labels), len(all_of_it.labels), content.shape, tuple(found))


def _folder() -> AbstractContextManager[Path]:
    return workspace.staging(workspace.current().folder(child.SCRATCH))


def _measured(store: Store, folder: Path, content: Content) -> Measured:
    count = len(content.labels)
    began = time.perf_counter()
    store.write(folder, content)
    written = time.perf_counter() - began
    found = [(path.is_file(), path.stat()) for path in folder.rglob("*")]
    drawn = np.random.default_rng(0).integers(0, count, min(DRAWN, count)).tolist()
    with store.open(folder) as reader:
        by_file = getattr(reader, "bytes_at", None)
        read = _rate(lambda: [by_file(one) for one in range(count)], count) if by_file else 0
    return Measured(
        store.word,
        sum(getattr(told, "st_blocks", -(-told.st_size // 4096) * 8) * 512 for _, told in found),
        sum(told.st_size for is_file, told in found if is_file),
        sum(is_file for is_file, _ in found),
        count / written,
        _rate(lambda: _read_all(store, folder), count),
        _rate(lambda: _read(store, folder, drawn), len(drawn)),
        1 / _rate(lambda: _read(store, folder, []), 1),
        1 / read if read else 0.0,
        is_identical(store, folder, content),
    )


def is_identical(store: Store, folder: Path, content: Content) -> bool:
    """Whether all that was stored comes back as it was: pixels, labels, what each image is for, class names."""
    with store.open(folder) as reader:
        if reader.counts != content.counts or reader.class_names != content.class_names:
            return False
        read, images, labels = reader.in_order(), content.images(), content.labels.tolist()
        return all(
            label == wanted and image.dtype == np.uint8 and np.array_equal(image, right)
            for (image, label), right, wanted in zip(read, images, labels, strict=True)
        )


def _read_all(store: Store, folder: Path) -> None:
    with store.open(folder) as reader:
        for _ in reader.in_order():
            pass


def _read(store: Store, folder: Path, positions: list[int]) -> None:
    with store.open(folder) as reader:
        for position in positions:
            reader.at(position)


def _rate(work: Callable[[], object], count: int) -> float:
    """How many a second, of something that does `count`; the quickest pass, as others take the machine's time too."""
    spent, best = 0.0, float("inf")
    while best == float("inf") or spent < AT_LEAST:
        start = time.perf_counter()
        work()
        took = time.perf_counter() - start
        spent, best = spent + took, min(best, took)
    return count / max(best, 1e-9)
