"""ResNet50V2 as a base."""

from collections.abc import Sequence
from typing import ClassVar

from core.layers import Shape
from core.layers.applications import ADD, RELU, Application, Sketch, around_zero, conv, steady
from core.layers.blocks import GIVEN, Part
from core.layers.pooling import MaxPooling2D
from core.layers.pretrained import WeightsFile, keras_file
from core.layers.reshaping import ZeroPadding2D

STAGES = ((64, 3, 2), (128, 4, 2), (256, 6, 2), (512, 3, 1))
"""Filters inside, number of residuals, and the stride of the last one."""
STEADY = steady(epsilon=1.001e-5)


class ResNet50V2(Application):
    """50 layers deep by shortcuts that only add, batch normalization before each convolution; learnt on ImageNet.

    Source: He, Zhang, Ren and Sun 2016, "Identity mappings in deep residual networks".
    """

    application: ClassVar[str] = "ResNet50V2"
    module: ClassVar[str] = "resnet_v2"
    rank: ClassVar[int] = 96
    blurb: ClassVar[str] = "deep, with shortcuts, ImageNet"

    def preparation(self, channels: int) -> Sequence[Part]:
        return [*super().preparation(channels), around_zero()]

    def network(self, shape: Shape) -> Sequence[Part]:
        sketch = Sketch(shape)
        x = sketch.add(ZeroPadding2D(padding=3), GIVEN, name="conv1_pad")
        x = sketch.add(conv(64, 7, strides=2, use_bias=True), x, name="conv1_conv")
        x = sketch.add(ZeroPadding2D(), x, name="pool1_pad")
        x = sketch.add(MaxPooling2D(pool_size=3, strides=2), x, name="pool1_pool")
        for stage, (filters, count, strides) in enumerate(STAGES, 2):
            for turn in range(1, count + 1):
                own = strides if turn == count else 1
                x = _residual(sketch, x, filters, own, f"conv{stage}_block{turn}", turn == 1)
        sketch.add(RELU, sketch.add(STEADY, x, name="post_bn"), name="post_relu")
        return sketch.ordered()

    def published(self, shape: Shape) -> WeightsFile:
        name = "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5"
        return keras_file(name, "resnet", "fac2f116257151a9d068a22e544a4917", 94_668_760)


def _residual(sketch: Sketch, given: str, filters: int, strides: int, name: str, is_first: bool) -> str:
    """One residual: narrow, 3x3, wide, added to what it was given; figure 4 (e) of the paper."""
    before = sketch.add(RELU, sketch.add(STEADY, given, name=f"{name}_preact_bn"), name=f"{name}_preact_relu")
    if is_first:
        shortcut = sketch.add(conv(4 * filters, strides=strides, use_bias=True), before, name=f"{name}_0_conv")
    else:
        shortcut = sketch.add(MaxPooling2D(pool_size=1, strides=strides), given) if strides > 1 else given
    x = sketch.add(conv(filters), before, name=f"{name}_1_conv")
    x = sketch.add(RELU, sketch.add(STEADY, x, name=f"{name}_1_bn"), name=f"{name}_1_relu")
    x = sketch.add(ZeroPadding2D(), x, name=f"{name}_2_pad")
    x = sketch.add(conv(filters, 3, strides=strides), x, name=f"{name}_2_conv")
    x = sketch.add(RELU, sketch.add(STEADY, x, name=f"{name}_2_bn"), name=f"{name}_2_relu")
    x = sketch.add(conv(4 * filters, use_bias=True), x, name=f"{name}_3_conv")
    return sketch.add(ADD, shortcut, x, name=f"{name}_out")
