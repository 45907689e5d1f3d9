"""The rails beside the list of layers, as in a commit graph: on which lane each row lies, and which wires pass it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Wire:
    """A piece of a wire beside one row.

    Args:
        source: id of the row whose output it carries.
        lane: where it meets the upper edge of the row, or, below the row's dot, the lower one; 0 for the leftmost.
    """

    source: str
    lane: int


@dataclass(frozen=True)
class Rail:
    """What is drawn beside one row.

    Args:
        lane: of the row's dot, 0 for the leftmost.
        into: wires that come from above into the dot.
        past: wires that only pass, on one lane from edge to edge.
        is_read: whether a wire leaves the dot, straight down on its lane.
    """

    lane: int
    into: tuple[Wire, ...]
    past: tuple[Wire, ...]
    is_read: bool

    @property
    def width(self) -> int:
        """Lanes that it takes."""
        return 1 + max([self.lane, *(wire.lane for wire in (*self.into, *self.past))])


def rails(ids: Sequence[str], inputs: Mapping[str, Sequence[str]]) -> list[Rail]:
    """Lays out rows from top to bottom.

    A wire keeps its lane from its source to the last row that reads it. A row takes over the leftmost lane that ends in
    it; where none ends, the leftmost free one: so a chain stays on lane 0, and a shortcut runs straight beside the rows
    that it passes.

    Args:
        ids: of the rows, each below those that it reads.
        inputs: what each of them reads; what is not above it is left out.
    """
    last = {one: place for place, id in enumerate(ids) for one in inputs.get(id, ())}
    lanes: list[str | None] = []
    found = []
    for place, id in enumerate(ids):
        into = [Wire(one, lanes.index(one)) for one in dict.fromkeys(inputs.get(id, ())) if one in lanes]
        ending = [wire.lane for wire in into if last[wire.source] == place]
        lanes = [None if lane in ending else one for lane, one in enumerate(lanes)]
        past = tuple(Wire(one, lane) for lane, one in enumerate(lanes) if one is not None)
        lane = min(ending) if ending else next((at for at, one in enumerate(lanes) if one is None), len(lanes))
        is_read = last.get(id, -1) > place
        lanes += [None] * (lane + 1 - len(lanes))
        lanes[lane] = id if is_read else None
        found.append(Rail(lane, tuple(into), past, is_read))
    return found
