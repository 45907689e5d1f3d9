"""NASNetMobile as a base."""

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

from core.layers import Shape
from core.layers.applications import ADD, CONCATENATE, RELU, Application, Sketch, around_zero, conv, steady
from core.layers.blocks import GIVEN, Part
from core.layers.convolution import SeparableConv2D
from core.layers.mobilenet_v2 import uneven
from core.layers.pooling import AveragePooling2D, MaxPooling2D
from core.layers.pretrained import WeightsFile, keras_file
from core.layers.reshaping import Cropping2D, ZeroPadding2D

FILTERS, CELLS = 44, 4
"""Filters of the first normal cells, and normal cells between two reductions."""
STEADY = steady(0.9997)
SMOOTHED = AveragePooling2D(pool_size=3, strides=1, padding="same")
LARGEST, MEAN = MaxPooling2D(pool_size=3, strides=2), AveragePooling2D(pool_size=3, strides=2)
EVERY_OTHER = AveragePooling2D(pool_size=1, strides=2)


class NASNetMobile(Application):
    """Cells that a search by reinforcement learning put together, each reading the two before it; learnt on ImageNet.

    Source: Zoph, Vasudevan, Shlens and Le 2017, "Learning transferable architectures for scalable image recognition".
    """

    application: ClassVar[str] = "NASNetMobile"
    module: ClassVar[str] = "nasnet"
    rank: ClassVar[int] = 100
    blurb: ClassVar[str] = "cells found by search, ImageNet"

    def preparation(self, channels: int) -> Sequence[Part]:
        return [*super().preparation(channels), around_zero()]

    def network(self, shape: Shape) -> Sequence[Part]:
        sketch = Sketch(shape)
        x = sketch.add(conv(32, 3, strides=2, kernel_initializer="he_normal"), GIVEN, name="stem_conv1")
        x, before = sketch.add(STEADY, x, name="stem_bn1"), ""
        x, before = _reduction(sketch, x, before, FILTERS // 4, "stem_1"), x
        x, before = _reduction(sketch, x, before, FILTERS // 2, "stem_2"), x
        for stage in range(3):
            filters = FILTERS * 2**stage
            if stage:
                x, before = _reduction(sketch, x, before, filters, f"reduce_{CELLS * stage}"), x
            for turn in range(CELLS):
                x, before = _normal(sketch, x, before, filters, str(CELLS * stage + turn + (stage > 0))), x
        sketch.add(RELU, x)
        return sketch.ordered()

    def published(self, shape: Shape) -> WeightsFile:
        return keras_file(
            "nasnet_mobile_no_top.h5", "nasnet", "1ed92395b5b598bdda52abe5c0dbfd63", 19_993_432,
            "NASNet-mobile-no-top.h5",
        )  # fmt: skip


@lru_cache(maxsize=64)
def _separable(filters: int, kernel_size: int, strides: int, padding: str) -> SeparableConv2D:
    return SeparableConv2D(
        filters=filters, kernel_size=kernel_size, strides=strides, padding=padding, use_bias=False,
        activation="linear",
    )  # fmt: skip


def _mixed(sketch: Sketch, given: str, filters: int, name: str, kernel_size: int = 3, strides: int = 1) -> str:
    """relu, separable convolution, batch normalization, twice over."""
    x = sketch.add(RELU, given)
    if strides == 2:
        border = ZeroPadding2D(padding=uneven(sketch.shapes[x], kernel_size))
        x = sketch.add(border, x, name=f"separable_conv_1_pad_{name}")
    first = _separable(filters, kernel_size, strides, "valid" if strides == 2 else "same")
    x = sketch.add(STEADY, sketch.add(first, x, name=f"separable_conv_1_{name}"), name=f"separable_conv_1_bn_{name}")
    x = sketch.add(_separable(filters, kernel_size, 1, "same"), sketch.add(RELU, x), name=f"separable_conv_2_{name}")
    return sketch.add(STEADY, x, name=f"separable_conv_2_bn_{name}")


def _narrow(sketch: Sketch, given: str, filters: int, name: str, norm: str) -> str:
    """1x1 convolution and batch normalization."""
    layer = conv(filters, padding="same", kernel_initializer="he_normal")
    return sketch.add(STEADY, sketch.add(layer, given, name=name), name=norm)


def _adjusted(sketch: Sketch, before: str, x: str, filters: int, name: str) -> str:
    """What the cell before the last gave, as large and as many maps as this cell needs."""
    if not before:
        return x
    if sketch.shapes[before][1] != sketch.shapes[x][1]:
        return _halved(sketch, before, filters, name)
    if sketch.maps(before) == filters:
        return before
    return _narrow(
        sketch, sketch.add(RELU, before), filters, f"adjust_conv_projection_{name}", f"adjust_bn_{name}"
    )  # fmt: skip


def _halved(sketch: Sketch, before: str, filters: int, name: str) -> str:
    """Every other pixel, once from the first and once from the second on."""
    bent = sketch.add(RELU, before, name=f"adjust_relu_1_{name}")
    layer = conv(filters // 2, padding="same", kernel_initializer="he_normal")
    first = sketch.add(EVERY_OTHER, bent, name=f"adjust_avg_pool_1_{name}")
    first = sketch.add(layer, first, name=f"adjust_conv_1_{name}")
    moved = sketch.add(ZeroPadding2D(padding=((0, 1), (0, 1))), bent)
    moved = sketch.add(Cropping2D(cropping=((1, 0), (1, 0))), moved)
    second = sketch.add(EVERY_OTHER, moved, name=f"adjust_avg_pool_2_{name}")
    second = sketch.add(layer, second, name=f"adjust_conv_2_{name}")
    return sketch.add(STEADY, sketch.add(CONCATENATE, first, second), name=f"adjust_bn_{name}")


def _normal(sketch: Sketch, given: str, before: str, filters: int, name: str) -> str:
    """A normal cell; figure 4 of the paper."""
    p = _adjusted(sketch, before, given, filters, name)
    h = _narrow(sketch, sketch.add(RELU, given), filters, f"normal_conv_1_{name}", f"normal_bn_1_{name}")
    left, right = (
        _mixed(sketch, h, filters, f"normal_left1_{name}", 5),
        _mixed(sketch, p, filters, f"normal_right1_{name}"),
    )
    sums = [sketch.add(ADD, left, right, name=f"normal_add_1_{name}")]
    left = _mixed(sketch, p, filters, f"normal_left2_{name}", 5)
    right = _mixed(sketch, p, filters, f"normal_right2_{name}")
    sums.append(sketch.add(ADD, left, right, name=f"normal_add_2_{name}"))
    sums.append(sketch.add(ADD, sketch.add(SMOOTHED, h, name=f"normal_left3_{name}"), p, name=f"normal_add_3_{name}"))
    left, right = (sketch.add(SMOOTHED, p, name=f"normal_{side}4_{name}") for side in ("left", "right"))
    sums.append(sketch.add(ADD, left, right, name=f"normal_add_4_{name}"))
    sums.append(sketch.add(ADD, _mixed(sketch, h, filters, f"normal_left5_{name}"), h, name=f"normal_add_5_{name}"))
    return sketch.add(CONCATENATE, p, *sums, name=f"normal_concat_{name}")


def _reduction(sketch: Sketch, given: str, before: str, filters: int, name: str) -> str:
    """A reduction cell; figure 4 of the paper."""
    p = _adjusted(sketch, before, given, filters, name)
    h = _narrow(sketch, sketch.add(RELU, given), filters, f"reduction_conv_1_{name}", f"reduction_bn_1_{name}")
    padded = sketch.add(ZeroPadding2D(padding=uneven(sketch.shapes[h], 3)), h, name=f"reduction_pad_1_{name}")
    left = _mixed(sketch, h, filters, f"reduction_left1_{name}", 5, 2)
    right = _mixed(sketch, p, filters, f"reduction_right1_{name}", 7, 2)
    first = sketch.add(ADD, left, right, name=f"reduction_add_1_{name}")
    left = sketch.add(LARGEST, padded, name=f"reduction_left2_{name}")
    right = _mixed(sketch, p, filters, f"reduction_right2_{name}", 7, 2)
    second = sketch.add(ADD, left, right, name=f"reduction_add_2_{name}")
    left = sketch.add(MEAN, padded, name=f"reduction_left3_{name}")
    right = _mixed(sketch, p, filters, f"reduction_right3_{name}", 5, 2)
    third = sketch.add(ADD, left, right, name=f"reduction_add3_{name}")
    fourth = sketch.add(ADD, second, sketch.add(SMOOTHED, first, name=f"reduction_left4_{name}"))
    left = _mixed(sketch, first, filters, f"reduction_left4_{name}")
    right = sketch.add(LARGEST, padded, name=f"reduction_right5_{name}")
    fifth = sketch.add(ADD, left, right, name=f"reduction_add4_{name}")
    return sketch.add(CONCATENATE, second, third, fourth, fifth, name=f"reduction_concat_{name}")
