"""Random networks of every kind of layer: what is said of them against Keras, the gradient, and the exported script."""

import contextlib
import io
import random
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import Row, Setting
from benchmarks.random_graphs import random_graph, random_shape, used_options, whole_graph
from core.experiment import Experiment
from core.experiment.network import Row as LayerRow
from core.experiment.network import Trace, trace
from core.experiment.node import IMAGE
from core.layers import Layer, Shape
from core.layers.activation import Activation
from core.layers.blocks import Block
from core.layers.dense import Dense
from core.layers.pooling import AveragePooling2D, GlobalAveragePooling2D
from core.options import both

if TYPE_CHECKING:
    import keras

JUDGED, FIELDS, SCRIPTS = 2000, 300, 200
BLURRED = ("Permute", "Reshape", "LayerNormalization", "GroupNormalization")
"""Kinds behind which the gradient tells no rectangle: values change places, or their sum is always the same."""


def measure(setting: Setting) -> list[Row]:
    """How many networks were told otherwise than by what is so."""
    judged, fields, scripts = (setting.size(full, 10) for full in (JUDGED, FIELDS, SCRIPTS))
    wrong, refused, used = compare_with_keras(judged, seed=1)
    blind = [found for seed in range(fields) if (found := field_fault(random.Random(seed)))]
    unlike = [found for seed in range(scripts) if (found := script_fault(random.Random(seed)))]
    options = f"{refused} with a layer that can't be; {len(used)} options tried"
    return [
        Row(f"networks that Keras sees otherwise, of {judged}", (len(wrong),), at_most=0, note=(wrong or [options])[0]),
        Row(f"receptive fields unlike the gradient's, of {fields}", (len(blind),), at_most=0, note="".join(blind[:1])),
        Row(f"scripts with other weights, of {scripts}", (len(unlike),), at_most=0, note="".join(unlike[:1])),
    ]


def compare_with_keras(count: int, seed: int) -> tuple[list[str], int, set[tuple[str, str]]]:
    """Shapes, parameters, multiply-adds and refusals of random networks.

    Args:
        count: how many networks.
        seed: of the draws.

    Returns:
        A sentence for each that differs; how many have a layer that can't be; the options that Keras took, each as
        (kind, name), with the kind itself as (kind, "").
    """
    import keras

    draw, wrong, refused, used = random.Random(seed), [], 0, set()
    with keras.StatelessScope(initialize_variables=False):  # twice as fast: weights are counted, never filled
        for _ in range(count):
            shape = random_shape(draw)
            nodes = random_graph(draw, shape)
            rows = trace(shape, nodes, Dense(units=2)).rows[:-1]
            ours = [None if row.output_shape is None else told_of(row) for row in rows]
            theirs = keras_says(shape, rows)
            if ours != theirs:
                place = next(i for i, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1])
                wrong.append(f"{rows[place].layer!r} on {rows[place].input_shapes}: {ours[place]}, not {theirs[place]}")
            refused += None in ours
            for row in rows:
                if row.output_shape is not None:
                    used |= {(row.kind, ""), *used_options(row)}
    return wrong, refused, used


def told_of(row: LayerRow) -> tuple[Shape, int, int, int]:
    """Shape, parameters, non-trainable ones, multiply-adds."""
    return row.output_shape, row.parameters, row.non_trainable, row.multiply_adds


def keras_says(shape: Shape, rows: tuple[LayerRow, ...]) -> list[tuple[Shape, int, int, int] | None]:
    """For each row what `told_of` tells, counted on Keras' own layer; None behind a refusal."""
    import keras

    values: dict[str, Any] = {IMAGE: keras.Input(shape)}
    found = []
    for row in rows:
        read = [values[one] for one in row.inputs]
        layer = None
        # Keras stretches maps and flat values to one another by a rule hard to foresee: we ask for a Flatten instead.
        # A block that can't be stands for no layers; Resizing takes a flat list for an image, until it runs.
        can_be = not isinstance(row.layer, Block) and not (row.kind == "Resizing" and _is_flat(read[0]))
        if can_be and all(one is not None for one in read) and len({len(one.shape) for one in read}) == 1:
            with contextlib.suppress(ValueError, TypeError, IndexError):
                layer = row.layer.build()
                made = layer(read if len(read) > 1 else read[0])
                values[row.id] = made
        if row.id not in values:
            values[row.id] = None
            found.append(None)
            continue
        untrained = sum(prod(weight.shape) for weight in layer.non_trainable_weights)
        counted = multiplications(layer, [one.shape[1:] for one in read], made.shape[1:])
        found.append((tuple(made.shape[1:]), layer.count_params(), untrained, counted))
    return found


def multiplications(layer: Any, given: list[Shape], made: Shape) -> int:
    """Of one image: every weight of a kernel once for every place it is laid on."""
    kernels = sum(prod(weight.shape) for weight in layer.weights if weight.name.endswith("kernel"))
    kind = type(layer).__name__
    if kind == "Multiply":
        return prod(made) * (len(given) - 1)
    if kind == "Dense":
        return prod(given[0][:-1]) * kernels
    return prod((given[0] if kind == "Conv2DTranspose" else made)[:2]) * kernels if kernels else 0


def field_fault(draw: random.Random) -> str:
    """What is wrong with the receptive field of a random network's last maps, or nothing.

    The gradient of each of their values, in a network of positive weights, is not zero exactly where it sees.
    """
    shape = random_shape(draw)
    traced = trace(shape, random_graph(draw, shape), Dense(units=2))
    good = [row for row in traced.rows[:-1] if row.output_shape is not None and len(row.output_shape) == 3]
    good = [row for row in good if not any(blurs(one.layer) or is_uneven(one.layer) for one in upstream(row, traced))]
    if not good:
        return ""
    row = good[-1]
    theirs = seen_by_gradient(traced, row)
    if row.sees == theirs:
        return ""
    return f"{[one.layer for one in upstream(row, traced)]} on {shape}: {row.sees}, not {theirs}"


