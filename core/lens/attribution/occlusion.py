"""What an answer loses when a part of the image is covered."""

from typing import ClassVar

import numpy as np

from core.lens.attribution import Method
from core.lens.network import Network
from core.lens.targets import Target
from core.spec import option


class Occlusion(Method):
    """How much the answer loses when a square around here is covered."""

    called: ClassVar[str] = "Occlusion"
    rank: ClassVar[int] = 70
    limits: ClassVar[str] = (
        "It is about this size of square and this colour of cover: the square may look like something of its own, and "
        "what is seen in two places is not missed when one is covered."
    )
    measure: ClassVar[str] = "what the answer loses"
    paper: ClassVar[str] = "Zeiler, Fergus 2013"
    is_signed: ClassVar[bool] = True

    places: int = option(15, "Squares along a side; they overlap.", low=1, high=64)
    size: float = option(0.15, "Side of a square, as a part of the image's.", low=0.01, high=1.0)

    @property
    def passes(self) -> int:
        return self.places**2

    def attribute(self, network: Network, images: np.ndarray, target: Target) -> np.ndarray:
        return np.stack([self._of(network, image, target) for image in images])

    def _of(self, network: Network, image: np.ndarray, target: Target) -> np.ndarray:
        """One image's map: what is lost, averaged over the squares that cover a pixel; float32 (height, width)."""
        squares = self.squares(*image.shape[:2])
        covered = np.repeat(image[None], len(squares), axis=0)
        for one, (down, across) in zip(covered, squares, strict=True):
            one[down, across] = cover_of(image)
        whole, *left = network.scores(np.concatenate([image[None], covered]), target)
        lost, counts = np.zeros((2, *image.shape[:2]), np.float32)
        for (down, across), score in zip(squares, left, strict=True):
            lost[down, across] += whole - score
            counts[down, across] += 1
        return lost / np.maximum(1, counts)

    def squares(self, height: int, width: int) -> list[tuple[slice, slice]]:
        """Rows and columns of each square, from the top left to the bottom right; together they cover the image."""
        return [(down, across) for down in self._along(height) for across in self._along(width)]

    def _along(self, side: int) -> list[slice]:
        """Where the squares lie along a side of so many px: as many as there are, without two in one place."""
        length = min(side, max(2, round(self.size * side), -(-side // self.places)))
        begins = np.unique(np.rint(np.linspace(0, side - length, self.places)).astype(int))
        return [slice(int(begin), int(begin) + length) for begin in begins]


def cover_of(image: np.ndarray) -> np.ndarray:
    """What a part of an image is covered with: the middle tone of its edge, which is the ground where there is one.

    Args:
        image: uint8 (height, width, channels).

    Returns:
        uint8 (channels,).
    """
    edge = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return np.median(edge, axis=0).astype(np.uint8)
