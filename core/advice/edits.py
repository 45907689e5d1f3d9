"""Edits that advice makes of a network: they keep ids, what reads what, and everything else that a node carries."""

from collections.abc import Sequence

from core.experiment import stack, wiring
from core.experiment.network import Row
from core.experiment.node import IMAGE, Node, fresh_id, rewired
from core.layers import Layer

Nodes = tuple[Node, ...]


def with_layer_behind(nodes: Sequence[Node], id: str, layer: Layer) -> Nodes:
    """The network with one more layer behind a node; all that read the node read that layer instead.

    Raises:
        UserError: the network is as large as it may be.
    """
    at = stack.place_of(nodes, id) + 1
    more = stack.inserted(nodes, at, layer)
    return (*more[: at + 1], *rewired(more[at + 1 :], {id: (more[at].id,)}))


def with_layer_before(nodes: Sequence[Node], id: str, layer: Layer) -> Nodes:
    """The network with one more layer between a node of one input and what it reads.

    Raises:
        UserError: the network is as large as it may be.
    """
    new = Node(id=fresh_id(layer.kind, nodes), layer=layer, inputs=(IMAGE,))
    more = wiring.put_before(wiring.spelled_out(nodes), wiring.place_of(nodes, id), new)
    return wiring.fitting_in(wiring.in_short(more))


def moved_behind(nodes: Sequence[Node], id: str, other: str) -> Nodes:
    """The network with a node of one input taken out and put in behind another."""
    node, left = nodes[stack.place_of(nodes, id)], stack.removed(nodes, id)
    at = stack.place_of(left, other) + 1
    return (*left[:at], node.edited(inputs=()), *rewired(left[at:], {other: (id,)}))


def swapped(nodes: Sequence[Node], first: str, second: str) -> Nodes:
    """The network with two nodes in each other's place.

    Args:
        nodes: of the network.
        first: has one input and is read by the second alone.
        second: reads the first alone.
    """
    before, after = stack.place_of(nodes, first), stack.place_of(nodes, second)
    found = list(rewired(nodes, {second: (first,)}))
    found[before] = nodes[after].edited(inputs=nodes[before].inputs)
    found[after] = nodes[before].edited(inputs=(second,) if nodes[after].inputs else ())
    return tuple(found)


def changed(nodes: Sequence[Node], row: Row, **fields: object) -> Nodes:
    """The network with some fields of one layer changed."""
    return stack.replaced(nodes, row.id, row.layer.edited(**fields))
