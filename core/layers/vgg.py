"""The plain block of small kernels in a row."""

from collections.abc import Sequence
from typing import ClassVar

from core.layers import ActivationName, Shape, need_image
from core.layers.blocks import GIVEN, Block, Part, repeats, steadied
from core.layers.convolution import MOST_FILTERS, Conv2D, KernelSize, kernel_size
from core.layers.pooling import MaxPooling2D
from core.layers.windows import by
from core.spec import option
from core.words import counted


class VGGBlock(Block):
    """Several convolutions in a row, then a pooling: two 3x3 kernels see as far as one of 5x5, with fewer parameters.

    Source: Simonyan and Zisserman 2014, "Very deep convolutional networks for large-scale image recognition".
    """

    rank: ClassVar[int] = 72
    blurb: ClassVar[str] = "convolutions, then a pooling"

    convolutions: int = option(
        2,
        "How many stand in a row.",
        advice="If the network must see further at each size, add one.",
        low=1,
        high=8,
    )
    filters: int = option(
        32,
        "Feature maps of every convolution.",
        advice="If the network can't learn enough, double it; if it is slow or overfits, halve it.",
        low=1,
        high=MOST_FILTERS,
    )
    kernel_size: KernelSize = kernel_size()
    pooling: bool = option(
        True, "Whether a 2x2 maximum ends it.", advice="If the maps are small already, leave it out."
    )
    batch_normalization: bool = option(
        False, "Steadies every convolution.", advice="If training is slow to start or jumps about, switch it on."
    )
    activation: ActivationName = option(
        "relu", "Function after every convolution.", advice="If many maps stay black, try leaky_relu."
    )
    repeats: int = repeats("How often it stands one after another, its pooling included.")

    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        need_image(shape, self.kind)
        layer = Conv2D(filters=self.filters, kernel_size=self.kernel_size, padding="same")
        parts = [
            part
            for place in range(self.convolutions)
            for part in steadied(
                f"conv{place + 1}", layer, self.activation, self.batch_normalization, "" if place else GIVEN
            )
        ]
        return [*parts, Part("pool", MaxPooling2D())] if self.pooling else parts

    def words(self) -> str:
        pooled = " pool" if self.pooling else ""
        return f"{self.convolutions} of {counted(self.filters, 'filter')} {by(self.kernel_size)}{pooled}{self.times()}"

    def short(self) -> str:
        return f"VGG {self.filters}{self.times().strip()}"
