"""What the Explorer works out in the browser: every value against Keras', the part of the image behind it against
gradients."""

import base64
import random
from itertools import product
from math import prod
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest

from benchmarks import graphs
from benchmarks.random_graphs import whole_graph
from core.build.model import build_model
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.experiment.network import trace
from core.experiment.node import Node
from core.experiment.presets import load_preset
from core.layers import Layer, Reads
from core.layers.activation import Activation
from core.layers.blocks import Block
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.joining import Add, Concatenate
from core.layers.pooling import MaxPooling2D
from core.layers.reshaping import Flatten, ZeroPadding2D
from core.lens.feature_maps import FeatureMaps
from core.lens.geometry import links
from core.lens.network import Network
from core.lens.outline import Outline
from core.spec import kinds
from pages.components.browser.component import scripts
from pages.components.understand import feature_maps
from pages.components.understand.feature_maps import sealed
from tests.test_any_layer import EVERY, SHAPES, WINDOWS, chain, saying

GRAPHS = 8
PARTS = ("functions", "shown_network", "worked_out", "map_join", "pages", "graph", "terms", "sum_of_terms")

WORK = """packets => packets.map(text => {
  const network = new ShownNetwork(unpack(Uint8Array.from(atob(text), letter => letter.charCodeAt(0))));
  return network.steps.slice(1).map((step, i) => {
    const layer = i + 1, found = [], each = step.isMap ? [step.h, step.w] : [1, 1];
    for (let m = step.first; m < step.end; m++)
      for (let y = 0; y < each[0]; y++)
        for (let x = 0; x < each[1]; x++) {
          const lines = workedOut(network, layer, m, y, x);
          found.push([lines && lines.at(-1)[1], network.value(layer, m, y, x)]);
        }
    return found;
  });
})"""


OPENS = """packets => packets.map(text => {
  const network = new ShownNetwork(unpack(Uint8Array.from(atob(text), letter => letter.charCodeAt(0))));
  return network.steps.slice(1, -2).map(({ first, end }, i) =>
    Array.from({ length: end - first }, (_, at) => [
      network.canOpen(i + 1, first + at), missing(network, i + 1, first + at).pages,
    ]));
})"""
"""Of every map whether it can be taken apart, and which pages must be turned before."""


ORIGINS = """packets => packets.map(text => {
  const network = new ShownNetwork(unpack(Uint8Array.from(atob(text), letter => letter.charCodeAt(0))));
  const { source, count } = network.answer.sum;
  return Array.from({ length: count }, (_, i) => originWords(network, originOf(network, source, i)));
})"""
"""In words, for every value that the answer is weighed from, where it comes from."""


TERMS = """packets => packets.map(text => {
  const network = new ShownNetwork(unpack(Uint8Array.from(atob(text), letter => letter.charCodeAt(0))));
  return [0, 1].map(index => termsFor(network, network.answer.sum, index).map(({ product }) => product));
})"""
"""The terms of both of two classes."""


@pytest.fixture
def page(browser):
    """An empty page that has the Explorer's arithmetic."""
    page = browser.new_page()
    names = (
        "Object.assign(window, { ShownNetwork, workedOut, missing, unpack, graphOf, originOf, originWords, termsFor });"
    )
    page.add_script_tag(content=scripts("browser/signed", *(f"understand/maps/{part}" for part in PARTS)) + names)
    yield page
    page.close()


def opened(experiment, seed=0):
    """Its network, every weight a random number."""
    draw = np.random.default_rng(seed)
    outline = Outline.of(experiment)
    model = build_model(experiment, outline.facts)
    for weight in model.weights:
        # Nothing grows from layer to layer: a small sum of large terms is rounded by Keras' own four bytes already.
        drawn = draw.normal(size=weight.shape) / np.sqrt(max(4, prod(weight.shape[:-1])))
        weight.assign(np.abs(drawn) + 0.2 if weight.name == "moving_variance" else drawn)
    return Network(outline, model)


