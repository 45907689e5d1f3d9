"""Networks with branches: everything that follows from the wires, against Keras itself."""

import json
import random
from itertools import product

import numpy as np
import pytest
from random_edits import edited

from benchmarks import graphs
from benchmarks.random_graphs import whole_graph
from core.advice import advice_on
from core.build.codegen import script
from core.build.model import build_model
from core.errors import UserError
from core.experiment import Experiment, mending, stack
from core.experiment.network import trace, wires
from core.experiment.node import Node, canonical
from core.experiment.presets import load_preset
from core.experiment.reading import read_experiment, read_link
from core.figures.drawing import Line
from core.figures.network import graph
from core.layers.activation import Activation
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.group import Group
from core.layers.joining import Add, Average, Concatenate, Multiply
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.pretrained import Base
from core.layers.reshaping import Flatten
from core.layers.residual import ResidualBlock
from core.runs.pace import what_costs
from tests.test_advice import SPEAKS

SCRIPTS = 12
"""200 of them: `python -m benchmarks graphs`."""


@pytest.mark.parametrize("seed", range(SCRIPTS))
def test_the_script_of_a_random_graph_builds_the_same_weights(seed):
    assert graphs.script_fault(random.Random(seed)) == ""


def residual(*branch, join=None, after=()):
    """A convolution, a branch beside a shortcut, a join and what follows."""
    stem = Node(id="stem", layer=Conv2D(filters=4, padding="same", activation="linear"))
    last = branch[-1].id if branch else "stem"
    return (stem, *branch, Node(id="join", layer=join or Add(), inputs=("stem", last)), *after)


def conv(id, inputs=(), **fields):
    return Node(
        id=id, layer=Conv2D(**{"filters": 4, "padding": "same", "activation": "linear"} | fields), inputs=inputs
    )


FLAT = Node(id="flat", layer=Flatten())
NETWORKS = {
    "residual": residual(conv("a"), conv("b"), after=(FLAT,)),
    "branches from the image": (
        conv("a"),
        conv("b", ("image",), kernel_size=5),
        Node(id="join", layer=Concatenate(), inputs=("a", "b", "image")),
        FLAT,
    ),
    "a gate": residual(
        Node(id="mean", layer=GlobalAveragePooling2D()),
        Node(id="gate", layer=Dense(units=512, activation="sigmoid")),
        Node(id="line", layer=Flatten(), inputs=("stem",)),
        Node(id="narrow", layer=Dense(units=512), inputs=("line",)),
        join=Multiply(),
    )[:-1]
    + (Node(id="join", layer=Multiply(), inputs=("narrow", "gate")),),
    "a join read twice": residual(
        conv("a"), after=(conv("c"), Node(id="two", layer=Average(), inputs=("join", "c")), FLAT)
    ),
}


@pytest.mark.parametrize("nodes", NETWORKS.values(), ids=NETWORKS)
def test_builder_and_script_make_the_network_of_the_wires(nodes):
    experiment = Experiment(nodes=nodes)
    facts = experiment.dataset.facts()
    assert not experiment.problems()
    model, names = build_model(experiment, facts), {}
    exec(compile(script(experiment).split("model.compile(")[0], "network.py", "exec"), names)
    image = np.random.default_rng(0).integers(0, 256, (3, *facts.shape)).astype(np.float32)

    for row in experiment.trace(facts).rows:
        layer = model.get_layer(row.name)
        read = layer.input if isinstance(layer.input, list) else [layer.input]
        told = {one.id: one.name for one in experiment.trace(facts).rows} | {"image": "scaling"}
        assert [tensor._keras_history.operation.name for tensor in read] == [told[one] for one in row.inputs]
        assert tuple(layer.output.shape[1:]) == row.output_shape
    np.testing.assert_array_equal(names["model"](image), model(image))
    assert names["model"].count_params() == experiment.trace(facts).parameters


@pytest.mark.parametrize("nodes", NETWORKS.values(), ids=NETWORKS)
def test_json_and_link_give_the_wires_back(nodes):
    experiment = Experiment(nodes=nodes)

    assert read_experiment(experiment.to_json()) == experiment
    linked = read_link(experiment.to_link())
    assert linked.is_same(experiment) and linked == experiment.canonical()
    assert canonical(linked.nodes) == linked.nodes


def test_what_mends_a_join_by_cropping_and_by_resizing_is_built_by_keras_as_traced():
    def conv(id, **fields):
        return Node(id=id, layer=Conv2D(**{"filters": 4, "padding": "same"} | fields))

    end = (Node(id="sum", layer=Add(), inputs=("stem", "a")), Node(id="flat", layer=Flatten()))
    for narrow in (conv("a", padding="valid"), conv("a", padding="valid", kernel_size=4), conv("a", strides=2)):
        nodes = (conv("stem"), narrow, *end)
        experiment = Experiment(nodes=nodes)
        facts = experiment.dataset.facts()
        found = mending.ways(experiment.trace(facts).folded(), nodes, "sum")
        kinds = [kind for kind in ("Cropping2D", "Resizing") for way in found if kind in way.label]
        assert kinds == ["Cropping2D", "Resizing"]
        for way in found:
            mended = experiment.edited(nodes=way.nodes)
            model = build_model(mended, facts)
            shapes = {layer.name: tuple(layer.output.shape[1:]) for layer in model.layers}
            for row in mended.trace(facts).rows:
                assert shapes[row.name] == row.output_shape


