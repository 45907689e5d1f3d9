"""Pictures for the labs: shapes drawn here, two photos of scikit-learn's, and files that people bring."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.datasets import is_prepared
from core.datasets.downloads import keras_folder
from core.datasets.keras_datasets import FashionMNIST
from core.errors import UserError
from core.intake.decoding import decode_apart
from core.intake.images import decode_image, shown
from core.intake.pixels import LONGEST, fit_to

FASHION_BYTES = {
    "train-images-idx3-ubyte.gz": 26_421_880,
    "train-labels-idx1-ubyte.gz": 29_515,
    "t10k-images-idx3-ubyte.gz": 4_422_102,
    "t10k-labels-idx1-ubyte.gz": 5_148,
}
"""Files of these sizes are whole: Keras will not ask for them again."""
HEADER = 64
"""Bytes by which they differ between mirrors, as gzip may keep a file's name."""


@dataclass(frozen=True)
class LabImage:
    """A picture that a lab works on.

    Args:
        name: what to call it.
        pixels: uint8 (H, W, 1) or (H, W, 3), 0..255.
        words: what is worth knowing about it: its size, and whether it was scaled down.
        link: by which an address names it; empty unless it is one of the app's own.
    """

    name: str
    pixels: np.ndarray
    words: str
    link: str = ""

    def grey(self) -> "LabImage":
        """The same picture without its colours (ITU-R 601 luma)."""
        height, width, channels = self.pixels.shape
        if channels == 1:
            return self
        grey = fit_to(self.pixels, height, width, 1)
        return LabImage(self.name, grey, f"{self.words}, colours left out", self.link)


def picture(name: str, pixels: np.ndarray, more: str = "") -> LabImage:
    """A picture with the usual words about its size.

    Args:
        name: what to call it.
        pixels: uint8 (H, W, 1) or (H, W, 3), 0..255.
        more: anything else worth saying.
    """
    height, width, channels = pixels.shape
    size = f"{width}×{height} px, {'grey' if channels == 1 else 'colour'}"
    return LabImage(name, pixels, f"{size}, {more}" if more else size)


def from_file(data: bytes, name: str, longest: int = LONGEST) -> LabImage:
    """A file that somebody brings; grey ones become one channel, large ones are scaled down.

    Args:
        data: the whole file.
        name: of the file.
        longest: px that the longer side has at most.

    Raises:
        UserError: not a picture, damaged, or over a limit.
    """
    read = decode_apart(data, name, min(LONGEST, longest))
    pixels = read.pixels
    if (pixels[..., :1] == pixels).all():
        pixels = np.ascontiguousarray(pixels[..., :1])
    scaled = f"scaled down from {read.width}×{read.height}" if max(read.width, read.height) > longest else ""
    first = "first frame of an animation" if read.is_animated else ""
    return picture(shown(name), pixels, ", ".join(filter(None, (scaled, first))))


PHOTOS = {"Temple": "china.jpg", "Flower": "flower.jpg"}
"""What scikit-learn brings along, by the name people read."""


def photo_path(name: str) -> Path | None:
    """Where a photo lies in scikit-learn's wheel, found without importing it; None when it is not there."""
    found = importlib.util.find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0]) / "datasets" / "images" / PHOTOS[name]
    return path if path.exists() else None


def photo(name: str, longest: int = LONGEST) -> LabImage:
    """One of scikit-learn's photos.

    Args:
        name: one of `PHOTOS`.
        longest: px that the longer side has at most.

    Raises:
        UserError: this installation has none.
    """
    path = photo_path(name)
    if path is None:
        raise UserError(
            "The sample photos are not in this installation of scikit-learn.", "Use a picture of your own.", "NO_PHOTO"
        )
    return picture(name, decode_image(path.read_bytes(), name, longest))


def fashion_is_here() -> bool:
    """Whether Fashion-MNIST can be shown without a download."""
    if is_prepared(FashionMNIST()):
        return True
    files = {name: keras_folder() / "fashion-mnist" / name for name in FASHION_BYTES}
    return all(
        path.exists() and abs(path.stat().st_size - FASHION_BYTES[name]) <= HEADER for name, path in files.items()
    )


def _disc(
    y: np.ndarray, x: np.ndarray, size: int, at: tuple[float, float] = (0.5, 0.5), radius: float = 0.34
) -> np.ndarray:
    """How much of each pixel a disc covers, 0..1, with about one pixel of soft edge."""
    away = np.hypot(y + 0.5 - at[0] * size, x + 0.5 - at[1] * size)
    return np.clip(radius * size + 0.5 - away, 0, 1)


def _discs(y: np.ndarray, x: np.ndarray, size: int) -> np.ndarray:
    """Three overlapping discs of light: red, green and blue, (size, size, 3)."""
    places = ((0.37, 0.5), (0.62, 0.36), (0.62, 0.64))
    return np.stack([_disc(y, x, size, place, 0.26) for place in places], axis=-1)


def _plus(y: np.ndarray, x: np.ndarray, size: int) -> np.ndarray:
    """A plus in the middle, its bars as thick as an eighth of the picture."""
    thick, reach, middle = max(0.5, size / 16), size * 0.36, (size - size % 2) / 2 - (0.5 if size % 2 == 0 else 0)
    down, across = np.abs(y - middle), np.abs(x - middle)
    return ((np.minimum(down, across) <= thick) & (np.maximum(down, across) <= reach)).astype(float)


SHAPES: dict[str, Callable[[np.ndarray, np.ndarray, int], np.ndarray]] = {
    "Vertical edge": lambda y, x, size: x >= size // 2,
    "Horizontal edge": lambda y, x, size: y >= size // 2,
    "Square": lambda y, x, size: np.maximum(np.abs(y + 0.5 - size / 2), np.abs(x + 0.5 - size / 2)) < size / 4,
    "Disc": _disc,
    "Cross": _plus,
    "Stripes": lambda y, x, size: x // max(1, size // 8) % 2,
    "Checkerboard": lambda y, x, size: (x // max(1, size // 8) + y // max(1, size // 8)) % 2,
    "Slope": lambda y, x, size: x / (size - 1),
    "Point": lambda y, x, size: (y == size // 2) & (x == size // 2),
    "Colour discs": _discs,
}
"""Pictures drawn by us, 0..1, from rows, columns and the side."""
PHOTO_SIDES = (64, 128, 256, 512)
"""px of a photo's longer side: few pixels to see each of them, many to see the picture."""
SIZES = (8, 12, 16, 32, 64, 128, 256, 512)
"""px: sides in which they are offered."""


def shape(name: str, size: int) -> LabImage:
    """A picture whose every value is known beforehand.

    Args:
        name: one of `SHAPES`.
        size: side in px, 2 or more.
    """
    rows, columns = np.indices((size, size))
    values = np.asarray(SHAPES[name](rows, columns, size), float).reshape(size, size, -1)
    return picture(name, np.rint(values * 255).astype(np.uint8))
