"""Editing a network: every gesture takes its nodes and returns new ones; a node is named by its id."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from core.errors import UserError
from core.experiment import fragments, grouping
from core.experiment.network import Trace, trace
from core.experiment.node import IMAGE, Node, fresh_id
from core.experiment.wiring import (
    Nodes,
    fitting_in,
    gone,
    in_short,
    instead,
    joins_undone,
    place_of,
    put_before,
    put_in,
    spelled_out,
    taken_out,
)
from core.layers import Impossible, Layer, Shape
from core.layers.blocks import Block
from core.spec import kinds


def moved(nodes: Sequence[Node], id: object, to: object) -> Nodes:
    """A node taken to another place: its path closes behind it, and it goes into the path of the row it has passed.

    Moved down it stands behind that row, moved up in front of it; so nothing ever reads what stands below it. A join
    keeps what it joins: the layers that it passes change sides.

    Args:
        nodes: of the network.
        id: of the node.
        to: its new place, 0 for the first.

    Raises:
        UserError: there is no such node or place, or a join can't be there.
    """
    if not isinstance(to, int) or isinstance(to, bool) or not 0 <= to < len(nodes):
        raise gone()
    at, all_nodes = place_of(nodes, id), spelled_out(nodes)
    if len(all_nodes[at].inputs) > 1:
        step = 1 if to > at else -1
        for place in range(at, to, step):
            all_nodes = _join_past(all_nodes, place, step)
        return in_short(all_nodes)
    if to == at:
        return tuple(nodes)
    left = _closed(all_nodes, all_nodes[at].id)
    return in_short(put_in(left, to, all_nodes[at]) if to > at else put_before(left, to, all_nodes[at]))


def moved_together(nodes: Sequence[Node], ids: Sequence[object], to: object) -> Nodes:
    """Several nodes taken to another place, where they stand one behind another in their order.

    Nodes that read one thing and of which the last alone is read, such as a path or a residual unit, keep their wires
    and move as one; of others each moves by itself.

    Args:
        nodes: of the network.
        ids: of the nodes.
        to: new place of the first of them, 0 for the first of the network.

    Raises:
        UserError: there is no such node or place, or one of them can't be there.
    """
    places = sorted({place_of(nodes, id) for id in ids})
    if not isinstance(to, int) or isinstance(to, bool) or not 0 <= to <= len(nodes) - len(places):
        raise gone()
    if len(places) == 1:
        return moved(nodes, nodes[places[0]].id, to)
    known = spelled_out(nodes)
    members = [known[place] for place in places]
    if unit := grouping.entry_of(known, members):
        return _unit_moved(known, members, unit, to)
    goals = {node.id: to + shift for shift, node in enumerate(members)}
    down = [node.id for node, place in zip(members, places, strict=True) if goals[node.id] > place]
    up = [node.id for node in members if node.id not in down]
    for id in [*reversed(down), *up]:
        known = moved(known, id, goals[id])
    return tuple(known)


def _unit_moved(known: Nodes, members: Sequence[Node], entry: str, to: int) -> Nodes:
    """Nodes that read one thing and of which the last alone is read, moved as if they were one node."""
    last = members[-1]
    inside = {node.id for node in members}
    stand_in = last.model_copy(update={"inputs": (entry,)})
    order = tuple(stand_in if node is last else node for node in known if node is last or node.id not in inside)
    order = spelled_out(moved(order, last.id, to))
    place = place_of(order, last.id)
    read = order[place].inputs[0]
    put = instead(tuple(members), entry, read)
    return in_short((*order[:place], *put, *order[place + 1 :]))


def _join_past(nodes: Nodes, at: int, step: int) -> Nodes:
    """A join one place further down or up: a layer on its way changes sides, one of another path stays as it is."""
    join, other = nodes[at], nodes[at + step]
    first, second = (join, other) if step > 0 else (other, join)
    if first.id not in second.inputs:
        order = [*nodes]
        order[at], order[at + step] = other, join
        return tuple(order)
    if len(other.inputs) > 1:
        where = "below" if step > 0 else "above"
        reads = f"{second.kind} reads {first.kind}"
        raise UserError(
            f"{join.kind} can't go {where} {other.kind}: {reads}.",
            "Choose another place, or change what they read.",
            "MOVE_WOULD_LOOP",
        )
    left = _closed(nodes, other.id)
    place = place_of(left, join.id)
    return put_before(left, place, other) if step > 0 else put_in(left, place + 1, other)


def _closed(nodes: Nodes, id: str) -> Nodes:
    """The nodes without one that is on its way to another place.

    Raises:
        UserError: it is all that a join has besides what it reads itself.
    """
    left = taken_out(nodes, id)
    if join := next((one for one in joins_undone(nodes, left)), None):
        kind = nodes[place_of(nodes, id)].kind
        raise UserError(
            f"Without {kind} both inputs of {join.kind} would be the same.",
            f"Put another layer on that path first, or delete {join.kind}.",
            "MOVE_LEAVES_NO_JOIN",
        )
    return left


def inserted(nodes: Sequence[Node], at: int, layer: Layer) -> Nodes:
    """One more layer at place `at`, 0 for the first: it goes on with the path of the row above.

    Args:
        nodes: of the network.
        at: places beyond the end mean the end.
        layer: what comes in.

    Raises:
        UserError: the network is as large as it may be.
    """
    new = Node(id=fresh_id(layer.kind, nodes), layer=layer, inputs=(IMAGE,))
    return fitting_in(in_short(put_in(spelled_out(nodes), min(max(at, 0), len(nodes)), new)))


def removed(nodes: Sequence[Node], *ids: object) -> Nodes:
    """The network without some nodes; who read one reads what that one read, of a join the first input.

    A join whose inputs become one and the same has nothing left to join, and goes too.

    Raises:
        UserError: there is no such node.
    """
    left = spelled_out(nodes)
    for id in ids:
        before, left = left, taken_out(left, nodes[place_of(nodes, id)].id)
        # A join that goes may leave the next one nothing to join.
        while join := next((one for one in joins_undone(before, left) if one.id not in ids), None):
            left = taken_out(left, join.id)
    return in_short(left)


def duplicated(nodes: Sequence[Node], ids: Sequence[object]) -> tuple[Nodes, list[str]]:
    """The network with some nodes once more behind the last of them, and the names of the copies.

    Raises:
        UserError: there is no such node, or the network is as large as it may be.
    """
    copy = fragments.copied(nodes, ids)
    return fragments.pasted(nodes, copy[-1].id, copy)


def replaced(nodes: Sequence[Node], id: object, layer: Layer) -> Nodes:
    """Another layer in a node; inputs that it does not take are let go.

    Raises:
        UserError: there is no such node, or the network is larger than it may be.
    """
    at = place_of(nodes, id)
    node = nodes[at].edited(layer=layer, inputs=nodes[at].inputs[: layer.takes[1]])
    return fitting_in((*nodes[:at], node, *nodes[at + 1 :]))


def mended(nodes: Sequence[Node], id: object, field: object, value: Any) -> Nodes:
    """The network after one of the fixes that a problem offers.

    Args:
        nodes: of the network.
        id: which node; None for the head.
        field: a field of its layer, or "append" to add a layer at the end.
        value: its new value, or the kind to add.

    Raises:
        UserError: there is no such node, field, value or kind.
    """
    if field == "append":
        return inserted(nodes, len(nodes), new_layer(value))
    layer = nodes[place_of(nodes, id)].layer
    if not isinstance(field, str) or field not in type(layer).model_fields:
        raise gone()
    try:
        return replaced(nodes, id, layer.edited(**{field: value}))
    except ValidationError as error:
        raise gone() from error


def new_layer(kind: object) -> Layer:
    """A layer of a kind with its defaults.

    Raises:
        UserError: there is no such kind.
    """
    if not isinstance(kind, str) or kind not in kinds(Layer):
        raise UserError(
            f"There is no layer {str(kind)[:40]!r}.", f"Choose one of: {', '.join(kinds(Layer))}.", "LAYER_NOT_FOUND"
        )
    return kinds(Layer)[kind]()


def fitting(kind: str, shape: Shape) -> Layer:
    """A new layer that can take a shape: with its defaults, or with those of its own settings that mend it.

    Args:
        kind: name of the kind.
        shape: of what it will be given.

    Raises:
        Impossible: no setting of its own would make it fit.
        UserError: there is no such kind.
    """
    layer = new_layer(kind)
    if isinstance(layer, Block):
        layer = layer.suited(shape)
    try:
        layer.output_shape(shape)
    except Impossible as impossible:
        if not impossible.fixes:
            raise
        layer = layer.edited(**impossible.fixes)
        layer.output_shape(shape)
    return layer


def before_flat(traced: Trace, at: int) -> list[tuple[int, int]]:
    """Moves that bring a layer that needs maps, and the layer that laid them flat before it, into order.

    Args:
        traced: of the network.
        at: place of the layer that needs maps.

    Returns:
        (start, to), places for a move: those after which the whole network fits, each with another outcome; when there
        is none, the move of the layer itself; nothing when its input is not flat, or the network has branches.
    """
    traced = traced.folded()
    *rows, head = traced.rows
    if not traced.is_chain or rows[at].input_shape is None or len(rows[at].input_shape) == 3:
        return []
    layers = tuple(row.layer for row in rows)
    flat = next(row.index for row in rows if len(row.output_shape) == 1)
    last = max(place for place, layer in enumerate(layers) if _needs_maps(layer))
    outcomes = {_shifted(layers, start, to): (start, to) for start, to in ((flat, last), (at, flat))}
    good = [move for outcome, move in outcomes.items() if not trace(traced.input_shape, outcome, head.layer).broken]
    return good or [(at, flat)]


def _shifted(items: Sequence[Any], start: int, to: int) -> tuple[Any, ...]:
    """The item at `start` taken out and put in at `to`."""
    left = [*items[:start], *items[start + 1 :]]
    return (*left[:to], items[start], *left[to:])


def _needs_maps(layer: Layer) -> bool:
    """Whether a flat list of values is no input for it."""
    try:
        layer.output_shape((1,))
    except Impossible:
        return True
    return False


def gesture(nodes: Sequence[Node], selected: str | None, doing: dict[str, Any]) -> tuple[Nodes, str | None]:
    """What a gesture in the layer list makes of the network and of the selection.

    Args:
        nodes: of the network.
        selected: the selected node, or None.
        doing: as the browser sent it: `action` is "select", "move", "duplicate", "delete", "group" or "fix"; `at` the
            node; for all but "select" and "fix" `ids` where there are several; for "move" `to`, a place; for "fix"
            `field` and `value`.

    Returns:
        the new nodes, and the node that is selected now.

    Raises:
        UserError: what was sent does not fit the network (it may have changed meanwhile).
    """
    action, at = doing.get("action"), doing.get("at")
    ids = doing.get("ids") or [at]
    if action == "select":
        return tuple(nodes), nodes[place_of(nodes, at)].id
    if action == "move":
        return moved_together(nodes, ids, doing.get("to")), at
    if action == "duplicate":
        more, copies = duplicated(nodes, ids)
        return more, copies[0]
    if action == "delete":
        left = removed(nodes, *ids)
        first = min(place_of(nodes, id) for id in ids)
        return left, left[min(first, len(left) - 1)].id if left else None
    if action == "group":
        return grouping.grouped(nodes, ids)
    if action == "fix":
        return mended(nodes, at, doing.get("field"), doing.get("value")), selected if at is None else at
    raise gone()
