"""What checks look at: a dataset as it is corrected by now, and what was measured of it, once for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.datasets import Dataset, ImageData
from core.datasets.split import SPLITS, TRAIN
from core.datasets.statistics import in_use, split_of
from core.inspection.measuring import Measured, measured
from core.inspection.similarity import Pair, clusters, equal_pairs, near_pairs
from core.words import listed

MEASURING = 0.8
"""The part of the first check that measures all images."""


@dataclass(frozen=True)
class Cluster:
    """Images that are one picture.

    Args:
        images: positions, ascending, two or more.
        labels: of each.
        parts: the split of each, an index into SPLITS.
        how: "equal" where all are equal pixel by pixel, "mirrored" where some are mirrored, else "near".
    """

    images: tuple[int, ...]
    labels: tuple[int, ...]
    parts: tuple[int, ...]
    how: str

    @property
    def leaks(self) -> bool:
        """Whether it is learnt from and checked on at once."""
        return TRAIN in self.parts and len(set(self.parts)) > 1

    def of_part(self, part: int) -> list[int]:
        """Its images in one split."""
        return [image for image, own in zip(self.images, self.parts, strict=True) if own == part]

    def note(self, class_names: Sequence[str]) -> str:
        """What is known of it in a few words: "mirrored · in train and validation · labelled cat and dog"."""
        how = {"equal": "pixel for pixel", "near": "nearly equal", "mirrored": "mirrored"}[self.how]
        where = f"in {listed([SPLITS[part] for part in sorted(set(self.parts))])}"
        names = [class_names[label] for label in sorted(set(self.labels))]
        return " · ".join([how, where, *([f"labelled {listed(names)}"] if names[1:] else [])])


class Subject:
    """A dataset that is inspected.

    Args:
        dataset: which one.
        data: as it is corrected and dealt out.
        tell: called with the part of the check that is done, 0..1.
    """

    def __init__(self, dataset: Dataset, data: ImageData, tell: Callable[[float], None] = lambda part: None) -> None:
        self.dataset, self.data, self.tell = dataset, data, tell

    @cached_property
    def used(self) -> np.ndarray:
        """Positions of all images that are not left out: int64, ascending."""
        return in_use(self.data)

    @cached_property
    def split(self) -> np.ndarray:
        """The split of each image as it is dealt out: int8 (N,), an index into SPLITS."""
        return split_of(self.data)

    @cached_property
    def known(self) -> Measured:
        """What was measured of each image."""
        return measured(self.dataset, self.data.images, lambda part: self.tell(MEASURING * part))

    def number(self, name: str) -> np.ndarray:
        """One of the measured numbers of each image that is used: float32 (n,)."""
        return self.known.number(name)[self.used]

    @cached_property
    def pairs(self) -> list[Pair]:
        """Pairs of images that are one picture; mirrored ones where a picture means the same mirrored."""
        equal = equal_pairs(self.known.digests, self.used)
        once = np.setdiff1d(self.used, [pair.second for pair in equal])
        tell = lambda part: self.tell(MEASURING + (1 - MEASURING) * part)  # noqa: E731
        near = near_pairs(self.known, self.data.images, once, mirrored=not self.dataset.handed, tell=tell)
        return [*equal, *near]

    @cached_property
    def clusters(self) -> list[Cluster]:
        """Images that are one picture, in the order of their first."""
        hows: dict[int, set[str]] = {}
        for pair in self.pairs:
            for position in (pair.first, pair.second):
                hows.setdefault(position, set()).add(pair.how)
        return [self._cluster(images, set().union(*(hows[one] for one in images))) for images in clusters(self.pairs)]

    def _cluster(self, images: tuple[int, ...], hows: set[str]) -> Cluster:
        how = next(one for one in ("mirrored", "near", "equal") if one in hows)
        some = list(images)
        return Cluster(images, tuple(self.data.labels[some].tolist()), tuple(self.split[some].tolist()), how)