def upstream(row: LayerRow, traced: Trace) -> list[LayerRow]:
    """A row and all that it hangs on."""
    by_id, wanted = {one.id: one for one in traced.rows}, {row.id}
    for one in reversed(traced.rows):
        wanted |= set(one.inputs) if one.id in wanted else set()
    return [one for one in by_id.values() if one.id in wanted]


def blurs(layer: Layer) -> bool:
    """Whether the gradient can't tell the rectangle behind a layer."""
    return layer.kind in BLURRED or getattr(layer, "interpolation", "") == "bicubic"


def is_uneven(layer: Layer) -> bool:
    """Whether only some processors have what TensorFlow computes a layer by: a depthwise one with two unequal steps."""
    return layer.kind in ("DepthwiseConv2D", "SeparableConv2D") and len(set(both(layer.strides))) > 1


def plain(layer: Layer) -> Layer:
    """A layer so that the gradient shows all that is read: means for maxima, no bends, no minus."""
    said = {name: getattr(layer, name) for name in layer.options()}
    if layer.kind == "MaxPooling2D":
        return AveragePooling2D(**said)
    if layer.kind == "GlobalMaxPooling2D":
        return GlobalAveragePooling2D(**said)
    if layer.kind in ("PReLU", "LeakyReLU"):
        return Activation(activation="linear")
    known = {"activation": "linear"} | ({"scale": 1.5, "offset": 0.0} if layer.kind == "Rescaling" else {})
    return layer.edited(**{name: value for name, value in known.items() if name in said})


def seen_by_gradient(traced: Trace, row: LayerRow) -> tuple[int, int]:
    """Most rows and columns of the image that move one place of a row's maps."""
    moved = moved_by_places(traced, row)
    return _longest(moved.any(2)), _longest(moved.any(1))


def moved_by_places(traced: Trace, row: LayerRow, m: int | None = None) -> np.ndarray:
    """Which px of the image move each place of a row's maps (400 at most): bool (places, height, width).

    Args:
        traced: of the network.
        row: of which layer.
        m: which of its maps; all of them together when left out.
    """
    return moved(model_of_ones(traced, row), traced, row, m)


def model_of_ones(traced: Trace, row: LayerRow) -> "keras.Model":
    """A network up to a row, with positive weights and no bends: what moves its values can't cancel."""
    import keras

    values: dict[str, Any] = {IMAGE: keras.Input(traced.input_shape)}
    for one in upstream(row, traced):
        read = [values[source] for source in one.inputs]
        values[one.id] = plain(one.layer).build()(read if len(read) > 1 else read[0])
    model = keras.Model(values[IMAGE], values[row.id])
    for layer in model.layers:
        layer.set_weights([_positive(weight) for weight in layer.weights])
    return model


def moved(model: "keras.Model", traced: Trace, row: LayerRow, m: int | None = None) -> np.ndarray:
    """`moved_by_places` for a model that is there already."""
    import tensorflow as tf

    height, width, _ = row.output_shape
    places = np.array([(y, x) for y in range(height) for x in range(width)])
    places = places[np.linspace(0, len(places) - 1, min(len(places), 400)).astype(int)]
    images = tf.Variable(np.ones((len(places), *traced.input_shape), np.float32))
    with tf.GradientTape() as tape:
        at = np.concatenate([np.arange(len(places))[:, None], places], 1)  # each image asks about one place
        asked = tf.gather_nd(model(images, training=False), at)  # (places, maps)
        asked = tf.reduce_sum(asked if m is None else asked[:, m])
    return np.abs(tape.gradient(asked, images).numpy()).sum(-1) > 0


def _positive(weight: Any) -> np.ndarray:
    """Weights of means: nothing grows without end, nothing cancels."""
    shape = tuple(weight.shape)
    value = 0.0 if weight.name in ("moving_mean", "bias", "beta") else 1.0 / prod(shape[:-1]) if len(shape) > 1 else 1.0
    return np.full(shape, value, np.float32)


def _longest(moved: np.ndarray) -> int:
    """The longest stretch from the first to the last that moves; bool (places, side)."""
    first, last = moved.argmax(1), moved.shape[1] - moved[:, ::-1].argmax(1)
    return int(np.where(moved.any(1), last - first, 0).max())


def script_fault(draw: random.Random) -> str:
    """What differs between a random network as the app and as its script builds it, or nothing."""
    from core.build.codegen import script
    from core.build.model import build_model

    begin = Experiment()
    facts = begin.dataset.facts()
    experiment = begin.edited(nodes=whole_graph(draw, facts.shape), seed=draw.randrange(1000))
    blocking = [problem for problem in experiment.problems() if problem.blocking]
    if blocking:
        return blocking[0].message
    ours, names = build_model(experiment, facts).get_weights(), {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(script(experiment).split("model.compile(")[0], "network.py", "exec"), names)
    theirs = names["model"].get_weights()
    if len(ours) == len(theirs) and all(map(np.array_equal, ours, theirs)):
        return ""
    return f"other weights: {experiment.network_line()}"


def _is_flat(values: Any) -> bool:
    """Whether a tensor of Keras holds a flat list for each image; of what Keras refused there is none."""
    return values is not None and len(values.shape) == 2
