"""Which values of a layer's input feed which of its outputs: what a pointer on a feature map lights up."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import Any

from core.experiment.network import Row
from core.experiment.node import IMAGE
from core.layers import Reach, Reads, Shape


@dataclass(frozen=True)
class Connection:
    """How a layer reads its input.

    Args:
        reads: from which maps: all of them, the one of its own channel, the same value only, the whole own map
            (global pooling), the maps laid out in one row, or everything (dense).
        size: rows and columns of the window.
        down, across: which rows and which columns of the input an output reads.
        multiplier: maps that it makes of each input map, for those that read their own.
        does: "convolve", "max", "mean", or "" when values pass one by one.
    """

    reads: Reads
    size: tuple[int, int] = (1, 1)
    down: Reach = Reach()
    across: Reach = Reach()
    multiplier: int = 1
    does: str = ""

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
    return Connection("own value", does=row.layer.does) if one_by_one else EVERYTHING


def _link_of_maps(row: Row) -> Connection:
    """Of a layer whose input are maps, as it says itself."""
    layer, window = row.layer, row.layer.window(row.input_shape)
    reads: Reads = layer.reads
    if window.whole and reads in ("all maps", "own map"):
        reads = "everything" if reads == "all maps" else "whole map"
    if reads == "everything":
        return EVERYTHING
    if reads in ("whole map", "flattened"):
        return Connection(reads, does=layer.does)
    if reads == "own value":
        return Connection(reads, does=layer.does)
    multiplier = row.output_shape[-1] // row.input_shape[-1] if reads == "own map" else 1
    return Connection(reads, window.size, *layer.reach(row.input_shape), multiplier, layer.does)


def _holds(row: Row, link: Connection) -> bool:
    """Whether a link of maps leads from every output to a place inside the input or its border."""
    given, made = row.input_shape, row.output_shape
    if link.reads == "everything":
        return True
    if link.reads == "flattened":
        return made == (prod(given),)
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


Part = tuple[range, range]
"""Rows and columns."""


def field_of(rows: Sequence[Row], y: int, x: int) -> tuple[int, int, int, int] | None:
    """The part of the picture that one value of the last layer sees.

    Args:
        rows: in topological order, from the first layer to the one of the value; of branches the union counts.
        y, x: place of the value in its map; in a flat layer, and behind one, a value counts as seeing all before it.

    Returns:
        (top, bottom, left, right) in px, ends excluded; None where it sees padding only, which is no part of the
        picture.
    """
    wanted: dict[str, Part] = {rows[-1].id: (range(y, y + 1), range(x, x + 1))}
    for row, link in reversed(list(zip(rows, links(rows), strict=True))):
        if row.id not in wanted:
            continue  # on another branch, or padding only
        places = wanted.pop(row.id)
        for one, shape in zip(row.inputs, row.input_shapes, strict=True):
            down, across = (_read(places[i], link, i, _sides(shape)[i]) for i in (0, 1))
            if down and across:
                wanted[one] = _joined(wanted[one], (down, across)) if one in wanted else (down, across)
    if IMAGE not in wanted:
        return None
    down, across = wanted[IMAGE]
    return down.start, down.stop, across.start, across.stop


def _joined(one: Part, other: Part) -> Part:
    """The smallest part that holds both."""
    down, across = (range(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))
    return down, across


def _sides(shape: Shape) -> tuple[int, int]:
    """Height and width of a layer's maps; flat values have one place."""
    return (shape[0], shape[1]) if len(shape) == 3 else (1, 1)


def _read(places: range, link: Connection, side: int, length: int) -> range:
    """The stretch of an input side (0 rows, 1 columns) that these outputs read; padding does not count."""
    if link.reads in ("everything", "whole map", "flattened") or (link.reads == "own value" and length == 1):
        return range(length)
    reach = (link.down, link.across)[side]
    inside = [edge for place in places if (read := reach.at(place, length)) for edge in (read[0], read[-1])]
    return range(min(inside), max(inside) + 1) if inside else range(0)
