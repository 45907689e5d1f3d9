"""Which values of a layer's input feed which of its outputs: what a pointer on a feature map lights up."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from core.layers.dense import Dense
from core.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, MaxPooling2D
from core.layers.reshaping import Flatten, ZeroPadding2D
from core.network import Row

Reads = Literal["all maps", "own map", "own value", "whole map", "flattened", "everything"]


@dataclass(frozen=True)
class Link:
    """How a layer reads its input.

    Args:
        reads: from which maps: all of them, the one of its own channel, the same value only, the whole own map
            (global pooling), the maps laid out in one row, or everything (dense).
        size, stride, dilation: of the window, px.
        before: rows of padding above and columns left of the input, px.
        multiplier: maps that it makes of each input map, for those that read their own.
        does: "convolve", "max", "mean", or "" when values pass one by one.
    """

    reads: Reads
    size: int = 1
    stride: int = 1
    dilation: int = 1
    before: tuple[int, int] = (0, 0)
    multiplier: int = 1
    does: str = ""

    def to_json(self) -> dict[str, Any]:
        """For the browser."""
        return asdict(self)


def links(rows: Sequence[Row]) -> list[Link]:
    """The link of every layer of a network that holds together."""
    return [_link(row) for row in rows]


def _link(row: Row) -> Link:
    layer, shape = row.layer, row.input_shape
    if isinstance(layer, Dense):
        return Link("everything")
    if isinstance(layer, Flatten):
        return Link("flattened" if len(shape) == 3 else "own value")
    if isinstance(layer, GlobalAveragePooling2D):
        return Link("whole map", does="mean")
    if isinstance(layer, ZeroPadding2D):
        return Link("own value", before=(layer.padding, layer.padding))
    if isinstance(layer, Conv2D | DepthwiseConv2D | SeparableConv2D):
        own = isinstance(layer, DepthwiseConv2D)
        return _sliding(row, "own map" if own else "all maps", layer.depth_multiplier if own else 1, "convolve")
    if isinstance(layer, MaxPooling2D | AveragePooling2D):
        return _sliding(row, "own map", 1, "max" if isinstance(layer, MaxPooling2D) else "mean")
    return Link("own value")


def _sliding(row: Row, reads: Reads, multiplier: int, does: str) -> Link:
    window = row.layer.window(row.input_shape)
    before = (_before(row, 0), _before(row, 1)) if row.layer.padding == "same" else (0, 0)
    return Link(reads, window.size, window.stride, window.dilation, before, multiplier, does)


def _before(row: Row, axis: int) -> int:
    """Padding before the first row or column; of an odd number, TensorFlow puts the smaller half there."""
    window = row.layer.window(row.input_shape)
    covered = (row.output_shape[axis] - 1) * window.stride + window.reach
    return max(0, covered - row.input_shape[axis]) // 2


def field_of(rows: Sequence[Row], y: int, x: int) -> tuple[int, int, int, int]:
    """The part of the picture that one value of the last layer sees, as long as all layers give maps.

    Args:
        rows: from the first layer to the one of the value.
        y, x: place of the value in its map.

    Returns:
        (top, bottom, left, right) in px, ends excluded. Padding is no part of the picture.
    """
    top, bottom, left, right = y, y, x, x  # ends included, while walking back
    for row, link in reversed(list(zip(rows, links(rows), strict=True))):
        reach, (height, width) = (link.size - 1) * link.dilation, row.input_shape[:2]
        top, bottom = top * link.stride - link.before[0], bottom * link.stride - link.before[0] + reach
        left, right = left * link.stride - link.before[1], right * link.stride - link.before[1] + reach
        top, bottom, left, right = max(0, top), min(height - 1, bottom), max(0, left), min(width - 1, right)
    return top, bottom + 1, left, right + 1
