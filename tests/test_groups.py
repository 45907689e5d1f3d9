"""Rows that become a block and back: the network stays the same; a group that is none is refused in a sentence."""

import json

import pytest

from core.build.codegen import script
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.comparison import differences
from core.experiment.grouping import grouped, ungrouped
from core.experiment.network import trace
from core.experiment.node import Node, nodes_of
from core.experiment.reading import read_experiment, read_link
from core.experiment.stack import fitting
from core.layers import Impossible, Layer
from core.layers.blocks import Block
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.group import Group
from core.layers.holding import DEEPEST, MOST_MEMBERS
from core.layers.joining import Add
from core.layers.pretrained import Base
from core.layers.reshaping import Flatten
from core.runs import sweeps
from core.spec import kinds
from pages.components.network import row_cells
from pages.components.network.ladder import Ladder

BLOCKS = [
    kind
    for kind in kinds(Layer).values()
    if issubclass(kind, Block) and kind is not Group and not issubclass(kind, Base)
]
STEM = Conv2D(filters=6, padding="same")


def conv(id, *inputs, **fields):
    return Node(id=id, layer=Conv2D(**{"filters": 4, "padding": "same"} | fields), inputs=inputs)


def add(id, *inputs):
    return Node(id=id, layer=Add(), inputs=inputs)


FLAT = Node(id="flat", layer=Flatten())
ROWS = (
    conv("stem"),
    conv("a").edited(comment="of edges"),
    conv("b"),
    add("sum", "b", "stem"),
    conv("c"),
    conv("d", "sum"),
    add("end", "c", "d"),
    FLAT,
)


def rows(nodes):
    """All that a network is, names apart."""
    return [(row.name, row.layer, row.output_shape) for row in trace((8, 8, 1), nodes, Dense(units=2)).rows]


@pytest.mark.parametrize(
    ("ids", "place"),
    [
        (("a", "b", "sum"), 1),
        (("sum", "b", "a"), 1),
        (("stem",), 0),
        (("a", "b"), 1),
        (("c", "d", "end"), 4),
        (("a", "b", "sum", "c", "d", "end", "flat"), 1),
        (("stem", "a", "b", "sum"), 0),
    ],
)
def test_rows_that_are_one_path_become_a_block_and_a_block_becomes_those_rows(ids, place):
    nodes, block = grouped(ROWS, ids, "my  block")
    back, first = ungrouped(nodes, block, None)

    assert (nodes[place].id, nodes[place].layer.name, len(nodes)) == (block, "my block", len(ROWS) - len(ids) + 1)
    assert rows(nodes) == rows(back) == rows(ROWS)
    assert [node.comment for node in back] == [node.comment for node in ROWS]
    assert back[place].id == first and len({node.id for node in back}) == len(back)
    assert Experiment(nodes=back).is_same(Experiment(nodes=ROWS))
    assert Experiment(nodes=nodes).is_same(Experiment(nodes=grouped(ROWS, ids, "yours")[0]))
    assert read_experiment(Experiment(nodes=nodes).to_json()) == Experiment(nodes=nodes)
    assert read_link(Experiment(nodes=nodes).to_link()).is_same(Experiment(nodes=nodes))


@pytest.mark.parametrize("kind", BLOCKS, ids=lambda kind: kind.__name__)
def test_any_block_taken_apart_and_repeated_is_the_same_network(kind):
    block = kind(repeats=2) if "repeats" in kind.model_fields else kind()
    nodes = nodes_of((STEM, block, Flatten()))
    back, _ = ungrouped(nodes, nodes[1].id, (8, 8, 6))

    assert rows(back) == rows(nodes) and not any(isinstance(node.layer, Block) for node in back)
    inner = ungrouped(nodes_of((STEM, kind(), Flatten())), nodes[1].id, (8, 8, 6))[0]
    twice = grouped(inner, [node.id for node in inner[1:-1]])[0]
    again = twice[1].edited(layer=twice[1].layer.edited(repeats=2))
    assert len(rows((twice[0], again, twice[2]))) == 2 * len(inner[1:-1]) + 3


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        (("stem", "a"), "Add #4 reads Conv2D #1"),
        (("b", "sum"), "These rows read Conv2D #2 and Conv2D #1; a block reads one thing only."),
        (("a", "d"), "a block reads one thing only"),
        ((), "nothing to make a block of"),
        (("gone",), "changed meanwhile"),
    ],
)
def test_rows_that_are_no_single_path_are_refused_with_the_wire_in_the_way(ids, sentence):
    with pytest.raises(UserError, match=sentence) as refusal:
        grouped(ROWS, ids)
    assert refusal.value.remedy and refusal.value.code in ("BLOCK_ROWS", "LAYER_CHANGED")
    with pytest.raises(UserError):
        ungrouped(ROWS, "a", (8, 8, 4))


