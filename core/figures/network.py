"""The network as two drawings: boxes whose sides are the sizes, and a graph of its layers."""

import math
from collections.abc import Iterable

from core.experiment.network import Row, Trace
from core.experiment.node import IMAGE
from core.figures.drawing import Drawing, Line, Point, Polygon, Text
from core.figures.layout import Layout, drawn, laid_out
from core.layers import Shape
from core.layers.pretrained import Base
from core.words import compact, counted, side_by_side

TALLEST, DEEPEST, THIN = 110.0, 54.0, 9.0
"""px: sides of the largest map and of the deepest stack, and the width of a list of values, which has no map."""
SLANT, RISE = 0.38, 0.55
"""How far a box leans back, in sides of its map, and how much of that it rises."""
GAP, MARGIN, NAME_ROOM, LETTER = 30.0, 20.0, 40.0, 6.6
"""px: between boxes, around the drawing, for two lines under a box, and of a letter of a name."""
CARD_WIDTH, CARD_HEIGHT, CARD_GAP, LANE_GAP, CARD_LETTER = 248.0, 40.0, 30.0, 24.0, 6.1
"""px of a node of the graph, between nodes one after another and side by side, and of a letter in a node."""


def boxes(traced: Trace) -> Drawing:
    """The image and all layers from left to right, a box as high as its maps are wide, and as deep as there are maps.

    Args:
        traced: of a network; after a layer that can't be, nothing is drawn.
    """
    rows, layout = drawn(traced), laid_out(traced)
    shapes = {IMAGE: traced.input_shape} | {row.id: row.output_shape for row in rows}
    names = {IMAGE: "picture"} | {row.id: _short(row) for row in rows}
    words = {IMAGE: f"the picture: {side_by_side(traced.input_shape)}"} | {row.id: _words(row) for row in rows}
    under = {one: side_by_side(shape) for one, shape in shapes.items()}
    frozen = {row.id for row in rows if _is_frozen(row)}
    under |= {one: f"{under[one]} · frozen" for one in frozen}
    sizes = _sizes(shapes)
    longer = {one: max(names[one], under[one], key=len) for one in shapes}
    left, right = _column_sides(layout, shapes, sizes, longer)
    axes, low = _lane_axes(layout, sizes)
    drawing = Drawing("The network, every layer a box", right[-1] + MARGIN, low + MARGIN)
    front = {one: (left[layout.column[one]], axes[layout.lane[one]]) for one in shapes}  # the middle of its left side
    for start, end, lane in layout.wires:
        between = layout.column[end] - layout.column[start] > 1
        turns = (right[layout.column[start]] + GAP * 0.4, left[layout.column[end]] - GAP * 0.4)
        drawing.shapes.append(_wire(front[start], front[end], axes[lane] if between else None, turns))
    for one, (x, y) in front.items():
        drawing.shapes += _box(x, y + sizes[one][0] / 2, sizes[one], words[one], one in frozen)
    for one, (x, y) in front.items():
        middle, low = x + (sizes[one][1] + _back(sizes[one])) / 2, y + TALLEST / 2
        drawing.shapes.append(Text(middle, low + 17, names[one], 12, bold=True))
        drawing.shapes.append(Text(middle, low + 32, under[one], 11, "muted"))
    return drawing


Size = tuple[float, float]
"""Height and depth of a box, px."""


def _lane_axes(layout: Layout, sizes: dict[str, Size]) -> tuple[list[float], float]:
    """Where the middle of each lane is, and where the last one ends, px; one with wires alone is narrow."""
    with_boxes, axes, y = set(layout.lane.values()), [], MARGIN
    for lane in range(layout.lanes):
        if lane in with_boxes:
            above = max(size[0] / 2 + _back(size) * RISE for one, size in sizes.items() if layout.lane[one] == lane)
            axes.append(y + above)
            y += above + TALLEST / 2 + NAME_ROOM
        else:
            axes.append(y + GAP / 3)
            y += GAP
    return axes, y


def _back(size: Size) -> float:
    """How far a box leans to the right, px."""
    return 4.0 if size[1] == THIN else size[0] * SLANT


