"""The catalogue of stores: each is one form in which a dataset lies on a disk, and the few lines that read it.

All of them hold the same: images as they are prepared, labels, what each image is for, and the names of the classes.
They are written and read one image after another, so that a dataset need not fit into memory.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from core import child
from core.datasets import ImageData, images_at
from core.datasets.split import SPLITS
from core.errors import UserError
from core.spec import Spec, kinds

Labelled = tuple[np.ndarray, int]
"""One image, uint8 (H, W, C), and its label."""


@dataclass(frozen=True)
class Content:
    """What is to be stored: first all images to learn from, then those to validate on, then those to test on.

    Args:
        shape: height, width and channels of every image.
        labels: int64 (N,), in that order.
        counts: how many are for training, validation and test.
        class_names: one per label.
        images: begins to give the images anew, uint8 (H, W, C) each, in that order.
    """

    shape: tuple[int, int, int]
    labels: np.ndarray
    counts: tuple[int, int, int]
    class_names: tuple[str, ...]
    images: Callable[[], Iterator[np.ndarray]]

    @property
    def size(self) -> int:
        """Bytes of all pixels."""
        return len(self.labels) * int(np.prod(self.shape))

    def parts(self) -> Iterator[tuple[str, Iterator[Labelled]]]:
        """The name of each split that has images, and these with their labels; to be gone through in this order."""
        images, start = self.images(), 0
        for name, count in zip(SPLITS, self.counts, strict=True):
            if count:
                labels = self.labels[start : start + count].tolist()
                # The labels first: a zip that ends on the images would have taken one of the next split.
                yield name, ((image, label) for label, image in zip(labels, images, strict=False))
            start += count


def content_of(data: ImageData, most: int | None = None) -> Content:
    """A dataset as it is to be stored.

    Args:
        data: with its split; images that are in none of its parts are left out.
        most: images at most, spread evenly over each part; all where left out.
    """
    held = data.validation if data.validation is not data.test else data.validation[:0]
    parts = [data.train, held, data.test]
    total = sum(map(len, parts))
    if most is not None and total > most:
        parts = [part[_spread(len(part), len(part) * most // total)] for part in parts]
    order = np.concatenate(parts)
    counts = tuple(map(len, parts))
    labels = data.labels[order].astype(np.int64)
    return Content(
        data.images.shape[1:], labels, counts, tuple(data.class_names), lambda: images_at(data.images, order)
    )


def _spread(count: int, wanted: int) -> np.ndarray:
    return np.arange(wanted) * count // max(1, wanted)


class Reader(AbstractContextManager):
    """A dataset that was stored, opened; images count from 0 through training, validation and test.

    Args:
        class_names: one per label.
        counts: how many are for training, validation and test.
    """

    class_names: tuple[str, ...]
    counts: tuple[int, int, int]

    def __len__(self) -> int:
        return sum(self.counts)

    def in_order(self) -> Iterator[Labelled]:
        """All images, the way this store gives them fastest."""
        raise NotImplementedError

    def at(self, position: int) -> Labelled:
        """One image, wherever it lies."""
        raise NotImplementedError

    def close(self) -> None:
        """Lets go of the files."""

    def __exit__(self, *error: object) -> None:
        self.close()


class Store(Spec):
    """One form in which a dataset lies on a disk."""

    gain: ClassVar[str] = ""
    """What speaks for it, in a sentence."""

    price: ClassVar[str] = ""
    """What speaks against it, in a sentence."""

    ending: ClassVar[str] = ""
    """How the name of the one file ends that it writes; empty where it writes several."""

    @property
    def word(self) -> str:
        """What the command line calls it, and how its folder is named."""
        raise NotImplementedError

    def called(self) -> str:
        """What a chart calls it."""
        return self.title()

    @classmethod
    def all(cls) -> tuple[Self, ...]:
        """The ways in which it is offered."""
        return (cls(),)

    def write(self, folder: Path, content: Content, progress: child.Progress = lambda done, total: None) -> None:
        """Stores a dataset.

        Args:
            folder: an empty one.
            content: what is stored.
            progress: called with (images done, images in all) now and then.

        Raises:
            UserError: the disk is full, or this form can't hold such images.
        """
        raise NotImplementedError

    def open(self, folder: Path) -> Reader:
        """Opens what `write` has written; only such folders, as nothing in them is checked."""
        raise NotImplementedError

    def reading(self, file: str = "") -> str:
        """Lines of Python that read the training images where the files lie.

        Args:
            file: name of the one file, once it was fetched; empty where it lies as `write` left it.
        """
        raise NotImplementedError


@cache
def stores() -> dict[str, Store]:
    """Every store by its word, in reading order."""
    return {one.word: one for kind in kinds(Store).values() for one in kind.all()}


def find(word: str) -> Store:
    """The store of this word.

    Raises:
        UserError: there is none.
    """
    if word not in stores():
        raise UserError(f"{word[:40]!r} is no way to store images.", f"Ways: {', '.join(stores())}.", "STORE_UNKNOWN")
    return stores()[word]


def told(progress: child.Progress, total: int, labelled: Iterator[Labelled], before: int = 0) -> Iterator[Labelled]:
    """The same images, while every hundredth part of all is told."""
    every = max(1, total // 100)
    for done, one in enumerate(labelled, start=before + 1):
        yield one
        if done % every == 0 or done == total:
            progress(done, total)
