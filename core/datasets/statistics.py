"""What a dataset looks like in numbers: counts of everything, values from a bounded sample."""

from dataclasses import dataclass

import numpy as np

from core.datasets import ImageData, images_at
from core.datasets.split import SPLITS, TEST, TRAIN, VALIDATION
from core.words import percent

MAX_SAMPLED = 2000
MAX_SAMPLED_BYTES = 32_000_000
"""Large pictures are sampled more thinly: a mean of 100 photos is close enough, and the server stays small."""
FEWEST = 50
IMBALANCE = 3.0
"""From this ratio of the largest to the smallest class on, always answering the largest looks better than it is."""


@dataclass(frozen=True)
class Values:
    """How often each value 0..255 occurs.

    Args:
        counts: int64 (256,).
        sampled: how many pictures were read.
        total: how many there are.
    """

    counts: np.ndarray
    sampled: int
    total: int

    @property
    def mean(self) -> float:
        """Mean value, 0..255."""
        return float(np.average(np.arange(256), weights=self.counts))

    @property
    def deviation(self) -> float:
        """Standard deviation, in the same unit."""
        return float(np.sqrt(np.average((np.arange(256) - self.mean) ** 2, weights=self.counts)))

    @property
    def low(self) -> int:
        """The smallest value that occurs."""
        return int(np.flatnonzero(self.counts)[0])

    @property
    def high(self) -> int:
        """The largest value that occurs."""
        return int(np.flatnonzero(self.counts)[-1])


def count_values(images: np.ndarray, seed: int = 0) -> Values:
    """Counts the values of a sample of pictures.

    Args:
        images: uint8 (N, H, W, C), 0..255; a memory map is fine.
        seed: of the sample.
    """
    size = max(1, images[0].nbytes)
    sampled = min(len(images), MAX_SAMPLED, max(FEWEST, MAX_SAMPLED_BYTES // size))
    positions = np.sort(np.random.default_rng(seed).choice(len(images), sampled, replace=False))
    counts = np.zeros(256, np.int64)
    # One picture at a time: bincount makes eight bytes of every value that it is given.
    for image in images_at(images, positions):
        counts += np.bincount(image.reshape(-1), minlength=256)
    return Values(counts, sampled, len(images))


def split_of(data: ImageData) -> np.ndarray:
    """The split of each picture as an index into SPLITS, int8 (N,); test pictures watched instead are validation."""
    found = np.full(len(data.labels), TRAIN, np.int8)
    found[data.test] = TEST
    found[data.validation] = VALIDATION
    return found


def class_counts(data: ImageData) -> np.ndarray:
    """Pictures of each class in each split: int64 (3, classes), in the order of SPLITS."""
    classes, split = len(data.class_names), split_of(data)
    return np.stack([np.bincount(data.labels[split == part], minlength=classes) for part in range(len(SPLITS))])


def imbalance(data: ImageData) -> str:
    """A sentence when some class has far more training pictures than another; empty otherwise."""
    counts = np.bincount(data.labels[data.train], minlength=len(data.class_names))
    largest, smallest = int(counts.argmax()), int(counts.argmin())
    if counts[smallest] and counts[largest] / counts[smallest] <= IMBALANCE:
        return ""
    share = float(counts[largest] / max(1, counts.sum()))
    times = (
        f"{counts[largest] / counts[smallest]:.1f} times as many pictures as"
        if counts[smallest]
        else "pictures, but none are left for"
    )
    return (
        f"{data.class_names[largest]} has {times} {data.class_names[smallest]}: always answering "
        f"{data.class_names[largest]} would already be right for {percent(share)} of the training pictures."
    )
