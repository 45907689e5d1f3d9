"""Random networks of every kind of layer with every option, so small that Keras judges hundreds a minute."""

import random
from collections.abc import Iterator
from math import prod

import numpy as np

from core.experiment.network import Row, trace
from core.experiment.node import IMAGE, Node, inputs_of
from core.layers import Impossible, Layer, Shape
from core.layers.blocks import Block
from core.layers.dense import Dense
from core.layers.group import Group
from core.layers.hand_made import HandMadeConv2D
from core.layers.pretrained import Base
from core.layers.reshaping import Flatten
from core.options import Option
from core.spec import Spec, kinds

FEW = {
    "filters": 6,
    "units": 6,
    "channels": 3,
    "depth_multiplier": 3,
    "groups": 4,
    "height": 9,
    "width": 9,
    "repeats": 2,
}
"""Largest value tried of what may be large."""
MOST_MEANS = 64
"""Maps of which `Normalization` can hold a mean each."""
MOST_SIDE = 5
"""Of kernels, steps and borders."""
SINGLE = [kind for kind in kinds(Layer).values() if kind.takes == (1, 1)]
PLAIN = [kind for kind in SINGLE if not issubclass(kind, Block)]
PLAIN += [kind for kind in PLAIN if kind.family == "Convolution" or "groups" in kind.options()]  # most that may not fit
BLOCKS = [kind for kind in SINGLE if issubclass(kind, Block) and kind is not Group and not issubclass(kind, Base)]
TRIES = 12
"""Draws until a layer fits, where it should: as many networks are kept whole as broken."""


def random_shape(draw: random.Random) -> Shape:
    """Of an image: small, seldom square."""
    return draw.randint(4, 9), draw.randint(4, 9), draw.choice((1, 2, 3, 4))


def random_graph(draw: random.Random, shape: Shape) -> tuple[Node, ...]:
    """Nodes in topological order, each reading one or several of those before it.

    Args:
        draw: source of chance.
        shape: of the images.
    """
    nodes: list[Node] = []
    shapes: dict[str, Shape | None] = {IMAGE: shape}
    for place in range(draw.randint(2, 7)):
        layer, inputs = _random_step(draw, nodes, shapes)
        node = Node(id=f"n{place}", layer=layer, inputs=inputs)
        nodes.append(node)
        rows = trace(shape, nodes, Dense(units=2)).rows
        shapes[node.id] = next(row.output_shape for row in rows if row.id == node.id)
    return tuple(nodes)


def _random_step(
    draw: random.Random, nodes: list[Node], shapes: dict[str, Shape | None]
) -> tuple[Layer, tuple[str, ...]]:
    """A layer and what it reads; mostly one that fits."""
    known = [one for one, shape in shapes.items() if shape is not None]
    if draw.random() < 0.25:
        join = draw.choice([kind for kind in kinds(Layer).values() if kind.takes[0] > 1])()
        first = draw.choice(known)
        alike = [one for one in known if len(shapes[one]) == len(shapes[first])]
        same = [one for one in alike if shapes[one] == shapes[first]]
        return join, (first, *draw.choices(same if draw.random() < 0.6 else alike, k=draw.randint(1, 2)))
    last = nodes[-1].id if nodes else IMAGE
    read = last if draw.random() < 0.6 and shapes[last] else draw.choice(known)
    kind = draw.choice(BLOCKS if draw.random() < 0.03 else PLAIN)
    layer = random_layer(draw, kind, shapes[read])
    for _ in range(TRIES if draw.random() < 0.75 else 0):
        if fits(layer, shapes[read]):
            break
        kind = draw.choice([kind, *PLAIN])
        layer = random_layer(draw, kind, shapes[read])
    return layer, (() if read == last and draw.random() < 0.7 else (read,))


def fits(layer: Layer, shape: Shape) -> bool:
    """Whether a layer takes a shape, and gives no more values than are quickly judged."""
    try:
        return prod(layer.output_shape(shape)) < 20_000
    except Impossible:
        return False


def random_layer(draw: random.Random, kind: type[Layer], shape: Shape) -> Layer:
    """A layer of a kind with any legal options.

    Args:
        draw: source of chance.
        kind: which.
        shape: of what it will be given; only what must fit it exactly asks for it.
    """
    if kind is HandMadeConv2D:
        return _hand_made(draw, shape)
    options = [option for option in kind.options().values() if option.type is not object or kind in PLAIN]
    return kind(**{option.name: _value(draw, option, shape) for option in options if draw.random() < 0.6})


