"""The small base as plain Keras: nine convolutions, each with batch normalization and ReLU."""

import keras

STAGES = (
    (16, 3, 2),
    (32, 3, 2),
    (32, 3, 1),
    (64, 3, 2),
    (64, 3, 1),
    (128, 3, 2),
    (128, 3, 1),
    (192, 3, 2),
    (512, 1, 1),
)
"""Filters, px of the kernel, strides: 96x96 px become 3x3 places with 512 features."""


def network() -> keras.Model:
    """Fresh: pixels 0..1, float32 (n, rows, columns, 3), to feature maps (n, rows / 32, columns / 32, 512)."""
    image = keras.Input((None, None, 3))
    maps = keras.layers.Rescaling(2.0, -1.0, name="scaling")(image)
    for number, (filters, side, strides) in enumerate(STAGES, 1):
        own = {"strides": strides, "padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
        maps = keras.layers.Conv2D(filters, side, **own, name=f"conv{number}")(maps)
        maps = keras.layers.BatchNormalization(momentum=0.97, name=f"bn{number}")(maps)
        maps = keras.layers.ReLU(name=f"relu{number}")(maps)
    return keras.Model(image, maps, name="small")
