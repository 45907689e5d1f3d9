"""The arithmetic of layers against Keras itself."""

import random

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from benchmarks import graphs
from core.experiment.network import trace
from core.layers import Impossible, Layer
from core.layers.blocks import Block
from core.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from core.layers.dense import Dense
from core.layers.joining import Multiply
from core.layers.pooling import AveragePooling2D, MaxPooling2D
from core.layers.regularization import BatchNormalization
from core.layers.rescaling import Rescaling
from core.layers.reshaping import Flatten, ZeroPadding2D
from core.spec import kinds

GRAPHS, FIELDS = 300, 25
"""2 000 of them: `python -m benchmarks graphs`."""


def test_random_graphs_of_every_kind_with_every_option_are_told_as_keras_tells_them():
    """Shapes, parameters, non-trainable ones, multiply-adds; and both refuse the same layers."""
    wrong, refused, used = graphs.compare_with_keras(GRAPHS, seed=2026)

    assert not wrong
    assert 50 < refused < GRAPHS - 100
    assert {(kind.__name__, "") for kind in kinds(Layer).values() if not issubclass(kind, Block)} <= used
    plain = [kind for kind in kinds(Layer).values() if not issubclass(kind, Block)]
    assert {(kind.__name__, name) for kind in plain for name in kind.options()} <= used


@pytest.mark.parametrize("seed", range(FIELDS))
def test_the_receptive_field_of_a_random_graph_is_where_the_gradient_is_not_zero(seed):
    assert graphs.field_fault(random.Random(seed)) == ""


@pytest.mark.parametrize(
    ("layer", "kernels"),
    [
        (Conv2D(filters=5, kernel_size=3, strides=2, padding="same"), 1),
        (DepthwiseConv2D(kernel_size=3, depth_multiplier=2), 1),
        (SeparableConv2D(filters=7, kernel_size=5), 2),
    ],
)
def test_a_convolution_multiplies_every_weight_once_at_every_place(layer, kernels):
    shape = (13, 11, 4)
    built = layer.build()
    built.build((None, *shape))
    height, width, _ = layer.output_shape(shape)
    weights = sum(int(np.prod(w.shape)) for w in built.weights[:kernels])

    assert layer.multiply_adds(shape) == height * width * weights


def test_the_formula_with_numbers_in_it_gives_the_count():
    for layer, shape in [
        (Conv2D(filters=64), (28, 28, 1)),
        (SeparableConv2D(filters=8, depth_multiplier=2), (9, 9, 3)),
        (DepthwiseConv2D(use_bias=False), (9, 9, 3)),
        (Dense(units=10), (128,)),
        (BatchNormalization(), (2,)),
    ]:
        assert eval(layer.parameter_formula(shape).replace("·", "*")) == layer.parameters(shape)


