"""Looking through a dataset: what came, what is said about it by now, and which images a reader asks for."""

from dataclasses import dataclass

import numpy as np

from core.corrections import LEFT_OUT, Labelled, applied
from core.corrections.steps import differs, identities
from core.datasets import Dataset, ImageData, load
from core.datasets.split import SPLITS
from core.datasets.statistics import split_of

OUT = "left out"
"""Beside the names of the splits: of images that are in none."""
EVERY_CLASS = -1


@dataclass(frozen=True)
class View:
    """A dataset as it is looked through.

    Args:
        dataset: which one.
        images: uint8 (N, height, width, channels), a memory map.
        brought: what was said about them as they came, dealt out to train, validation and test.
        now: what is said after everything that was mended.
    """

    dataset: Dataset
    images: np.ndarray
    brought: Labelled
    now: Labelled

    @property
    def mended(self) -> np.ndarray:
        """Of which images something else is said by now: bool (N,)."""
        classes = len(self.brought.class_names)
        return differs(self.brought, self.now, tuple(range(classes)), identities(self.dataset.corrections, classes))

    def counts(self) -> np.ndarray:
        """Images of each class in each split: int64 (3, classes), in the order of SPLITS."""
        classes = len(self.now.class_names)
        parts = [np.bincount(self.now.labels[self.now.split == part], minlength=classes) for part in range(len(SPLITS))]
        return np.stack(parts)

    def called(self, position: int) -> str:
        """The class of an image by its name; of one that is left out that of how it came."""
        if self.now.split[position] == LEFT_OUT:
            return self.brought.class_names[self.brought.labels[position]]
        return self.now.class_names[self.now.labels[position]]

    def split(self, position: int) -> str:
        """The split of an image, or OUT."""
        part = self.now.split[position]
        return OUT if part == LEFT_OUT else SPLITS[part]


def view(dataset: Dataset, share: float, seed: int) -> View:
    """A dataset to look through; what is learnt as it came is shown as it was mended.

    Args:
        dataset: which one; it is prepared.
        share: 0..0.9 of the training images held out for validation.
        seed: of the split.

    Raises:
        UserError: the data cannot be had.
    """
    data: ImageData = load(dataset.as_brought(), share, seed)
    brought = Labelled(data.labels, split_of(data), data.class_names)
    return View(dataset, data.images, brought, applied(dataset.corrections, brought))


@dataclass(frozen=True)
class Query:
    """Which images a reader asks for; all conditions hold at once.

    Args:
        label: a class by its number, or EVERY_CLASS.
        split: a name of SPLITS, OUT, or empty for all.
        text: part of the file's name; a whole number is the position of an image.
        mended: only those of which something else is said than as they came.
    """

    label: int = EVERY_CLASS
    split: str = ""
    text: str = ""
    mended: bool = False


def found(seen: View, query: Query) -> np.ndarray:
    """Positions of the images that are asked for: int64, ascending.

    Args:
        seen: the dataset.
        query: what is asked for.
    """
    now, is_wanted = seen.now, np.ones(len(seen.now.labels), bool)
    if query.split:
        is_wanted &= now.split == (LEFT_OUT if query.split == OUT else SPLITS.index(query.split))
    if query.label != EVERY_CLASS:
        is_wanted &= (now.labels == query.label) & (now.split != LEFT_OUT) | _came_as(seen, query.label)
    if query.mended:
        is_wanted &= seen.mended
    chosen = np.flatnonzero(is_wanted)
    return _called_so(seen.dataset, chosen, query.text.strip()) if query.text.strip() else chosen


def _came_as(seen: View, label: int) -> np.ndarray:
    """Images that are left out and came as a class: bool (N,)."""
    ids = identities(seen.dataset.corrections, len(seen.brought.class_names))
    return (seen.now.split == LEFT_OUT) & (seen.brought.labels == ids[label])


def _called_so(dataset: Dataset, chosen: np.ndarray, text: str) -> np.ndarray:
    """Those whose file has this in its name, whatever the case; without names, the one at this position."""
    names = dataset.names()
    if names:
        wanted = text.casefold()
        return np.array([at for at in chosen.tolist() if wanted in names[at].casefold()], np.int64)
    return chosen[chosen == int(text)] if text.isdecimal() and len(text) < 10 else chosen[:0]
