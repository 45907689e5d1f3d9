"""Where the layers of a network stand in a drawing: a column by the longest way to them, and a lane beside others."""

from collections import defaultdict
from dataclasses import dataclass, field

from core.experiment.network import Row, Trace
from core.experiment.node import IMAGE


@dataclass
class Layout:
    """Places of the image and of all rows that can be.

    Args:
        column: by id: layers on the longest way from the image; 0 for the image itself.
        lane: by id: 0 for the first way, more for those beside it.
        wires: (from, to, lane): the lane is the one in which a wire passes the columns between.
    """

    column: dict[str, int] = field(default_factory=dict)
    lane: dict[str, int] = field(default_factory=dict)
    wires: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def columns(self) -> int:
        """How many there are."""
        return max(self.column.values()) + 1

    @property
    def lanes(self) -> int:
        """How many there are, those that wires alone take included."""
        return max([*self.lane.values(), *(lane for *_, lane in self.wires)]) + 1


def laid_out(traced: Trace) -> Layout:
    """Each layer in the first lane that is free there, best in that of what it reads.

    Args:
        traced: of a network; what stands behind a layer that can't be is left out.
    """
    rows = drawn(traced)
    found, taken = Layout({IMAGE: 0}, {IMAGE: 0}), defaultdict(set)
    taken[0].add(0)
    for row in rows:
        found.column[row.id] = 1 + max(found.column[one] for one in row.inputs)
    for row in rows:
        column = found.column[row.id]
        wanted = min(found.lane[one] for one in row.inputs)
        found.lane[row.id] = _first_free(taken, [column], wanted)
        taken[column].add(found.lane[row.id])
    for row in rows:
        for one in dict.fromkeys(row.inputs):
            between = range(found.column[one] + 1, found.column[row.id])
            lane = _first_free(taken, between, min(found.lane[one], found.lane[row.id]))
            for column in between:
                taken[column].add(lane)
            found.wires.append((one, row.id, lane))
    return found


def _first_free(taken: dict[int, set[int]], columns: "range | list[int]", wanted: int) -> int:
    """The first lane from the one that is wanted that nothing else has in these columns."""
    lane = wanted
    while any(lane in taken[column] for column in columns):
        lane += 1
    return lane


def drawn(traced: Trace) -> list[Row]:
    """Rows that can be, and all of whose inputs can."""
    known, found = {IMAGE}, []
    for row in traced.rows:
        if row.output_shape is not None and set(row.inputs) <= known:
            known.add(row.id)
            found.append(row)
    return found
