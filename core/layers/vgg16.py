"""VGG16 as a base."""

from collections.abc import Sequence
from typing import ClassVar

from core.layers import Shape
from core.layers.applications import Application, Sketch, blue_first, conv
from core.layers.blocks import GIVEN, Part
from core.layers.pooling import MaxPooling2D
from core.layers.pretrained import WeightsFile, keras_file

STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Filters and number of convolutions before each pooling: column D of the paper's table 1."""


class VGG16(Application):
    """13 convolutions and nothing else but poolings: easy to understand, large and slow; learnt on ImageNet.

    Source: Simonyan and Zisserman 2014, "Very deep convolutional networks for large-scale image recognition".
    """

    application: ClassVar[str] = "VGG16"
    module: ClassVar[str] = "vgg16"
    rank: ClassVar[int] = 98
    blurb: ClassVar[str] = "plain and large, ImageNet"
    licence: ClassVar[str] = "CC BY 4.0 (Visual Geometry Group, Oxford)"

    def preparation(self, channels: int) -> Sequence[Part]:
        return [*super().preparation(channels), blue_first()]

    def network(self, shape: Shape) -> Sequence[Part]:
        sketch, x = Sketch(shape), GIVEN
        for block, (filters, count) in enumerate(STAGES, 1):
            for turn in range(1, count + 1):
                layer = conv(filters, 3, padding="same", use_bias=True, activation="relu")
                x = sketch.add(layer, x, name=f"block{block}_conv{turn}")
            x = sketch.add(MaxPooling2D(), x, name=f"block{block}_pool")
        return sketch.ordered()

    def published(self, shape: Shape) -> WeightsFile:
        name = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
        return keras_file(name, "vgg16", "6d6bbae143d832006294945121d1f1fc", 58_889_256)