def deepest():
    """A group as deep as any."""
    group = Group(nodes=(conv("a"),))
    for _ in range(DEEPEST - 1):
        group = Group(nodes=(Node(id="in", layer=group),))
    return group


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((STEM, Add()), "can't read what it is told to"),
        ((STEM,) * (MOST_MEMBERS + 1), "100 rows at most"),
        ((deepest(),), "4 deep at most"),
    ],
)
def test_rows_of_one_path_that_are_no_block_are_refused_with_the_reason(rows, sentence):
    nodes = nodes_of((*rows, Flatten()))
    with pytest.raises(UserError, match=sentence):
        grouped(nodes, [node.id for node in nodes[:-1]])


def nested(depth):
    told = {"kind": "Group", "nodes": [{"kind": "Flatten", "id": "a"}]}
    for _ in range(depth - 1):
        told = {"kind": "Group", "nodes": [told | {"id": "a"}]}
    return told


CONV = {"kind": "Conv2D", "id": "a"}


@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        (nested(DEEPEST + 1), "deep at most"),
        (nested(100), "nested deeper"),
        ({"kind": "Group", "nodes": [CONV | {"id": f"a{i}"} for i in range(10_000)]}, "more than|at most"),
        ({"kind": "Group", "nodes": [CONV | {"id": f"a{i}"} for i in range(101)]}, "at most 100"),
        ({"kind": "Group", "nodes": [CONV | {"id": f"a{i}"} for i in range(50)], "repeats": 50}, "2.500 layers"),
        ({"kind": "Group", "nodes": [CONV, CONV]}, "two layers of a group are called a"),
        ({"kind": "Group", "nodes": [CONV | {"inputs": ["b"]}, CONV | {"id": "b"}]}, "does not stand before it"),
        ({"kind": "Group", "nodes": [CONV, CONV | {"id": "b", "inputs": ["image"]}]}, "nothing reads a"),
        ({"kind": "Group", "nodes": [{"kind": "Add", "id": "a"}]}, "a is given 1 input"),
        ({"kind": "Group", "nodes": [CONV | {"id": "image"}]}, "called image"),
        ({"kind": "Group", "nodes": [CONV | {"filters": -1}]}, r"layers\[0\].nodes\[0\].filters: -1 can't be used"),
        ({"kind": "Group", "nodes": [None]}, "nodes"),
        ({"kind": "Group", "nodes": {"a": CONV}}, "nodes"),
    ],
)
def test_a_group_that_is_none_is_refused_in_a_sentence(layer, sentence):
    with pytest.raises(UserError, match=sentence) as refusal:
        read_experiment(json.dumps({"layers": [layer]}))
    assert refusal.value.remedy and len(refusal.value.what) < 250


def test_an_empty_group_and_a_layer_that_can_not_be_in_one_are_explained_at_the_block():
    wide = Group(nodes=(conv("a", kernel_size=15, padding="valid"),))
    experiment = Experiment(nodes=nodes_of((STEM, wide, Flatten())))
    (problem, *_) = experiment.problems()

    assert problem.message == "Group #2: Conv2D in it: a 15x15 kernel does not fit the 8x8 input."
    assert (problem.index, problem.fixes) == (1, ())
    assert experiment.edited(nodes=ungrouped(experiment.nodes, "group_1", None)[0]).problems()[0].fixes
    assert Experiment(layers=(Group(), Flatten())).problems()[0].message == "Group #1: it holds no layer."