def packet(network, lens=None, seed=0):
    """What the page sends for one image."""
    image = np.random.default_rng(seed).integers(0, 256, (1, *network.facts.shape), np.uint8)
    looking = SimpleNamespace(outline=network.outline, chosen=SimpleNamespace(names=("noise",), truth=(None,)))
    return base64.b64encode(sealed((lens or FeatureMaps()).look(network, image), looking)).decode()


def joined(ends):
    """All ends laid out and stacked before the answer, sixteen at a time."""
    flats = [Node(id=f"flat{i}", layer=Flatten(), inputs=(end,)) for i, end in enumerate(ends)]
    names = [flat.id for flat in flats]
    halves = [names[i::3] for i in range(3)]
    joins = [Node(id=f"part{i}", layer=Concatenate(), inputs=tuple(half)) for i, half in enumerate(halves)]
    return (*flats, *joins, Node(id="all", layer=Concatenate(), inputs=tuple(join.id for join in joins)))


def of_every_layer():
    """A layer of every kind of the catalogue, on maps; and one of every join."""
    joins = [kind() for kind in kinds(Layer).values() if kind.takes[0] > 1]
    nodes = [
        Node(id="stem", layer=Conv2D(filters=4, padding="same", activation="linear")),
        Node(id="twin", layer=Conv2D(filters=4, padding="same", activation="tanh"), inputs=("image",)),
        *(Node(id=f"l{i}", layer=layer, inputs=("stem",)) for i, layer in enumerate(EVERY)),
        *(Node(id=f"j{i}", layer=layer, inputs=("stem", "twin")) for i, layer in enumerate(joins)),
    ]
    return (*nodes, *joined([node.id for node in nodes[2:]]))


def of_every_activation():
    """A convolution with each activation, and each activation alone."""
    names = Activation.options()["activation"].choices
    nodes = [Node(id="stem", layer=Conv2D(filters=4, padding="same", activation="linear"))]
    nodes += [Node(id=f"a{i}", layer=Activation(activation=name), inputs=("stem",)) for i, name in enumerate(names)]
    nodes += [
        Node(id=f"c{i}", layer=Conv2D(filters=2, activation=name), inputs=("stem",)) for i, name in enumerate(names)
    ]
    return (*nodes, *joined([node.id for node in nodes[1:]]))


WIDE = (
    Conv2D(filters=8),
    Conv2D(filters=10, padding="same"),
    kinds(Layer)["SeparableConv2D"](filters=7, padding="same", depth_multiplier=2, activation="silu"),
    kinds(Layer)["Conv2DTranspose"](filters=5),
    Dense(units=6, activation="tanh"),
    kinds(Layer)["BatchNormalization"](),
    kinds(Layer)["LayerNormalization"](),
    Flatten(),
)
PAGES = (FeatureMaps(maps=3), FeatureMaps(maps=3, pages=(("conv2d_1", 6), ("separable_conv2d_1", 3))))
"""Of layers with more maps than are shown, the first page, and others."""
TURNED = FeatureMaps(maps=3, pages=(("dense_1", 3),))


def chance(seed):
    """A random graph of any layers."""
    begin = Experiment()
    return whole_graph(random.Random(seed), begin.dataset.facts().shape)


