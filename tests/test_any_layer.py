"""Layers that nobody here has thought of: whatever they say of themselves, nothing breaks, nothing wrong is claimed."""

from itertools import product
from typing import ClassVar, get_args

import keras
import numpy as np
import pytest

from benchmarks.random_graphs import PLAIN
from core.build.model import INPUT, SCALING, build_model
from core.experiment.network import Row, Trace
from core.experiment.node import IMAGE, Node
from core.layers import Layer, Reads, Window
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.joining import Concatenate
from core.layers.reshaping import Flatten
from core.lens.feature_maps import FeatureMaps
from core.lens.geometry import links
from core.lens.kernels import Kernels
from core.lens.network import Network
from core.lens.outline import Outline
from core.spec import kinds

SIDE = 8
WINDOWS = (Window(), Window(3), Window((3, 1), 2, 1), Window(2, 1, (3, 2)), Window(5, 4), Window(whole=True))
SHAPES = ((8, 8, 3), (8, 8, 6), (4, 4, 3), (16, 16, 3), (9, 7, 5), (1, 1, 3), (3,), (192,), (7,))


def chain(shape, *layers):
    """The rows of layers one after another, of kinds that no catalogue has."""
    rows, before, given = [], IMAGE, shape
    for i, layer in enumerate(layers):
        made, name = layer.output_shape(given), f"layer_{i}"
        rows.append(Row(i, name, name, layer.kind, layer, (before,), (given,), made))
        before, given = name, made
    return rows


def saying(reads, window, shape, padding=(0, 0)):
    """A layer that says all this about itself, true or not."""

    class Any(Layer):
        """Any layer."""

        def window(self, given):
            return window

        def border(self, given):
            return padding

        def output_shape(self, given):
            return shape

    Any.reads = reads
    return Any()


@pytest.mark.parametrize("reads", get_args(Reads))
def test_whatever_a_layer_of_flat_values_says_its_inputs_are_told(reads):
    for window, units in product(WINDOWS, (9, 5)):
        rows = chain((3, 3, 1), Flatten(), saying(reads, window, (units,)))
        one_by_one = units == 9 and reads not in ("all maps", "everything")
        assert links(rows)[1].reads == ("own value" if one_by_one else "everything")


class Conv2DTranspose(Layer):
    """Spreads every value over a window of a larger map."""

    keras: ClassVar[str] = "layers.Conv2DTranspose"
    reads: ClassVar[Reads] = "everything"
    does: ClassVar[str] = "convolve"

    def keras_arguments(self):
        return {"filters": 2, "kernel_size": 3, "strides": 3}

    def output_shape(self, shape):
        return (3 * shape[0], 3 * shape[1], 2)

    def kernel_planes(self, weights, filters=None, channels=None):
        return np.transpose(weights["kernel"][:, :, :filters, :channels], (2, 3, 0, 1))  # Keras has (k, k, out, in)


def test_a_transposed_convolution_shows_what_one_value_of_a_map_spreads(small):
    """An impulse in each input map, through Keras, draws the kernel; the axes are the layer's own word."""
    facts = small.dataset.facts()
    layers = (Conv2D(filters=4), Conv2DTranspose(), Flatten(), Dense(units=10, activation="softmax"))
    traced = Trace(facts.shape, tuple(chain(facts.shape, *layers)))
    image = values = keras.Input(facts.shape, name=INPUT)
    values = keras.layers.Rescaling(1 / 255, name=SCALING)(values)
    for row in traced.rows:
        layer = row.layer.build()
        layer.name = row.name
        values = layer(values)
    network = Network(Outline(small, facts, traced), keras.Model(image, values))
    _, told = Kernels().look(network, np.zeros((0, 8, 8, 1), np.uint8)).layers

    assert told["planes"].shape == (2, 4, 3, 3)
    layer = network.model.get_layer(traced.rows[1].name)
    for channel in range(4):
        impulse = np.zeros((1, 1, 1, 4), np.float32)
        impulse[..., channel] = 1
        np.testing.assert_allclose(np.moveaxis(layer(impulse)[0], -1, 0), told["planes"][:, channel], rtol=1e-6)
    assert links(traced.rows)[1].reads == "everything"
    maps = FeatureMaps().look(network, np.zeros((1, 8, 8, 1), np.uint8)).layers[1]
    assert maps["shape"] == [18, 18, 2]


EVERY = tuple(
    {
        "Conv2D": Conv2D(filters=6, kernel_size=(1, 3), groups=2),
        "Resizing": kinds(Layer)["Resizing"](height=14, width=6),
        "Reshape": kinds(Layer)["Reshape"](target_shape=(2, -1, 4)),
        "GroupNormalization": kinds(Layer)["GroupNormalization"](groups=2),
        "GlobalMaxPooling2D": kinds(Layer)["GlobalMaxPooling2D"](keepdims=True),
        "ZeroPadding2D": kinds(Layer)["ZeroPadding2D"](padding=((0, 1), (2, 0))),
        "Cropping2D": kinds(Layer)["Cropping2D"](cropping=((1, 0), (0, 2))),
    }.get(kind.__name__, kind())
    for kind in dict.fromkeys(PLAIN)
)
"""A layer of every kind of the catalogue that has one input, some with unusual settings."""


def network_of_every_layer():
    """Each of them reads the same maps; all are laid out and joined before the answer."""
    nodes = [Node(id="stem", layer=Conv2D(filters=4, padding="same"))]
    for place, layer in enumerate(EVERY):
        nodes.append(Node(id=f"l{place}", layer=layer, inputs=("stem",)))
        nodes.append(Node(id=f"f{place}", layer=Flatten()))
    flat = [f"f{place}" for place in range(len(EVERY))]
    halves = (flat[: len(flat) // 2], flat[len(flat) // 2 :])
    joins = [Node(id=f"half{i}", layer=Concatenate(), inputs=tuple(half)) for i, half in enumerate(halves)]
    return (*nodes, *joins, Node(id="all", layer=Concatenate(), inputs=("half0", "half1")))


def test_every_layer_of_the_catalogue_is_built_looked_at_and_answered_with(small):
    experiment = small.edited(nodes=network_of_every_layer())
    facts = experiment.dataset.facts()
    assert not [problem for problem in experiment.problems() if problem.blocking]
    network = Network(Outline.of(experiment), build_model(experiment, facts))
    image = np.random.default_rng(0).integers(0, 256, (1, *facts.shape), np.uint8)

    looked = {one["name"]: one for one in FeatureMaps().look(network, image).layers}
    rows = {row.id: row for row in experiment.trace(facts).rows}
    kernels = {one["name"]: one["planes"] for one in Kernels().look(network, image[:0]).layers}
    for place, layer in enumerate(EVERY):
        row = rows[f"l{place}"]
        assert tuple(looked[row.name]["shape"]) == row.output_shape, layer
        assert np.isfinite(looked[row.name]["values"]).all(), layer
        if layer.family == "Convolution":
            own = layer.reads == "own map"
            assert kernels[row.name].shape[:2] == (row.output_shape[2], 1 if own else 4)
            assert kernels[row.name].shape[2:] == layer.window((8, 8, 4)).size
    np.testing.assert_allclose(network.answer(image)[1].sum(), 1, rtol=1e-5)