def test_a_chain_is_a_plain_list_of_layers_and_its_names_go_without_saying():
    chain = Experiment(layers=(Conv2D(), Conv2D(filters=2), Flatten()))
    told = json.loads(chain.to_json())["layers"]

    assert [set(one) & {"id", "inputs", "layer"} for one in told] == [set()] * 3
    assert [node.id for node in read_experiment(chain.to_json()).nodes] == ["conv2d_1", "conv2d_2", "flatten_1"]
    edited = chain.edited(nodes=chain.nodes[1:])
    assert json.loads(edited.to_json())["layers"][0]["id"] == "conv2d_2"
    assert read_experiment(edited.to_json()) == edited
    assert edited.is_same(Experiment(layers=(Conv2D(filters=2), Flatten())))
    assert len(edited.to_link()) < len(chain.to_link())


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        (residual(conv("a", filters=5), after=(FLAT,)), "one shape"),
        (residual(conv("a", strides=2), join=Concatenate(), after=(FLAT,)), "one size"),
        (residual(Node(id="mean", layer=GlobalAveragePooling2D()), after=(FLAT,)), "one kind"),
        ((Node(id="join", layer=Add()), FLAT), "two or more"),
        ((conv("a"), Node(id="flat", layer=Flatten(), inputs=("a", "image"))), "one only"),
        ((conv("a", ("b",)), conv("b"), FLAT), "comes later"),
        ((conv("a", ("nobody",)), FLAT), "not in the network"),
        ((conv("a", ("a",)), FLAT), "comes later"),
        ((conv("a"), conv("b", ("image",)), FLAT), "nothing reads it"),
    ],
)
def test_wires_that_can_not_be_are_explained_where_they_are(nodes, sentence):
    problem = Experiment(nodes=nodes).problems()[0]

    assert sentence in problem.message
    assert problem.hint and problem.blocking and problem.index is not None


@pytest.mark.parametrize(
    "layers",
    [
        [{"kind": "Flatten", "id": "a"}, {"kind": "Flatten", "id": "a"}],
        [{"kind": "Flatten", "id": "head"}],
        [{"kind": "Flatten", "id": "../../etc"}],
        [{"kind": "Flatten", "inputs": "image"}],
        [{"kind": "Add", "inputs": ["image"] * 17}],
        [{"kind": "Flatten", "id": None}],
        [{"id": "a", "inputs": []}],
        [["Flatten"]],
        [None],
    ],
)
def test_nodes_that_are_none_are_refused_in_a_sentence(layers):
    with pytest.raises(UserError) as refusal:
        read_experiment(json.dumps({"layers": layers}))
    assert refusal.value.what.startswith("layers") and refusal.value.remedy


def test_what_a_join_reads_is_told_in_words():
    traced = trace((8, 8, 1), NETWORKS["branches from the image"], Dense(units=2))

    assert [wires(row, traced) for row in traced.rows] == ["", "the image", "Conv2D #1 + Conv2D #2 + the image", "", ""]


def test_an_activation_after_a_join_belongs_to_the_chain():
    experiment = Experiment(nodes=residual(conv("a"), after=(Node(id="relu", layer=Activation()), FLAT)))

    assert experiment.network_line() == "Conv 4 · Conv 4 · Add · relu · Dense 10"
    assert "x = layers.Activation" in script(experiment)


def test_a_wire_to_nowhere_is_not_mended_by_a_new_name():
    broken = Experiment(nodes=(conv("a"), Node(id="flat", layer=Flatten(), inputs=("conv2d_1",))))

    assert broken.canonical().problems() and read_link(broken.to_link()).problems()
    assert not broken.is_same(Experiment(nodes=(conv("a"), FLAT)))


def test_the_copy_of_a_join_reads_the_join_and_its_other_inputs():
    experiment = Experiment(nodes=stack.duplicated(residual(conv("a"), after=(FLAT,)), ["join"])[0])

    assert experiment.nodes[3].inputs == ("join", "a")
    assert not experiment.problems()


def test_an_unknown_kind_is_named_whatever_letters_it_has():
    with pytest.raises(UserError, match="'Ünknown' is not a kind that this version knows"):
        read_experiment('{"layers": [{"kind": "Ünknown"}]}')
    with pytest.raises(UserError, match="does not say its kind"):
        read_experiment('{"layers": [{"layer": {"kind": "Conv2D"}}]}')


@pytest.mark.parametrize("version", [-(10**28), -1, 0, True, "1"])
def test_a_version_that_never_was_is_refused_or_taken_as_the_first(version):
    try:
        read_experiment(json.dumps({"schema_version": version}))
    except UserError as refusal:
        assert refusal.remedy


