"""Layers that are copied: with the wires among them, into the same network or another one."""

from collections.abc import Sequence

from core.experiment.node import IMAGE, Node, fresh_id
from core.experiment.wiring import Nodes, fitting_in, in_short, instead, place_of, spelled_out


def copied(nodes: Sequence[Node], ids: Sequence[object]) -> Nodes:
    """Some nodes as they can be put in elsewhere: in their order, each naming all that it reads.

    Args:
        nodes: of the network.
        ids: of those that are copied, one at least.

    Raises:
        UserError: there is no such node.
    """
    places = sorted({place_of(nodes, id) for id in ids})
    all_nodes = spelled_out(nodes)
    return tuple(all_nodes[place] for place in places)


def pasted(nodes: Sequence[Node], id: object | None, copy: Nodes) -> tuple[Nodes, list[str]]:
    """The network with copied nodes behind one of its own, and their new names.

    What the first of them read from outside is now the node that they follow. What others read from outside is read
    still where it stands above, else that node too. Who read that node reads the last of them.

    Args:
        nodes: of the network.
        id: of the node that they follow; None for the end.
        copy: as `copied` gave it.

    Raises:
        UserError: there is no such node, or they are too many.
    """
    at = len(nodes) if id is None else place_of(nodes, id) + 1
    if not copy:
        return tuple(nodes), []
    before, after = spelled_out(nodes)[:at], spelled_out(nodes)[at:]
    entry = before[-1].id if before else IMAGE
    names = _names(nodes, copy)
    read = _outside(before, copy, names, entry) | names
    new = tuple(
        node.edited(id=names[node.id], inputs=tuple(dict.fromkeys(read[one] for one in node.inputs))) for node in copy
    )
    reading = after[:1] if after and entry in after[0].inputs else after
    after = (*instead(reading, entry, new[-1].id), *after[len(reading) :])
    return fitting_in(in_short((*before, *new, *after))), [node.id for node in new]


def _names(nodes: Sequence[Node], copy: Nodes) -> dict[str, str]:
    """What each copied node is called in its new network."""
    taken, names = [*nodes], {}
    for node in copy:
        names[node.id] = fresh_id(node.kind, taken)
        taken.append(node.model_copy(update={"id": names[node.id]}))
    return names


def _outside(before: Nodes, copy: Nodes, names: dict[str, str], entry: str) -> dict[str, str]:
    """What is read in the place of each node that was not copied."""
    outside = dict.fromkeys(one for node in copy for one in node.inputs if one not in names)
    first = next(iter(outside), None)
    here = {IMAGE, *(node.id for node in before)}
    return {one: entry if one == first or one not in here else one for one in outside}
