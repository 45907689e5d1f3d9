"""Windows that slide over maps: their positions, their borders, and which values each of their outputs reads."""

import math
from dataclasses import dataclass
from typing import Literal

from core.options import both
from core.words import counted

Shape = tuple[int, ...]
Padding = Literal["valid", "same"]
Pair = tuple[int, int]
"""Of rows, of columns."""


class Impossible(ValueError):
    """A layer cannot take this input.

    Args:
        reason: what does not fit, with the numbers ("a 5x5 kernel does not fit a 3x3 input").
        hint: what to do about it, one sentence.
        fixes: changes to the layer's own fields that would mend it.
    """

    def __init__(self, reason: str, hint: str, **fixes: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.fixes = fixes


@dataclass(frozen=True)
class Reach:
    """Which values along one side of a layer's input feed the output at place p of that side.

    They are those from (stride * p + first) // per to (stride * p + last) // per, both included, every `gap`-th of
    them; places outside the input are border, and a last one before the first means that nothing is read.

    Args:
        stride: values of the input, times `per`, from one output's to the next one's.
        first, last: of output 0.
        per: places into which each value of the input is spread; 1 where nothing grows.
        gap: spacing of the values that are read.
        behind: places of border after the input's last value that outputs may stand on alone.
    """

    stride: int = 1
    first: int = 0
    last: int = 0
    per: int = 1
    gap: int = 1
    behind: int = 0

    def at(self, place: int, length: int) -> range:
        """Places inside an input side of `length` values that the output at `place` reads."""
        start, end = ((self.stride * place + edge) // self.per for edge in (self.first, self.last))
        return range(start if start >= 0 else start % self.gap, min(length, end + 1), self.gap)


class Window:
    """How far one step of a layer reaches on its input: sides of the kernel, step and spacing in px.

    Args:
        size, stride, dilation: one number, or (rows, columns).
        whole: whether it reads the whole map, whatever its size.
    """

    def __init__(
        self, size: int | Pair = 1, stride: int | Pair = 1, dilation: int | Pair = 1, *, whole: bool = False
    ) -> None:
        self.size, self.stride, self.dilation, self.whole = both(size), both(stride), both(dilation), whole

    @property
    def reach(self) -> Pair:
        """Sides of the dilated kernel in px: 3 with dilation 2 covers 5."""
        rows, columns = ((size - 1) * gap + 1 for size, gap in zip(self.size, self.dilation, strict=True))
        return rows, columns


def need_image(shape: Shape, name: str) -> tuple[int, int, int]:
    """(height, width, channels), or an explanation why this layer needs an image.

    Raises:
        Impossible: the input is already flat.
    """
    if len(shape) != 3:
        raise Impossible(
            f"{name} needs an image of height, width and channels, but its input is a flat list "
            f"of {counted(shape[0], 'value')}",
            "Move it before Flatten (or the global pooling), or remove it.",
        )
    return shape  # type: ignore[return-value]


def by(value: int | Pair) -> str:
    """Sides in words: 3 -> "3x3", (1, 5) -> "1x5"."""
    rows, columns = both(value)
    return f"{rows}x{columns}"


def steps(value: int | Pair) -> str:
    """Steps in words: one number where rows and columns agree, else "1x2"."""
    return by(value) if isinstance(value, tuple) else str(value)


def slide(length: int, reach: int, stride: int, padding: str) -> int:
    """Positions of a window along one side; "valid": floor((N - F) / S) + 1, "same": ceil(N / S).

    Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", relations 6 and 14.
    """
    return math.ceil(length / stride) if padding == "same" else (length - reach) // stride + 1


def border_2d(shape: Shape, window: Window, padding: str) -> Pair:
    """Rows and columns of padding before the first; of an odd number, TensorFlow puts the smaller half there.

    Args:
        shape: of the input, (height, width, channels).
        window: that slides over it.
        padding: "valid" or "same".
    """
    if padding == "valid":
        return 0, 0
    sides = zip(shape[:2], window.reach, window.stride, strict=True)
    top, left = (max(0, (math.ceil(n / stride) - 1) * stride + reach - n) // 2 for n, reach, stride in sides)
    return top, left


def slide_2d(shape: Shape, window: Window, padding: str, what: str) -> Pair:
    """Output height and width of a sliding window.

    Raises:
        Impossible: the window is larger than the unpadded input.
    """
    height, width = shape[0], shape[1]
    reach = window.reach
    if padding == "valid" and (reach[0] > height or reach[1] > width):
        dilation = steps(window.dilation[0] if len({*window.dilation}) == 1 else window.dilation)
        dilated = f" (spread to {by(reach)} by dilation {dilation})" if max(window.dilation) > 1 else ""
        raise Impossible(
            f"a {by(window.size)} {what}{dilated} does not fit the {height}x{width} input",
            "Use padding='same', or remove a pooling layer before it.",
            padding="same",
        )
    down, across = (slide(n, r, s, padding) for n, r, s in zip((height, width), reach, window.stride, strict=True))
    return down, across


def reach_2d(window: Window, border: Pair) -> tuple[Reach, Reach]:
    """Which values a sliding window reads, along rows and along columns.

    Args:
        window: that slides.
        border: rows of padding above the input and columns left of it.
    """
    sides = zip(window.stride, border, window.reach, window.dilation, strict=True)
    down, across = (Reach(stride, -before, reach - 1 - before, gap=gap) for stride, before, reach, gap in sides)
    return down, across
