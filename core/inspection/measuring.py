"""What is measured of each image of a dataset, once, and kept on disk by content beside other features.

It knows nothing of labels, splits and corrections: whoever mends a dataset and inspects it again finds it there.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import workspace
from core.datasets import Dataset, images_at, views
from core.errors import UserError
from core.holdings import FEATURES, size_words
from core.inspection.embedding import DEPTH, Embedding
from core.intake.pixels import fit_to

VERSION = 1
"""Raised when the same images give other numbers."""
SMALL = 16
"""px: side of the small versions by which images are compared."""
BATCH = 64
NUMBERS = ("brightness", "contrast", "darkest", "lightest", "sharpness", "red", "green", "blue", "border_red",
           "border_green", "border_blue", "border_contrast")  # fmt: skip
"""Of each image. Values 0..255: mean and standard deviation of the luma, the least and the largest of the small
version's; mean of the channels, of all pixels and of the border. Sharpness: variance of the Laplacian of the luma
against that of the luma, 0..72."""
_LUMA = np.float32([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class Measured:
    """Memory maps: one entry for each image of the prepared view.

    Args:
        digests: uint8 (N, 16), equal for images that are equal pixel by pixel.
        small: uint8 (N, side, side, channels), side SMALL px at most.
        numbers: float32 (N, len(NUMBERS)).
        features: float16 (N, DEPTH), what the small base sees in the image, averaged over places.
    """

    digests: np.ndarray
    small: np.ndarray
    numbers: np.ndarray
    features: np.ndarray

    def number(self, name: str) -> np.ndarray:
        """One of NUMBERS of each image: float32 (N,)."""
        return np.asarray(self.numbers[:, NUMBERS.index(name)])


def measured(dataset: Dataset, images: np.ndarray, tell: Callable[[float], None]) -> Measured:
    """What is known of the images of a dataset, from the disk, or by one pass over all of them.

    Args:
        dataset: whose images.
        images: uint8 (N, H, W, C), its prepared view.
        tell: called with the part that is done, 0..1.

    Raises:
        UserError: there is no room for it, or the disk is to blame.
    """
    target = workspace.current().folder(FEATURES.folder) / _key(dataset)
    for _ in range(2):
        if not (target / views.FACTS).exists():
            _make(dataset, images, target, tell)
        views.used(target)
        found = _opened(target, images)
        if found is not None:
            return found
        with contextlib.suppress(OSError):
            workspace.discard(target)  # damaged
    raise UserError("What was measured could not be read back.", "Inspect the dataset again.", "DISK_ERROR")


def _key(dataset: Dataset) -> str:
    told = f"inspection {VERSION} {Embedding.KEY} {dataset.key()}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _shapes(images: np.ndarray) -> dict[str, tuple[tuple[int, ...], type]]:
    """The arrays by name: shape and dtype."""
    count, height, width, channels = images.shape
    side = min(SMALL, height, width)
    return {
        "digests": ((count, 16), np.uint8),
        "small": ((count, side, side, channels), np.uint8),
        "numbers": ((count, len(NUMBERS)), np.float32),
        "features": ((count, DEPTH), np.float16),
    }


def _opened(target: Path, images: np.ndarray) -> Measured | None:
    """What lies in a folder; None where it is damaged."""
    found = {}
    for name, (shape, dtype) in _shapes(images).items():
        try:
            array = np.load(target / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError):
            return None
        if array.shape != shape or array.dtype != dtype:
            return None
        found[name] = array
    return Measured(**found)


def _make(dataset: Dataset, images: np.ndarray, target: Path, tell: Callable[[float], None]) -> None:
    """Measures all images into a folder that nobody sees before it is whole."""
    _make_room(images)
    with workspace.staging(target.parent) as staging:
        arrays = {name: workspace.new_array(staging / f"{name}.npy", *one) for name, one in _shapes(images).items()}
        start = 0
        for batch, features in _batches(images):
            stop = start + len(batch)
            small = _small(batch, arrays["small"].shape[1])
            arrays["small"][start:stop] = small
            arrays["digests"][start:stop] = [_digest(image) for image in batch]
            arrays["numbers"][start:stop] = numbers_of(batch, small)
            arrays["features"][start:stop] = features
            start = stop
            tell(start / len(images))
        del arrays  # Windows renames no folder with open files
        told = dataset.as_brought().model_dump()
        workspace.write_json(staging / views.FACTS, {"schema": VERSION, "images": len(images), "dataset": told})
        try:
            workspace.commit(staging, target)
        except OSError:
            if not (target / views.FACTS).exists():  # else another process measured the same meanwhile
                raise


def _make_room(images: np.ndarray) -> None:
    size = sum(int(np.prod(shape)) * np.dtype(dtype).itemsize for shape, dtype in _shapes(images).values())
    if size > FEATURES.setting.value():
        allowed = size_words(FEATURES.setting.value())
        what = f"What is measured of these images takes {size_words(size)}, and all features may take {allowed}."
        raise UserError(what, f"Set {FEATURES.setting.variable} higher.", "DISK_FULL")
    views.make_room(lambda: (), FEATURES, size)


def _batches(images: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Images, BATCH at a time, and their features: uint8 (n, H, W, C) and float32 (n, DEPTH)."""
    embedding, waiting = Embedding(max(images.shape[1:3])), []
    for position, image in enumerate(images_at(images, range(len(images)))):
        waiting.append(image)
        if len(waiting) == BATCH or position == len(images) - 1:
            batch = np.stack(waiting)
            yield batch, embedding.of(batch)
            waiting = []


