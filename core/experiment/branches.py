"""Paths of a network: where a second one begins, where two meet again, and what a layer reads."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import UserError
from core.experiment.network import Row, Trace
from core.experiment.node import IMAGE, Node, fresh_id
from core.experiment.stack import new_layer
from core.experiment.wiring import Nodes, above, fitting_in, gone, in_short, instead, place_of, readers, spelled_out
from core.layers import Layer, Shape
from core.layers.convolution import MOST_FILTERS, Conv2D
from core.layers.dense import MOST_UNITS, Dense
from core.layers.joining import Concatenate
from core.spec import kinds


@dataclass(frozen=True)
class Partner:
    """With what an end of a path can be joined.

    Args:
        id: of the node.
        kind: of the join that suits both.
    """

    id: str
    kind: str


def joins() -> list[str]:
    """The kinds of layers that join paths."""
    return [name for name, kind in kinds(Layer).items() if kind.takes[1] > 1]


def branched(nodes: Sequence[Node], id: object, shape: Shape | None) -> tuple[Nodes, str]:
    """A second path from a node: a layer that reads it and keeps its shape; and the name of that layer.

    Of more values or maps than a layer may give, it gives fewer. Behind the last node the two paths meet again at once,
    as the head reads one of them only.

    Args:
        nodes: of the network.
        id: of the node from which the path goes.
        shape: of what that gives; None when it can't be.

    Raises:
        UserError: there is no such node, or the network is as large as it may be.
    """
    at = place_of(nodes, id)
    is_last = at == len(nodes) - 1
    layer = _first_of_path(shape)
    new = Node(id=fresh_id(layer.kind, nodes), layer=layer, inputs=(nodes[at].id,))
    all_nodes = spelled_out(nodes)
    more = (*all_nodes[: at + 1], new, *all_nodes[at + 1 :])
    if is_last:
        join = Concatenate()
        more = (*more, Node(id=fresh_id(join.kind, more), layer=join, inputs=(nodes[at].id, new.id)))
    return fitting_in(in_short(more)), new.id


def _first_of_path(shape: Shape | None) -> Layer:
    """A layer that gives what it is given, as far as shapes go."""
    if shape is not None and len(shape) == 1:
        return Dense(units=min(shape[0], MOST_UNITS))
    return Conv2D(padding="same", **({"filters": min(shape[-1], MOST_FILTERS)} if shape else {}))


def joined(nodes: Sequence[Node], id: object, other: object, kind: object) -> tuple[Nodes, str]:
    """Two paths brought together by a new layer behind the lower of both, or by a join of that kind that is there.

    Who read the lower one reads the join; when nobody did, whoever stands below and reads the upper one.

    Args:
        nodes: of the network.
        id: of the end of one path.
        other: of the node that it meets, or "image".
        kind: of the join.

    Returns:
        the nodes, and the name of the join.

    Raises:
        UserError: there is no such node or kind, or the network is as large as it may be.
    """
    layer, all_nodes = new_layer(kind), spelled_out(nodes)
    here, there = place_of(nodes, id), -1 if other == IMAGE else place_of(nodes, other)
    if layer.takes[1] < 2 or here == there:
        raise gone()
    meeting = all_nodes[there] if there > here else None
    if meeting and meeting.kind == kind and id not in meeting.inputs and len(meeting.inputs) < layer.takes[1]:
        more = meeting.edited(inputs=(*meeting.inputs, id))
        return in_short((*all_nodes[:there], more, *all_nodes[there + 1 :])), meeting.id
    low = max(here, there)
    upper, lower = (other, id) if low == here else (id, other)
    join = Node(id=fresh_id(layer.kind, nodes), layer=layer, inputs=(upper, lower))
    before, after = all_nodes[: low + 1], all_nodes[low + 1 :]
    is_read = readers(all_nodes, lower) or not after
    after = instead(after, lower if is_read else upper, join.id)
    return fitting_in(in_short((*before, join, *after))), join.id


def reading(nodes: Sequence[Node], id: object, inputs: Sequence[object]) -> Nodes:
    """The network in which a node reads other ones.

    Args:
        nodes: of the network.
        id: of the node.
        inputs: of nodes above it, or "image".

    Raises:
        UserError: there is no such node, or one of them does not stand above it.
    """
    at, all_nodes = place_of(nodes, id), spelled_out(nodes)
    before, node = [IMAGE, *(one.id for one in nodes[:at])], all_nodes[at]
    if not inputs or len(inputs) > max(node.layer.takes[1], len(node.inputs)):
        raise gone()
    if below := next((one for one in inputs if one not in before), None):
        kind = all_nodes[place_of(nodes, below)].kind
        raise UserError(
            f"{node.kind} can't read {kind}, which stands {'below it' if below != id else 'for itself'}.",
            "Let it read a layer above it, or move it below that one first.",
            "READS_BELOW",
        )
    return in_short((*all_nodes[:at], node.edited(inputs=tuple(inputs)), *all_nodes[at + 1 :]))


def partners(traced: Trace, id: str) -> list[Partner]:
    """What an end can be joined with, the most natural first.

    That is a join further down whose inputs have its size; then a row of another path with its shape, or at least its
    size; then a row of its own path with its shape, which makes a shortcut, what it reads the last of these; then those
    that need mending; the nearest first.

    Args:
        traced: of the network, its blocks folded.
        id: of a node in it.
    """
    rows = [row for row in traced.rows if row.index is not None]
    nodes = tuple(Node(id=row.id, layer=row.layer, inputs=row.inputs) for row in rows)
    row = next(row for row in rows if row.id == id)
    below = {id}
    for one in rows:
        if not below.isdisjoint(one.inputs):
            below.add(one.id)
    on_path = above(nodes, id) | below
    others = [one for one in rows if one.id != id and id not in one.inputs]
    ranked = sorted(others, key=lambda one: (_rank(row, one, on_path), abs(one.index - row.index)))
    return [Partner(one.id, _suits(row, one)) for one in ranked]


def _rank(row: Row, other: Row, on_path: set[str]) -> int:
    """How natural it is to join two rows, 0 for the most."""
    is_alike, has_size = row.output_shape == other.output_shape, _has_size_of(row, other)
    if other.layer.takes[1] > 1 and other.id not in on_path and other.index > row.index and has_size:
        return 0
    if other.id not in on_path:
        return 1 if is_alike else 2 if has_size else 5
    if is_alike:
        return 4 if other.id in row.inputs else 3
    return 7 if other.id in row.inputs else 6


def _suits(row: Row, other: Row) -> str:
    """The kind of join for two rows."""
    if other.layer.takes[1] > 1 and other.index > row.index:
        return other.kind
    return "Add" if row.output_shape is not None and row.output_shape == other.output_shape else "Concatenate"


def _has_size_of(row: Row, other: Row) -> bool:
    """Whether both give maps of one size, or both a list of values."""
    if row.output_shape is None or other.output_shape is None:
        return False
    return row.output_shape[:-1] == other.output_shape[:-1]
