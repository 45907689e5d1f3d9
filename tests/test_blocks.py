"""Blocks: what each stands for, against networks that Keras ships or that are written out by hand."""

import json
from itertools import product

import keras
import numpy as np
import pytest

from core.build.codegen import script
from core.build.model import build_model
from core.errors import UserError
from core.experiment import Experiment, stack
from core.experiment.network import Trace, trace
from core.experiment.node import nodes_of
from core.experiment.reading import read_experiment, read_link
from core.layers import Layer
from core.layers.activation import Activation
from core.layers.blocks import Block
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.group import Group
from core.layers.inception import InceptionBlock
from core.layers.mobilenet import InvertedResidualBlock, MobileNetBlock
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.pretrained import Base
from core.layers.regularization import BatchNormalization
from core.layers.reshaping import Flatten
from core.layers.residual import ResidualBlock
from core.layers.squeeze_excite import SqueezeExcite
from core.layers.vgg import VGGBlock
from core.spec import kinds

BLOCKS = [
    kind
    for kind in kinds(Layer).values()
    if issubclass(kind, Block) and kind is not Group and not issubclass(kind, Base)
]
STEM = Conv2D(filters=6, padding="same")
SHAPE = (9, 7, 6)


def stem(filters, strides=1, kernel_size=3):
    """A convolution of MobileNet outside its blocks."""
    layer = Conv2D(
        filters=filters,
        kernel_size=kernel_size,
        strides=strides,
        padding="same",
        use_bias=False,
        activation="linear",
    )
    return [layer, BatchNormalization(), Activation(activation="relu6")]


MOBILENET = [
    *stem(32, 2),
    *(
        MobileNetBlock(filters=filters, strides=strides, repeats=repeats)
        for filters, strides, repeats in ((64, 1, 1), (128, 2, 2), (256, 2, 2), (512, 2, 6), (1024, 2, 2))
    ),
    GlobalAveragePooling2D(),
]
MOBILENET_V2 = [
    *stem(32, 2),
    InvertedResidualBlock(filters=16, expansion=1),
    *(
        InvertedResidualBlock(filters=filters, strides=strides, repeats=repeats)
        for filters, strides, repeats in ((24, 2, 2), (32, 2, 3), (64, 2, 4), (96, 1, 3), (160, 2, 3), (320, 1, 1))
    ),
    *stem(1280, kernel_size=1),
]


def learning(traced_or_model):
    """(output shape, parameters) of every layer that owns numbers, in order."""
    if isinstance(traced_or_model, Trace):
        return [(row.output_shape, row.parameters) for row in traced_or_model.rows if row.parameters]
    layers = [layer for layer in traced_or_model.layers if layer.count_params()]
    return [(tuple(layer.output.shape[1:]), layer.count_params()) for layer in layers]


def test_mobilenet_of_our_blocks_has_the_shapes_and_parameters_of_keras_own():
    with keras.StatelessScope(initialize_variables=False):
        theirs = keras.applications.MobileNet(weights=None)
    ours = trace((224, 224, 3), MOBILENET, Dense(units=1000, activation="softmax"))

    assert (ours.parameters, ours.trainable, ours.parameters - ours.trainable) == (4_253_864, 4_231_976, 21_888)
    assert learning(ours)[:-1] == learning(theirs)[:-1]  # the last one is a 1x1 convolution there
    assert ours.parameters == theirs.count_params()


def test_mobilenet_v2_of_our_blocks_has_the_shapes_and_parameters_of_keras_own():
    with keras.StatelessScope(initialize_variables=False):
        theirs = keras.applications.MobileNetV2((160, 160, 3), include_top=False, weights=None)
    *rows, _ = trace((160, 160, 3), [*MOBILENET_V2, Flatten()], Dense(units=1)).rows
    ours = Trace((160, 160, 3), tuple(rows))

    assert ours.parameters == theirs.count_params() == 2_257_984
    assert learning(ours) == learning(theirs)
    assert sum(row.kind == "Add" for row in rows) == sum(layer.name.endswith("_add") for layer in theirs.layers)


