"""What a Keras config says, in our words: layers, changes of the images, what was left out."""

import math
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from core.augmentation import Augmentation
from core.errors import UserError
from core.intake.models import IMAGE, Found, ReadNetwork, shown
from core.intake.models.graph import Call, read_graph
from core.intake.models.precision import precision
from core.intake.models.translation import translated
from core.layers import Layer
from core.layers.rescaling import Rescaling

WHITE = 255.0
"""The largest value of a pixel; a network here is given 0..1."""


def read_network(document: Any) -> ReadNetwork:
    """Reads a config.

    Args:
        document: the JSON value of a Keras config.

    Returns:
        what was understood; layers that can't be said are passed over, and told.

    Raises:
        UserError: it is no network of one image and one answer, or what is left of it is none.
    """
    graph = read_graph(document)
    found: dict[str, Found] = {}
    policy, lacks = precision(graph.calls, graph.output)
    instead, changes, left_out = {IMAGE: IMAGE}, [], [*graph.lacks, *lacks]
    for call in graph.calls:
        inputs = tuple(instead.get(one, one) for one in call.inputs)
        told = translated(call)
        named = f"{call.kind} “{call.name}”"
        if isinstance(told.spec, Augmentation) and all(one == IMAGE for one in inputs) and not found:
            changes.append(told.spec)
        if isinstance(told.spec, Layer):
            found[call.name] = Found(call.name, told.spec, inputs, call.key)
            left_out += [f"{named}: {one} can't be taken over" for one in told.lacks]
            continue
        if isinstance(told.spec, Augmentation):
            left_out += [] if changes and changes[-1] is told.spec else [f"{named} stands behind other layers"]
            left_out += [f"{named}: {one} can't be taken over" for one in told.lacks]
        else:
            left_out.append(f"{named} can't be taken over: {', '.join(told.lacks)}")
        _pass_over(call, inputs, instead)
    output = instead.get(graph.output, graph.output)
    kept = those_read(found, output)
    if not kept:
        raise UserError(
            "Nothing of this network can be taken over.", "Build it from the layers of the catalogue.", "MODEL_EMPTY"
        )
    remarks = [f"{name} is used {times + 1} times with the same weights; here each use learns its own"
               for name, times in graph.shared.items()]  # fmt: skip
    layers, output, remark = _scaled(kept, output)
    remarks += [one for one in (remark, _compiled(document)) if one]
    told = tuple(changes), tuple(remarks), tuple(left_out)
    return ReadNetwork(graph.name, graph.shape, layers, output, *told, policy)


def _compiled(document: dict[str, Any]) -> str:
    """What is to be said where a file tells how its network was trained."""
    told = document.get("compile_config")
    if not isinstance(told, dict) or not told.get("optimizer"):
        return ""
    optimizer = told["optimizer"]
    name = optimizer.get("class_name") if isinstance(optimizer, dict) else optimizer
    return f"How it was compiled, with {shown(name)}, is left in the file: Training says how it learns here"


def _pass_over(call: Call, inputs: tuple[str, ...], instead: dict[str, str]) -> None:
    """Lets those that read a layer read what it reads.

    Raises:
        UserError: it has several inputs, or none.
    """
    if len(inputs) != 1:
        raise UserError(
            f"{call.kind} “{call.name}” can't be taken over, and without it {len(inputs)} branches do not meet.",
            "Open a network that joins its branches with Add, Multiply, Average or Concatenate.",
            "MODEL_LAYER_NOT_ALLOWED",
        )
    instead[call.name] = inputs[0]


def those_read(found: dict[str, Found], output: str) -> list[Found]:
    """The layers that an answer comes from, in their order.

    Args:
        found: all of them by name.
        output: the one that gives the answer.
    """
    wanted, waiting = set(), [output]
    while waiting:
        name = waiting.pop()
        if name not in wanted and name in found:
            wanted.add(name)
            waiting += found[name].inputs
    return [one for name, one in found.items() if name in wanted]


def _scaled(layers: list[Found], output: str) -> tuple[tuple[Found, ...], str, str]:
    """The network as it is where pixels come as 0..1 already: (layers, output, what is to be said about it)."""
    first = [one for one in layers if IMAGE in one.inputs]
    if len(first) != 1 or not isinstance(first[0].layer, Rescaling):
        return tuple(layers), output, "It has no scaling at its front; here it is given pixels as 0..1"
    own, (front,) = first[0].layer, first
    scale, others = own.scale * WHITE, [one for one in layers if one is not front]
    if math.isclose(scale, 1.0, rel_tol=1e-6) and own.offset == 0:
        behind = [replace(one, inputs=tuple(IMAGE if name == front.name else name for name in one.inputs))
                  for one in others]  # fmt: skip
        return tuple(behind), IMAGE if output == front.name else output, ""
    try:
        changed = own.edited(scale=float(f"{scale:.6g}"))
    except ValidationError:
        return tuple(layers), output, f"“{front.name}” multiplies by {own.scale:g}; here it is given pixels as 0..1"
    return (replace(front, layer=changed), *others), output, ""
