"""The block that made deep networks trainable: layers beside a shortcut."""

from collections.abc import Sequence
from typing import ClassVar, Self

from core.layers import ActivationName, Shape, need_image
from core.layers.activation import Activation
from core.layers.blocks import GIVEN, Block, Part, as_many_maps, repeats, steadied
from core.layers.convolution import STRIDE_ADVICE, Conv2D, KernelSize, kernel_size
from core.layers.joining import Add
from core.layers.windows import by
from core.spec import option
from core.words import counted

WIDER = 4
"""As many times more maps leave a bottleneck as there are inside it."""


class ResidualBlock(Block):
    """Adds what its convolutions find to what it was given: they only learn the difference, however deep the network.

    A 1x1 convolution on the shortcut brings it to the right size where strides or the number of maps differ.

    Source: He, Zhang, Ren and Sun 2015, "Deep residual learning for image recognition", figures 2 and 5.
    """

    rank: ClassVar[int] = 70
    blurb: ClassVar[str] = "convolutions beside a shortcut"

    filters: int = option(
        16,
        "Feature maps of its convolutions.",
        advice="If the network can't learn enough, double it; if it is slow or overfits, halve it.",
        low=1,
        high=1024,
    )
    kernel_size: KernelSize = kernel_size()
    strides: int = option(
        1, "Step of its first convolution and of the shortcut.", advice=STRIDE_ADVICE, low=1, high=8, unit="px"
    )
    bottleneck: bool = option(
        False,
        f"Two 1x1 convolutions around a single larger one; {WIDER} times as many maps leave it.",
        advice="If there are 64 maps or more and it is slow, switch it on.",
    )
    batch_normalization: bool = option(
        True, "Steadies every convolution.", advice="If batches are smaller than 8, try without."
    )
    activation: ActivationName = option(
        "relu",
        "Function between its convolutions and after the sum.",
        advice="If many maps stay black, try leaky_relu.",
    )
    repeats: int = repeats("How often it stands one after another; only the first has the strides.")

    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        channels = need_image(shape, self.kind)[2]
        strides = 1 if turn else self.strides
        maps = self.filters * (WIDER if self.bottleneck else 1)
        parts = self._bottleneck(strides, maps) if self.bottleneck else self._plain(strides)
        last, shortcut = parts[-1].id, GIVEN
        if strides > 1 or channels != maps:
            projection = Conv2D(filters=maps, kernel_size=1, strides=strides)
            parts += steadied("shortcut", projection, "linear", self.batch_normalization, GIVEN)
            shortcut = parts[-1].id
        parts.append(Part("sum", Add(), (last, shortcut)))
        return parts if self.activation == "linear" else [*parts, Part("act", Activation(activation=self.activation))]

    def suited(self, shape: Shape) -> Self:
        return as_many_maps(self, shape)

    def _plain(self, strides: int) -> list[Part]:
        """Two convolutions of one size."""
        one = Conv2D(filters=self.filters, kernel_size=self.kernel_size, padding="same", strides=strides)
        norm = self.batch_normalization
        return [
            *steadied("conv1", one, self.activation, norm, GIVEN),
            *steadied("conv2", one.edited(strides=1), "linear", norm),
        ]

    def _bottleneck(self, strides: int, maps: int) -> list[Part]:
        """Fewer maps, a convolution, more maps."""
        narrow = Conv2D(filters=self.filters, kernel_size=1, strides=strides)
        middle = Conv2D(filters=self.filters, kernel_size=self.kernel_size, padding="same")
        norm = self.batch_normalization
        return [
            *steadied("narrow", narrow, self.activation, norm, GIVEN),
            *steadied("conv", middle, self.activation, norm),
            *steadied("widen", Conv2D(filters=maps, kernel_size=1), "linear", norm),
        ]

    def words(self) -> str:
        stride = f" stride {self.strides}" if self.strides > 1 else ""
        kind = " bottleneck" if self.bottleneck else ""
        return f"{counted(self.filters, 'filter')} {by(self.kernel_size)}{kind}{stride}{self.times()}"

    def short(self) -> str:
        return f"Residual {self.filters}{self.times().strip()}"
