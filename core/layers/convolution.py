"""Layers that slide learned kernels over an image."""

from typing import ClassVar

import numpy as np

from core.layers import (
    ActivationName,
    Impossible,
    Layer,
    Padding,
    Reads,
    Shape,
    Weights,
    Window,
    border_2d,
    need_image,
    slide_2d,
)
from core.spec import option
from core.words import counted

KERNEL_ADVICE = (
    "If fine detail is lost, use 3; if the network sees too little of the picture, use 5 or add a pooling layer."
)
STRIDE_ADVICE = "If training is too slow, 2 quarters the work; if small things go unseen, go back to 1."
MOST_FILTERS = 4096
"""Of one layer: the widest known networks end with 2048."""
PADDING_ADVICE = (
    "If a layer does not fit or the border matters, use 'same'; 'valid' shrinks the map by the kernel less one."
)


class _Convolution(Layer):
    """What the three kinds of convolution share: one window, sliding."""

    family: ClassVar[str] = "Convolution"
    reads: ClassVar[Reads] = "all maps"
    does: ClassVar[str] = "convolve"
    is_linear: ClassVar[bool] = True

    def window(self, shape: Shape) -> Window:
        return Window(self.kernel_size, self.strides, getattr(self, "dilation_rate", 1))

    def border(self, shape: Shape) -> tuple[int, int]:
        return border_2d(shape, self.window(shape), self.padding)

    def kernel_planes(
        self, weights: Weights, filters: int | None = None, channels: int | None = None
    ) -> np.ndarray | None:
        return np.transpose(weights["kernel"][:, :, :channels, :filters], (3, 2, 0, 1))  # Keras has (k, k, in, out)

    def check(self, shape: Shape) -> tuple[int, int, int]:
        """The input as (height, width, channels), once the settings make sense together."""
        height, width, channels = need_image(shape, self.kind)
        if self.strides > 1 and getattr(self, "dilation_rate", 1) > 1:
            raise Impossible("strides and dilation can't both be above 1", "Set one of them to 1.", dilation_rate=1)
        return height, width, channels

    def places(self, shape: Shape) -> tuple[int, int]:
        """Height and width of its output."""
        return slide_2d(self.check(shape), self.window(shape), self.padding, "kernel")

    def settings(self) -> str:
        """The words that all convolutions end with."""
        step = f" step {self.strides}" if self.strides > 1 else ""
        spread = f" dilation {self.dilation_rate}" if getattr(self, "dilation_rate", 1) > 1 else ""
        activation = f" {self.activation}" if self.activation != "linear" else ""
        return f"{self.kernel_size}x{self.kernel_size}{activation} {self.padding}{step}{spread}"


class Conv2D(_Convolution):
    """Slides learned kernels over all channels at once; every kernel gives one feature map."""

    keras: ClassVar[str] = "layers.Conv2D"
    rank: ClassVar[int] = 10
    blurb: ClassVar[str] = "learned kernels, all channels"

    filters: int = option(
        16,
        "Number of kernels, and so of feature maps.",
        advice="If the network can't learn enough, double it; if it is slow or overfits, halve it.",
        low=1,
        high=MOST_FILTERS,
    )
    kernel_size: int = option(3, "Side of each kernel.", advice=KERNEL_ADVICE, low=1, high=15, unit="px")
    strides: int = option(1, "Step of the kernel as it slides.", advice=STRIDE_ADVICE, low=1, high=8, unit="px")
    padding: Padding = option("valid", "What happens at the border.", advice=PADDING_ADVICE)
    dilation_rate: int = option(
        1,
        "Spacing between the kernel's cells.",
        advice="If the network must see further at the same cost, use 2; if a grid pattern appears, go back to 1.",
        low=1,
        high=8,
        unit="px",
    )
    activation: ActivationName = option(
        "relu",
        "Function applied to every sum.",
        advice="If many maps stay black (dead units), try leaky_relu; linear leaves the sums as they are.",
    )
    use_bias: bool = option(
        True, "Adds one learned number to each map.", advice="If a BatchNormalization follows, it can be left out."
    )

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.places(shape), self.filters)

    def parameters(self, shape: Shape) -> int:
        return (self.kernel_size**2 * shape[2] + self.use_bias) * self.filters

    def parameter_formula(self, shape: Shape) -> str:
        return f"({self.kernel_size}·{self.kernel_size}·{shape[2]}{'+1' * self.use_bias})·{self.filters}"

    def multiply_adds(self, shape: Shape) -> int:
        height, width, filters = self.output_shape(shape)
        return height * width * filters * self.kernel_size**2 * shape[2]

    def words(self) -> str:
        return f"{counted(self.filters, 'filter')} {self.settings()}"

    def short(self) -> str:
        return f"Conv {self.filters}"