@pytest.mark.browser
def test_every_value_that_the_browser_works_out_is_the_one_of_keras(page, small, monkeypatch):
    nodes = [of_every_layer(), of_every_activation(), *(chance(seed) for seed in range(GRAPHS))]
    experiments = [small.edited(nodes=one) for one in nodes]
    whole = [opened(one, seed) for seed, one in enumerate(experiments) if not one.trace(one.dataset.facts()).broken]
    paged = [(opened(small.edited(layers=WIDE)), lens) for lens in PAGES]
    cases = [*((network, FeatureMaps()) for network in whole), *paged]
    packets = [packet(network, lens) for network, lens in cases]
    monkeypatch.setattr(feature_maps, "LONG", 0)
    cases, packets = [*cases, paged[0]], [*packets, packet(*paged[0])]  # once more, in two bytes each
    assert len(packets[-1]) < len(packets[-3])
    told = page.evaluate(WORK, packets)
    first, further = page.evaluate(OPENS, packets[-3:-1])
    assert all(can or ask for layer in (*first, *further) for can, ask in layer)
    convolved, normalized = (further[place] for place in (1, 5))
    assert all(can for can, _ in convolved)
    assert first[5] == [[True, {}]] * 3 == normalized  # the maps before it stand on the same page
    assert [ask for _, ask in page.evaluate(OPENS, [packet(paged[0][0], TURNED)])[0][5]] == [
        {"dense_1": at} for at in (0, 1, 2)
    ]

    followed = set()
    for (network, _), layers, exact in zip(cases, told, [*[1e-5] * (len(cases) - 1), 1e-4], strict=True):
        cut = {row.id for row, values in zip(network.rows, layers, strict=True) if len(values) < prod(row.output_shape)}
        for row, values in zip(network.rows, layers, strict=True):
            known = [(made, theirs) for made, theirs in values if made is not None]
            if row.kind == "Dense" and len(row.output_shape) == 1:
                assert not known  # the answer's terms are told by themselves
                continue
            assert len(known) == len(values) or cut & set(row.inputs), row
            if row.layer.family == "Convolution":
                assert len(known) == len(values), row  # what maps that are not shown add is told
            if known:
                scale = max(abs(theirs) for _, theirs in known)
                made, theirs = zip(*known, strict=True)
                np.testing.assert_allclose(made, theirs, rtol=1e-4, atol=exact * scale, err_msg=str(row.layer))
                followed.add(row.kind)
    assert followed == {kind.__name__ for kind in kinds(Layer).values() if not issubclass(kind, Block)}


# ---- the part of the image behind a value


def conv(id, inputs=(), **fields):
    return Node(
        id=id, layer=Conv2D(**{"filters": 4, "padding": "same", "activation": "linear"} | fields), inputs=inputs
    )


def of_kind(kind, **fields):
    return kinds(Layer)[kind](**fields)


STEM, LAST = conv("stem"), conv("last")
FIELDS = {
    "residual": (STEM, conv("a"), conv("b", kernel_size=5), Node(id="join", layer=Add(), inputs=("stem", "b"))),
    "unequal branches": (
        Node(id="pad", layer=ZeroPadding2D(padding=2)),
        conv("wide", ("pad",), kernel_size=5, padding="valid"),
        conv("side", ("image",), kernel_size=1),
        Node(id="join", layer=Add(), inputs=("wide", "side")),
        LAST,
    ),
    "strides": (
        conv("a", strides=2),
        Node(id="pool", layer=MaxPooling2D(padding="same"), inputs=("image",)),
        Node(id="join", layer=Concatenate(), inputs=("a", "pool")),
        LAST,
    ),
    "maps of their own branch": (
        conv("a", kernel_size=5),
        conv("b", ("image",), kernel_size=(1, 3)),
        Node(id="join", layer=Concatenate(), inputs=("a", "b", "image")),
    ),
    "dilated": (conv("a", padding="valid", dilation_rate=3), conv("b", dilation_rate=(1, 2))),
    "depthwise, separable": (
        STEM,
        Node(id="own", layer=of_kind("DepthwiseConv2D", depth_multiplier=2, strides=2, activation="linear")),
        Node(id="two", layer=of_kind("SeparableConv2D", filters=3, padding="same", activation="linear")),
    ),
    "made larger": (
        conv("a", strides=2),
        Node(id="up", layer=of_kind("Conv2DTranspose", filters=2, kernel_size=3, strides=2, activation="linear")),
        Node(id="cut", layer=of_kind("Cropping2D", cropping=((1, 0), (0, 2)))),
    ),
    "windows of pooling": (
        conv("a", padding="valid", kernel_size=(2, 4)),
        Node(id="pool", layer=of_kind("AveragePooling2D", pool_size=3, strides=2, padding="same")),
        LAST,
    ),
}
"""Windows upon windows, and joins."""

