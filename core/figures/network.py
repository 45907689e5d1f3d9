"""The network as a drawing: every layer a box as high as its maps and as deep as there are maps."""

import math
from dataclasses import dataclass

import plotly.graph_objects as go

from core.experiment.network import Row, Trace
from core.layers import Shape
from core.words import compact, counted, side_by_side

TALLEST, DEEPEST, GAP = 100.0, 46.0, 26.0
"""Sides of the largest map and of the deepest stack, and the room between boxes; in the drawing's own unit."""
SLANT = 0.42
"""How far a box leans back: the third side of a cuboid seen from the front, the right and above."""
TEAL, EDGE = ("rgba(20,184,166,0.30)", "rgba(20,184,166,0.50)", "rgba(20,184,166,0.18)"), "#0D9488"
HEIGHT = 330
STAGGER_FROM = 8
"""With this many boxes their names would touch: every second one is written lower."""
ARC = 34.0
"""Room above the boxes for wires that pass over some of them."""
ROOM = 44
"""px that a box needs at least for its name."""


@dataclass(frozen=True)
class Box:
    """One box: where it begins, its sides, its name and what is said on hover."""

    x: float
    side: float
    depth: float
    name: str
    shape: str
    words: str


def network_diagram(traced: Trace) -> go.Figure:
    """The picture and all layers from left to right, narrowing as the maps do; where it branches, with its wires.

    Args:
        traced: of a network; after a layer that can't be, nothing is drawn.
    """
    traced = traced.folded()
    figure = go.Figure()
    boxes = _boxes(traced)
    if not traced.is_chain:
        _wire(figure, boxes, traced)
    for box in boxes:
        _draw(figure, box)
    _name(figure, boxes)
    right = boxes[-1].x + boxes[-1].depth + boxes[-1].side * SLANT
    figure.update_layout(
        height=HEIGHT,
        # The outer names reach beyond their boxes.
        margin={"l": 30, "r": 30, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        hovermode="closest",
        dragmode=False,
    )
    figure.update_xaxes(visible=False, range=[-1, right + 1], fixedrange=True)
    top = TALLEST * 0.8 + (0 if traced.is_chain else ARC)
    figure.update_yaxes(visible=False, range=[-TALLEST * 0.95, top], fixedrange=True)
    return figure


def narrowest(traced: Trace) -> int:
    """Width in px below which the names of the diagram would touch."""
    return ROOM * (1 + sum(row.output_shape is not None for row in traced.folded().rows))


def _boxes(traced: Trace) -> list[Box]:
    """The boxes in their places; names of Keras where a layer has one."""
    drawn = [row for row in traced.rows if row.output_shape]
    shapes = [traced.input_shape, *(row.output_shape for row in drawn)]
    widest = max(max(shape[:2]) for shape in shapes if len(shape) == 3)
    deepest = math.log2(1 + max(shape[-1] for shape in shapes))
    boxes, x = [], 0.0
    for shape, row in zip(shapes, [None, *drawn], strict=True):
        side = max(3.0, TALLEST * max(shape[:2]) / widest) if len(shape) == 3 else 0.0
        depth = max(3.0, DEEPEST * math.log2(1 + shape[-1]) / deepest)
        boxes.append(Box(x, side, depth, *_words(shape, row)))
        x += max(depth + side * SLANT, GAP) + GAP
    return boxes


def _words(shape: Shape, row: Row | None) -> tuple[str, str, str]:
    """Name, shape and hover text of one box."""
    if row is None:
        return "picture", side_by_side(shape), f"the picture: {side_by_side(shape)}"
    name = "answer" if row.index is None else row.layer.short()
    sees = "the whole picture" if row.sees_all else f"{row.receptive_field} px"
    words = (
        f"<b>{row.kind}</b> {row.layer.words()}<br>gives {side_by_side(shape)}"
        f"<br>{counted(row.parameters, 'parameter')}<br>{compact(row.multiply_adds)} multiply-adds<br>sees {sees}"
    )
    return name, side_by_side(shape), words


def _wire(figure: go.Figure, boxes: list[Box], traced: Trace) -> None:
    """A line from every box to those that read it: straight to the next one, in an arc over others."""
    paths = []
    for place, row in enumerate(traced.rows[: len(boxes) - 1], 1):
        for source in sorted({one + 1 for one in traced.sources(row)}):  # the picture is box 0
            start, end = boxes[source], boxes[place]
            if source == place - 1:
                path = f"M {start.x + (start.depth + start.side * SLANT / 2 if start.side else 8)},0 L {end.x},0"
            else:
                (left, low), (right, lower), high = _top(start), _top(end), TALLEST * 0.6 + 2 * ARC
                path = f"M {left},{low} C {left},{high} {right},{high} {right},{lower}"
            paths.append({"type": "path", "path": path, "line": {"color": EDGE, "width": 1.6}, "layer": "below"})
    figure.layout.shapes = paths  # at once: one after the other, Plotly copies all that are there


def _top(box: Box) -> tuple[float, float]:
    """The middle of the upper side of a box; a row of values stands upright."""
    if not box.side:
        return box.x + 4, box.depth * 0.65
    return box.x + (box.depth + box.side * SLANT) / 2, box.side / 2 + box.side * SLANT * 0.55 / 2


def _draw(figure: go.Figure, box: Box) -> None:
    """A cuboid: depth runs to the right, the map's width leans back. A row of values is drawn as a high, thin bar."""
    left, right = box.x, box.x + box.depth
    if box.side == 0:
        # A flat row has no map: its length stands upright, so that it is seen to be a list.
        high = box.depth * 1.3
        _face(figure, [left, left + 8, left + 8, left], [-high / 2, -high / 2, high / 2, high / 2], TEAL[1], box.words)
        return
    low, high, back = -box.side / 2, box.side / 2, box.side * SLANT
    _face(
        figure,
        [left, right, right + back, left + back],
        [high, high, high + back * 0.55, high + back * 0.55],
        TEAL[2],
        box.words,
    )
    _face(
        figure,
        [right, right + back, right + back, right],
        [low, low + back * 0.55, high + back * 0.55, high],
        TEAL[0],
        box.words,
    )
    _face(figure, [left, right, right, left], [low, low, high, high], TEAL[1], box.words)


def _face(figure: go.Figure, x: list[float], y: list[float], fill: str, words: str) -> None:
    """One side of a box; the whole of it answers to the pointer."""
    figure.add_scatter(
        x=[*x, x[0]], y=[*y, y[0]], mode="lines", fill="toself", fillcolor=fill, line={"color": EDGE, "width": 1.2},
        hoveron="fills", hoverinfo="text", text=words, name="", showlegend=False,
    )  # fmt: skip


def _name(figure: go.Figure, boxes: list[Box]) -> None:
    """Name and shape under every box."""
    for place, box in enumerate(boxes):
        lower = 0.24 * TALLEST * (place % 2) if len(boxes) >= STAGGER_FROM else 0.0
        middle = box.x + (box.depth if box.side else 8) / 2
        figure.add_annotation(
            x=middle, y=-TALLEST * 0.54 - lower, text=f"<b>{box.name}</b><br>{box.shape}",
            showarrow=False, yanchor="top", font={"size": 12},
        )  # fmt: skip
