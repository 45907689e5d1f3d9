"""What a dataset looks like in numbers: counts of everything, values from a bounded sample."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.corrections import LEFT_OUT
from core.datasets import Dataset, ImageData, images_at
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
    """The split of each picture, int8 (N,): an index into SPLITS, or LEFT_OUT; watched test pictures are validation."""
    found = np.full(len(data.labels), LEFT_OUT, np.int8)
    for number, positions in ((TEST, data.test), (TRAIN, data.train), (VALIDATION, data.validation)):
        found[positions] = number
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


# ---- class by class

OF_CLASS, OF_CLASSES_BYTES = 200, 96_000_000
"""Images that are read of each class at most, and bytes of all of them; FEWEST_OF_CLASS of each are read anyway."""
FEWEST_OF_CLASS = 12
MEAN_SIDE = 96
"""px: the mean of larger images is drawn smaller, as it is a blur anyway."""
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
ASPECT_EDGES = (0.0, 0.25, 1 / 3, 0.5, 2 / 3, 0.75, 0.9, 1 / 0.9, 4 / 3, 1.5, 2.0, 3.0, 4.0, float("inf"))
"""Of width / height: an edge belongs to the bin above it; the bin in the middle holds what is as good as square."""


@dataclass(frozen=True)
class ClassValues:
    """What the images of one class look like, by a sample of them.

    Args:
        label: the class, an index into `class_names`.
        images: how many there are.
        sampled: how many were read.
        mean: their mean, uint8 (height, width, channels), 0..255, MEAN_SIDE px at most; black without images.
        histogram: how often each value occurs in each channel: int64 (channels, 256).
    """

    label: int
    images: int
    sampled: int
    mean: np.ndarray
    histogram: np.ndarray


def class_values(data: ImageData, positions: np.ndarray | None = None, seed: int = 0) -> Iterator[ClassValues]:
    """Mean image and histograms of each class, one class after the other: no more than one image lies in memory.

    Args:
        data: a dataset.
        positions: of the images that count; all that are in some split when left out.
        seed: of the samples.
    """
    positions = in_use(data) if positions is None else positions
    classes, size = len(data.class_names), max(1, data.images[0].nbytes) if len(data.images) else 1
    most = min(OF_CLASS, max(FEWEST_OF_CLASS, OF_CLASSES_BYTES // (size * max(1, classes))))
    labels, rng = data.labels[positions], np.random.default_rng(seed)
    for label in range(classes):
        members = positions[labels == label]
        drawn = np.sort(rng.choice(members, min(most, len(members)), replace=False)) if len(members) else members
        yield ClassValues(label, len(members), len(drawn), *_mean_and_histogram(data.images, drawn))


def _mean_and_histogram(images: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of some images: uint8 (height, width, channels) and int64 (channels, 256)."""
    height, width, channels = images.shape[1:]
    total = np.zeros((height, width, channels), np.int64)
    histogram = np.zeros((channels, 256), np.int64)
    for image in images_at(images, drawn):
        total += image
        for channel in range(channels):
            histogram[channel] += np.bincount(image[..., channel].reshape(-1), minlength=256)
    mean = _small(total / max(1, len(drawn)))
    return np.rint(mean).astype(np.uint8), histogram


def _small(image: np.ndarray) -> np.ndarray:
    """An image whose sides are at most MEAN_SIDE px, each pixel the mean of a block; a rest at the border is left."""
    step = -(-max(image.shape[:2]) // MEAN_SIDE)
    height, width = (max(1, side // step) for side in image.shape[:2])
    blocks = image[: height * step, : width * step]
    deep, wide = blocks.shape[0] // height, blocks.shape[1] // width
    return blocks.reshape(height, deep, width, wide, -1).mean((1, 3))


@dataclass(frozen=True)
class ClassSizes:
    """The sizes that the images of one class came in, all of them counted.

    Args:
        label: the class.
        images: how many there are.
        different: how many different sizes.
        width, height: in px at each of QUANTILES; empty without images.
        aspect: width / height at each of QUANTILES; empty likewise.
        aspects: images in each bin of ASPECT_EDGES: int64 (bins,).
    """

    label: int
    images: int
    different: int
    width: tuple[float, ...]
    height: tuple[float, ...]
    aspect: tuple[float, ...]
    aspects: np.ndarray


def class_sizes(dataset: Dataset, data: ImageData, positions: np.ndarray | None = None) -> list[ClassSizes]:
    """The original sizes of each class.

    Args:
        dataset, data: the same dataset.
        positions: of the images that count; all that are in some split when left out.
    """
    positions = in_use(data) if positions is None else positions
    sizes = sizes_at(dataset, positions)
    labels = data.labels[positions]
    return [_sizes_of(label, sizes[labels == label]) for label in range(len(data.class_names))]


def sizes_at(dataset: Dataset, positions: np.ndarray) -> np.ndarray:
    """Width and height in px that images came in: int64 (n, 2)."""
    sizes = dataset.original_sizes()
    return np.broadcast_to(sizes, (len(positions), 2)) if len(sizes) == 1 else sizes[positions]


def _sizes_of(label: int, sizes: np.ndarray) -> ClassSizes:
    aspect = sizes[:, 0] / np.maximum(1, sizes[:, 1])
    columns = (sizes[:, 0], sizes[:, 1], aspect)
    quantiles = [tuple(np.quantile(one, QUANTILES).tolist()) if len(sizes) else () for one in columns]
    bins = np.digitize(aspect, ASPECT_EDGES[1:-1])
    counts = np.bincount(bins, minlength=len(ASPECT_EDGES) - 1)
    return ClassSizes(label, len(sizes), len(np.unique(sizes, axis=0)), *quantiles, counts)


def in_use(data: ImageData) -> np.ndarray:
    """Positions of all images that are in some split, ascending: int64."""
    return np.unique(np.concatenate([data.train, data.validation, data.test]))