def _digest(image: np.ndarray) -> np.ndarray:
    return np.frombuffer(hashlib.sha256(image.tobytes()).digest()[:16], np.uint8)


def _small(batch: np.ndarray, side: int) -> np.ndarray:
    return np.stack([fit_to(image, side, side, image.shape[2]) for image in batch])


def luma(images: np.ndarray) -> np.ndarray:
    """Luma of images uint8 (..., C): float32 (...), 0..255.

    Source: ITU-R BT.601.
    """
    return images[..., 0].astype(np.float32) if images.shape[-1] == 1 else images.astype(np.float32) @ _LUMA


def numbers_of(batch: np.ndarray, small: np.ndarray) -> np.ndarray:
    """NUMBERS of some images: float32 (n, len(NUMBERS)).

    Args:
        batch: uint8 (n, H, W, C), 0..255.
        small: their small versions.
    """
    grey, least = luma(batch), luma(small)
    colours = batch.mean((1, 2), np.float64)
    border = _border(batch)
    edge = border.mean(1, np.float64)
    deviation = grey.std((1, 2))
    columns = [grey.mean((1, 2)), deviation, least.min((1, 2)), least.max((1, 2)), _sharpness(grey, deviation)]
    columns += [colours[:, channel % colours.shape[1]] for channel in range(3)]
    columns += [edge[:, channel % edge.shape[1]] for channel in range(3)]
    return np.stack([*columns, luma(border).std(1)], 1).astype(np.float32)


def _border(batch: np.ndarray) -> np.ndarray:
    """The outermost pixels: uint8 (n, pixels, C), a sixteenth of the side wide, 1 px at least."""
    wide = max(1, min(batch.shape[1:3]) // 16)
    parts = (batch[:, :wide], batch[:, -wide:], batch[:, wide:-wide, :wide], batch[:, wide:-wide, -wide:])
    return np.concatenate([part.reshape(len(batch), -1, batch.shape[3]) for part in parts], 1)


def _sharpness(grey: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """Variance of the Laplacian against the variance of the values: float32 (n,); 0 without any contrast."""
    if min(grey.shape[1:]) < 3:
        return np.zeros(len(grey), np.float32)
    centre = grey[:, 1:-1, 1:-1]
    around = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:]
    return (around - 4 * centre).var((1, 2)) / np.maximum(deviation**2, 1e-6)
