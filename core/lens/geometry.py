"""Which values of a layer's input feed which of its outputs: what a pointer on a feature map lights up."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import Any

from core.experiment.network import Row
from core.layers import Reach, Reads, Shape


@dataclass(frozen=True)
class Connection:
    """How a layer reads its input.

    Args:
        reads: from which maps: all of them, the one of its own channel, the same value only, the whole own map
            (global pooling), the maps laid out in one row or in another shape, with rows, columns and maps exchanged,
            or everything (dense).
        size: rows and columns of the window.
        down, across: which rows and which columns of the input an output reads.
        multiplier: maps that it makes of each input map, for those that read their own.
        does: "convolve", "max", "mean" ..., or "" when values pass as they are.
        dims: which of rows (1), columns (2) and maps (3) of the input become its rows, its columns and its maps.
    """

    reads: Reads
    size: tuple[int, int] = (1, 1)
    down: Reach = Reach()
    across: Reach = Reach()
    multiplier: int = 1
    does: str = ""
    dims: tuple[int, ...] = (1, 2, 3)

    def to_json(self) -> dict[str, Any]:
        """For the browser."""
        return asdict(self)


EVERYTHING = Connection("everything")
"""What can be said of any layer."""


def links(rows: Sequence[Row]) -> list[Connection]:
    """The link of every layer of a network that holds together; a layer whose own word does not fit its shapes is
    taken to read everything."""
    return [_link(row) for row in rows]


def _link(row: Row) -> Connection:
    flat = len(row.input_shape) == 1
    link = _link_of_values(row) if flat else _link_of_maps(row)
    return link if flat or _holds(row, link) else EVERYTHING


def _link_of_values(row: Row) -> Connection:
    """Of a layer whose input is flat."""
    one_by_one = row.layer.reads not in ("all maps", "everything") and row.output_shape == row.input_shape
    if one_by_one:
        return Connection("own value", does=row.layer.does)
    is_moved = row.layer.reads == "reshaped" and prod(row.output_shape) == prod(row.input_shape)
    return Connection("reshaped", does=row.layer.does) if is_moved else EVERYTHING


def _link_of_maps(row: Row) -> Connection:
    """Of a layer whose input are maps, as it says itself."""
    layer, window = row.layer, row.layer.window(row.input_shape)
    reads: Reads = layer.reads
    if window.whole and reads in ("all maps", "own map"):
        reads = "everything" if reads == "all maps" else "whole map"
    if reads == "everything":
        return EVERYTHING
    if reads in ("whole map", "flattened", "reshaped", "own value"):
        return Connection(reads, does=layer.does)
    if reads == "permuted":
        return Connection(reads, does=layer.does, dims=getattr(layer, "dims", (1, 2, 3)))
    multiplier = row.output_shape[-1] // row.input_shape[-1] if reads == "own map" else 1
    return Connection(reads, window.size, *layer.reach(row.input_shape), multiplier, layer.does)


def _holds(row: Row, link: Connection) -> bool:
    """Whether a link of maps leads from every output to a place inside the input or its border."""
    given, made = row.input_shape, row.output_shape
    if link.reads == "everything":
        return True
    if link.reads == "flattened":
        return made == (prod(given),)
    if link.reads == "reshaped":
        return prod(made) == prod(given)
    if link.reads == "permuted":
        return len(given) == 3 and made == tuple(given[axis - 1] for axis in link.dims)
    if link.reads == "whole map":
        return made[-1] == given[-1]
    if len(given) != 3 or len(made) != 3:
        return False
    if link.reads == "own value":
        is_join = len(row.input_shapes) > 1
        return all(_is_in_place(shape, made) and (is_join or shape[2] == made[2]) for shape in row.input_shapes)
    sides = zip(made, given, (link.down, link.across), strict=False)
    fits = all(_starts(reach, length - 1) < inside + reach.behind for length, inside, reach in sides)
    return fits and (link.reads == "all maps" or made[2] == given[2] * link.multiplier)


def _starts(reach: Reach, place: int) -> int:
    """The first value that an output reads, border included."""
    return (place * reach.stride + reach.first) // reach.per


def _is_in_place(given: Shape, made: Shape) -> bool:
    """Whether values keep their place; a join stretches sides of 1 and may stack maps."""
    return len(given) == 3 and all(inside in (length, 1) for length, inside in zip(made[:2], given[:2], strict=True))