def test_an_inception_block_is_that_of_googlenet():
    block = InceptionBlock(path_1x1=64, narrow_3x3=96, path_3x3=128, narrow_5x5=16, path_5x5=32, path_pool=32)

    assert block.output_shape((28, 28, 192)) == (28, 28, 256)
    assert block.parameters((28, 28, 192)) == 163_696
    assert block.multiply_adds((28, 28, 192)) == 28 * 28 * (163_696 - 368)  # each weight once a place, biases none


def by_hand(values, layers):
    """A Keras layer after another."""
    for layer in layers:
        values = layer(values)
    return values


def residual_by_hand(values):
    """ResidualBlock(filters=8, strides=2, repeats=2), and the bottleneck of two filters, in plain Keras."""
    L = keras.layers

    def plain(x, strides):
        main = by_hand(x, [L.Conv2D(8, 3, strides, "same", use_bias=False), L.BatchNormalization(), L.ReLU()])
        main = by_hand(main, [L.Conv2D(8, 3, 1, "same", use_bias=False), L.BatchNormalization()])
        if strides > 1:
            x = by_hand(x, [L.Conv2D(8, 1, strides, use_bias=False), L.BatchNormalization()])
        return L.ReLU()(L.Add()([main, x]))

    values = plain(plain(values, 2), 1)
    inner = [L.Conv2D(2, 1, activation="relu"), L.Conv2D(2, 3, padding="same", activation="relu"), L.Conv2D(8, 1)]
    return L.ReLU()(L.Add()([by_hand(values, inner), values]))


def inception_by_hand(values):
    L = keras.layers
    pool = L.MaxPooling2D(3, 1, "same")
    conv = lambda filters, size: L.Conv2D(filters, size, padding="same", activation="relu")  # noqa: E731
    paths = [
        [conv(3, 1)],
        [conv(2, 1), conv(4, 3)],
        [conv(1, 1), conv(2, 5)],
        [pool, conv(2, 1)],
    ]
    return L.Concatenate()([by_hand(values, path) for path in paths])


def mobile_by_hand(values):
    """A MobileNetBlock of 8 filters at stride 2, then two inverted residuals, the second of which adds."""
    L = keras.layers
    norm, relu6 = L.BatchNormalization, lambda: L.ReLU(6.0)
    values = by_hand(values, [L.DepthwiseConv2D(3, 2, "same", use_bias=False), norm(), relu6()])
    values = by_hand(values, [L.Conv2D(8, 1, use_bias=False), norm(), relu6()])

    def inverted(x, filters):
        wide = by_hand(x, [L.Conv2D(3 * x.shape[-1], 1, use_bias=False), norm(), relu6()])
        wide = by_hand(wide, [L.DepthwiseConv2D(3, 1, "same", use_bias=False), norm(), relu6()])
        narrow = by_hand(wide, [L.Conv2D(filters, 1, use_bias=False), norm()])
        return L.Add()([narrow, x]) if filters == x.shape[-1] else narrow

    return inverted(inverted(values, 4), 4)


def vgg_by_hand(values):
    L = keras.layers
    conv = lambda: L.Conv2D(5, 3, padding="same", activation="relu")  # noqa: E731
    return by_hand(values, [conv(), conv(), L.MaxPooling2D(), conv(), conv(), L.MaxPooling2D()])


def squeezed_by_hand(values):
    L = keras.layers
    mean = L.GlobalAveragePooling2D(keepdims=True)
    weights = by_hand(values, [mean, L.Dense(2, activation="relu"), L.Dense(6, activation="sigmoid")])
    return L.Multiply()([values, weights])


BOTTLENECK = ResidualBlock(filters=2, bottleneck=True, batch_normalization=False)
WRITTEN = {
    "residual": (
        (
            ResidualBlock(filters=8, strides=2, repeats=2),
            ResidualBlock(filters=2, bottleneck=True, batch_normalization=False),
        ),
        residual_by_hand,
    ),
    "inception": (
        (InceptionBlock(path_1x1=3, narrow_3x3=2, path_3x3=4, narrow_5x5=1, path_5x5=2, path_pool=2),),
        inception_by_hand,
    ),
    "mobile": (
        (MobileNetBlock(filters=8, strides=2), InvertedResidualBlock(filters=4, expansion=3, repeats=2)),
        mobile_by_hand,
    ),
    "squeeze and excite": ((SqueezeExcite(ratio=3),), squeezed_by_hand),
    "vgg": ((VGGBlock(filters=5, repeats=2),), vgg_by_hand),
}


