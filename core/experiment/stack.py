"""Editing a network: every gesture takes its nodes and returns new ones; a node is named by its id."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from core.errors import UserError
from core.experiment import MAX_LAYERS, MAX_ROWS, unfolded_size
from core.experiment.network import Trace, trace
from core.experiment.node import IMAGE, Node, fresh_id, inputs_of, rewired
from core.layers import Impossible, Layer, Shape
from core.spec import kinds
from core.words import number

Nodes = tuple[Node, ...]


def place_of(nodes: Sequence[Node], id: object) -> int:
    """Where a node stands, 0 for the first.

    Raises:
        UserError: it is gone.
    """
    place = next((place for place, node in enumerate(nodes) if node.id == id), None)
    if place is None:
        raise _gone()
    return place


def fitting_in(nodes: Sequence[Node]) -> Nodes:
    """The nodes, once they are known to be no more than a network may have.

    Raises:
        UserError: they are.
    """
    if len(nodes) > MAX_LAYERS:
        raise UserError(f"A network may have {MAX_LAYERS} layers at most.", "Remove one first.", "TOO_MANY_LAYERS")
    if (size := unfolded_size(nodes)) > MAX_ROWS:
        raise UserError(
            f"With its blocks unfolded this network would have {number(size)} layers; {number(MAX_ROWS)} is the limit.",
            "Repeat a block less often, or remove one.",
            "TOO_MANY_LAYERS",
        )
    return tuple(nodes)


def moved(nodes: Sequence[Node], id: object, to: object) -> Nodes:
    """A node taken out and put in at place `to`; the others keep their order, and all keep what they name as inputs.

    Raises:
        UserError: there is no such node or place.
    """
    if not isinstance(to, int) or isinstance(to, bool) or not 0 <= to < len(nodes):
        raise _gone()
    return _shifted(nodes, place_of(nodes, id), to)


def inserted(nodes: Sequence[Node], at: int, layer: Layer) -> Nodes:
    """One more layer at place `at`, 0 for the first: it reads the node before it, and the next one reads it instead.

    Args:
        nodes: of the network.
        at: places beyond the end mean the end.
        layer: what comes in.

    Raises:
        UserError: the network is as large as it may be.
    """
    at = min(max(at, 0), len(nodes))
    new = Node(id=fresh_id(layer.kind, nodes), layer=layer)
    before = nodes[at - 1].id if at else IMAGE
    return fitting_in((*nodes[:at], new, *rewired(nodes[at : at + 1], {before: (new.id,)}), *nodes[at + 1 :]))


def removed(nodes: Sequence[Node], id: object) -> Nodes:
    """The network without a node; who named it as input reads what it read, of a join the first input.

    Raises:
        UserError: there is no such node.
    """
    at = place_of(nodes, id)
    left = [*nodes[:at], *nodes[at + 1 :]]
    if nodes[at].inputs and at < len(left) and not left[at].inputs:
        left[at] = left[at].edited(inputs=nodes[at].inputs[:1])
    return rewired(left, {nodes[at].id: inputs_of(nodes)[at][:1]})


def duplicated(nodes: Sequence[Node], id: object) -> Nodes:
    """The network with a node's layer once more behind it; the copy of a join reads the join and what else that reads.

    Raises:
        UserError: there is no such node, or the network is as large as it may be.
    """
    at = place_of(nodes, id)
    more = inserted(nodes, at + 1, nodes[at].layer)
    copy = more[at + 1].edited(inputs=(nodes[at].id, *nodes[at].inputs[1:]) if len(nodes[at].inputs) > 1 else ())
    return (*more[: at + 1], copy, *more[at + 2 :])


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
        raise _gone()
    try:
        return replaced(nodes, id, layer.edited(**{field: value}))
    except ValidationError as error:
        raise _gone() from error


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
        doing: as the browser sent it: `action` is "select", "move", "duplicate", "delete" or "fix"; `at` the node; for
            "move" also `to`, a place; for "fix" `field` and `value`.

    Returns:
        the new nodes, and the node that is selected now.

    Raises:
        UserError: what was sent does not fit the network (it may have changed meanwhile).
    """
    action, at = doing.get("action"), doing.get("at")
    if action == "select":
        return tuple(nodes), nodes[place_of(nodes, at)].id
    if action == "move":
        return moved(nodes, at, doing.get("to")), at
    if action == "duplicate":
        more = duplicated(nodes, at)
        return more, more[place_of(nodes, at) + 1].id
    if action == "delete":
        left = removed(nodes, at)
        return left, left[min(place_of(nodes, at), len(left) - 1)].id if left else None
    if action == "fix":
        return mended(nodes, at, doing.get("field"), doing.get("value")), selected if at is None else at
    raise _gone()


def _gone() -> UserError:
    return UserError(
        "That layer has changed meanwhile.", "Look at the list again and repeat what you did.", "LAYER_CHANGED"
    )
