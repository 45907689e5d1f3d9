"""The base that is always here: made by `bases/small/train.py`, its weights lie beside this file."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from core.layers import Shape
from core.layers.activation import Activation
from core.layers.blocks import Part
from core.layers.convolution import Conv2D
from core.layers.pretrained import FIRST, Base, WeightsFile
from core.layers.regularization import BatchNormalization
from core.layers.rescaling import Rescaling

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
"""Filters, px of the kernel, strides of each convolution."""
WEIGHTS = Path(__file__).with_name("small_base.npz")
SHA256 = "07b8ef34c6322418961b11c179b1a2a9e16677620be1dfc87243ad61c29b69dd"
"""Of the file of weights."""


class SmallBase(Base):
    """Nine convolutions that learnt on drawn pictures what MobileNetV2 sees in them; needs no download.

    How it was made, its data, its licence and what it reaches: `bases/small/README.md`.
    """

    rank: ClassVar[int] = 90
    blurb: ClassVar[str] = "always here, quick, no download"
    usual: ClassVar[Shape] = (96, 96, 3)
    learnt_from: ClassVar[str] = (
        "23 500 drawn pictures: what MobileNetV2 sees in them, and which of 38 kinds of things is drawn; weights "
        "Apache-2.0. With 60 photos of each class and a head it is right about 95 of 100 horses and people, 92 of "
        "100 hands of rock, paper, scissors, but only 44 of 100 flowers of five kinds."
    )

    def preparation(self, channels: int) -> Sequence[Part]:
        return [*super().preparation(channels), Part(f"{FIRST}scaling", Rescaling(scale=2.0, offset=-1.0))]

    def network(self, shape: Shape) -> Sequence[Part]:
        parts = []
        for number, (filters, side, strides) in enumerate(STAGES, 1):
            layer = Conv2D(
                filters=filters, kernel_size=side, strides=strides, padding="same", use_bias=False, activation="linear"
            )
            parts += [Part(f"conv{number}", layer), Part(f"bn{number}", STEADY), Part(f"relu{number}", RELU)]
        return parts

    def file(self, shape: Shape) -> WeightsFile | None:
        return WeightsFile(WEIGHTS.name, sha256=SHA256)


STEADY, RELU = BatchNormalization(momentum=0.97), Activation(activation="relu")
