"""Features of what was shown: each image is embedded once by the frozen base, and remembered by its content."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.intake.pixels import fit_to
from core.showing.shown import digest_of
from core.showing.store import Showing

MOST_BYTES = 64 << 20
"""Of features that are remembered: twelve thousand images of 1 280 each."""
BATCH = 100
"""Images that are sent to the base at once: 8 MB of 160 x 160 px."""


@dataclass(frozen=True)
class Embedder:
    """The frozen network whose last maps, averaged, are the features.

    Args:
        key: tells it from others, their sizes and their weights.
        size: px: height and width of the images that it reads.
        embed: uint8 (N, size, size, 3), 0..255 -> float32 (N, D).
    """

    key: str
    size: int
    embed: Callable[[np.ndarray], np.ndarray]

    def of_pictures(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """Features of pictures of any size, uint8 (H, W, 3): float32 (N, D)."""
        images = np.stack([fit_to(one, self.size, self.size, 3) for one in pictures])
        return np.concatenate([self.embed(images[at : at + BATCH]) for at in range(0, len(images), BATCH)])


class Features:
    """Those of a server, for all tabs."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], np.ndarray] = OrderedDict()
        self._bytes, self._turn = 0, threading.Lock()

    def of(self, embedder: Embedder, showing: Showing, images: Sequence[str]) -> np.ndarray:
        """Features of images of a showing: float32 (N, D); only those that are not known are computed.

        Args:
            embedder: by which.
            showing: that the images lie in.
            images: names of files.

        Raises:
            UserError: one is gone, or the base does not answer.
        """
        keys = [(embedder.key, digest_of(image)) for image in images]
        with self._turn:
            found = {key: self._known[key] for key in keys if key in self._known}
        missing = {key: image for key, image in zip(keys, images, strict=True) if key not in found}
        if missing:
            answers = embedder.of_pictures([showing.pixels(image) for image in missing.values()])
            found |= zip(missing, answers, strict=True)
        with self._turn:
            for key in keys:
                self._keep(key, found[key])
        return np.stack([found[key] for key in keys])

    def _keep(self, key: tuple[str, str], features: np.ndarray) -> None:
        if key not in self._known:
            self._known[key] = features
            self._bytes += features.nbytes
        self._known.move_to_end(key)
        while self._bytes > MOST_BYTES:
            self._bytes -= self._known.popitem(last=False)[1].nbytes