class DepthwiseConv2D(_Convolution):
    """Slides one learned kernel over each channel alone; channels are never mixed."""

    keras: ClassVar[str] = "layers.DepthwiseConv2D"
    reads: ClassVar[Reads] = "own map"
    rank: ClassVar[int] = 12
    blurb: ClassVar[str] = "each channel on its own"

    kernel_size: int = option(3, "Side of each kernel.", advice=KERNEL_ADVICE, low=1, high=15, unit="px")
    strides: int = option(1, "Step of the kernel as it slides.", advice=STRIDE_ADVICE, low=1, high=8, unit="px")
    padding: Padding = option("valid", "What happens at the border.", advice=PADDING_ADVICE)
    depth_multiplier: int = option(
        1,
        "Number of kernels for each channel.",
        advice="If the maps carry too little, use 2; the maps are multiplied by it.",
        low=1,
        high=16,
    )
    activation: ActivationName = option(
        "relu", "Function applied to every sum.", advice="If many maps stay black, try leaky_relu."
    )
    use_bias: bool = option(
        True, "Adds one learned number to each map.", advice="If a BatchNormalization follows, it can be left out."
    )

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.places(shape), shape[2] * self.depth_multiplier)

    def parameters(self, shape: Shape) -> int:
        return (self.kernel_size**2 + self.use_bias) * shape[2] * self.depth_multiplier

    def parameter_formula(self, shape: Shape) -> str:
        size = self.kernel_size
        return f"({size}·{size}{'+1' * self.use_bias})·{shape[2]}·{self.depth_multiplier}"

    def multiply_adds(self, shape: Shape) -> int:
        height, width, maps = self.output_shape(shape)
        return height * width * maps * self.kernel_size**2

    def kernel_planes(
        self, weights: Weights, filters: int | None = None, channels: int | None = None
    ) -> np.ndarray | None:
        kernel = weights["kernel"]  # (k, k, channels, multiplier)
        size, maps = kernel.shape[0], kernel.shape[2] * kernel.shape[3]
        return np.moveaxis(kernel.reshape(size, size, maps), -1, 0)[:filters, None]

    def words(self) -> str:
        return f"x{self.depth_multiplier} {self.settings()}"

    def short(self) -> str:
        return "Depthwise"


class SeparableConv2D(_Convolution):
    """Filters each channel alone, then mixes them with 1x1 kernels: nearly a convolution, far cheaper."""

    keras: ClassVar[str] = "layers.SeparableConv2D"
    kernels_are: ClassVar[str] = "depthwise × pointwise"
    rank: ClassVar[int] = 11
    blurb: ClassVar[str] = "depthwise, then 1x1: cheaper"

    filters: int = option(
        16,
        "Number of feature maps it gives.",
        advice="If the network can't learn enough, double it.",
        low=1,
        high=MOST_FILTERS,
    )
    kernel_size: int = option(3, "Side of each kernel.", advice=KERNEL_ADVICE, low=1, high=15, unit="px")
    strides: int = option(1, "Step of the kernel as it slides.", advice=STRIDE_ADVICE, low=1, high=8, unit="px")
    padding: Padding = option("valid", "What happens at the border.", advice=PADDING_ADVICE)
    depth_multiplier: int = option(
        1, "Kernels for each channel before mixing.", advice="If the maps carry too little, use 2.", low=1, high=16
    )
    activation: ActivationName = option(
        "relu", "Function applied to every sum.", advice="If many maps stay black, try leaky_relu."
    )
    use_bias: bool = option(
        True, "Adds one learned number to each map.", advice="If a BatchNormalization follows, it can be left out."
    )

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.places(shape), self.filters)

    def parameters(self, shape: Shape) -> int:
        middle = shape[2] * self.depth_multiplier
        return self.kernel_size**2 * middle + (middle + self.use_bias) * self.filters

    def parameter_formula(self, shape: Shape) -> str:
        size, middle = self.kernel_size, shape[2] * self.depth_multiplier
        return f"{size}·{size}·{middle}+({middle}{'+1' * self.use_bias})·{self.filters}"

    def multiply_adds(self, shape: Shape) -> int:
        height, width, filters = self.output_shape(shape)
        middle = shape[2] * self.depth_multiplier
        return height * width * (self.kernel_size**2 * middle + middle * filters)

    def kernel_planes(
        self, weights: Weights, filters: int | None = None, channels: int | None = None
    ) -> np.ndarray | None:
        """Those of the plain convolution that it equals: what filters a channel, times what mixes it in."""
        depthwise = weights["depthwise_kernel"][:, :, :channels]  # (k, k, channels, multiplier)
        mixing = weights["pointwise_kernel"].reshape(-1, depthwise.shape[3], self.filters)  # (channels, m, filters)
        return np.einsum("yxcm,cmf->fcyx", depthwise, mixing[:channels, :, :filters])

    def words(self) -> str:
        return f"{counted(self.filters, 'filter')} {self.settings()}"

    def short(self) -> str:
        return f"Separable {self.filters}"
