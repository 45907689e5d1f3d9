"""Editing a stack of layers: every gesture takes a stack and returns a new one."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from core.errors import UserError
from core.experiment import MAX_LAYERS
from core.experiment.network import Trace, trace
from core.layers import Impossible, Layer, Shape
from core.spec import kinds

Stack = tuple[Layer, ...]


def moved(stack: Sequence[Layer], start: int, to: int) -> Stack:
    """The layer at `start` taken out and put in at `to`; the others keep their order.

    Raises:
        UserError: there is no such place.
    """
    layers = list(stack)
    layer = layers.pop(_place(stack, start))
    layers.insert(_place(stack, to), layer)
    return tuple(layers)


def inserted(stack: Sequence[Layer], at: int, layer: Layer) -> Stack:
    """The stack with one more layer at place `at`, 0 for the first; places beyond the end mean the end.

    Raises:
        UserError: the stack is as high as it may be.
    """
    if len(stack) >= MAX_LAYERS:
        raise UserError(f"A network may have {MAX_LAYERS} layers at most.", "Remove one first.", "TOO_MANY_LAYERS")
    at = min(max(at, 0), len(stack))
    return (*stack[:at], layer, *stack[at:])


def removed(stack: Sequence[Layer], at: int) -> Stack:
    """The stack without the layer at `at`.

    Raises:
        UserError: there is no such place.
    """
    at = _place(stack, at)
    return (*stack[:at], *stack[at + 1 :])


def duplicated(stack: Sequence[Layer], at: int) -> Stack:
    """The stack with the layer at `at` twice.

    Raises:
        UserError: there is no such place, or the stack is as high as it may be.
    """
    return inserted(stack, at + 1, stack[_place(stack, at)])


def replaced(stack: Sequence[Layer], at: int, layer: Layer) -> Stack:
    """The stack with another layer at `at`.

    Raises:
        UserError: there is no such place.
    """
    at = _place(stack, at)
    return (*stack[:at], layer, *stack[at + 1 :])


def mended(stack: Sequence[Layer], at: int | None, field: str, value: Any) -> Stack:
    """The stack after one of the fixes that a problem offers.

    Args:
        at: which layer; None for the head.
        field: a field of that layer, or "append" to add a layer at the end.
        value: its new value, or the kind to add.

    Raises:
        UserError: there is no such place, field, value or kind.
    """
    if field == "append":
        return inserted(stack, len(stack), new_layer(value))
    layer = stack[_place(stack, at)]
    if field not in type(layer).model_fields:
        raise _gone()
    try:
        return replaced(stack, at, layer.edited(**{field: value}))
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
        (start, to) for `moved`: those after which the whole network fits, each with another outcome; when there is
        none, the move of the layer itself; nothing when its input is not flat.
    """
    *rows, head = traced.rows
    if rows[at].input_shape is None or len(rows[at].input_shape) == 3:
        return []
    layers = tuple(row.layer for row in rows)
    flat = next(row.index for row in rows if len(row.output_shape) == 1)
    last = max(place for place, layer in enumerate(layers) if _needs_maps(layer))
    outcomes = {moved(layers, start, to): (start, to) for start, to in ((flat, last), (at, flat))}
    good = [move for outcome, move in outcomes.items() if not trace(traced.input_shape, outcome, head.layer).broken]
    return good or [(at, flat)]


def _needs_maps(layer: Layer) -> bool:
    """Whether a flat list of values is no input for it."""
    try:
        layer.output_shape((1,))
    except Impossible:
        return True
    return False


def gesture(stack: Sequence[Layer], selected: int | None, doing: dict[str, Any]) -> tuple[Stack, int | None]:
    """What a gesture in the layer list makes of the stack and of the selection.

    Args:
        stack: the layers.
        selected: place of the selected layer, or None.
        doing: as the browser sent it: `action` is "select", "move", "duplicate", "delete" or "fix"; `at` the place; for
            "move" also `to`; for "fix" `field` and `value`.

    Returns:
        the new stack, and the place of the layer that is selected now.

    Raises:
        UserError: what was sent does not fit the stack (it may have changed meanwhile).
    """
    action, at = doing.get("action"), doing.get("at")
    if action == "select":
        return tuple(stack), _place(stack, at)
    if action == "move":
        return moved(stack, at, doing.get("to")), doing["to"]
    if action == "duplicate":
        return duplicated(stack, at), at + 1
    if action == "delete":
        left = removed(stack, at)
        return left, min(at, len(left) - 1) if left else None
    if action == "fix":
        return mended(stack, at, doing.get("field"), doing.get("value")), selected if at is None else at
    raise _gone()


def _place(stack: Sequence[Layer], at: object) -> int:
    """`at`, once it is known to be a place of the stack."""
    if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at < len(stack):
        raise _gone()
    return at


def _gone() -> UserError:
    return UserError(
        "That layer has changed meanwhile.", "Look at the list again and repeat what you did.", "LAYER_CHANGED"
    )
