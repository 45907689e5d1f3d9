"""A convolution whose kernels somebody made: training leaves them as they are."""

from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import AfterValidator, FailFast, Field, model_validator

from core.layers import ActivationName, Impossible, Shape
from core.layers.convolution import PADDING_ADVICE, STRIDE_ADVICE, _Convolution
from core.layers.windows import Padding
from core.problems import ALONE, Context, Problem
from core.spec import option
from core.words import counted

MAX_KERNELS, MAX_SIDE = 16, 15
SOBEL = (
    (((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0)),),
    (((-1.0, -2.0, -1.0), (0.0, 0.0, 0.0), (1.0, 2.0, 1.0)),),
)
"""Slopes from left to right and from top to bottom: what a fresh layer begins with."""

Row = Annotated[tuple[Annotated[float, Field(ge=-1e6, le=1e6)], ...], FailFast()]
Plane = Annotated[tuple[Row, ...], FailFast()]
"""Rows of weights; of a million mistakes the first one is enough."""


def _alike(kernels: tuple[tuple[Plane, ...], ...]) -> tuple[tuple[Plane, ...], ...]:
    """Kernels that go together: square, of one size, with equally many planes."""
    side = len(kernels[0][0]) if kernels[0] else 0
    if not 1 <= side <= MAX_SIDE or any(len(row) != side for kernel in kernels for plane in kernel for row in plane):
        raise ValueError(f"kernels are squares of 1 to {MAX_SIDE} px, all of one size")
    if (
        any(len(plane) != side for kernel in kernels for plane in kernel)
        or len({len(kernel) for kernel in kernels}) > 1
    ):
        raise ValueError("all kernels have one size and equally many planes")
    return kernels


class HandMadeConv2D(_Convolution):
    """Slides kernels that you made over the image; training never changes them."""

    keras: ClassVar[str] = "layers.Conv2D"
    rank: ClassVar[int] = 13
    blurb: ClassVar[str] = "your kernels, never trained"

    kernels: Annotated[
        tuple[Annotated[tuple[Plane, ...], FailFast()], ...],
        FailFast(),
        Field(min_length=1, max_length=MAX_KERNELS),
        AfterValidator(_alike),
    ] = option(SOBEL, "The kernels: each one plane for all channels alike, or a plane for every channel.", shown=False)
    channels: int = option(
        1,
        "Number by which the weights are divided, as a kernel's answers of all channels are added.",
        advice="If the pictures have colours, 3: grey and colour then answer alike.",
        low=1,
        high=1024,
    )
    biases: tuple[Annotated[float, Field(ge=-1e6, le=1e6)], ...] = option(
        (), "What is added to each map, one number for every kernel; empty: nothing.", shown=False
    )
    strides: int = option(1, "Step of the kernel as it slides.", advice=STRIDE_ADVICE, low=1, high=8, unit="px")
    dilation_rate: int = option(
        1,
        "Spacing between the kernel's cells.",
        advice="If your kernel should reach further with the same weights, use 2.",
        low=1,
        high=8,
        unit="px",
    )
    padding: Padding = option("same", "What happens at the border.", advice=PADDING_ADVICE)
    activation: ActivationName = option(
        "linear",
        "Function applied to every sum.",
        advice="If answers below zero should not count, relu; linear keeps both sides of an edge.",
    )

    @model_validator(mode="after")
    def _has_as_many_biases_as_kernels(self) -> "HandMadeConv2D":
        if self.biases and len(self.biases) != len(self.kernels):
            raise ValueError("one bias for every kernel, or none")
        return self

    @property
    def kernel_size(self) -> int:
        """Side of each kernel in px."""
        return len(self.kernels[0][0])

    @property
    def filters(self) -> int:
        """Number of kernels, and so of feature maps."""
        return len(self.kernels)

    @property
    def planes(self) -> int:
        """Planes of each kernel: 1 for all channels alike."""
        return len(self.kernels[0])

    def check(self, shape: Shape) -> tuple[int, int, int]:
        height, width, channels = super().check(shape)
        self.check_steps()
        if self.planes not in (1, channels):
            raise Impossible(
                f"these kernels have {self.planes} planes, one for each channel, but the input has {channels}",
                "Put this layer first, on pictures with as many channels, or use kernels with one plane.",
            )
        return height, width, channels

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.places(shape), self.filters)

    def parameters(self, shape: Shape) -> int:
        return self.kernel_size**2 * shape[2] * self.filters + len(self.biases)

    def non_trainable(self, shape: Shape) -> int:
        return self.parameters(shape)

    def parameter_formula(self, shape: Shape) -> str:
        weights = f"{self.kernel_size}·{self.kernel_size}·{shape[2]}"
        return f"({weights}+1)·{self.filters}" if self.biases else f"{weights}·{self.filters}"

    def multiply_adds(self, shape: Shape) -> int:
        height, width, filters = self.output_shape(shape)
        return height * width * filters * self.kernel_size**2 * shape[2]

    def words(self) -> str:
        return f"{self.filters} hand-made {self.settings()}"

    def short(self) -> str:
        return f"Hand-made {self.filters}"

    def keras_arguments(self) -> dict[str, Any]:
        """Those of Conv2D that can be written as they are; the kernels are added by `build` and `source`."""
        names = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "activation")
        fixed = {"use_bias": bool(self.biases), "trainable": False}
        return {name: getattr(self, name) for name in names} | fixed

    def weights(self) -> np.ndarray:
        """The kernels as Keras lays them: float64 (k, k, 1 or channels, filters)."""
        return np.transpose(self.kernels, (2, 3, 1, 0)) / self.channels

    def build(self) -> Any:
        # Keras takes four seconds and 600 MB to import: only processes that build networks pay for it.
        import keras

        constant = keras.initializers.Constant(self.weights())
        biases = {"bias_initializer": keras.initializers.Constant(list(self.biases))} if self.biases else {}
        return keras.layers.Conv2D(**self.keras_arguments(), kernel_initializer=constant, **biases)

    def problems(self, context: Context) -> list[Problem]:
        """Also whether it was made for grey pictures and now sees colours, or the other way round."""
        found, channels = super().problems(context), context.facts.shape[2]
        if context.place != 0 or self.planes > 1 or self.channels == channels:
            return found
        return [
            *found,
            Problem("network", f"{self.kind} #1: its weights are divided by {self.channels}, the pictures have "
                    f"{counted(channels, 'channel')}: every sum is "
                    f"{channels / self.channels:.3g} times what the kernel gives on a grey picture.",
                    f"Set channels to {channels}.", 0, (("channels", channels),), blocking=False),
        ]  # fmt: skip

    def source(self, context: Context = ALONE) -> str:
        rows = repr(_lists(self.kernels))
        shared = f" / {self.channels}" if self.channels > 1 else ""
        constant = f"keras.initializers.Constant(np.transpose({rows}, (2, 3, 1, 0)){shared})"
        biases = f", bias_initializer=keras.initializers.Constant({list(self.biases)})" if self.biases else ""
        return f"{super().source(context).removesuffix(')')}, kernel_initializer={constant}{biases})"


def _lists(value: Any) -> Any:
    """Tuples at any depth as lists, as a script writes them."""
    return [_lists(one) for one in value] if isinstance(value, tuple) else value
