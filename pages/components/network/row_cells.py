"""What stands in the cells of the layer list: of a layer, of a block with its layers, and what of a base learns."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from core.experiment.network import Row, Trace, inner_wires
from core.layers import Shape
from core.layers.cuts import stages
from core.layers.windows import by
from core.words import compact, counted, number, side_by_side
from pages.components.network import ladder

LONG = 40
"""Layers of a block; one of more unfolds stage by stage."""


def numbers(row: Row, traced: Trace) -> dict[str, Any]:
    """What a layer gives and costs."""
    return {
        "shape": side_by_side(row.output_shape),
        "shapeTitle": shape_words(row.output_shape),
        "box": box(row.output_shape, traced),
        "parameters": number(row.parameters),
        "formula": f"= {row.parameter_formula}" if row.parameter_formula else "",
        "parametersTitle": f"{number(row.non_trainable)} of them are not trained" if row.non_trainable else "",
        "cost": compact(row.multiply_adds),
        "costTitle": f"{counted(row.multiply_adds, 'multiply-add')} for one picture",
        "sees": "all" if row.sees_all else f"{row.receptive_field} px",
        "seesTitle": "the whole picture" if row.sees_all else f"{by(row.sees)} px of the picture",
    }


def learning(row: Row) -> dict[str, Any]:
    """What of a base learns, and how much: "learns from block_13_expand on: 1 681 344 of 2 257 984"."""
    if row.base is None:
        return {}
    learn = row.parameters - row.non_trainable
    told = f": {number(learn)} of {number(row.parameters)}" if learn else ""
    return {"learning": f"{row.base.learning()}{told}", "isFrozen": not learn}


def unfolded(row: Row, whole: Trace, traced: Trace, costs: ladder.Ladder) -> dict[str, Any]:
    """The layers that a block stands for, each with its numbers; nothing for a plain layer.

    Args:
        row: of the list.
        whole: the network, unfolded.
        traced: the same, folded.
        costs: of the network.
    """
    inside = whole.inside(row.id) if row.of else []
    if row.output_shape is None or not inside:
        return {}
    wires = inner_wires(inside)
    lines = [
        {**_inner(one, reads, traced, costs), "number": place}
        for place, (one, reads) in enumerate(zip(inside, wires, strict=True), 1)
    ]
    return {
        "called": row.of.name,
        "formula": f"in {counted(len(inside), 'layer')}",
        "inner": _in_stages(inside, lines, traced, costs) if len(inside) > LONG else lines,
        "holds": len(inside),
    }


def _inner(row: Row, reads: str, traced: Trace, costs: ladder.Ladder) -> dict[str, Any]:
    """One layer of a block; one of a base by the name that Keras gives it."""
    return {
        "kind": row.layer.kind,
        "title": row.part or row.layer.kind,
        "family": row.layer.family,
        "words": " · ".join(filter(None, (row.layer.kind if row.part else "", row.layer.words(), reads))),
        "sentence": row.layer.sentence(),
        "comment": row.comment,
        **numbers(row, traced),
        **costs.together([row]),
        **_mark(row),
    }


def _mark(row: Row) -> dict[str, Any]:
    """Whether a layer of a base learns; nothing of one that has nothing to learn."""
    if row.base is None or not row.parameters:
        return {}
    return {"mark": "learns" if row.parameters > row.non_trainable else "frozen"}


def _in_stages(
    inside: Sequence[Row], lines: list[dict[str, Any]], traced: Trace, costs: ladder.Ladder
) -> list[dict[str, Any]]:
    """The lines of a long block, those of one stage under a line of its own."""
    of = stages([row.part or row.name for row in inside], [len(row.inputs) for row in inside])
    found = []
    for stage, places in groupby(range(len(inside)), key=of.__getitem__):
        members = list(places)
        rows = [inside[place] for place in members]
        own = [lines[place] for place in members]
        if not stage or len(rows) == 1:
            found += own
            continue
        costly = Trace(traced.input_shape, tuple(rows))
        marks = {line["mark"] for line in own if "mark" in line}
        found.append({
            "kind": stage,
            "family": "Blocks",
            "words": counted(len(rows), "layer"),
            **numbers(rows[-1], traced),
            "parameters": number(costly.parameters),
            "formula": "",
            "parametersTitle": "",
            "cost": compact(costly.multiply_adds),
            "costTitle": f"{counted(costly.multiply_adds, 'multiply-add')} for one picture",
            **costs.together(rows),
            **({"mark": marks.pop()} if len(marks) == 1 else {}),
            "inner": own,
        })  # fmt: skip
    return found


def box(shape: Shape, traced: Trace) -> dict[str, float]:
    """Sides of the box, 0..1 of the widest and of the deepest in this network."""
    widest, deepest = traced.largest
    side = max(shape[:2]) / widest if len(shape) == 3 else 0.0
    return {"side": side, "depth": math.log2(1 + shape[-1]) / math.log2(1 + deepest)}


def shape_words(shape: Shape) -> str:
    """A shape in words."""
    if len(shape) == 1:
        return f"{counted(shape[0], 'value')} in a row"
    height, width, maps = shape
    return f"{counted(maps, 'map')} of {height}x{width} px"
