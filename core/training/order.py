"""The same layers computed in an order that a processor likes better: Keras' formulas, other steps between.

Nothing of it stays in the network: weights, names and exports are Keras' own.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

MOST_CHANNELS = 4
"""A convolution of so few channels has no arithmetic to hide its own bookkeeping behind; a photograph has three."""
MOST_VALUES = 2**18
"""Of a layer's outputs in a batch, 1 MiB: beyond a core's own cache the patches cost more than they save."""

NEVER = -1e9
"""A sum that softmax makes 0 of, exactly."""


@contextlib.contextmanager
def quick(model: "keras.Model") -> Iterator[None]:
    """Within it, what is traced of a network computes the same in less time.

    Args:
        model: functional; as it was when the block ends.
    """
    with replaced(model, _changes(model)):
        yield


@contextlib.contextmanager
def replaced(model: "keras.Model", changes: Iterable[tuple[Any, str, Any]]) -> Iterator[None]:
    """Within it, layers have others of their attributes.

    Args:
        model: whose layers; as it was when the block ends.
        changes: layer, "call" or "activation", and what takes its place.
    """
    before = [(layer, dict(vars(layer))) for layer in model.layers]
    for layer, name, value in changes:
        vars(layer)[name] = value
    try:
        yield
    finally:
        for layer, attributes in before:
            for name in ("call", "activation"):
                vars(layer).pop(name, None)
                vars(layer).update({name: attributes[name]} if name in attributes else {})


@contextlib.contextmanager
def among(model: "keras.Model", allowed: "tf.Tensor | None") -> Iterator[None]:
    """Within it, a network answers some classes only: its last softmax is over them, and no other output learns.

    Args:
        model: functional, softmax its last activation; as it was when the block ends.
        allowed: bool (B, classes), for each image that it is given; None changes nothing.
    """
    import keras
    import tensorflow as tf

    def softmax(sums: "tf.Tensor") -> "tf.Tensor":
        return keras.activations.softmax(tf.where(allowed, sums, NEVER))  # what is left out gets no gradient at all

    last = model.outputs[0]._keras_history.operation
    with replaced(model, [] if allowed is None else [(last, "activation", softmax)]):
        yield


def _changes(model: "keras.Model") -> Iterator[tuple[Any, str, Any]]:
    """Layers, and what takes the place of one of their attributes."""
    import keras

    for layer, pool in _relu_before_pool(model):
        yield layer, "activation", keras.activations.linear
        yield pool, "call", _then_relu(pool.call)
    for layer in model.layers:
        plain = type(layer) is keras.layers.Conv2D and layer.use_bias and layer.groups == 1
        if plain and layer.data_format == "channels_last":
            yield layer, "call", _convolution(layer)


# ---- ReLU after the pool


def _relu_before_pool(model: "keras.Model") -> Iterator[tuple[Any, Any]]:
    """Layers that end in a ReLU which a MaxPooling2D alone reads.

    Whether the largest of a window is taken before or after what is negative is cut off, it is the same number with the
    same gradient; afterwards a fourth as many are left to be cut.
    """
    import keras

    readers: dict[int, list[Any]] = {id(tensor): [None] for tensor in model.outputs}
    for layer in model.layers:
        for tensor in keras.tree.flatten(side_of(layer, "input")):
            readers.setdefault(id(tensor), []).append(layer)
    for layer in model.layers:
        is_relu = vars(layer).get("activation") is keras.activations.relu and layer.activity_regularizer is None
        after = readers.get(id(side_of(layer, "output")), [])
        if is_relu and len(after) == 1 and type(after[0]) is keras.layers.MaxPooling2D:
            yield layer, after[0]


def side_of(layer: "keras.Layer", side: str) -> Any:
    """What a layer reads or gives; nothing for one that stands in several places."""
    try:
        return getattr(layer, side)
    except (AttributeError, ValueError):
        return ()


def _then_relu(call: Callable) -> Callable:
    """A layer's output with what is negative cut off."""

    def pooled(inputs: "tf.Tensor") -> "tf.Tensor":
        import keras

        return keras.activations.relu(call(inputs))

    return pooled


# ---- convolutions


def _convolution(layer: "keras.layers.Conv2D") -> Callable:
    """What `Conv2D.call` computes."""

    def call(inputs: "tf.Tensor") -> "tf.Tensor":
        import keras

        kernel, bias = map(keras.ops.convert_to_tensor, (layer.kernel, layer.bias))
        few = inputs.shape[-1] <= MOST_CHANNELS and _values(layer, inputs) <= MOST_VALUES
        outputs = _by_patches(layer, inputs, kernel) if few else layer.convolution_op(inputs, kernel)
        outputs = _with_bias(outputs, bias)
        return outputs if layer.activation is None else layer.activation(outputs)

    return call


def _values(layer: "keras.layers.Conv2D", inputs: "tf.Tensor") -> float:
    """Numbers that a layer gives for a batch; infinitely many for a batch of any size."""
    shape = layer.compute_output_shape(tuple(inputs.shape))
    return float("inf") if None in shape else prod(shape)


def _by_patches(layer: "keras.layers.Conv2D", inputs: "tf.Tensor", kernel: "tf.Tensor") -> "tf.Tensor":
    """A convolution as one matrix product: what each place sees, times all kernels.

    What a place sees is copied by kernels that hold a single one each, which is exact.
    """
    import tensorflow as tf

    *sides, channels, filters = kernel.shape
    seen = prod(sides) * channels
    copying = tf.reshape(tf.eye(seen, dtype=inputs.dtype), (*sides, channels, seen))
    patches = layer.convolution_op(inputs, copying)  # (B, H', W', k * k * channels)
    product = tf.matmul(tf.reshape(patches, (-1, seen)), tf.reshape(kernel, (seen, filters)))
    return tf.reshape(product, (*patches.shape[:3], filters))


def _with_bias(outputs: "tf.Tensor", bias: "tf.Tensor") -> "tf.Tensor":
    """Outputs (B, H, W, filters) and a bias (filters,) added.

    TensorFlow joins the gradients of a kernel and its bias into one operation, which takes longer than both: here the
    bias sums over rows of a matrix, where it does not see that they belong together.
    """
    import tensorflow as tf

    @tf.custom_gradient
    def add(values: "tf.Tensor", one: "tf.Tensor") -> tuple["tf.Tensor", Callable]:
        def gradient(upstream: "tf.Tensor") -> tuple["tf.Tensor", "tf.Tensor"]:
            rows = tf.reshape(upstream, (-1, upstream.shape[-1]))
            return upstream, tf.raw_ops.BiasAddGrad(out_backprop=rows)

        return tf.nn.bias_add(values, one), gradient

    return add(outputs, bias)
