"""Layers that slide learned kernels over an image."""

from math import prod
from typing import Annotated, Any, ClassVar

import numpy as np

from core.layers import ActivationName, Impossible, Layer, Reads, Shape, Weights, Window
from core.layers.weights import AnyConstraint, AnyRegularizer, Initializer, constraint, initializer, regularizer
from core.layers.windows import Padding, border_2d, by, need_image, slide_2d, steps
from core.options import Sides, both
from core.spec import option
from core.words import counted

KERNEL_ADVICE = (
    "If fine detail is lost, use 3; if the network sees too little of the picture, use 5 or add a pooling layer."
)
STRIDE_ADVICE = "If training is too slow, 2 quarters the work; if small things go unseen, go back to 1."
PADDING_ADVICE = (
    "If a layer does not fit or the border matters, use 'same'; 'valid' shrinks the map by the kernel less one."
)
DILATION_ADVICE = "If the network must see further at the same cost, use 2; if a grid pattern appears, go back to 1."
ACTIVATION_ADVICE = "If many maps stay black, try leaky_relu."
BIAS_ADVICE = "If a BatchNormalization follows, it can be left out."

MOST_FILTERS = 4096
"""Of one layer: the widest known networks end with 2048."""

KernelSize = Annotated[int | tuple[int, int], Sides(1, 15)]
Step = Annotated[int | tuple[int, int], Sides(1, 8)]


def kernel_size(default: int = 3) -> Any:
    """The field for the sides of a kernel."""
    return option(default, "Side of each kernel.", advice=KERNEL_ADVICE, unit="px")


def strides(default: int = 1, what: str = "Step of the kernel as it slides.", advice: str = STRIDE_ADVICE) -> Any:
    """The field for the step of a kernel."""
    return option(default, what, advice=advice, unit="px")


def dilation_rate(*, rare: bool = True) -> Any:
    """The field for the spacing of a kernel's cells."""
    return option(1, "Spacing between the kernel's cells.", advice=DILATION_ADVICE, unit="px", rare=rare)


def filters(what: str = "Number of kernels, and so of feature maps.") -> Any:
    """The field for the number of maps."""
    advice = "If the network can't learn enough, double it; if it is slow or overfits, halve it."
    return option(16, what, advice=advice, low=1, high=MOST_FILTERS)


def activation(advice: str = ACTIVATION_ADVICE) -> Any:
    """The field for the function behind the sums."""
    return option("relu", "Function applied to every sum.", advice=advice)


def use_bias() -> Any:
    """The field for a bias."""
    return option(True, "Adds one learned number to each map.", advice=BIAS_ADVICE)


def padding(default: str = "valid") -> Any:
    """The field for what happens at the border."""
    return option(default, "What happens at the border.", advice=PADDING_ADVICE)


class _Convolution(Layer):
    """What the kinds of convolution share: one window, sliding."""

    family: ClassVar[str] = "Convolution"
    reads: ClassVar[Reads] = "all maps"
    does: ClassVar[str] = "convolve"
    is_linear: ClassVar[bool] = True

    axes: ClassVar[dict[str, tuple[int, ...]]] = {"kernel_constraint": (0, 1, 2)}

    def window(self, shape: Shape) -> Window:
        return Window(self.kernel_size, self.strides, self.dilation_rate)

    def border(self, shape: Shape) -> tuple[int, int]:
        return border_2d(shape, self.window(shape), self.padding)

    def kernel_planes(
        self, weights: Weights, filters: int | None = None, channels: int | None = None
    ) -> np.ndarray | None:
        # Keras has (rows, columns, in, out)
        return np.transpose(weights["kernel"][:, :, :channels, :filters], (3, 2, 0, 1))

    def check(self, shape: Shape) -> tuple[int, int, int]:
        """The input as (height, width, channels), once the settings make sense together."""
        return need_image(shape, self.kind)

    def check_steps(self) -> None:
        """Whether it does not step and spread at once, which Keras refuses for most kinds."""
        if max(both(self.strides)) > 1 and max(both(self.dilation_rate)) > 1:
            raise Impossible("strides and dilation can't both be above 1", "Set one of them to 1.", dilation_rate=1)

    def places(self, shape: Shape) -> tuple[int, int]:
        """Height and width of its output."""
        return slide_2d(self.check(shape), self.window(shape), self.padding, "kernel")

    @property
    def area(self) -> int:
        """Cells of one kernel on one map."""
        return prod(both(self.kernel_size))

    @property
    def spelled(self) -> str:
        """Its sides in a formula: "3·3"."""
        return "·".join(map(str, both(self.kernel_size)))

    def settings(self) -> str:
        """The words that all convolutions end with."""
        stride = f" stride {steps(self.strides)}" if self.strides != 1 else ""
        spread = f" dilation {steps(self.dilation_rate)}" if self.dilation_rate != 1 else ""
        activation = f" {self.activation}" if self.activation != "linear" else ""
        return f"{by(self.kernel_size)}{activation} {self.padding}{stride}{spread}{self.regularized()}"


