"""What the images of each class look like, in numbers from bounded samples."""

import tracemalloc

import numpy as np

from core.datasets import ImageData, load
from core.datasets.digits import Digits
from core.datasets.shapes import Shapes
from core.datasets.statistics import MEAN_SIDE, OF_CLASS, QUANTILES, class_sizes, class_values


def dealt(images, labels):
    """Images that are all learnt from."""
    order, names = np.arange(len(images)), tuple(f"class {label}" for label in range(int(labels.max()) + 1))
    return ImageData(images, labels, order, order[:0], order[:0], names)


def test_the_mean_and_the_histogram_of_each_class_are_those_of_numpy():
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (40, 9, 7, 3), np.uint8), np.arange(40) % 3
    data = dealt(images, np.where(labels == 2, 3, labels))  # class 2 has none
    found = list(class_values(data))

    assert [(one.images, one.sampled) for one in found] == [(14, 14), (13, 13), (0, 0), (13, 13)]
    for one in found:
        members = images[data.labels == one.label]
        mean = members.mean(0) if len(members) else np.zeros((9, 7, 3))
        assert np.abs(one.mean - mean).max() <= 0.5
        for channel in range(3):
            assert np.array_equal(one.histogram[channel], np.bincount(members[..., channel].ravel(), minlength=256))


def test_what_is_left_out_counts_in_no_class():
    images, labels = np.zeros((4, 8, 8, 1), np.uint8), np.zeros(4, np.int64)
    images[3] = 255
    data = ImageData(images, labels, np.array([0, 1]), np.array([2]), np.array([], np.int64), ("only",))
    (one,) = class_values(data)

    assert one.images == 3 and one.mean.max() == 0


def test_many_large_images_are_sampled_and_take_little_memory():
    images = np.broadcast_to(np.uint8(7), (5000, 300, 200, 3))
    tracemalloc.start()
    try:
        found = list(class_values(dealt(images, np.arange(5000) % 4)))
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()

    assert {one.sampled for one in found} == {96_000_000 // (4 * 180_000)} and OF_CLASS > 133
    assert {one.mean.shape for one in found} == {(75, 50, 3)} and max(found[0].mean.shape) <= MEAN_SIDE
    assert all((one.mean == 7).all() for one in found)


def test_sizes_are_told_class_by_class(monkeypatch):
    sizes = np.array([[30, 30], [30, 30], [40, 20], [10, 40]])
    monkeypatch.setattr(Shapes, "original_sizes", lambda self: sizes)
    first, second = class_sizes(Shapes(), dealt(np.zeros((4, 8, 8, 1), np.uint8), np.array([0, 0, 0, 1])))

    assert (first.images, first.different, second.different) == (3, 2, 1)
    assert first.width == tuple(np.quantile([30, 30, 40], QUANTILES)) and second.aspect == (0.25,) * 7
    assert first.aspects.tolist() == [0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0] and second.aspects.argmax() == 1


def test_images_of_one_size_have_that_size_in_each_class():
    found = class_sizes(Digits(), load(Digits()))

    assert len(found) == 10 and sum(one.images for one in found) == 1797
    assert all(one.width == one.height == (8.0,) * 7 and one.different == 1 for one in found)
