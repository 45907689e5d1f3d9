"""Whether an answer hangs on the pixels that a map marks: they are deleted, or inserted, the strongest first.

The measures are those of RISE (Petsiuk, Das, Saenko 2018).
"""

import numpy as np

from core.lens.attribution.occlusion import cover_of

STEPS = 28
"""Parts in which the pixels of an image are deleted or inserted."""
BLUR = 1 / 8
"""Spread of the blur that insertion begins with, as a part of the longer side: nothing is recognised any more."""
CUT = 3
"""The blur's kernel ends at so many spreads."""


def ranking(map_: np.ndarray, height: int, width: int) -> np.ndarray:
    """The pixels of an image in the order in which a map names them, the strongest first: int (height * width,).

    Args:
        map_: float32 (h, w), stretched to the image; what speaks against comes last.
        height, width: of the image, in px.
    """
    values = stretched(map_, height, width).ravel()
    by_chance = np.random.default_rng(0).permutation(len(values))  # of equal values none comes first by its place
    return by_chance[np.argsort(-values[by_chance], kind="stable")]


def stretched(map_: np.ndarray, height: int, width: int) -> np.ndarray:
    """A map at an image's size: each pixel has the value that lies over it."""
    down = (np.arange(height) + 0.5) * map_.shape[0] / height
    across = (np.arange(width) + 0.5) * map_.shape[1] / width
    return map_[down.astype(int)][:, across.astype(int)]


def deleted(image: np.ndarray, order: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """An image that loses its pixels in an order: float32 (steps + 1, height, width, channels).

    Args:
        image: uint8 (height, width, channels).
        order: of its pixels, as `ranking` gives it.
        steps: parts of equal size.
    """
    return _replaced(image.astype(np.float32), np.broadcast_to(cover_of(image), image.shape), order, steps)


def inserted(image: np.ndarray, order: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """The blurred image, into which its pixels come back in an order; as `deleted`."""
    return _replaced(blurred(image), image, order, steps)


def _replaced(begin: np.ndarray, end: np.ndarray, order: np.ndarray, steps: int) -> np.ndarray:
    images = np.repeat(begin[None], steps + 1, axis=0)
    flat, source = images.reshape(steps + 1, len(order), -1), np.asarray(end, np.float32).reshape(len(order), -1)
    for step in range(1, steps + 1):
        gone = order[: round(step * len(order) / steps)]
        flat[step, gone] = source[gone]
    return images


def blurred(image: np.ndarray) -> np.ndarray:
    """An image in which nothing is recognised: float32 of its shape, smoothed by a Gaussian."""
    values = image.astype(np.float32)
    spread = max(1.0, BLUR * max(image.shape[:2]))
    reach = round(CUT * spread)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2).astype(np.float32)
    kernel /= kernel.sum()
    for axis in (0, 1):
        padding = [(reach, reach) if one == axis else (0, 0) for one in range(3)]
        padded = np.pad(values, padding, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(kernel), axis)
        values = windows @ kernel
    return values


def area(curve: np.ndarray) -> float:
    """The area under a curve over equal steps: the sum less half the ends, over the steps; 0..1 for probabilities.

    Args:
        curve: float32 (steps + 1,).
    """
    return float((curve.sum() - (curve[0] + curve[-1]) / 2) / (len(curve) - 1))