def test_a_network_full_of_wires_is_drawn_with_a_line_for_each_pair():
    nodes = [Node(id="n0", layer=Dense(units=2))]
    for place in range(1, 98):
        inputs = tuple(f"n{max(0, place - 1 - back)}" for back in range(16))
        nodes.append(Node(id=f"n{place}", layer=Add(), inputs=inputs))
    traced = trace((4, 4, 1), nodes, Dense(units=2))
    lines = [shape for shape in graph(traced).shapes if isinstance(shape, Line)]

    assert len(lines) == sum(len(set(row.inputs)) for row in traced.rows if row.output_shape)


def test_what_costs_time_does_not_hang_on_what_nodes_are_called():
    chain = Experiment(layers=(Conv2D(), Conv2D(filters=2), Flatten()))
    edited = chain.edited(nodes=chain.nodes[1:])

    assert what_costs(edited) == what_costs(Experiment(layers=(Conv2D(filters=2), Flatten())))
    assert what_costs(edited) != what_costs(chain)


SAME = Conv2D(filters=8, padding="same")
PREFIXES = {
    "plain": (),
    "branched": (  # a convolution that leads into a sum misses no activation
        Node(id="trunk", layer=SAME),
        Node(id="beside", layer=SAME.edited(activation="linear")),
        Node(id="sum0", layer=Add(), inputs=("trunk", "beside")),
        Node(id="bent", layer=Activation()),
    ),
    "blocked": (
        Node(id="trunk", layer=ResidualBlock(filters=8, batch_normalization=False)),
        Node(
            id="twice",
            layer=Group(
                repeats=2,
                nodes=(Node(id="thin", layer=SAME.edited(activation="linear")), Node(id="bend", layer=Activation())),
            ),
        ),
    ),
}
"""What stands before the layers that advice is about."""
DEPENDING = ("small_field", "flatten_dense")
"""Rules about what the whole network comes to: more layers before may be the very cure."""


@pytest.mark.parametrize("rule", SPEAKS)
def test_every_fix_of_a_rule_is_a_network_that_keras_builds_also_behind_branches_and_blocks(rule):
    made = set()
    for (case, (experiment, _, _)), (prefix, before) in product(SPEAKS[rule].items(), PREFIXES.items()):
        told = experiment.edited(nodes=(*before, *experiment.nodes))
        facts = told.dataset.facts()
        given = advice_on(told, facts)
        if prefix != "plain" and any(isinstance(layer, Base) for layer in experiment.layers):
            continue  # a base stands first
        assert rule in {advice.rule for advice in given} or (prefix != "plain" and rule in DEPENDING), (case, prefix)
        assert not {advice.row for advice in given} & {node.id for node in before}, given
        for fix in (fix for advice in given if advice.rule == rule for fix in advice.fixes):
            mended = fix.make()
            if mended.to_link() not in made:
                made.add(mended.to_link())
                _is_built(mended, (case, prefix, fix.label))
    assert made


def _is_built(experiment, told):
    """Keras makes of it what was traced; JSON and link keep it."""
    facts = experiment.dataset.facts()
    traced, model = experiment.trace(facts), build_model(experiment, facts)
    assert traced.broken is None, told
    assert [model.get_layer(row.name).output.shape[1:] for row in traced.rows] == [r.output_shape for r in traced.rows]
    assert model.count_params() == traced.parameters, told
    assert read_link(experiment.to_link()).is_same(experiment), told
    assert read_experiment(experiment.to_json()) == experiment, told


EDITS = 25


@pytest.mark.parametrize("start", ["digits-residual", "tiny-vgg", "resnet-small", *range(9)])
def test_after_any_edits_a_network_travels_whole_and_is_built_as_it_is_told_or_says_what_is_wrong(start):
    draw, clip = random.Random(str(start)), []
    whole = experiment = (
        load_preset(start) if isinstance(start, str) else Experiment(nodes=whole_graph(draw, (8, 8, 1)))
    )
    facts = experiment.dataset.facts()
    for _ in range(EDITS):
        experiment = edited(draw, experiment, clip)
        traced, told = experiment.trace(facts), [one for one in experiment.problems() if one.blocking]
        folded = traced.folded()
        assert read_experiment(experiment.to_json()) == experiment
        assert read_link(experiment.to_link()).is_same(experiment)
        assert [row.id for row in folded.rows[:-1]] == [node.id for node in experiment.nodes]
        if traced.broken:
            assert told and folded.broken.impossible.reason and folded.broken.impossible.hint
        else:
            assert (folded.parameters, folded.multiply_adds) == (traced.parameters, traced.multiply_adds)
        if not told:
            whole = experiment
    rows = whole.trace(facts).rows
    model = build_model(whole, facts)
    built = [(model.get_layer(row.name).output.shape[1:], model.get_layer(row.name).count_params()) for row in rows]
    assert built == [(row.output_shape, row.parameters) for row in rows]
