"""Drawings of a network: every layer in its place, sizes in proportion, wires and frames; SVG, PNG, Keras' summary."""

import io
import xml.etree.ElementTree as ElementTree

import pytest
from PIL import Image

from core.build.model import build_model
from core.experiment import Experiment
from core.experiment.network import trace
from core.experiment.node import IMAGE, Node
from core.experiment.presets import load_preset, presets
from core.figures.drawing import DARK, LIGHT, Drawing, Line, Polygon, Text
from core.figures.layout import drawn, laid_out
from core.figures.network import boxes, graph
from core.figures.summary import summary
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.joining import Add, Concatenate
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.reshaping import Flatten
from core.layers.residual import ResidualBlock

PRESETS = [name for name in presets() if load_preset(name).dataset.kind != "OwnImages"]


def traced(experiment):
    return experiment.trace(experiment.dataset.facts())


def branched():
    """Two ways from the first convolution, one of them two layers long, and a block behind their join."""
    nodes = (
        Node(id="a", layer=Conv2D(filters=4, padding="same")),
        Node(id="b", layer=Conv2D(filters=4, padding="same"), inputs=("a",)),
        Node(id="c", layer=Conv2D(filters=4, padding="same"), inputs=("b",)),
        Node(id="d", layer=Conv2D(filters=8, padding="same"), inputs=("a",)),
        Node(id="e", layer=Concatenate(), inputs=("c", "d", "a")),
        Node(id="f", layer=ResidualBlock(), inputs=("e",)),
        Node(id="g", layer=GlobalAveragePooling2D()),
    )
    return Experiment(nodes=nodes)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_layer_of_every_preset_is_drawn(preset):
    network = traced(load_preset(preset)).folded()
    names = [shape.text for shape in boxes(network).shapes if isinstance(shape, Text) and shape.bold]
    cards = [shape for shape in graph(network).shapes if isinstance(shape, Text) and shape.bold]

    assert sorted(names) == sorted(["picture", *(row.layer.short() for row in network.rows[:-1]), "answer"])
    assert len(cards) == len(network.rows) + 1


def test_what_stands_behind_a_layer_that_cannot_be_is_not_drawn():
    network = traced(Experiment(layers=(Flatten(), Conv2D(), Flatten())))
    assert [row.kind for row in drawn(network)] == ["Flatten"]
    assert sum(isinstance(shape, Line) for shape in graph(network).shapes) == 1


def test_half_the_side_is_half_the_height():
    fronts = [
        shape for shape in boxes(traced(load_preset("digits-cnn"))).shapes if getattr(shape, "fill", "") == "front"
    ]
    heights = [max(y for _, y in front.points) - min(y for _, y in front.points) for front in fronts[:4]]

    assert heights[2] == pytest.approx(heights[0] / 2)  # picture, convolution, pooling


def test_a_layer_stands_behind_all_that_it_reads_and_no_two_share_a_place():
    network = traced(branched())
    layout = laid_out(network)

    for row in network.rows:
        assert layout.column[row.id] == 1 + max(layout.column[one] for one in row.inputs)
    places = [(layout.column[one], layout.lane[one]) for one in layout.column]
    assert len(set(places)) == len(places) == len(network.rows) + 1
    assert (layout.column[IMAGE], layout.lane[IMAGE]) == (0, 0)
    for start, end, lane in layout.wires:
        passed = {(column, lane) for column in range(layout.column[start] + 1, layout.column[end])}
        assert not passed & set(places), f"the wire from {start} to {end} runs through a layer"


def test_each_wire_is_a_line_joins_are_marked_and_blocks_framed():
    network = traced(branched())
    drawing = graph(network)
    frames = [shape for shape in drawing.shapes if isinstance(shape, Polygon) and shape.dashed]

    assert sum(isinstance(shape, Line) for shape in drawing.shapes) == sum(len(set(row.inputs)) for row in network.rows)
    assert sum(getattr(shape, "fill", "") == "join" for shape in drawing.shapes) == sum(
        len(row.inputs) > 1 for row in network.rows
    )
    assert len(frames) == 1
    assert not [shape for shape in graph(network.folded()).shapes if isinstance(shape, Polygon) and shape.dashed]


