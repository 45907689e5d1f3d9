"""The wires of a network: who reads what, spelled out while it is edited, and left unsaid where it goes without."""

from collections.abc import Sequence

from core.errors import UserError
from core.experiment import MAX_LAYERS, MAX_ROWS, unfolded_size
from core.experiment.node import IMAGE, Node, inputs_of
from core.words import counted, number

Nodes = tuple[Node, ...]


def place_of(nodes: Sequence[Node], id: object) -> int:
    """Where a node stands, 0 for the first.

    Raises:
        UserError: it is gone.
    """
    place = next((place for place, node in enumerate(nodes) if node.id == id), None)
    if place is None:
        raise gone()
    return place


def gone() -> UserError:
    """What is said of an edit that does not fit the network."""
    return UserError(
        "That layer has changed meanwhile.", "Look at the list again and repeat what you did.", "LAYER_CHANGED"
    )


def spelled_out(nodes: Sequence[Node]) -> Nodes:
    """The nodes, each naming all that it reads: they may change places now, and keep their wires."""
    return tuple(
        node if node.inputs else node.model_copy(update={"inputs": inputs})
        for node, inputs in zip(nodes, inputs_of(nodes), strict=True)
    )


def in_short(nodes: Sequence[Node]) -> Nodes:
    """The nodes without the inputs that go without saying: the one node before."""
    before = [IMAGE, *(node.id for node in nodes)]
    return tuple(
        node.model_copy(update={"inputs": ()}) if node.inputs == (last,) else node
        for node, last in zip(nodes, before, strict=False)
    )


def taken_out(nodes: Nodes, id: str) -> Nodes:
    """The nodes without one of them: its path closes behind it, so who read it reads what it read.

    Args:
        nodes: spelled out.
        id: of the node; of a join the first input is read in its place.
    """
    node = nodes[place_of(nodes, id)]
    return instead(tuple(one for one in nodes if one.id != id), id, node.inputs[0])


def put_in(nodes: Nodes, at: int, node: Node) -> Nodes:
    """The nodes with one more on the path of the node above its place.

    The next node reads it in the place of that one; where the next is on another path, all that read that one do.

    Args:
        nodes: spelled out.
        at: its place, 0 for the first.
        node: reads the one above besides what it names after its first input.
    """
    above = nodes[at - 1].id if at else IMAGE
    node = node.model_copy(update={"inputs": tuple(dict.fromkeys((above, *node.inputs[1:])))})
    before, after = nodes[:at], nodes[at:]
    if after and above in after[0].inputs:
        return (*before, node, *instead(after[:1], above, node.id), *after[1:])
    return (*before, node, *instead(after, above, node.id))


def put_before(nodes: Nodes, at: int, node: Node) -> Nodes:
    """The nodes with one more in front of the node at a place, on its path; of a join, on the path right above it.

    Args:
        nodes: spelled out.
        at: its place, 0 for the first; a node stands there.
        node: reads the one above besides what it names after its first input.
    """
    below, known = nodes[at], [IMAGE, *(one.id for one in nodes[:at])]
    source = max(below.inputs, key=lambda one: known.index(one) if one in known else -1)
    node = node.model_copy(update={"inputs": tuple(dict.fromkeys((source, *node.inputs[1:])))})
    return (*nodes[:at], node, *instead((below,), source, node.id), *nodes[at + 1 :])


def joins_undone(before: Nodes, after: Nodes) -> list[Node]:
    """Nodes of several inputs that have one left."""
    several = {node.id for node in before if len(node.inputs) > 1}
    return [node for node in after if len(node.inputs) == 1 and node.id in several]


def fitting_in(nodes: Sequence[Node]) -> Nodes:
    """The nodes, once they are known to be no more than a network may have.

    Raises:
        UserError: they are.
    """
    if len(nodes) > MAX_LAYERS:
        raise UserError(f"A network may have {MAX_LAYERS} layers at most.", "Remove one first.", "TOO_MANY_LAYERS")
    if (size := unfolded_size(nodes)) > MAX_ROWS:
        raise UserError(
            f"With its blocks unfolded this network would have {counted(size, 'layer')}; "
            f"{number(MAX_ROWS)} is the limit.",
            "Repeat a block less often, or remove one.",
            "TOO_MANY_LAYERS",
        )
    return tuple(nodes)


def instead(nodes: Nodes, old: str, new: str) -> Nodes:
    """The nodes reading another one in the place of one, none twice."""
    return tuple(
        node.model_copy(update={"inputs": tuple(dict.fromkeys(new if one == old else one for one in node.inputs))})
        if old in node.inputs
        else node
        for node in nodes
    )


def readers(nodes: Nodes, id: str) -> list[Node]:
    """Who reads a node; the last node is read by the head as well.

    Args:
        nodes: spelled out.
        id: of the node.
    """
    return [node for node in nodes if id in node.inputs]


def above(nodes: Nodes, id: str) -> set[str]:
    """All that a node depends on, itself and the image included.

    Args:
        nodes: spelled out.
        id: of the node.
    """
    found = {id}
    for node in reversed(nodes[: place_of(nodes, id) + 1]):
        if node.id in found:
            found.update(node.inputs)
    return found
