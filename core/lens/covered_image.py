"""What a network says about one image of which a part is covered."""

import base64
import binascii
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from core.lens import Lens, Place, Result
from core.lens.network import Network
from core.lens.of_set import MOMENT
from core.lens.outline import Outline
from core.spec import option

Fill = Literal["grey", "mean", "black", "white"]
GREYS: dict[str, int] = {"black": 0, "grey": 128, "white": 255}
PLACES = 15
"""Patches that are tried along each side of an image, to find the one that matters most."""
LONGEST_TEXT = 100_000
"""Letters of a mask: more than the largest image that a network takes needs."""


@dataclass(frozen=True, eq=False)
class Covered(Result):
    """An image before and after a part of it was covered.

    Args:
        image: uint8 (height, width, channels), as it is.
        covered: the same with the part covered, as the network saw it.
        mask: bool (height, width), where.
        fill: float32 (channels,), with what, 0..255.
        probabilities: float32 (2, classes), before and after.
    """

    image: np.ndarray
    covered: np.ndarray
    mask: np.ndarray
    fill: np.ndarray
    probabilities: np.ndarray


class CoveredImage(Lens):
    """Paint over a part of the image, and see whether the network still knows it."""

    question: ClassVar[str] = "covered_image"
    place: ClassVar[Place] = "break"
    rank: ClassVar[int] = 2

    mask: str = option("", "Which pixels are covered: a bit each, row by row, in base64.", shown=False)
    fill: Fill = option("grey", "What covers them.", shown=False)
    patch: int = option(
        0, "Side of the square that is covered where it matters most; 0 for none.", low=0, high=4096, shown=False
    )

    @classmethod
    def title(cls) -> str:
        return "Cover it"

    def is_long(self, outline: Outline) -> bool:
        return self.patch > 0 and outline.trace.multiply_adds * PLACES**2 > MOMENT

    def look(self, network: Network, images: np.ndarray) -> Covered:
        image = images[0]
        fill = colour_of(self.fill, image)
        mask = read_mask(self.mask, *image.shape[:2])
        if self.patch:
            mask = mask | _most_important(network, image, fill, self.patch)
        covered = np.where(mask[..., None], np.rint(fill).astype(np.uint8), image)
        return Covered(image, covered, mask, fill, network.answer(np.stack([image, covered]))[1])


def colour_of(fill: str, image: np.ndarray) -> np.ndarray:
    """With what is covered: float32 (channels,), 0..255; "mean" is the mean colour of the image."""
    if fill == "mean":
        return image.mean((0, 1), dtype=np.float32)
    return np.full(image.shape[2], GREYS[fill], np.float32)


def written(mask: np.ndarray) -> str:
    """bool (height, width) as a bit each in base64; empty where nothing is covered."""
    return base64.b64encode(np.packbits(mask)).decode() if mask.any() else ""


def read_mask(text: str, height: int, width: int) -> np.ndarray:
    """What `written` wrote: bool (height, width).

    Raises:
        UserError: it is no mask of such an image.
    """
    if not text:
        return np.zeros((height, width), bool)
    try:
        bits = np.unpackbits(np.frombuffer(base64.b64decode(text[:LONGEST_TEXT], validate=True), np.uint8))
    except (binascii.Error, ValueError):
        bits = np.zeros(0, np.uint8)
    if not 0 <= len(bits) - height * width < 8:  # filled up to whole bytes
        return np.zeros((height, width), bool)
    return bits[: height * width].reshape(height, width).astype(bool)


def _most_important(network: Network, image: np.ndarray, fill: np.ndarray, side: int) -> np.ndarray:
    """The square whose covering takes most of the answer's probability away, as a mask (occlusion: Zeiler and Fergus,
    arXiv 1311.2901)."""
    height, width = image.shape[:2]
    rows, columns = _starts(height, side), _starts(width, side)
    masks = np.zeros((len(rows) * len(columns), height, width), bool)
    for place, (top, left) in enumerate((top, left) for top in rows for left in columns):
        masks[place, top : top + side, left : left + side] = True
    covered = np.where(masks[..., None], np.rint(fill).astype(np.uint8), image)
    answer = network.answer(image[None])[1][0].argmax()
    return masks[network.answer(covered)[1][:, answer].argmin()]


def _starts(length: int, side: int) -> list[int]:
    """Where squares begin along one side, evenly spread, the last at the end."""
    last = max(0, length - side)
    return sorted({round(float(place)) for place in np.linspace(0, last, min(PLACES, last + 1))})
