"""What a link says of the picture that a lab works on: which sample it is, or, of a small one, its pixels."""

import base64
import zlib
from dataclasses import dataclass

import numpy as np

from core.errors import UserError
from core.experiment.reading import unpacked
from core.intake.pixels import LONGEST
from core.labs.images import PHOTO_SIDES, PHOTOS, SHAPES, SIZES

DATASETS = ("Digits", "Fashion")
PIXELS = "pixels"
MOST = 4000
"""Characters that a picture may take in an address; a drawing takes a few hundred."""
MOST_BYTES = 60_000
"""Of pixels: no more are packed, or unpacked, at all."""


@dataclass(frozen=True)
class Sample:
    """One of the app's own pictures.

    Args:
        source: "Photos", "Shapes", or a dataset's name.
        name: of the photo or shape; empty for a dataset.
        number: longer side in px; of a dataset, the image's place, from 0.
    """

    source: str
    name: str
    number: int

    def to_link(self) -> str:
        """As it stands in an address: `Photos.Temple.256`, `Digits..12`."""
        return f"{self.source}.{self.name}.{self.number}"

    @property
    def is_ours(self) -> bool:
        """Whether there may be such a picture."""
        known = {"Photos": (PHOTOS, PHOTO_SIDES), "Shapes": (SHAPES, SIZES)}
        if self.source in known:
            names, sides = known[self.source]
            return self.name in names and self.number in sides
        return self.source in DATASETS and not self.name and self.number < 100_000


def pixels_link(pixels: np.ndarray) -> str:
    """A picture of somebody's own as an address holds it; empty where it is too large for one.

    Args:
        pixels: uint8 (H, W, 1) or (H, W, 3), 0..255.
    """
    if pixels.nbytes > MOST_BYTES:
        return ""
    sides = np.array(pixels.shape, ">u2").tobytes()
    text = base64.urlsafe_b64encode(zlib.compress(sides + np.ascontiguousarray(pixels).tobytes(), 9)).decode()
    return f"{PIXELS}.{text.rstrip('=')}" if len(text) <= MOST else ""


def read_picture(link: str) -> Sample | np.ndarray:
    """Reads what `Sample.to_link` or `pixels_link` wrote.

    Args:
        link: that part of an address.

    Returns:
        the sample, or uint8 (H, W, 1) or (H, W, 3), 0..255.

    Raises:
        UserError: it names no picture, or is not whole.
    """
    source, _, rest = link.partition(".")
    if source == PIXELS:
        return _unpacked(unpacked(rest))
    name, _, number = rest.partition(".")
    if number.isascii() and number.isdigit() and len(number) < 7:
        sample = Sample(source, name, int(number))
        if sample.is_ours:
            return sample
    raise _unknown()


def _unpacked(data: bytes) -> np.ndarray:
    """The pixels, once their number is what their sides say."""
    sides = np.frombuffer(data[:6], ">u2").tolist() if len(data) > 6 else []
    if len(sides) != 3 or sides[2] not in (1, 3) or not 0 < max(sides[:2]) <= LONGEST:
        raise _unknown()
    if len(data) - 6 != sides[0] * sides[1] * sides[2]:
        raise _unknown()
    return np.frombuffer(data[6:], np.uint8).reshape(sides)


def _unknown() -> UserError:
    return UserError(
        "This link names a picture that is not here.",
        "The lab begins with its own; choose another above it.",
        "LAB_PICTURE",
    )
