"""Training images on their way from the disk: read ahead while the network learns from the last ones."""

import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np

from core.datasets import ImageFile
from core.experiment.memory import HELD_BYTES
from core.phases import Phase


class ImageFeed:
    """The images of a dataset, wherever they lie; a file is opened once, so that no piece of a training can miss it.

    Args:
        images: uint8 (N, height, width, channels), or float32 (N, ...) features of them; a memory map or an array.
    """

    def __init__(self, images: np.ndarray) -> None:
        self._images = np.array(images) if images.nbytes <= HELD_BYTES else images
        self._turn = threading.Lock()  # the file has one place at which it is read
        self._file = None
        if isinstance(self._images, np.memmap):
            self._file = ImageFile(self._images)
            weakref.finalize(self, self._file.close)

    def of_epoch(self, epoch: int) -> "ImageFeed":
        """What an epoch learns from, counted from 0."""
        return self

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Copies of some: uint8 (n, height, width, channels), or as they lie there."""
        if self._file is None:
            return self._images[positions]
        found = np.empty((len(positions), *self._images.shape[1:]), self._images.dtype)
        with self._turn:
            for place, position in zip(found, positions, strict=True):
                place[...] = self._file.read(position)
        return found


class StyledFeed(ImageFeed):
    """Images as they are, and behind them the same in each other style.

    Args:
        images: as `ImageFeed` takes them.
        styles: None for the images as they are, then each phase that restyles them.
    """

    def __init__(self, images: np.ndarray, styles: Sequence[Phase | None]) -> None:
        super().__init__(images)
        self._count, self._styles = len(images), styles

    def at(self, positions: np.ndarray) -> np.ndarray:
        style, place = np.divmod(positions, self._count)
        found = super().at(place)
        for number, phase in enumerate(self._styles):
            if phase is not None and np.any(mine := style == number):
                found[mine] = phase.restyled(found[mine], place[mine])
        return found


class Feed:
    """The images of one epoch in their order, a piece at a time.

    Args:
        images: all of them.
        labels: int64 (N,).
        order: int64, positions into both.
        batch_size: images a step.
        batch: steps of this epoch that are done already.
    """

    def __init__(
        self, images: ImageFeed, labels: np.ndarray, order: np.ndarray, batch_size: int, batch: int = 0
    ) -> None:
        self._images, self._labels, self._order, self._batch_size = images, labels, order, batch_size
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
        """Whether the epoch has no images left."""
        return self._start >= len(self._order)

    def take(self, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """The images of at most so many steps: uint8 (n, height, width, channels), int64 (n,)."""
        part = self._order[self._start : self._start + steps * self._batch_size]
        if self._ahead is not None:  # it may be shorter than what is wanted by now, and is taken as it is
            size, reading = self._ahead
            part = part[:size]
            images = reading.result()[: len(part)]
        else:
            images = self._images.at(part)
        self._start += len(part)
        self._read_ahead(steps)
        return images, self._labels[part]

    def _read_ahead(self, steps: int) -> None:
        """Begins to read what will likely be wanted next."""
        part = self._order[self._start : self._start + steps * self._batch_size]
        self._ahead = (len(part), self._reader.submit(self._images.at, part)) if len(part) else None
