"""Activation maximisation: an image that grows out of noise until a filter, a unit or a class answers most to it.

Gradient ascent on the pixels. The gradient is smoothed, less and less, and the image is shifted a little at every step;
without either, what is found is noise that no eye can read.

Source: Erhan et al. 2009, "Visualizing higher-layer features of a deep network"; Olah et al. 2017, "Feature
visualization", for the small shifts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.experiment.network import Row
from core.lens.body import before_activation
from core.lens.excitation import values_of
from core.lens.network import KEPT_FOR_GRADIENTS, Network
from core.lens.progress import tell
from core.lens.targets import LOGITS

STEPS = 64
AT_ONCE = 8
"""Steps between two words on how far it is."""
GREY, NOISE = 0.5, 0.06
"""Of what it begins with: mean, and standard deviation, of pixels 0..1."""
FIRST_RATE, LAST_RATE = 0.25, 0.03
"""How far the strongest pixel moves in a step, at first and at last, pixels being 0..1."""
BACK_TO_GREY = 0.01
"""Share of its way from grey that a pixel loses in each step: what no gradient asks for goes."""
SIGMA_SHARE, MOST_SIGMA = 1 / 14, 4.0
"""Of the smoothing at first: in parts of what is seen, and px; none where less than `SMALL` px are seen."""
SHIFT_SHARE, MOST_SHIFT = 1 / 16, 8
SMALL = 6
TAPS = 12
"""px to either side that smoothing reaches."""


@dataclass(frozen=True, eq=False)
class Recipe:
    """All that is drawn or set for some steps, so that a plain loop over them comes to the same image.

    Args:
        start: float32 (maps, height, width, channels), 0..1, what it begins with.
        shifts: int32 (steps, 2), rows and columns by which the image is turned round before it is looked at.
        smoothing: float32 (steps, 2 * TAPS + 1), what the gradient is smoothed with along rows and along columns.
        rates: float32 (steps,).
    """

    start: np.ndarray
    shifts: np.ndarray
    smoothing: np.ndarray
    rates: np.ndarray

    @classmethod
    def of(cls, shape: tuple[int, ...], count: int, sees: int, seed: int, steps: int = STEPS) -> "Recipe":
        """For images of a shape.

        Args:
            shape: (height, width, channels).
            count: of images.
            sees: px, the longer side of what one value of the layer sees.
            seed: of what is drawn; each image begins alike.
            steps: how many.
        """
        draw = np.random.default_rng(seed)
        start = np.clip(draw.normal(GREY, NOISE, shape), 0, 1).astype(np.float32)
        far = min(MOST_SHIFT, int(sees * SHIFT_SHARE))
        along = np.linspace(0, 1, steps)
        sigmas = (min(MOST_SIGMA, sees * SIGMA_SHARE) if sees >= SMALL else 0) * np.clip(1 - along / 0.75, 0, 1)
        return cls(
            np.repeat(start[None], count, 0),
            draw.integers(-far, far + 1, (steps, 2)).astype(np.int32),
            np.stack([bell(sigma) for sigma in sigmas]),
            (FIRST_RATE * (LAST_RATE / FIRST_RATE) ** along).astype(np.float32),
        )


def bell(sigma: float) -> np.ndarray:
    """Weights of a Gaussian of a standard deviation of `sigma` px, float32 (2 * TAPS + 1,) that sum to 1; for 0 one
    that changes nothing."""
    away = np.arange(-TAPS, TAPS + 1)
    weights = np.exp(-0.5 * (away / sigma) ** 2) if sigma > 0 else (away == 0).astype(float)
    return (weights / weights.sum()).astype(np.float32)


def sums_of(network: Network, row: Row) -> Any:
    """Keras' symbol for what is made as large as can be: what the activation of a layer is given, so that a relu that
    is not reached yet has a slope too; of the last layer the logits."""
    if row is network.rows[-1]:
        return values_of(network, row)
    layer = network.model.get_layer(row.name)
    found = before_activation(layer)
    return layer.output if found is None else found


def centre_of(row: Row) -> tuple[int, int] | None:
    """The place in the maps of a layer that is made large; None in a flat one."""
    shape = row.output_shape
    return (shape[0] // 2, shape[1] // 2) if len(shape) == 3 else None


def wished(network: Network, row: Row, maps: np.ndarray, recipe: Recipe) -> np.ndarray:
    """The images that some maps of a layer answer most to.

    Args:
        network: trained.
        row: of the layer.
        maps: int (n,), or units, or classes.
        recipe: for n images.

    Returns:
        uint8 (n, height, width, channels), 0..255.
    """
    climb, steps, found = _compiled(network, row), len(recipe.rates), []
    size = max(1, network.use().batch // KEPT_FOR_GRADIENTS)
    for start in range(0, len(maps), size):
        part = slice(start, start + size)
        images, wanted = recipe.start[part], maps[part].astype(np.int32)
        for first in range(0, steps, AT_ONCE):
            tell(start * steps + len(wanted) * first, len(maps) * steps)
            now = slice(first, first + AT_ONCE)
            images = climb(images, wanted, recipe.shifts[now], recipe.smoothing[now], recipe.rates[now])
        found.append(np.asarray(images))
    return np.rint(255 * np.concatenate(found)).astype(np.uint8)


def _compiled(network: Network, row: Row) -> Callable[..., Any]:
    """Some steps, compiled once for a layer."""
    import keras
    import tensorflow as tf

    key = ("ascent", row.name)
    if key in network.compiled:
        return network.compiled[key]
    layer, sums, place = network.model.get_layer(row.name), sums_of(network, row), centre_of(row)
    model = keras.Model(network.model.inputs, sums)

    def slopes(images: Any, maps: Any, shift: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(images)
            values = model(255 * tf.roll(images, shift, (1, 2)), training=False)
            at = values if place is None else values[:, place[0], place[1]]
            wanted = tf.gather(at, maps, batch_dims=1)
        return tape.gradient(wanted, images)

    shape = (None, *network.facts.shape)
    floats = [tf.TensorSpec(one, tf.float32) for one in (shape, (None, 2 * TAPS + 1), (None,))]
    ints = [tf.TensorSpec(one, tf.int32) for one in ((None,), (None, 2))]

    @tf.function(input_signature=(floats[0], *ints, *floats[1:]))
    def climb(images: Any, maps: Any, shifts: Any, smoothing: Any, rates: Any) -> Any:
        for step in tf.range(tf.shape(rates)[0]):
            gradient = _smoothed(slopes(images, maps, shifts[step]), smoothing[step])
            largest = tf.reduce_max(tf.abs(gradient), (1, 2, 3), keepdims=True)
            moved = images + rates[step] * gradient / (largest + 1e-12)
            images = tf.clip_by_value(moved + BACK_TO_GREY * (GREY - moved), 0.0, 1.0)
        return images

    # What gives the sums may be a layer beside this one, with a copy of its weights.
    twin = sums._keras_history.operation
    is_copy = twin.name == LOGITS and layer is not network.layers[-1]

    def with_weights_of_now(*told: Any) -> Any:
        if is_copy:
            twin.set_weights(layer.get_weights())
        return climb(*told)

    network.compiled[key] = with_weights_of_now
    return with_weights_of_now


def _smoothed(images: Any, weights: Any) -> Any:
    """Smoothed along rows and along columns."""
    import tensorflow as tf

    channels = images.shape[-1]
    each = tf.tile(weights[:, None], (1, channels))  # (taps, channels)
    ones = (1, 1, 1, 1)
    down = tf.nn.depthwise_conv2d(images, each[:, None, :, None], ones, "SAME")
    return tf.nn.depthwise_conv2d(down, each[None, :, :, None], ones, "SAME")