def _hand_made(draw: random.Random, shape: Shape) -> HandMadeConv2D:
    side, planes, count = draw.randint(1, 3), draw.choice((1, shape[-1])), draw.randint(1, 3)
    kernels = np.round(np.random.default_rng(draw.randrange(99)).normal(size=(count, planes, side, side)), 2)
    options = {name: HandMadeConv2D.options()[name] for name in ("strides", "dilation_rate", "padding", "activation")}
    said = {name: _value(draw, option, shape) for name, option in options.items() if draw.random() < 0.5}
    biases = tuple(float(i) for i in range(count)) if draw.random() < 0.5 else ()
    return HandMadeConv2D(kernels=kernels.tolist(), biases=biases, channels=draw.randint(1, 3), **said)


def _value(draw: random.Random, option: Option, shape: Shape) -> object:
    """Any legal value of an option."""
    if isinstance(option.default, Spec):
        catalogue = type(option.default).__mro__[1]
        kind = draw.choice(list(kinds(catalogue).values()))
        return kind(**{name: _value(draw, one, shape) for name, one in kind.options().items() if one.shown})
    if option.choices:
        return draw.choice(option.choices)
    if option.sides > 1:
        return _sides(draw, option)
    if option.is_several:
        return _several(draw, option.name, shape)
    if option.type is str or option.low is None and option.type is not bool:
        return option.default
    if option.type is bool:
        return draw.random() < 0.5
    if option.type is int:
        return draw.randint(int(option.low), min(int(option.high), FEW.get(option.name, MOST_SIDE)))
    return round(draw.uniform(option.low, min(option.high, 2.0)), 4)


def _sides(draw: random.Random, option: Option) -> object:
    """One number, or one for each side; small ones are more likely."""

    def side() -> int:
        return draw.choice((option.low, 1, 1, 2, 2, 3, draw.randint(option.low, min(option.high, MOST_SIDE))))

    if option.is_optional and draw.random() < 0.2:
        return None
    form = draw.choice((1, 2, option.sides))
    if form == 4:
        return (side(), side()), (side(), side())
    return side() if form == 1 else (side(), side())


def _several(draw: random.Random, name: str, shape: Shape) -> tuple[int, ...]:
    """Several numbers that mean something together."""
    if name == "dims":
        return tuple(draw.sample((1, 2, 3), 3))
    if name in ("mean", "variance"):
        return tuple(draw.uniform(0.1, 2) for _ in range(draw.choice((1, shape[-1] if shape[-1] <= MOST_MEANS else 1))))
    if name == "shared_axes":
        return tuple(sorted(draw.sample((1, 2, 3), draw.randint(0, 3))))
    if name == "target_shape":
        values = prod(shape)
        rows = draw.choice([side for side in (1, 2, 3, 4, 5) if draw.random() < 0.3 or values % side == 0])
        return draw.choice(((-1,), (values,), (rows, 1, -1), (1, rows, max(1, values // rows)), (rows, -1, 1)))
    raise LookupError(name)


def whole_graph(draw: random.Random, shape: Shape) -> tuple[Node, ...]:
    """A random graph that can be trained: without the nodes that can't be, its loose ends joined before the answer."""
    nodes = random_graph(draw, shape)
    gives = {row.id: row.output_shape for row in trace(shape, nodes, Dense(units=2)).rows}
    read = zip(nodes, inputs_of(nodes), strict=True)
    nodes = [node.edited(inputs=inputs) for node, inputs in read if gives[node.id] is not None]
    ends = [node.id for node in nodes if not any(node.id in other.inputs for other in nodes)] or [IMAGE]
    flats = [Node(id=f"flat{i}", layer=Flatten(), inputs=(end,)) for i, end in enumerate(ends)]
    join = kinds(Layer)["Concatenate"]()
    joined = [Node(id="all", layer=join, inputs=tuple(flat.id for flat in flats))] if len(flats) > 1 else []
    return (*nodes, *flats, *joined)


def used_options(row: Row) -> Iterator[tuple[str, str]]:
    """The options of a layer that are not as by default, as (kind, name)."""
    for name, option in row.layer.options().items():
        if not row.block and getattr(row.layer, name) != option.default:
            yield row.kind, name