def test_a_block_from_the_catalogue_gives_as_many_maps_as_it_is_given_so_that_its_shortcut_is_free():
    for kind in ("ResidualBlock", "InvertedResidualBlock"):
        block = fitting(kind, (8, 8, 48))

        assert block.filters == 48 and [part.layer.kind for part in block.expand((8, 8, 48))].count("Add") == 1
        assert not any(part.id.startswith("shortcut") for part in block.expand((8, 8, 48)))
        assert fitting(kind, (8, 8, 1)).filters == kinds(Layer)[kind]().filters
        with pytest.raises(Impossible):
            fitting(kind, (64,))


def test_a_number_of_a_layer_in_a_group_can_be_swept():
    group = Group(nodes=(conv("a"), conv("b", filters=8)))
    experiment = Experiment(layers=(group, Flatten()))
    field = sweeps.find(experiment, "layers[0].nodes[1].filters")

    assert (field.label, field.value) == ("Group #1 Conv2D #2 filters", 8)
    family = [member for member, _ in sweeps.grid(experiment, [(field, (2, 32))])]
    assert [member.layers[0].nodes[1].layer.filters for member in family] == [2, 32]
    assert [row.field for row in differences(family)] == ["layer 1", "layer 1.2"]


def test_layers_of_a_group_may_leave_out_their_ids_in_a_document():
    inner = {"kind": "Group", "nodes": [{"kind": "Conv2D", "filters": 4}, {"kind": "Conv2D", "filters": 4}]}
    rows = [{"kind": "Conv2D"}, {"kind": "Add", "inputs": ["conv2d_1", "conv2d_1"]}, inner]
    document = {"layers": [{"kind": "Group", "nodes": rows}, {"kind": "Flatten"}]}
    experiment = read_experiment(json.dumps(document))
    group = experiment.layers[0]

    assert [node.id for node in group.nodes] == ["conv2d_1", "add_1", "group_1"]
    assert [node.id for node in group.nodes[2].layer.nodes] == ["conv2d_1", "conv2d_2"]
    assert read_link(experiment.to_link()).is_same(experiment)
    twice = {"layers": [{"kind": "Group", "nodes": [{"kind": "Conv2D", "id": "conv2d_2"}, {"kind": "Conv2D"}]}]}
    with pytest.raises(UserError, match="two layers of a group are called conv2d_2"):
        read_experiment(json.dumps(twice))


def test_a_comment_stays_beside_its_layer_when_that_goes_into_a_block():
    nodes = (conv("a"), conv("b").edited(comment="look here"), Node(id="flat", layer=Flatten()))
    inside, _ = grouped(nodes, ["a", "b"], "mine")
    experiment = Experiment(nodes=inside)
    traced = experiment.trace(experiment.dataset.facts())

    assert [row.comment for row in traced.rows] == ["", "look here", "", ""]
    assert [row.comment for row in traced.folded().rows] == [""] * 3
    told = row_cells.unfolded(traced.folded().rows[0], traced, traced.folded(), Ladder(traced, experiment.training))
    assert [line["comment"] for line in told["inner"]] == ["", "look here"]
    lines = script(experiment).splitlines()
    assert "layers.Conv2D" in lines[lines.index("# look here") + 2]
    back, _ = ungrouped(inside, inside[0].id, (8, 8, 1))
    assert [node.comment for node in back] == ["", "look here", ""]


def test_no_two_layers_have_one_id_however_groups_lie_in_each_other():
    inner = Group(nodes=(Node(id="same", layer=Conv2D(filters=4)),))
    middle = Group(nodes=(Node(id="same", layer=inner), Node(id="last", layer=Conv2D(filters=4))))
    outer = Group(nodes=(Node(id="same", layer=Conv2D(filters=4)), Node(id="more", layer=middle)), repeats=2)
    ids = [row.id for row in trace((16, 16, 1), [Node(id="g", layer=outer), FLAT], Dense(units=2)).rows]
    assert len(set(ids)) == len(ids) == 8
    assert ids[5] == "g"


@pytest.mark.parametrize("kind", [one for one in BLOCKS if "kernel_size" in one.options()])
def test_a_block_takes_a_kernel_that_is_not_square(kind):
    block = kind(kernel_size=(1, 5), filters=6)
    kernels = {part.layer.kernel_size for part in block.expand((9, 9, 6)) if hasattr(part.layer, "kernel_size")}
    assert (1, 5) in kernels
    assert "1x5" in block.words()
    assert read_experiment(Experiment(layers=(STEM, block, Flatten())).to_json()).layers[1] == block
