"""Looking up where the pixels of changed pictures come from, between the pixels and beyond the edge.

TensorFlow has an operation for it, which works out the place of every value anew, colour by colour. For large pictures
in a training step the same arithmetic, compiled, takes a quarter of the processor time (measured at 150x150). Compiling
takes some tenths of a second for each size of batch, so small pictures and single previews keep to the operation.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow as tf

LARGE = 64 * 64 * 3
"""Values per picture from which compiling pays within a first epoch."""


def resampled(
    images: "tf.Tensor", matrices: "tf.Tensor", fill_mode: str | None, fill_value: float = 0.0
) -> "tf.Tensor":
    """The pictures moved, each by its own matrix.

    Args:
        images: float32 (N, H, W, C); H, W and C known.
        matrices: float32 (N, 3, 3), affine: from (x, y, 1) in the result to (x, y, 1) in the picture, in px.
        fill_mode: as Keras names it, for what lies outside; None when whole pixels come from whole pixels.
        fill_value: 0..255, of what lies outside where that is constant.

    Returns:
        float32 (N, H, W, C); between pixels the mean of the four around, weighted by nearness.
    """
    import tensorflow as tf

    if tf.inside_function() and _values(images) >= LARGE and _can_compile():  # a whole place has one pixel around it
        return _compiled()(images, matrices, fill_mode or "nearest", fill_value)
    return by_operation(images, matrices, fill_mode, fill_value)


def by_operation(
    images: "tf.Tensor", matrices: "tf.Tensor", fill_mode: str | None, fill_value: float = 0.0
) -> "tf.Tensor":
    """As `resampled`, by TensorFlow's own operation."""
    import tensorflow as tf

    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.reshape(matrices, (-1, 9))[:, :8],
        output_shape=images.shape[1:3],
        interpolation="BILINEAR" if fill_mode else "NEAREST",
        fill_mode=(fill_mode or "nearest").upper(),
        fill_value=fill_value,
    )
    return tf.ensure_shape(moved, images.shape)


def by_arithmetic(images: "tf.Tensor", matrices: "tf.Tensor", fill_mode: str, fill_value: float = 0.0) -> "tf.Tensor":
    """As `resampled`, in operations that a compiler makes one loop of; the place of a pixel serves all its colours."""
    import tensorflow as tf

    if fill_value:  # what lies outside adds nothing: so nothing stands for it
        return by_arithmetic(images - fill_value, matrices, fill_mode) + fill_value
    height, width, channels = images.shape[1:]
    x, y = tf.range(width, dtype=tf.float32)[None, None], tf.range(height, dtype=tf.float32)[None, :, None]
    rows = matrices[:, :2, :, None, None]  # (N, 2, 3, 1, 1)
    columns = _around(rows[:, 0, 0] * x + rows[:, 0, 1] * y + rows[:, 0, 2], width, fill_mode)
    lines = _around(rows[:, 1, 0] * x + rows[:, 1, 1] * y + rows[:, 1, 2], height, fill_mode)
    pixels = tf.reshape(images, (-1, channels))
    first = tf.range(tf.shape(images)[0])[:, None, None] * (height * width)  # of each picture
    moved = 0.0
    for line, line_weight in lines:
        for column, weight in columns:
            moved += tf.gather(pixels, first + line * width + column) * (line_weight * weight)[..., None]
    return moved


def _around(place: "tf.Tensor", length: int, fill_mode: str) -> "list[tuple[tf.Tensor, tf.Tensor]]":
    """The two pixels on either side of a place, along one axis: index int32 and weight 0..1, each (N, H, W)."""
    import tensorflow as tf

    place = _BROUGHT_IN[fill_mode](place, float(length))
    before = tf.floor(place)
    sides = [(before, before + 1.0 - place), (before + 1.0, place - before)]
    if fill_mode == "constant":  # black outside
        sides = [(at, tf.where((at >= 0) & (at <= length - 1), weight, 0.0)) for at, weight in sides]
    return [(tf.cast(tf.clip_by_value(at, 0.0, length - 1.0), tf.int32), weight) for at, weight in sides]


def _unchanged(place: "tf.Tensor", length: float) -> "tf.Tensor":
    return place


def _nearest(place: "tf.Tensor", length: float) -> "tf.Tensor":
    """The picture's edge goes on for ever."""
    import tensorflow as tf

    return tf.clip_by_value(place, 0.0, length - 1.0)


def _reflected(place: "tf.Tensor", length: float) -> "tf.Tensor":
    """Mirrored at its edges again and again: d c b a | a b c d | d c b a."""
    import tensorflow as tf

    there_and_back = tf.math.floormod(place, 2 * length)
    return _nearest(tf.where(there_and_back >= length, 2 * length - 1 - there_and_back, there_and_back), length)


def _wrapped(place: "tf.Tensor", length: float) -> "tf.Tensor":
    """Repeated as TensorFlow does it, which counts the rounds in steps of length - 1."""
    import tensorflow as tf

    beyond = length - 1
    left = place + length * (tf.floor(-place / beyond) + 1)
    right = place - length * tf.floor(place / beyond)
    return _nearest(tf.where(place < 0, left, tf.where(place > beyond, right, place)), length)


_BROUGHT_IN = {"constant": _unchanged, "nearest": _nearest, "reflect": _reflected, "wrap": _wrapped}


def _values(images: "tf.Tensor") -> int:
    """Of one picture."""
    height, width, channels = images.shape[1:]
    return height * width * channels


@cache
def _compiled() -> Any:
    import tensorflow as tf

    return tf.function(by_arithmetic, jit_compile=True)


@cache
def _can_compile() -> bool:
    """Whether this TensorFlow has the compiler: not every system's has."""
    import tensorflow as tf

    try:
        with tf.init_scope():
            tf.function(lambda: tf.zeros(()) + 1.0, jit_compile=True)()
    except (tf.errors.OpError, ValueError, RuntimeError):
        return False
    return True
