"""Which values of a layer's input feed which of its outputs: what a pointer on a feature map lights up."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.experiment.network import Row, padding_before
from core.experiment.node import IMAGE
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
    before = (padding_before(row, row.input_shape, 0), padding_before(row, row.input_shape, 1))
    multiplier = getattr(layer, "depth_multiplier", 1) if layer.reads == "own map" else 1
    return Connection(layer.reads, window.size, window.stride, window.dilation, before, multiplier, layer.does)


def field_of(rows: Sequence[Row], y: int, x: int) -> tuple[int, int, int, int]:
    """The part of the picture that one value of the last layer sees, as long as all layers give maps.

    Args:
        rows: in topological order, from the first layer to the one of the value; of branches the union counts.
        y, x: place of the value in its map.

    Returns:
        (top, bottom, left, right) in px, ends excluded. Padding is no part of the picture.
    """
    wanted: dict[str, Part] = {rows[-1].id: ((y, y), (x, x))}
    for row, link in reversed(list(zip(rows, links(rows), strict=True))):
        if row.id not in wanted:
            continue  # on another branch
        places = wanted.pop(row.id)
        for one, shape in zip(row.inputs, row.input_shapes, strict=True):
            part = tuple(_read(*places[axis], link, link.before[axis], shape[axis]) for axis in (0, 1))
            wanted[one] = _joined(wanted[one], part) if one in wanted else part
    (top, bottom), (left, right) = wanted[IMAGE]
    return top, bottom + 1, left, right + 1


Part = tuple[tuple[int, int], tuple[int, int]]
"""First and last row, first and last column; ends included."""


def _joined(one: Part, other: Part) -> Part:
    """The smallest part that holds both."""
    return tuple((min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(one, other, strict=True))


def _read(first: int, last: int, link: Connection, before: int, length: int) -> tuple[int, int]:
    """The outermost places of an input side that the outputs `first` to `last` read; padding does not count."""
    starts = range(first * link.stride - before, last * link.stride - before + 1, link.stride)
    taps = range(0, link.size * link.dilation, link.dilation)
    inside = [start + tap for start in starts for tap in taps if 0 <= start + tap < length]
    return min(inside), max(inside)
