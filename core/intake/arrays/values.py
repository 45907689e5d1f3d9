"""What the numbers of an image mean: how they become 0..255, and along which axes its rows and colours lie."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.intake.arrays import MAX_SIDE, Array, refused
from core.words import side_by_side

NEAR = 1e-3
"""How far numbers that were computed may lie beyond 0, 1 or -1."""
CHANNELS = (1, 3, 4)


@dataclass(frozen=True)
class Scale:
    """How numbers become 0..255: times `factor`, plus `offset`, rounded.

    Args:
        words: how they were read, in a sentence; empty where they are taken as they are.
    """

    factor: float = 1.0
    offset: float = 0.0
    words: str = ""

    def pixels(self, piece: np.ndarray) -> np.ndarray:
        """uint8 of the same shape."""
        if piece.dtype == np.uint8 and (self.factor, self.offset) == (1.0, 0.0):
            return piece
        values = piece.astype(np.float64) * self.factor + self.offset
        return np.rint(values).clip(0, 255).astype(np.uint8)


def scale_of(arrays: Iterable[Array]) -> Scale:
    """How all images of a file are read, judged by their smallest and largest number; reads all of them once.

    Raises:
        UserError: a number is none, or they reach over no range that images have.
    """
    low, high, has_points, name = math.inf, -math.inf, False, "it"
    for array in arrays:
        name = array.name
        for piece in array.pieces():
            if piece.dtype.kind not in "uifb":
                raise refused(f"{name} holds words where images should be", "ARRAYS_VALUES")
            lowest, highest = (float(bound(piece)) for bound in (np.min, np.max))
            if not math.isfinite(lowest) or not math.isfinite(highest):
                raise refused(f"{name} holds NaN or infinite numbers", "ARRAYS_VALUES", "Save images without them.")
            low, high = min(low, lowest), max(high, highest)
            has_points = has_points or piece.dtype.kind == "f"
    return _judged(low, high, has_points, name)


def _judged(low: float, high: float, has_points: bool, name: str) -> Scale:
    told = f"Numbers from {low:.4g} to {high:.4g}"
    if has_points and low >= -NEAR and high <= 1 + NEAR:
        return Scale(255.0, 0.0, f"{told} were read as 0 to 1: each was multiplied by 255.")
    if low >= 0 and high == 1:
        return Scale(255.0, 0.0, "Numbers 0 and 1 were read as black and white.")
    if has_points and low >= -NEAR and high <= 255 + NEAR:
        return Scale(1.0, 0.0, f"{told} were read as 0 to 255, and rounded.")
    if low >= 0 and high <= 255:
        return Scale()
    if has_points and low >= -1 - NEAR and high <= 1 + NEAR:
        return Scale(127.5, 127.5, f"{told} were read as -1 to 1: -1 is black, 1 is white.")
    if not has_points and low >= 0 and high <= 65535:
        return Scale(1 / 257, 0.0, f"{told} were read as 16 bits, 0 to 65 535, of which the upper 8 were kept.")
    raise refused(
        f"the numbers of {name} reach from {low:.4g} to {high:.4g}",
        "ARRAYS_VALUES",
        "Save images as whole numbers 0 to 255, or as numbers 0 to 1.",
    )


@dataclass(frozen=True)
class Layout:
    """How the numbers of one image lie.

    Args:
        shape: height, width and channels.
        is_first: whether the channels come before the rows.
        words: how they were read, in a sentence; empty for the usual way.
    """

    shape: tuple[int, int, int]
    is_first: bool = False
    words: str = ""

    def images(self, piece: np.ndarray) -> np.ndarray:
        """(N, H, W, C) of some images."""
        height, width, channels = self.shape
        if self.is_first:
            return piece.reshape(-1, channels, height, width).transpose(0, 2, 3, 1)
        return piece.reshape(-1, height, width, channels)


def layout_of(name: str, shape: tuple[int, ...]) -> Layout:
    """How each image of an array lies.

    Args:
        name: of the array.
        shape: of one image.

    Raises:
        UserError: that can't be an image.
    """
    found = None
    if len(shape) == 1:
        side = math.isqrt(shape[0])
        if side * side == shape[0]:
            told = f"Rows of {shape[0]} numbers were read as images of {side}x{side}, line by line."
            found = Layout((side, side, 1), words=told)
    elif len(shape) == 2:
        found = Layout((*shape, 1))
    elif len(shape) == 3 and shape[2] in CHANNELS:
        found = Layout(shape)
    elif len(shape) == 3 and shape[0] in CHANNELS:
        told = f"{side_by_side(shape)} was read as channels, height, width, as PyTorch has them."
        found = Layout((shape[1], shape[2], shape[0]), is_first=True, words=told)
    if found is None or not all(1 <= side <= MAX_SIDE for side in found.shape[:2]):
        raise refused(
            f"{name} has {side_by_side(shape) or 'no'} numbers for each image, which is no size of an image",
            "ARRAYS_SHAPE",
            f"Store height, width and 1, 3 or 4 channels, sides up to {MAX_SIDE} px.",
        )
    return found
