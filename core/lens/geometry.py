"""Which values of a layer's input feed which of its outputs: what a pointer on a feature map lights up."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.experiment.network import Row
from core.layers import Reads


@dataclass(frozen=True)
class Connection:
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


def links(rows: Sequence[Row]) -> list[Connection]:
    """The link of every layer of a network that holds together."""
    return [_link(row) for row in rows]


def _link(row: Row) -> Connection:
    layer, window = row.layer, row.layer.window(row.input_shape)
    if layer.reads == "flattened" and len(row.input_shape) == 1:
        return Connection("own value")
    if layer.reads not in ("all maps", "own map"):
        return Connection(layer.reads, before=(layer.margin(), layer.margin()), does=layer.does)
    before = (_before(row, 0), _before(row, 1)) if layer.padding == "same" else (0, 0)
    multiplier = getattr(layer, "depth_multiplier", 1) if layer.reads == "own map" else 1
    return Connection(layer.reads, window.size, window.stride, window.dilation, before, multiplier, layer.does)


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
    (top, bottom), (left, right) = (y, y), (x, x)  # ends included, while walking back
    for row, link in reversed(list(zip(rows, links(rows), strict=True))):
        top, bottom = _read(top, bottom, link, link.before[0], row.input_shape[0])
        left, right = _read(left, right, link, link.before[1], row.input_shape[1])
    return top, bottom + 1, left, right + 1


def _read(first: int, last: int, link: Connection, before: int, length: int) -> tuple[int, int]:
    """The outermost places of an input side that the outputs `first` to `last` read; padding does not count."""
    starts = range(first * link.stride - before, last * link.stride - before + 1, link.stride)
    taps = range(0, link.size * link.dilation, link.dilation)
    inside = [start + tap for start in starts for tap in taps if 0 <= start + tap < length]
    return min(inside), max(inside)
