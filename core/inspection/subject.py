"""What checks look at: a dataset as it is corrected by now, and what was measured of it, once for all of them."""

import hashlib
from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np

from core.datasets import Dataset, ImageData, images_at
from core.datasets.statistics import in_use, split_of

TELL_EVERY = 200
"""Images between two tellings of how far it is."""


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

    def read(self) -> Iterator[tuple[int, np.ndarray]]:
        """Each image that is used and its position, one after the other, and tells how far it is."""
        count = max(1, len(self.used))
        for done, (position, image) in enumerate(zip(self.used, images_at(self.data.images, self.used), strict=True)):
            if done % TELL_EVERY == 0:
                self.tell(done / count)
            yield int(position), image

    @cached_property
    def digests(self) -> list[str]:
        """One for each image, equal for images that are equal pixel by pixel; empty for those that are left out."""
        found = [""] * len(self.data.images)
        for position, image in self.read():
            found[position] = hashlib.sha256(image.tobytes()).hexdigest()[:32]
        return found