@pytest.mark.parametrize(("blocks", "written"), WRITTEN.values(), ids=WRITTEN)
def test_the_built_blocks_compute_what_the_same_layers_written_in_keras_do(blocks, written):
    experiment = Experiment(layers=(STEM, *blocks, Flatten()))
    facts = experiment.dataset.facts()
    model, image = build_model(experiment, facts), keras.Input(facts.shape)
    rescaled = keras.layers.Rescaling(1 / 255)(image)
    values = written(keras.layers.Conv2D(6, 3, padding="same", activation="relu")(rescaled))
    values = keras.layers.Dense(10, "softmax")(keras.layers.Flatten()(values))
    theirs, draw = keras.Model(image, values), np.random.default_rng(3)
    weights = [draw.uniform(0.2, 0.6, weight.shape) - 0.3 * (weight.ndim > 1) for weight in model.get_weights()]
    images = draw.integers(0, 256, (4, *facts.shape)).astype(np.float32)
    names = {}
    exec(compile(script(experiment).split("model.compile(")[0], "network.py", "exec"), names)
    # Keras orders the layers of a graph by depth: weights go by the kernels' shapes in the order of making.
    for one in (model, names["model"]):
        one.set_weights(weights)
    _put(theirs, experiment, facts, model)

    assert model.count_params() == theirs.count_params() == experiment.trace(facts).parameters
    np.testing.assert_allclose(model(images), theirs(images), atol=1e-5)
    np.testing.assert_array_equal(names["model"](images), model(images))


def _put(theirs, experiment, facts, model):
    """The weights of our model into one whose layers were made in the same order within each kind."""
    rows = {}
    for row in experiment.trace(facts).rows:
        if row.parameters:
            rows.setdefault(row.kind, []).append(model.get_layer(row.name).get_weights())
    made = sorted((layer for layer in theirs.layers if layer.weights), key=lambda layer: _number(layer.name))
    for layer in made:
        layer.set_weights(rows[type(layer).__name__].pop(0))
    assert not any(rows.values())


def _number(name):
    """conv2d_12 -> 12, conv2d -> 0: the order in which Keras made layers of a kind."""
    end = name.rpartition("_")[2]
    return int(end) if end.isdigit() else 0


TWO = (STEM, ResidualBlock(filters=8, strides=2, repeats=2, name="narrow"), VGGBlock(filters=4), Flatten())


def test_a_block_is_one_row_when_folded_and_its_layers_when_not():
    traced = Experiment(layers=TWO).trace(Experiment().dataset.facts())
    folded, inner = traced.folded(), traced.inside("residual_block_1")
    (row,) = [row for row in folded.rows if row.id == "residual_block_1"]

    assert [row.kind for row in folded.rows] == ["Conv2D", "ResidualBlock", "VGGBlock", "Flatten", "Dense"]
    assert [row.index for row in folded.rows] == [0, 1, 2, 3, None]
    assert [row.inputs for row in folded.rows] == [("image",), *((row.id,) for row in folded.rows[:-1])]
    assert (len(inner), {row.index for row in inner}, {row.called for row in inner}) == (16, {1}, {"ResidualBlock #2"})
    assert row.output_shape == inner[-1].output_shape and row.input_shape == inner[0].input_shape
    assert row.parameters == sum(one.parameters for one in inner) == row.layer.parameters(row.input_shape)
    assert row.multiply_adds == sum(one.multiply_adds for one in inner) == row.layer.multiply_adds(row.input_shape)
    assert row.non_trainable == row.layer.non_trainable(row.input_shape)
    assert row.receptive_field == inner[-1].receptive_field > inner[0].receptive_field
    assert (folded.parameters, folded.trainable) == (traced.parameters, traced.trainable)
    assert folded.is_chain and not traced.is_chain and not traced.unread
    assert len({one.name for one in traced.rows}) == len({one.id for one in traced.rows}) == len(traced.rows)