FIELD = """asked => asked.map(([steps, points]) => {
  const network = Object.assign(Object.create(ShownNetwork.prototype), { steps });
  return points.map(([layer, m, y, x]) => network.field(layer, m, [y, y + 1, x, x + 1]));
})"""


def steps_of(rows, sources, shape):
    """The steps as the Explorer has them, without their numbers."""
    found = [{"sources": [], "h": shape[0], "w": shape[1], "count": shape[2]}]
    for row, link, read in zip(rows, links(rows), sources, strict=True):
        h, w, count = row.output_shape if len(row.output_shape) == 3 else (1, 1, row.output_shape[0])
        told = {"sources": [source + 1 for source in read], "h": h, "w": w, "count": count}
        found.append(told | {"link": link.to_json() | {"does": row.layer.does}})
    return found


def ends(seen):
    """The smallest rectangle around what moves, as [top, bottom, left, right]; None where nothing does."""
    down, across = np.nonzero(seen)
    return [int(end) for end in (down.min(), down.max() + 1, across.min(), across.max() + 1)] if len(down) else None


def networks_with_windows():
    """Every layer of the catalogue behind a convolution, and the networks above: as traces and the row looked at."""
    for layer in EVERY:
        traced = trace((9, 8, 4), (Conv2D(filters=4, activation="linear", padding="same"), layer), Dense(units=1))
        yield traced, traced.rows[1]
    for nodes in FIELDS.values():
        traced = trace((13, 14, 2), nodes, Dense(units=1))
        yield traced, traced.rows[len(nodes) - 1]


@pytest.mark.browser
def test_what_the_browser_frames_on_the_image_is_where_the_gradient_of_a_value_is_not_zero(page):
    """Every value of the last maps: of all maps together, and of the first and the last alone."""
    cases, asked = [], []
    for traced, row in networks_with_windows():
        if len(row.output_shape) != 3:
            continue
        height, width, count = row.output_shape
        model, place = graphs.model_of_ones(traced, row), row.index + 1
        steps = steps_of(traced.rows[:place], map(traced.sources, traced.rows[:place]), traced.input_shape)
        for m in (None, 0, count - 1):
            moved = graphs.moved(model, traced, row, m)
            cases.append((row, m, [ends(seen) for seen in moved]))
            asked.append((steps, [(place, m, y, x) for y, x in np.ndindex(height, width)]))
    assert len(cases) > 100

    for (row, m, theirs), ours in zip(cases, page.evaluate(FIELD, asked), strict=True):
        mixes = row.kind.endswith("Normalization") or getattr(row.layer, "interpolation", "") == "bicubic"
        mixes |= m is None and row.kind in ("Permute", "Reshape")
        if not mixes:
            assert ours == theirs, (row.layer, m)
        for seen, moves in zip(ours, theirs, strict=True):  # of a mean over all the gradient may cancel
            assert moves is None or all(seen[i] <= moves[i] and moves[i + 1] <= seen[i + 1] for i in (0, 2))