@pytest.mark.parametrize("draw", [boxes, graph])
def test_the_file_is_whole_xml_in_which_nothing_sticks_out(draw):
    drawing = draw(traced(branched()))
    root = ElementTree.fromstring(drawing.svg())

    assert root.tag.endswith("svg")
    for shape in drawing.shapes:
        points = [(shape.x, shape.y)] if isinstance(shape, Text) else shape.points
        assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in points)


def test_words_from_outside_are_words_in_the_file():
    nasty = '"><script>alert(1)</script>\x00\x1b&\ud800'
    corners = [(0, 0), (9, 0), (9, 9)]
    drawing = Drawing(nasty, 50, 20, [Text(2, 12, nasty), Polygon(corners, "front", words=nasty)])
    root = ElementTree.fromstring(drawing.svg())

    assert not [one for one in root.iter() if "script" in one.tag]
    assert root[0].text == '"><script>alert(1)</script>&'


def test_the_png_is_the_drawing_in_both_themes_and_never_too_large():
    drawing = boxes(traced(branched()))
    for dark, colours in ((False, LIGHT), (True, DARK)):
        image = Image.open(io.BytesIO(drawing.png(dark)))
        assert image.size == (round(drawing.width * 2), round(drawing.height * 2))
        assert image.getpixel((0, 0)) == tuple(bytes.fromhex(colours["ground"][1:]))
        found = {colour for _, colour in image.getcolors(1 << 20)}
        assert {tuple(bytes.fromhex(colours[name][1:])) for name in ("front", "top", "side", "edge")} <= found
    huge = Image.open(io.BytesIO(Drawing("", 200_000, 3000).png()))
    assert huge.width * huge.height <= 61_000_000


def contrast(one, other):
    """As WCAG 2.2 has it."""

    def light(colour):
        parts = [part / 255 for part in bytes.fromhex(colour[1:])]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_words_are_read_on_every_ground(colours):
    for ground in ("ground", "node", "join", "front"):
        assert contrast(colours["text"], colours[ground]) >= 4.5
    for ground in ("ground", "node", "join"):
        assert contrast(colours["muted"], colours[ground]) >= 4.5


def wired():
    """Branches of unequal length, read in another order than they stand in, and a layer that is read twice."""
    nodes = (
        Node(id="a", layer=Conv2D(filters=4, padding="same")),
        Node(id="b", layer=Conv2D(filters=4, padding="same"), inputs=("image",)),
        Node(id="c", layer=Conv2D(filters=4, padding="same"), inputs=("a",)),
        Node(id="d", layer=Add(), inputs=("b", "c")),
        Node(id="e", layer=Add(), inputs=("d", "a", "a")),
        Node(id="f", layer=Flatten()),
        Node(id="g", layer=Dense(units=4096)),
    )
    return Experiment(nodes=nodes)


@pytest.mark.parametrize(
    "experiment",
    [load_preset("digits-cnn"), load_preset("digits-residual"), load_preset("fashion-cnn"), branched(), wired()],
    ids=["a chain", "a residual network", "no branch", "a block", "wired"],
)
def test_the_summary_is_the_one_that_keras_prints(experiment, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    facts = experiment.dataset.facts()
    printed = []
    build_model(experiment, facts).summary(print_fn=printed.append)
    ours = summary(experiment.trace(facts))

    assert ours.splitlines() == "".join(printed).splitlines()
    assert "Total params" in ours


def test_a_network_of_150_layers_is_drawn_whole():
    network = trace((32, 32, 3), [*(Conv2D(padding="same") for _ in range(148)), Flatten()], Dense(units=2))
    assert boxes(network).svg().count("<polygon") >= 151 * 3
    assert graph(network).height > 150 * 40