class Conv2D(_Convolution):
    """Slides learned kernels over all channels at once; every kernel gives one feature map."""

    keras: ClassVar[str] = "layers.Conv2D"
    rank: ClassVar[int] = 10
    blurb: ClassVar[str] = "learned kernels, all channels"

    filters: int = filters()
    kernel_size: KernelSize = kernel_size()
    strides: Step = strides()
    padding: Padding = padding()
    dilation_rate: Step = dilation_rate(rare=False)
    activation: ActivationName = activation(
        "If many maps stay black (dead units), try leaky_relu; linear leaves the sums as they are."
    )
    use_bias: bool = use_bias()
    groups: int = option(
        1,
        "Groups of maps that never meet: each kernel reads its own group only.",
        advice="If the layer is too dear, 2 halves its weights and its work.",
        low=1,
        high=1024,
        rare=True,
    )
    kernel_initializer: Initializer = initializer()
    kernel_regularizer: AnyRegularizer = regularizer()
    kernel_constraint: AnyConstraint = constraint()

    def check(self, shape: Shape) -> tuple[int, int, int]:
        height, width, channels = super().check(shape)
        self.check_steps()
        for number, what in ((self.filters, "filter"), (channels, "input map")):
            if number % self.groups:
                raise Impossible(
                    f"{counted(number, what)} can't be shared out among {self.groups} groups",
                    "Take groups that divide the filters and the input maps.",
                    groups=1,
                )
        return height, width, channels

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.places(shape), self.filters)

    def parameters(self, shape: Shape) -> int:
        return (self.area * shape[2] // self.groups + self.use_bias) * self.filters

    def parameter_formula(self, shape: Shape) -> str:
        shared = f"/{self.groups}" if self.groups > 1 else ""
        return f"({self.spelled}·{shape[2]}{shared}{'+1' * self.use_bias})·{self.filters}"

    def multiply_adds(self, shape: Shape) -> int:
        return prod(self.output_shape(shape)) * self.area * shape[2] // self.groups

    def kernel_planes(
        self, weights: Weights, filters: int | None = None, channels: int | None = None
    ) -> np.ndarray | None:
        """As they are; of groups, zeros for the maps that a kernel does not read."""
        if self.groups == 1:
            return super().kernel_planes(weights, filters, channels)
        kernel = np.transpose(weights["kernel"], (3, 2, 0, 1))  # (filters, maps of a group, rows, columns)
        made, own = kernel.shape[:2]
        planes = np.zeros((made, own * self.groups, *kernel.shape[2:]), kernel.dtype)
        for place, one in enumerate(kernel):
            first = place * self.groups // made * own
            planes[place, first : first + own] = one
        return planes[:filters, :channels]

    def words(self) -> str:
        groups = f" in {self.groups} groups" if self.groups > 1 else ""
        return f"{counted(self.filters, 'filter')}{groups} {self.settings()}"

    def short(self) -> str:
        return f"Conv {self.filters}"


class DepthwiseConv2D(_Convolution):
    """Slides one learned kernel over each channel alone; channels are never mixed."""

    keras: ClassVar[str] = "layers.DepthwiseConv2D"
    reads: ClassVar[Reads] = "own map"
    rank: ClassVar[int] = 12
    blurb: ClassVar[str] = "each channel on its own"
    axes: ClassVar[dict[str, tuple[int, ...]]] = {"depthwise_constraint": (0, 1)}

    kernel_size: KernelSize = kernel_size()
    strides: Step = strides()
    padding: Padding = padding()
    depth_multiplier: int = option(
        1,
        "Number of kernels for each channel.",
        advice="If the maps carry too little, use 2; the maps are multiplied by it.",
        low=1,
        high=16,
    )
    activation: ActivationName = activation()
    use_bias: bool = use_bias()
    dilation_rate: Step = dilation_rate()
    depthwise_initializer: Initializer = initializer()
    depthwise_regularizer: AnyRegularizer = regularizer()
    depthwise_constraint: AnyConstraint = constraint()

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.places(shape), shape[2] * self.depth_multiplier)

    def parameters(self, shape: Shape) -> int:
        return (self.area + self.use_bias) * shape[2] * self.depth_multiplier

    def parameter_formula(self, shape: Shape) -> str:
        return f"({self.spelled}{'+1' * self.use_bias})·{shape[2]}·{self.depth_multiplier}"

    def multiply_adds(self, shape: Shape) -> int:
        return prod(self.output_shape(shape)) * self.area

    def kernel_planes(
        self, weights: Weights, filters: int | None = None, channels: int | None = None
    ) -> np.ndarray | None:
        kernel = weights["kernel"]  # (rows, columns, channels, multiplier)
        maps = kernel.reshape(*kernel.shape[:2], -1)
        return np.moveaxis(maps, -1, 0)[:filters, None]

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
    axes: ClassVar[dict[str, tuple[int, ...]]] = {"depthwise_constraint": (0, 1), "pointwise_constraint": (0, 1, 2)}

    filters: int = filters("Number of feature maps it gives.")
    kernel_size: KernelSize = kernel_size()
    strides: Step = strides()
    padding: Padding = padding()
    depth_multiplier: int = option(
        1, "Kernels for each channel before mixing.", advice="If the maps carry too little, use 2.", low=1, high=16
    )
    activation: ActivationName = activation()
    use_bias: bool = use_bias()
    dilation_rate: Step = dilation_rate()
    depthwise_initializer: Initializer = initializer("Numbers that the depthwise weights begin with.")
    depthwise_regularizer: AnyRegularizer = regularizer("What large depthwise weights add to the loss.")
    depthwise_constraint: AnyConstraint = constraint("What the depthwise weights are held to after every step.")
    pointwise_initializer: Initializer = initializer("Numbers that the pointwise weights begin with.")
    pointwise_regularizer: AnyRegularizer = regularizer("What large pointwise weights add to the loss.")
    pointwise_constraint: AnyConstraint = constraint("What the pointwise weights are held to after every step.")

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.places(shape), self.filters)

    def parameters(self, shape: Shape) -> int:
        middle = shape[2] * self.depth_multiplier
        return self.area * middle + (middle + self.use_bias) * self.filters

    def parameter_formula(self, shape: Shape) -> str:
        middle = shape[2] * self.depth_multiplier
        return f"{self.spelled}·{middle}+({middle}{'+1' * self.use_bias})·{self.filters}"

    def multiply_adds(self, shape: Shape) -> int:
        middle = shape[2] * self.depth_multiplier
        return prod(self.places(shape)) * (self.area * middle + middle * self.filters)

    def kernel_planes(
        self, weights: Weights, filters: int | None = None, channels: int | None = None
    ) -> np.ndarray | None:
        """Those of the plain convolution that it equals: what filters a channel, times what mixes it in."""
        depthwise = weights["depthwise_kernel"][:, :, :channels]  # (rows, columns, channels, multiplier)
        mixing = weights["pointwise_kernel"].reshape(-1, depthwise.shape[3], self.filters)  # (channels, m, filters)
        return np.einsum("yxcm,cmf->fcyx", depthwise, mixing[:channels, :, :filters])

    def two_steps(self, weights: Weights) -> tuple[np.ndarray, np.ndarray] | None:
        depthwise = np.transpose(weights["depthwise_kernel"], (2, 3, 0, 1))
        mixing = weights["pointwise_kernel"].reshape(*depthwise.shape[:2], -1)  # (channels, multiplier, filters)
        return depthwise, np.moveaxis(mixing, -1, 0)

    def words(self) -> str:
        return f"{counted(self.filters, 'filter')} {self.settings()}"

    def short(self) -> str:
        return f"Separable {self.filters}"