def test_json_and_link_keep_blocks_and_the_script_names_them_above_their_layers():
    experiment = Experiment(layers=TWO)
    lines = script(experiment).splitlines()
    heading = lines.index("# ResidualBlock #2, narrow (the next 16 layers): 8 filters 3x3 stride 2 ×2.")

    assert read_experiment(experiment.to_json()) == read_link(experiment.to_link()) == experiment
    behind = lines.index("# VGGBlock #3 (the next 3 layers): 2 of 4 filters 3x3 pool.")
    inside = [line for line in lines[heading:behind] if "name=" in line]
    assert 'name="conv2d_2"' in inside[0]
    assert len(inside) == 16
    assert experiment.network_line() == "Conv 6 · Residual 8×2 · VGG 4 · Dense 10"


@pytest.mark.parametrize("kind", BLOCKS, ids=lambda kind: kind.__name__)
def test_a_block_behind_flatten_is_explained_as_itself_and_nothing_inside_is_blamed(kind):
    experiment = Experiment(layers=(Flatten(), kind()))
    facts = experiment.dataset.facts()
    (problem, *_) = experiment.problems()

    assert problem.message.startswith(f"{kind.__name__} #2: ") and problem.index == 1
    assert [row.id for row in experiment.trace(facts).rows][1:2] == [experiment.nodes[1].id]
    assert stack.before_flat(experiment.trace(facts), 1) == [(1, 0)]
    assert not [one for one in Experiment(layers=(STEM, kind(), Flatten())).problems() if one.where == "network"]


def test_an_expansion_wider_than_a_layer_may_be_is_mended_by_its_own_field():
    experiment = Experiment(layers=(Conv2D(filters=1000), InvertedResidualBlock(), Flatten()))
    (problem, *_) = experiment.problems()
    mended = stack.mended(experiment.nodes, experiment.nodes[1].id, *problem.fixes[0])

    assert problem.fixes == (("expansion", 4),)
    assert not experiment.edited(nodes=mended).trace(experiment.dataset.facts()).broken


@pytest.mark.parametrize("kind", BLOCKS, ids=lambda kind: kind.__name__)
def test_no_block_stands_for_more_layers_than_it_says_whatever_it_is_given(kind):
    tried = {"filters": (1, 3), "strides": (1, 2), "repeats": (1, 2), "expansion": (1, 2), "bottleneck": (False, True)}
    tried = {name: values for name, values in tried.items() if name in kind.model_fields}
    for values in product(*tried.values()):
        block = kind(**dict(zip(tried, values, strict=True)))
        assert max(len(block.expand((8, 8, maps))) for maps in (1, 2, 3)) <= block.size()


MOST = ResidualBlock(repeats=50)


def test_more_layers_than_a_network_may_have_are_refused_before_any_block_is_unfolded(monkeypatch):
    full = nodes_of((MOST, MOST))
    monkeypatch.setattr(Block, "expand", lambda *_: pytest.fail("a block was unfolded"))
    for attempt in (
        lambda: stack.inserted(full, 0, MOST),
        lambda: stack.duplicated(full, full[0].id),
        lambda: stack.replaced(nodes_of((MOST, Flatten(), MOST)), "flatten_1", MOST),
        lambda: read_experiment(json.dumps({"layers": [MOST.model_dump()] * 399})),
        lambda: read_experiment('{"layers": [{"kind": "ResidualBlock", "repeats": 1000}]}'),
        lambda: read_experiment('{"layers": [{"kind": "VGGBlock", "filters": 1e300, "convolutions": -5}]}'),
        lambda: read_experiment('{"layers": [{"kind": "VGGBlock", "name": "a\\nimport os"}]}'),
    ):
        with pytest.raises(UserError) as refusal:
            attempt()
        assert refusal.value.remedy and len(refusal.value.what) < 200