def _sizes(shapes: dict[str, Shape]) -> dict[str, Size]:
    """Height and depth of each box, px; a list of values is a bar that is as high as it is long, on a log scale."""
    widest = max(max(shape[:2]) for shape in shapes.values() if len(shape) == 3)
    deepest = math.log2(1 + max(shape[-1] for shape in shapes.values()))
    found = {}
    for one, shape in shapes.items():
        length = math.log2(1 + shape[-1]) / deepest
        flat = (max(8.0, TALLEST * 0.8 * length), THIN)
        found[one] = flat if len(shape) == 1 else (
            max(4.0, TALLEST * max(shape[:2]) / widest), max(4.0, DEEPEST * length),
        )  # fmt: skip
    return found


def _column_sides(
    layout: Layout, shapes: dict[str, Shape], sizes: dict[str, Size], names: dict[str, str]
) -> tuple[list[float], list[float]]:
    """Where each column begins and ends, px: the widest box in it has room, and every name."""
    members: dict[int, list[str]] = {}
    for one, column in layout.column.items():
        members.setdefault(column, []).append(one)
    left, right, x = [], [], MARGIN
    for column in range(layout.columns):
        inside = members[column]
        box = max(sizes[one][1] + _back(sizes[one]) for one in inside)
        name = max(max(len(names[one]), len(side_by_side(shapes[one]))) for one in inside) * LETTER
        x += max(0.0, name - box) / 2
        left.append(x)
        right.append(x + box)
        x += box + max(0.0, name - box) / 2 + GAP
    return left, right


def _wire(start: Point, end: Point, passing: float | None, turns: tuple[float, float]) -> Line:
    """A wire between the middles of two boxes, which hide what of it lies in them.

    Args:
        start, end: the middle of the left side of each.
        passing: the height at which it passes boxes between the two; None when there are none.
        turns: where it leaves the height of the one, and takes that of the other.
    """
    out, back = turns
    high = end[1] if passing is None else passing
    way = [start, (back if passing is None else out, start[1]), (back if passing is None else out, high)]
    way += [(back, high), (back, end[1]), end]
    return Line([point for point, before in zip(way, [None, *way], strict=False) if point != before], arrow=True)


def _box(x: float, low: float, size: Size, words: str, dashed: bool) -> Iterable[Polygon]:
    """A cuboid from its lower left corner: depth runs to the right, the map's width leans back."""
    (height, depth), back = size, _back(size)
    up, high, right = back * RISE, low - height, x + depth
    yield Polygon(
        [(x, high), (right, high), (right + back, high - up), (x + back, high - up)], "top", words=words, dashed=dashed
    )
    yield Polygon(
        [(right, low), (right + back, low - up), (right + back, high - up), (right, high)],
        "side",
        words=words,
        dashed=dashed,
    )
    yield Polygon([(x, low), (right, low), (right, high), (x, high)], "front", words=words, dashed=dashed)


# ---- the graph


def graph(traced: Trace) -> Drawing:
    """The image and all layers from top to bottom, each under all that it reads, joins marked, blocks framed.

    Args:
        traced: of a network; after a layer that can't be, nothing is drawn.
    """
    rows, layout = drawn(traced), laid_out(traced)
    x = [MARGIN + lane * (CARD_WIDTH + LANE_GAP) for lane in range(layout.lanes)]
    y = [MARGIN + column * (CARD_HEIGHT + CARD_GAP) for column in range(layout.columns)]
    drawing = Drawing("The network as a graph", x[-1] + CARD_WIDTH + MARGIN, y[-1] + CARD_HEIGHT + MARGIN)
    place = {one: (x[layout.lane[one]], y[column]) for one, column in layout.column.items()}
    drawing.shapes += _frames(rows, place, layout)
    for start, end, lane in layout.wires:
        drawing.shapes.append(Line(_down(place[start], place[end], x[lane], layout, start, end), arrow=True))
    drawing.shapes += _card(*place[IMAGE], "Picture", side_by_side(traced.input_shape), "the picture", "front")
    for row in rows:
        name = " ".join(filter(None, (row.kind, row.layer.words())))
        fill = "join" if len(row.inputs) > 1 else "node"
        drawing.shapes += _card(*place[row.id], name, _costs(row), _words(row), fill, _is_frozen(row))
    return drawing


