"""Pooling in NumPy: what a window leaves of the numbers under it."""

from typing import Literal

import numpy as np

from core.errors import UserError
from core.labs.sliding import slide

Kind = Literal["max", "average"]


def pool_2d(
    image: np.ndarray, size: int, stride: int | None = None, padding: str | int = "valid", kind: Kind = "max"
) -> np.ndarray:
    """Leaves one number of each window, in every channel on its own: `(28, 28, 1) -> (14, 14, 1)` for a window of 2.

    Args:
        image: (H, W, C), any range.
        size: side of the window, 1 px or more.
        stride: from one window to the next, 1 px or more; None: the size of the window, so that none overlap.
        padding: "valid" (no window reaches over the border), "same" (ceil(H / stride) windows), or cells at every
            side, fewer than the window has. Cells outside never win, and do not count in an average.
        kind: "max" or "average".

    Returns:
        float64 (H', W', C).

    Raises:
        UserError: the window does not fit into the picture.

    Source: Keras' MaxPooling2D and AveragePooling2D.
    """
    stride = size if stride is None else stride
    down, across = (slide(side, size, stride, padding=padding) for side in image.shape[:2])
    if not (down.out and across.out):
        raise UserError(
            f"A window of {size} px does not fit into a picture of {image.shape[0]} x {image.shape[1]} px.",
            "Take a smaller window, or padding 'same'.",
            "POOL_WINDOW",
        )
    border = ((down.before, down.after), (across.before, across.after), (0, 0))
    padded = np.pad(image.astype(np.float64), border, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(0, 1))[::stride, ::stride]
    return (np.nanmax if kind == "max" else np.nanmean)(windows, axis=(-2, -1))  # (H', W', C)


def global_average(image: np.ndarray) -> np.ndarray:
    """One number for each channel, its mean: `(7, 7, 64) -> (64,)`.

    Args:
        image: (H, W, C), any range.
    """
    return image.astype(np.float64).mean(axis=(0, 1))


def global_max(image: np.ndarray) -> np.ndarray:
    """One number for each channel, its largest: `(7, 7, 64) -> (64,)`.

    Args:
        image: (H, W, C), any range.
    """
    return image.astype(np.float64).max(axis=(0, 1))


def repeated(pooled: np.ndarray, height: int, width: int, size: int, stride: int, padding: str | int) -> np.ndarray:
    """A picture again from what pooling left: each number repeated over the step that its window took.

    Args:
        pooled: (H', W', C), as `pool_2d` gave it.
        height, width: of the picture before.
        size, stride, padding: as they were then.

    Returns:
        (H, W, C).
    """
    sides = zip((height, width), pooled.shape[:2], strict=True)
    rows, columns = (
        np.minimum((np.arange(side) + slide(side, size, stride, padding=padding).before) // stride, stops - 1)
        for side, stops in sides
    )
    return pooled[np.ix_(rows, columns)]
