"""DenseNet121 as a base."""

from collections.abc import Sequence
from typing import ClassVar

from core.layers import Shape
from core.layers.applications import CONCATENATE, RELU, Application, Sketch, conv, standardized, steady
from core.layers.blocks import GIVEN, Part
from core.layers.pooling import AveragePooling2D, MaxPooling2D
from core.layers.pretrained import WeightsFile, keras_file
from core.layers.reshaping import ZeroPadding2D

BLOCKS, GROWTH = (6, 12, 24, 16), 32
"""Layers of each dense block, and maps that each adds."""
STEADY = steady(epsilon=1.001e-5)


class DenseNet121(Application):
    """Every layer of a block reads the maps of all layers before it; learnt on ImageNet.

    Source: Huang, Liu, van der Maaten and Weinberger 2016, "Densely connected convolutional networks".
    """

    application: ClassVar[str] = "DenseNet121"
    module: ClassVar[str] = "densenet"
    rank: ClassVar[int] = 99
    blurb: ClassVar[str] = "all maps read again, ImageNet"
    licence: ClassVar[str] = "BSD-3-Clause"

    def preparation(self, channels: int) -> Sequence[Part]:
        return [*super().preparation(channels), standardized()]

    def network(self, shape: Shape) -> Sequence[Part]:
        sketch = Sketch(shape)
        x = sketch.add(conv(64, 7, strides=2), sketch.add(ZeroPadding2D(padding=3), GIVEN), name="conv1_conv")
        x = sketch.add(RELU, sketch.add(STEADY, x, name="conv1_bn"), name="conv1_relu")
        x = sketch.add(MaxPooling2D(pool_size=3, strides=2), sketch.add(ZeroPadding2D(), x), name="pool1")
        for stage, count in enumerate(BLOCKS, 2):
            for turn in range(1, count + 1):
                x = sketch.add(CONCATENATE, x, _grown(sketch, x, f"conv{stage}_block{turn}"),
                               name=f"conv{stage}_block{turn}_concat")  # fmt: skip
            if stage <= len(BLOCKS):
                x = _narrowed(sketch, x, f"pool{stage}")
        sketch.add(RELU, sketch.add(STEADY, x, name="bn"), name="relu")
        return sketch.ordered()

    def published(self, shape: Shape) -> WeightsFile:
        name = "densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5"
        return keras_file(name, "densenet", "30ee3e1110167f948a6b9946edeeb738", 29_084_464)


def _grown(sketch: Sketch, given: str, name: str) -> str:
    """The maps that one layer of a dense block adds."""
    x = sketch.add(RELU, sketch.add(STEADY, given, name=f"{name}_0_bn"), name=f"{name}_0_relu")
    x = sketch.add(conv(4 * GROWTH), x, name=f"{name}_1_conv")
    x = sketch.add(RELU, sketch.add(STEADY, x, name=f"{name}_1_bn"), name=f"{name}_1_relu")
    return sketch.add(conv(GROWTH, 3, padding="same"), x, name=f"{name}_2_conv")


def _narrowed(sketch: Sketch, given: str, name: str) -> str:
    """Half as many maps, half as large, between two dense blocks."""
    x = sketch.add(RELU, sketch.add(STEADY, given, name=f"{name}_bn"), name=f"{name}_relu")
    x = sketch.add(conv(sketch.maps(x) // 2), x, name=f"{name}_conv")
    return sketch.add(AveragePooling2D(), x, name=f"{name}_pool")