def _down(start: Point, end: Point, lane_x: float, layout: Layout, of: str, to: str) -> list[Point]:
    """A wire from the lower side of a node to the upper side of another, in its lane where it passes others."""
    half = CARD_WIDTH / 2
    begin, stop = (start[0] + half, start[1] + CARD_HEIGHT), (end[0] + half, end[1])
    if layout.column[to] - layout.column[of] == 1:
        if begin[0] == stop[0]:
            return [begin, stop]
        turn = stop[1] - CARD_GAP / 2
        return [begin, (begin[0], turn), (stop[0], turn), stop]
    first, last = begin[1] + CARD_GAP / 2, stop[1] - CARD_GAP / 2
    middle = lane_x + half
    way = [begin, (begin[0], first), (middle, first), (middle, last), (stop[0], last), stop]
    return [point for point, before in zip(way, [None, *way], strict=False) if point != before]


def _card(
    x: float, y: float, name: str, costs: str, words: str, fill: str, dashed: bool = False
) -> list[Polygon | Text]:
    """A node with two lines of words."""
    fits = int((CARD_WIDTH - 12) / CARD_LETTER)
    name = name if len(name) <= fits else f"{name[: fits - 1]}…"
    sides = [(x, y), (x + CARD_WIDTH, y), (x + CARD_WIDTH, y + CARD_HEIGHT), (x, y + CARD_HEIGHT)]
    middle = x + CARD_WIDTH / 2
    return [
        Polygon(sides, fill, words=words, dashed=dashed),
        Text(middle, y + 17, name, 12, bold=True),
        Text(middle, y + 32, costs, 11, "muted"),
    ]


def _frames(rows: list[Row], place: dict[str, Point], layout: Layout) -> Iterable[Polygon | Text]:
    """A frame with its name around the layers of each block and the wires that pass them."""
    of = {row.id: row.block for row in rows if row.block and row.layer is not row.of}
    for block in dict.fromkeys(of.values()):
        inside = [place[one] for one, its in of.items() if its == block]
        lanes = [lane for _, end, lane in layout.wires if of.get(end) == block]
        left, top = min(x for x, _ in inside) - 8, min(y for _, y in inside) - 8
        right = max(*(x for x, _ in inside), *(MARGIN + lane * (CARD_WIDTH + LANE_GAP) for lane in lanes))
        right, low = right + CARD_WIDTH + 8, max(y for _, y in inside) + CARD_HEIGHT + 8
        row = next(row for row in rows if row.block == block)
        yield Polygon([(left, top), (right, top), (right, low), (left, low)], "", "frame", row.of.words(), dashed=True)
        yield Text(left + 2, top - 2, row.called, 10, "muted", middle=False)


# ---- words


def _short(row: Row) -> str:
    """A name for under a box."""
    return "answer" if row.index is None else row.layer.short()


def _costs(row: Row) -> str:
    """Shape and parameters."""
    known = f" · {compact(row.parameters)}" if row.parameters else ""
    return side_by_side(row.output_shape) + known + (" · frozen" if _is_frozen(row) else "")


def _is_frozen(row: Row) -> bool:
    """Whether what it learnt elsewhere stays as it is."""
    of_base = row.base is not None or isinstance(row.layer, Base)
    return of_base and 0 < row.parameters == row.non_trainable


def _words(row: Row) -> str:
    """What is said on hover."""
    sees = "the whole picture" if row.sees_all else f"{row.receptive_field} px"
    name = " ".join(filter(None, (row.kind, row.layer.words())))
    return (
        f"{name}: gives {side_by_side(row.output_shape)}, {counted(row.parameters, 'parameter')}, "
        f"{compact(row.multiply_adds)} multiply-adds, sees {sees}"
    )
