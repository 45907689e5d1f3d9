"""What a frozen part makes of images, in as little time as a processor allows: one compiled function of a fixed size.

Weights that never change again are constants, which the processor's library lays out once; a normalization that keeps
its statistics is a factor and a shift of each channel, which the convolution before it takes over. Pieces of the batch
go side by side, a core each, and are of the same size on every machine, so that features are the same to the last bit.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.experiment.memory import EVALUATION_BYTES, FULL
from core.experiment.network import BYTES_PER_NUMBER, Row
from core.training.order import replaced, side_of

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

PIECES, PIECE = 4, 16
"""Of a batch: so many side by side, of so many images at most."""


class Extraction:
    """Computes the features of images, a batch of a fixed size at a time.

    Args:
        model: the whole network, with its weights.
        rows: of its frozen part; the last one gives the features.
        augmentation: what changes the images before; None for none.
    """

    def __init__(
        self, model: "keras.Model", rows: Sequence[Row], augmentation: "Callable[..., tf.Tensor] | None" = None
    ) -> None:
        import keras
        import tensorflow as tf

        self._part = keras.Model(model.input, model.get_layer(rows[-1].name).output)
        self._folded = folded(self._part)
        self._augmentation = augmentation
        self._piece = piece_of(rows)
        self.batch = PIECES * self._piece
        shape = (self.batch, *model.input_shape[1:])
        self._compiled = tf.function(self._computed, input_signature=[tf.TensorSpec(shape, tf.uint8)])

    def of(self, images: np.ndarray) -> np.ndarray:
        """Features float32 (N, ...) of uint8 images (N, height, width, channels), N at most `batch`."""
        count = len(images)
        if count < self.batch:  # the same shape for all, compiled once
            images = np.concatenate([images, np.repeat(images[-1:], self.batch - count, axis=0)])
        return self._compiled(images).numpy()[:count]

    def _computed(self, images: "tf.Tensor") -> "tf.Tensor":
        import tensorflow as tf

        images = tf.cast(images, tf.float32)
        if self._augmentation is not None:
            images = self._augmentation(images, training=True)
        with replaced(self._part, self._folded):
            pieces = [self._part(piece, training=False) for piece in tf.split(images, PIECES)]
        return tf.cast(tf.concat(pieces, axis=0), tf.float32)


def piece_of(rows: Sequence[Row]) -> int:
    """Images of a piece: as many as keep the largest layer of all pieces below EVALUATION_BYTES, PIECE at most."""
    largest = max(math.prod(shape) for row in rows for shape in (*row.input_shapes, row.output_shape))
    return int(np.clip(EVALUATION_BYTES // (largest * BYTES_PER_NUMBER * PIECES), 1, PIECE))


def rest_of(model: "keras.Model", rows: Sequence[Row]) -> "keras.Model":
    """The network from what a frozen part gives to the answer; its layers are those of the whole one."""
    import keras

    return keras.Model(model.get_layer(rows[-1].name).output, model.output, name="rest")


# ---- a normalization within the convolution before it


def folded(model: "keras.Model") -> list[tuple[Any, str, Any]]:
    """What takes the place of layers, so that at inference they compute the same from their weights as they are now.

    Args:
        model: whose layers.

    Returns:
        as `replaced` takes it.
    """
    return list(_changes(model))


def _changes(model: "keras.Model") -> Iterator[tuple[Any, str, Any]]:
    """Layers, and what takes the place of their call."""
    import keras

    readers: dict[int, list[Any]] = {id(tensor): [None] for tensor in model.outputs}
    for layer in model.layers:
        for tensor in keras.tree.flatten(side_of(layer, "input")):
            readers.setdefault(id(tensor), []).append(layer)
    for layer in model.layers:
        if not _is_convolution(layer):
            continue
        after = readers[id(side_of(layer, "output"))]
        norm = after[0] if len(after) == 1 and _can_take(layer, after[0]) else None
        yield layer, "call", _convolution(layer, norm)
        if norm is not None:
            yield norm, "call", lambda values, **others: values


def _is_convolution(layer: "keras.Layer") -> bool:
    import keras

    is_one = type(layer) in (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
    return is_one and layer.data_format == "channels_last" and getattr(layer, "groups", 1) == 1 and _is_full(layer)


def _is_full(layer: "keras.Layer") -> bool:
    return layer.compute_dtype == FULL


def _can_take(layer: "keras.Layer", norm: "keras.Layer | None") -> bool:
    """Whether a normalization is a factor and a shift of what a convolution gives, channel by channel."""
    import keras

    is_one = type(norm) is keras.layers.BatchNormalization and _is_full(norm)
    return is_one and norm.axis in (-1, 3) and layer.activation is keras.activations.linear


def _convolution(layer: "keras.Layer", norm: "keras.layers.BatchNormalization | None") -> Callable:
    """What a convolution, and the normalization after it, compute at inference.

    With y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, the kernel times gamma / sqrt(variance + epsilon)
    gives the same.
    """
    import keras

    is_depthwise = type(layer) is keras.layers.DepthwiseConv2D
    kernel = layer.kernel.numpy()
    bias = layer.bias.numpy() if layer.use_bias else np.zeros(layer.compute_output_shape(layer.input.shape)[-1])
    if norm is not None:
        factor, shift = _of_channels(norm)
        kernel = kernel * (factor.reshape(kernel.shape[2:]) if is_depthwise else factor)
        bias = bias * factor + shift
    kernel, bias = kernel.astype(np.float32), bias.astype(np.float32)

    def call(inputs: "tf.Tensor") -> "tf.Tensor":
        import tensorflow as tf

        padding, steps = layer.padding.upper(), (1, *layer.strides, 1)
        if is_depthwise:
            values = tf.nn.depthwise_conv2d(inputs, tf.constant(kernel), steps, padding, dilations=layer.dilation_rate)
        else:
            values = tf.nn.conv2d(inputs, tf.constant(kernel), steps, padding, dilations=layer.dilation_rate)
        values = tf.nn.bias_add(values, tf.constant(bias))
        return values if layer.activation is None else layer.activation(values)

    return call


def _of_channels(norm: "keras.layers.BatchNormalization") -> tuple[np.ndarray, np.ndarray]:
    """A normalization at inference as a factor and a shift: float64 (channels,) each."""
    mean, variance = (one.numpy().astype(np.float64) for one in (norm.moving_mean, norm.moving_variance))
    factor = (norm.gamma.numpy() if norm.scale else 1.0) / np.sqrt(variance + norm.epsilon)
    return factor, (norm.beta.numpy() if norm.center else 0.0) - mean * factor