@pytest.mark.browser
def test_the_browser_and_the_list_of_layers_tell_the_same_part_of_the_image(page):
    asked, told = [], []
    for preset in ("digits-cnn", "digits-residual", "fashion-cnn"):
        experiment = load_preset(preset)
        traced = experiment.trace(experiment.dataset.facts())
        points = []
        for place, row in enumerate(traced.rows):
            for y in {0, row.output_shape[0] // 2, row.output_shape[0] - 1} if len(row.output_shape) == 3 else ():
                points.append((place + 1, None, y, y))
                told.append([end for seen in row.field for end in seen.at(y)])
        asked.append((steps_of(traced.rows, map(traced.sources, traced.rows), traced.input_shape), points))
    # A layer of the learner's own may say anything of itself: what is framed lies inside the image all the same.
    for reads, window, shape, padding in product(get_args(Reads), WINDOWS, SHAPES, ((0, 0), (2, 1), (-1, -1))):
        rows = chain((8, 8, 1), Conv2D(filters=3, padding="same"), saying(reads, window, shape, padding))
        height = shape[0] if len(shape) == 3 else 1
        asked.append((steps_of(rows, [[-1], [0]], (8, 8, 1)), [(2, 0, y, 0) for y in (0, height // 2, height - 1)]))
    found = page.evaluate(FIELD, asked)
    known, others = found[:3], found[3:]

    assert [one for preset in known for one in preset] == told
    for seen in (one for case in others for one in case if one is not None):
        assert 0 <= seen[0] < seen[1] <= 8 and 0 <= seen[2] < seen[3] <= 8


def test_branches_stand_below_each_other_and_no_layer_left_of_what_it_reads(page):
    """An inception block and a shortcut: where each layer stands, counted by hand."""
    split = [[], [0], [1], [1], [3], [1], [2, 4, 5], [6], [7]]  # a stem, three branches, their join, the head
    told = page.evaluate("sources => graphOf(sources.map(sources => ({ sources })))", split)
    assert [region["layers"] for region in told["regions"]] == [[0], [1], [2, 3, 4, 5], [6], [7]]
    assert [(place["column"], place["lane"]) for place in told["places"][2:6]] == [(0, 0), (0, 1), (1, 1), (0, 2)]
    shortcut = [[], [0], [1], [2], [1, 3], [4]]
    told = page.evaluate("sources => graphOf(sources.map(sources => ({ sources })))", shortcut)
    assert [(region["layers"], region["under"]) for region in told["regions"]] == [
        ([0], 0),
        ([1], 0),
        ([2, 3], 1),
        ([4], 0),
    ]
    traced = trace((12, 12, 3), whole_graph(random.Random(5), (12, 12, 3)), Dense(units=2)).rows
    names = ["image", *(row.id for row in traced)]
    sources = [[], *([names.index(one) for one in row.inputs] for row in traced)]
    told = page.evaluate("sources => graphOf(sources.map(sources => ({ sources })))", sources)
    assert all(told["ranks"][before] < told["ranks"][at] for at, read in enumerate(sources) for before in read)
    places = [tuple(place.values()) for place in told["places"]]
    assert len(set(places)) == len(places) == len(sources) - 1  # the answer stands beside


@pytest.mark.browser
def test_a_term_of_an_answer_is_told_by_the_map_it_was_taken_from_and_how(page):
    stem = Node(id="stem", layer=Conv2D(filters=2))
    most, mean = (
        Node(id=name.lower(), layer=kinds(Layer)[f"Global{name}Pooling2D"](), inputs=("stem",))
        for name in ("Max", "Average")
    )
    join = Node(id="join", layer=Add(), inputs=(most.id, mean.id))
    cases = [(stem, most), (stem, mean), (stem, most, mean, join)]
    told = page.evaluate(ORIGINS, [packet(opened(Experiment(nodes=each))) for each in cases])

    assert told[:2] == [[f"conv2d_1, {how} of map {m}" for m in (1, 2)] for how in ("largest value", "mean")]
    assert told[2] == ["add_1, unit 1", "add_1, unit 2"]

    of_two = opened(Experiment(dataset=Shapes(classes=2, count=40, image_size=12), layers=(Flatten(),)))
    against, towards = page.evaluate(TERMS, [packet(of_two)])[0]
    image = np.random.default_rng(0).integers(0, 256, (1, *of_two.facts.shape), np.uint8)
    each = (image.astype(np.float64) / 255).ravel() * of_two.weights("head")["kernel"][:, 0]
    largest = each[np.argsort(-np.abs(each))][: len(towards)]
    np.testing.assert_allclose(np.abs(towards), np.abs(largest), rtol=1e-4)
    assert np.sum(towards) == pytest.approx(np.sum(largest), rel=1e-3)  # the logit is the second class's
    assert against == [-product for product in towards]
