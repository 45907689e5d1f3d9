"""MobileNetV2 as a base."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from core.layers import Shape
from core.layers.activation import Activation
from core.layers.applications import Application, around_zero
from core.layers.blocks import Part
from core.layers.convolution import Conv2D, DepthwiseConv2D
from core.layers.joining import Add
from core.layers.pretrained import WeightsFile, divisible, keras_file
from core.layers.regularization import BatchNormalization
from core.layers.reshaping import ZeroPadding2D
from core.spec import option

STAGES = ((16, 1, 1, 1), (24, 2, 2, 6), (32, 3, 2, 6), (64, 4, 2, 6), (96, 3, 1, 6), (160, 3, 2, 6), (320, 1, 1, 6))
"""Filters, blocks, stride of the first of them, expansion: table 2 of the paper."""
SIDES = (96, 128, 160, 192, 224)
"""px of square images for which there are weights; those of 224 serve all others."""
ALPHA_ADVICE = "If training is slow, smaller; if it can't tell your classes apart, larger."


class MobileNetV2(Application):
    """154 layers for telephones that learnt to tell 1 000 kinds of things apart on ImageNet's photographs.

    Source: Sandler, Howard, Zhu, Zhmoginov and Chen 2018, "MobileNetV2: inverted residuals and linear bottlenecks".
    """

    application: ClassVar[str] = "MobileNetV2"
    module: ClassVar[str] = "mobilenet_v2"
    rank: ClassVar[int] = 92
    blurb: ClassVar[str] = "small, quick, ImageNet"

    alpha: Literal[0.35, 0.5, 0.75, 1.0, 1.3, 1.4] = option(
        1.0, "How wide it is: all its filters times this.", advice=ALPHA_ADVICE
    )

    def preparation(self, channels: int) -> Sequence[Part]:
        return [*super().preparation(channels), around_zero()]

    def network(self, shape: Shape) -> Sequence[Part]:
        first = Conv2D(
            filters=divisible(32 * self.alpha), kernel_size=3, strides=2, padding="same", use_bias=False,
            activation="linear",
        )  # fmt: skip
        parts = [Part("Conv1", first), Part("bn_Conv1", STEADY), Part("Conv1_relu", RELU6)]
        maps, number, side = first.filters, 0, first.output_shape(shape)
        for filters, count, stride, expansion in STAGES:
            for turn in range(count):
                given, wanted = maps, divisible(filters * self.alpha)
                strides = 1 if turn else stride
                parts += _inverted(number, parts[-1].id, given, wanted, strides, expansion, side)
                maps, number = wanted, number + 1
                side = tuple(-(-one // strides) for one in side[:2])
        last = divisible(1280 * self.alpha) if self.alpha > 1 else 1280
        mixing = Conv2D(filters=last, kernel_size=1, use_bias=False, activation="linear")
        return [*parts, Part("Conv_1", mixing), Part("Conv_1_bn", STEADY), Part("out_relu", RELU6)]

    def published(self, shape: Shape) -> WeightsFile:
        side = shape[0] if shape[0] == shape[1] and shape[0] in SIDES else 224
        name = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{self.alpha}_{side}_no_top.h5"
        return keras_file(name, "mobilenet_v2", size=9_406_464 if self.alpha == 1.0 else 0)


STEADY, RELU6 = BatchNormalization(momentum=0.999), Activation(activation="relu6")


def _inverted(
    number: int, given: str, maps: int, filters: int, strides: int, expansion: int, side: Sequence[int]
) -> Iterator[Part]:
    """One inverted residual: wide inside, narrow outside; figure 4 of the paper.

    Args:
        number: of the block, counted from 0.
        given: name of the layer that it reads.
        maps, filters: it is given, it gives.
        strides, expansion: of the depthwise convolution; how many times wider it is inside.
        side: rows and columns that it is given, px.
    """
    name = f"block_{number}" if number else "expanded_conv"
    if number:
        wider = Conv2D(filters=maps * expansion, kernel_size=1, use_bias=False, padding="same", activation="linear")
        yield Part(f"{name}_expand", wider)
        yield Part(f"{name}_expand_BN", STEADY)
        yield Part(f"{name}_expand_relu", RELU6)
    if strides == 2:
        yield Part(f"{name}_pad", ZeroPadding2D(padding=uneven(side, 3)))
    own = DepthwiseConv2D(
        kernel_size=3, strides=strides, padding="valid" if strides == 2 else "same", use_bias=False,
        activation="linear",
    )  # fmt: skip
    yield Part(f"{name}_depthwise", own)
    yield Part(f"{name}_depthwise_BN", STEADY)
    yield Part(f"{name}_depthwise_relu", RELU6)
    narrow = Conv2D(filters=filters, kernel_size=1, use_bias=False, padding="same", activation="linear")
    yield Part(f"{name}_project", narrow)
    yield Part(f"{name}_project_BN", STEADY)
    if maps == filters and strides == 1:
        yield Part(f"{name}_add", Add(), (given, f"{name}_project_BN"))


def uneven(side: Sequence[int], kernel_size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The border that a kernel of step 2 needs, one less above and left where the side is even.

    Args:
        side: rows and columns, px.
        kernel_size: px.
    """
    half = kernel_size // 2
    return tuple((half - (1 - one % 2), half) for one in side[:2])