def test_the_receptive_field_is_what_moves_an_output():
    """The outermost inputs with a gradient, in a network of ones, are as far apart as the receptive field says."""
    import tensorflow as tf

    stacks = [
        [Conv2D(filters=1, kernel_size=3), MaxPooling2D(), Conv2D(filters=1, kernel_size=3)],
        [Conv2D(filters=1, kernel_size=3, dilation_rate=3), AveragePooling2D(pool_size=3, strides=2)],
        [Conv2D(filters=1, kernel_size=5, strides=2), Conv2D(filters=1, kernel_size=3, strides=2), Conv2D(filters=1)],
    ]
    for stack in stacks:
        # A maximum moves with one input only; the mean over the same window sees all of it.
        linear = [AveragePooling2D(pool_size=s.pool_size) if isinstance(s, MaxPooling2D) else s for s in stack]
        image = values = keras.Input((41, 41, 1))
        for layer in linear:
            values = layer.build()(values)
        model = keras.Model(image, values)
        model.set_weights([np.ones_like(w) for w in model.get_weights()])
        pixels = tf.ones((1, 41, 41, 1))
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            out = model(pixels)
            middle = out[0, out.shape[1] // 2, out.shape[2] // 2, 0]
        columns = np.flatnonzero(np.abs(tape.gradient(middle, pixels).numpy()[0, ..., 0]).sum(0))

        row = trace((41, 41, 1), stack, Dense(units=1)).rows[len(stack) - 1]
        assert columns[-1] - columns[0] + 1 == row.receptive_field


def test_batch_normalization_has_as_many_trained_as_running_numbers():
    layer = BatchNormalization()

    assert (layer.parameters((2,)) - layer.non_trainable((2,)), layer.non_trainable((2,))) == (4, 4)


def test_rescaling_multiplies_by_the_scale_and_adds_the_offset():
    pixels = np.random.default_rng(3).random((2, 4, 4, 3), np.float32)

    np.testing.assert_allclose(Rescaling(scale=16.0, offset=-0.5).build()(pixels), 16 * pixels - 0.5, rtol=1e-6)
    assert Rescaling(scale=16.0, offset=0.0).words() == "×16"
    assert Rescaling().words() == "×2 -1"


def test_an_impossible_layer_says_why_and_how_to_mend_it():
    with pytest.raises(Impossible, match="a 5x5 kernel does not fit the 3x3 input") as caught:
        Conv2D(kernel_size=5).output_shape((3, 3, 8))

    assert "padding='same'" in caught.value.hint
    assert caught.value.fixes == {"padding": "same"}
    with pytest.raises(Impossible, match="flat list of 72 values"):
        Conv2D().output_shape(Flatten().output_shape((3, 3, 8)))


def test_a_layer_that_is_called_linear_is_one_in_keras_and_a_join_too():
    draw, linear = np.random.default_rng(5), [kind for kind in kinds(Layer).values() if kind.is_linear]

    def gives(built, one, other):
        """(a - b) - (c - 0): what an affine map makes of pairs that sum to zero is zero."""
        given = [one, other, one + other, 0 * one]
        told = [np.asarray(built([x, 2 * x] if joins else x, training=False), np.float64) for x in given]
        return np.abs(told[0] + told[1] - told[2] - told[3]).max() / max(1e-9, np.abs(told[2]).max())

    for kind in [*linear, MaxPooling2D, Multiply]:
        layer = kind()
        layer = layer.edited(activation="linear") if "activation" in kind.model_fields else layer
        joins = kind.takes != (1, 1)
        one, other = draw.normal(size=(2, 2, 8, 8, 3)).astype(np.float32)
        assert (gives(layer.build(), one, other) < 1e-4) == layer.is_linear == (not layer.bends), kind
    assert len(linear) > 10


def test_what_few_need_is_said_only_where_it_is_set():
    assert set(Conv2D().model_dump()) == {
        *("kind", "filters", "kernel_size", "strides", "padding", "dilation_rate", "activation", "use_bias")
    }
    assert Conv2D(groups=2).model_dump()["groups"] == 2
    assert "groups" not in Conv2D().source() and "groups=2" in Conv2D(groups=2).source()


@pytest.mark.parametrize(
    ("said", "kept"),
    [(2, 2), ((2, 2), 2), ((1, 2), (1, 2)), (((1, 1), (2, 2)), (1, 2)), (((0, 1), (1, 1)), ((0, 1), (1, 1)))],
)
def test_a_border_is_kept_in_its_shortest_form(said, kept):
    layer = ZeroPadding2D(padding=said)

    assert layer.padding == kept
    assert ZeroPadding2D.model_validate_json(layer.model_dump_json()) == layer


@pytest.mark.parametrize("said", [0, 16, -1, True, 3.0, "3", None, (), (3,), (3, 0), (1, 2, 3), ((1, 1), (1, 1))])
def test_a_side_that_can_be_no_kernels_is_refused_with_what_it_may_be(said):
    with pytest.raises(ValidationError, match="a whole number from 1 to 15, or"):
        Conv2D(kernel_size=said)
