"""Training pictures on their way from the disk: read ahead while the network learns from the last ones."""

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np

from core import datasets
from core.experiment.memory import HELD_BYTES


class ImageFeed:
    """The images of a dataset, wherever they lie.

    Args:
        images: uint8 (N, height, width, channels), a memory map or an array.
    """

    def __init__(self, images: np.ndarray) -> None:
        self._images = np.array(images) if images.nbytes <= HELD_BYTES else images

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Copies of some: uint8 (n, height, width, channels)."""
        if not isinstance(self._images, np.memmap):
            return self._images[positions]
        found = np.empty((len(positions), *self._images.shape[1:]), np.uint8)
        for place, picture in zip(found, datasets.images_at(self._images, positions), strict=True):
            place[...] = picture
        return found


class Feed:
    """The pictures of one epoch in their order, a piece at a time.

    Args:
        pictures: all of them.
        labels: int64 (N,).
        order: int64, positions into both.
        batch_size: pictures a step.
        batch: steps of this epoch that are done already.
    """

    def __init__(
        self, pictures: ImageFeed, labels: np.ndarray, order: np.ndarray, batch_size: int, batch: int = 0
    ) -> None:
        self._pictures, self._labels, self._order, self._batch_size = pictures, labels, order, batch_size
        self._start = batch * batch_size
        self._reader = ThreadPoolExecutor(1, "feed")
        self._ahead: tuple[int, Future[np.ndarray]] | None = None

    def __enter__(self) -> "Feed":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.shutdown(cancel_futures=True)

    @property
    def is_done(self) -> bool:
        """Whether the epoch has no pictures left."""
        return self._start >= len(self._order)

    def take(self, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """The pictures of at most so many steps: uint8 (n, height, width, channels), int64 (n,)."""
        part = self._order[self._start : self._start + steps * self._batch_size]
        if self._ahead is not None:  # it may be shorter than what is wanted by now, and is taken as it is
            size, reading = self._ahead
            part = part[:size]
            images = reading.result()[: len(part)]
        else:
            images = self._pictures.at(part)
        self._start += len(part)
        self._read_ahead(steps)
        return images, self._labels[part]

    def _read_ahead(self, steps: int) -> None:
        """Begins to read what will likely be wanted next."""
        part = self._order[self._start : self._start + steps * self._batch_size]
        self._ahead = (len(part), self._reader.submit(self._pictures.at, part)) if len(part) else None
