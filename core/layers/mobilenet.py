"""Blocks for little arithmetic: convolutions taken apart into one per map and one that mixes the maps."""

from collections.abc import Sequence
from typing import ClassVar, Self

from core.layers import ActivationName, Impossible, Shape, need_image
from core.layers.blocks import GIVEN, Block, Part, as_many_maps, repeats, steadied
from core.layers.convolution import MOST_FILTERS, STRIDE_ADVICE, Conv2D, DepthwiseConv2D, KernelSize, kernel_size
from core.layers.joining import Add
from core.layers.windows import by
from core.spec import option
from core.words import counted

ACTIVATION_ADVICE = "relu6 stops at 6, which suits small devices; for a desk computer relu does as well."


class _Mobile(Block):
    """What both kinds share."""

    def _depthwise(self, strides: int, given: str = "") -> list[Part]:
        layer = DepthwiseConv2D(kernel_size=self.kernel_size, strides=strides, padding="same")
        return steadied("depthwise", layer, self.activation, True, given)

    def _mixed(self, id: str, maps: int, activation: ActivationName, given: str = "") -> list[Part]:
        return steadied(id, Conv2D(filters=maps, kernel_size=1), activation, True, given)

    def words(self) -> str:
        stride = f" stride {self.strides}" if self.strides > 1 else ""
        return f"{counted(self.filters, 'filter')} {by(self.kernel_size)}{stride}{self.times()}"


class MobileNetBlock(_Mobile):
    """Filters each map alone, then mixes them with 1x1 kernels, both steadied: nearly a convolution, far cheaper.

    Source: Howard and others 2017, "MobileNets: efficient convolutional neural networks for mobile vision
    applications", figure 3.
    """

    rank: ClassVar[int] = 73
    blurb: ClassVar[str] = "depthwise and 1x1, steadied"

    filters: int = option(
        32,
        "Feature maps that it gives.",
        advice="If the network can't learn enough, double it; if it is slow, halve it.",
        low=1,
        high=MOST_FILTERS,
    )
    kernel_size: KernelSize = kernel_size()
    strides: int = option(
        1, "Step of the kernel as it slides over each map.", advice=STRIDE_ADVICE, low=1, high=8, unit="px"
    )
    activation: ActivationName = option("relu6", "Function after both convolutions.", advice=ACTIVATION_ADVICE)
    repeats: int = repeats("How often it stands one after another; only the first has the strides.")

    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        need_image(shape, self.kind)
        depthwise = self._depthwise(1 if turn else self.strides, GIVEN)
        return [*depthwise, *self._mixed("pointwise", self.filters, self.activation)]

    def short(self) -> str:
        return f"MobileNet {self.filters}{self.times().strip()}"


class InvertedResidualBlock(_Mobile):
    """Widens, filters each map alone, and narrows without an activation; added to what it was given where both fit.

    Source: Sandler, Howard, Zhu, Zhmoginov and Chen 2018, "MobileNetV2: inverted residuals and linear bottlenecks",
    table 1.
    """

    rank: ClassVar[int] = 74
    blurb: ClassVar[str] = "wide inside, narrow outside"

    filters: int = option(
        16,
        "Feature maps that it gives.",
        advice="If the network can't learn enough, double it; if it is slow, halve it.",
        low=1,
        high=MOST_FILTERS,
    )
    expansion: int = option(
        6,
        "How many times wider it is inside; at 1 the first 1x1 convolution is left out.",
        advice="If the network is slow, take 3 or 4; if it can't learn enough, 6.",
        low=1,
        high=16,
        unit="times",
    )
    kernel_size: KernelSize = kernel_size()
    strides: int = option(
        1, "Step of the kernel as it slides over each map.", advice=STRIDE_ADVICE, low=1, high=8, unit="px"
    )
    activation: ActivationName = option("relu6", "Function inside, never at the end.", advice=ACTIVATION_ADVICE)
    repeats: int = repeats("How often it stands one after another; only the first has the strides.")

    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        channels = need_image(shape, self.kind)[2]
        if channels * self.expansion > MOST_FILTERS:
            raise Impossible(
                f"{channels} maps {self.expansion} times wider are more than {MOST_FILTERS}",
                "Take a smaller expansion, or fewer maps before it.",
                expansion=max(1, MOST_FILTERS // channels),
            )
        strides = 1 if turn else self.strides
        wider = self._mixed("widen", channels * self.expansion, self.activation, GIVEN) if self.expansion > 1 else []
        parts = [
            *wider,
            *self._depthwise(strides, "" if wider else GIVEN),
            *self._mixed("narrow", self.filters, "linear"),
        ]
        is_added = strides == 1 and channels == self.filters
        return [*parts, Part("sum", Add(), (parts[-1].id, GIVEN))] if is_added else parts

    def suited(self, shape: Shape) -> Self:
        return as_many_maps(self, shape)

    def words(self) -> str:
        return f"{super().words()} expansion {self.expansion}"

    def short(self) -> str:
        return f"Inverted {self.filters}{self.times().strip()}"
