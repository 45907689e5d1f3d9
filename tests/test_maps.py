"""Where the values of a map come from: the windows and kernels that the page shows, against Keras itself."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from saved import save_weights

from core import datasets
from core.build.model import build_model
from core.experiment import Experiment
from core.experiment.network import trace
from core.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from core.layers.dense import Dense
from core.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, MaxPooling2D
from core.layers.reshaping import Flatten, ZeroPadding2D
from core.lens.feature_maps import BUDGET, FeatureMaps
from core.lens.geometry import field_of, links
from core.lens.kernels import Kernels
from core.lens.network import Network
from core.runs.recorder import Recorder
from pages.components.browser.packet import Packet
from tests.saved import here

SIDE = 17
HEAD = Dense(units=2)
CONVOLUTION = {"activation": "linear", "use_bias": False}
STACKS = {
    "valid": (Conv2D(filters=2, **CONVOLUTION), Conv2D(filters=2, kernel_size=4, **CONVOLUTION)),
    "even kernel, same": (Conv2D(filters=2, kernel_size=4, padding="same", **CONVOLUTION),),
    "stride, same": (Conv2D(filters=2, strides=2, padding="same", **CONVOLUTION), AveragePooling2D(padding="same")),
    "dilation": (Conv2D(filters=2, dilation_rate=3, **CONVOLUTION), Conv2D(filters=2, **CONVOLUTION)),
    "dilation, same": (Conv2D(filters=2, dilation_rate=2, padding="same", **CONVOLUTION),),
    "padding, pooling": (
        ZeroPadding2D(padding=2),
        Conv2D(filters=2, **CONVOLUTION),
        AveragePooling2D(pool_size=3, strides=2),
    ),
    "depthwise, separable": (
        DepthwiseConv2D(depth_multiplier=2, strides=2, **CONVOLUTION),
        SeparableConv2D(filters=3, padding="same", **CONVOLUTION),
    ),
}


@pytest.mark.parametrize("stack", STACKS.values(), ids=STACKS.keys())
def test_the_part_of_the_picture_that_a_value_sees_is_where_its_gradient_is_not_zero(stack):
    rows = trace((SIDE, SIDE, 1), stack, HEAD).rows[:-1]
    image = values = keras.Input((SIDE, SIDE, 1))
    for layer in stack:
        values = layer.build()(values)
    model = keras.Model(image, values)
    model.set_weights([np.ones_like(weight) for weight in model.get_weights()])
    height, width, _ = rows[-1].output_shape
    picture = tf.Variable(np.ones((1, SIDE, SIDE, 1), np.float32))

    for y, x in {(0, 0), (1, 1), (0, width - 1), (height // 2, width // 2), (height - 1, width - 1)}:
        with tf.GradientTape() as tape:
            value = model(picture)[0, y, x, 0]
        down, across = np.nonzero(tape.gradient(value, picture).numpy()[0, :, :, 0])
        assert field_of(rows, y, x) == (down.min(), down.max() + 1, across.min(), across.max() + 1)


def test_far_from_the_border_the_part_is_as_large_as_the_receptive_field():
    stack = (Conv2D(filters=2), MaxPooling2D(), Conv2D(filters=2), MaxPooling2D())
    rows = trace((40, 40, 1), stack, HEAD).rows[:-1]
    for depth in range(1, len(rows) + 1):
        top, bottom, left, right = field_of(rows[:depth], 2, 2)
        assert bottom - top == right - left == rows[depth - 1].receptive_field


def looked_at(experiment):
    """Its rows, the answers of both lenses for one picture, and the network with fresh weights."""
    run = here().create(experiment)
    model = build_model(experiment, experiment.dataset.facts())
    with Recorder(run) as record:
        save_weights(record, 1, model, lambda array: array + 0.01)  # no bias is zero
    network = Network.of(experiment, run.weights())
    picture = np.array(datasets.load(experiment.dataset).images[:1])
    return network.rows, FeatureMaps().look(network, picture), Kernels().look(network, picture)


def values(maps, i):
    """The output of the i-th layer."""
    return maps.layers[i]["values"]


def window(values, link, y, x):
    """The values (rows, columns) of one map under the window of the output at (y, x), zero beyond the border."""
    down, across = link.down, link.across
    rows = y * down.stride + down.first + down.gap * np.arange(link.size[0])
    columns = x * across.stride + across.first + across.gap * np.arange(link.size[1])
    found = np.zeros(link.size, np.float32)
    for u, row in enumerate(rows):
        for v, column in enumerate(columns):
            if 0 <= row < values.shape[0] and 0 <= column < values.shape[1]:
                found[u, v] = values[row, column]
    return found


CONVOLUTIONS = {
    "Conv2D": Conv2D(filters=5, kernel_size=3, strides=2, padding="same", activation="linear"),
    "Conv2D not square": Conv2D(
        filters=6, kernel_size=(2, 5), strides=(1, 2), padding="same", activation="linear", groups=3
    ),
    "Conv2D even": Conv2D(filters=5, kernel_size=2, padding="same", activation="linear"),
    "Conv2D spread": Conv2D(filters=5, dilation_rate=2, padding="same", activation="linear"),
    "DepthwiseConv2D": DepthwiseConv2D(depth_multiplier=2, activation="linear"),
    "SeparableConv2D": SeparableConv2D(filters=5, depth_multiplier=2, padding="same", activation="linear"),
}


@pytest.mark.parametrize("layer", CONVOLUTIONS.values(), ids=CONVOLUTIONS.keys())
def test_a_window_times_its_kernel_plus_bias_is_the_value_of_the_map(layer):
    """The sum that the page takes apart is the one that Keras made."""
    rows, maps, kernels = looked_at(Experiment(layers=(Conv2D(filters=3), layer, Flatten())))
    planes, bias, link = kernels.layers[1]["planes"], kernels.layers[1]["bias"], links(rows)[1]
    before, after = values(maps, 0), values(maps, 1)
    for m in range(after.shape[2]):
        read = [m // link.multiplier] if link.reads == "own map" else range(before.shape[2])
        for y in range(after.shape[0]):
            for x in range(after.shape[1]):
                told = sum((window(before[..., c], link, y, x) * planes[m, i]).sum() for i, c in enumerate(read))
                assert told + bias[m] == pytest.approx(after[y, x, m], rel=1e-4, abs=1e-5)


def test_the_largest_of_a_window_is_the_value_of_max_pooling():
    stack = (Conv2D(filters=3), MaxPooling2D(padding="same", pool_size=3), Flatten())
    rows, maps, _ = looked_at(Experiment(layers=stack))
    link, before, after = links(rows)[1], values(maps, 0), values(maps, 1)
    for y, x, c in np.ndindex(*after.shape):
        # After relu no value is below the zeros that `window` puts outside.
        assert window(before[..., c], link, y, x).max() == after[y, x, c]


def test_a_flattened_value_is_the_map_value_at_its_place_channels_last():
    _, maps, _ = looked_at(Experiment(layers=(Conv2D(filters=3), Flatten())))
    before, after = values(maps, 0), values(maps, 1)
    height, width, count = before.shape
    for i, value in enumerate(after):
        place, channel = divmod(i, count)
        assert value == before[place // width, place % width, channel]
    assert height * width * count == len(after)


def test_global_pooling_reads_the_whole_of_its_own_map():
    rows, maps, _ = looked_at(Experiment(layers=(Conv2D(filters=3), GlobalAveragePooling2D())))
    assert links(rows)[1].reads == "whole map"
    np.testing.assert_allclose(values(maps, 1), values(maps, 0).mean((0, 1)), rtol=1e-5)


def test_many_and_large_maps_are_cut_to_what_a_browser_takes_in_at_once():
    shapes = ((150, 150, 64), (150, 150, 128), (90_000,))
    maps = [np.zeros(shape, np.float32) for shape in shapes]
    lens = FeatureMaps()
    most = lens._maps_within_budget(maps)
    assert 1 < most < 64
    assert sum(lens._shown(values, most).size for values in maps) <= BUDGET
    assert lens._maps_within_budget([np.zeros((8, 8, 128), np.float32)]) == 64


def test_a_packet_gives_its_numbers_back():
    packet = Packet()
    first, second = np.arange(6, dtype=np.uint8).reshape(2, 3), np.array([-1.5, 2.25], np.float32)
    places = packet.put(first), packet.put(second)
    sealed = packet.seal({"words": "ü"})
    length = int.from_bytes(sealed[:4], "little")
    header, numbers = json.loads(sealed[4 : 4 + length]), np.frombuffer(sealed[4 + length :], "<f4")

    assert header["words"] == "ü"
    assert (4 + length) % 4 == 0
    np.testing.assert_array_equal(numbers[places[0] : places[0] + 6], first.ravel())
    np.testing.assert_array_equal(numbers[places[1] :], second)
    assert packet.seal({"words": "ü"}) == sealed
    assert packet.seal({"words": "u"}) != sealed
