"""The catalogue of layers: every kind knows its shapes and its costs without Keras.

A shape is the shape of one image without the batch axis: (height, width, channels), or (values,) once flattened.
The formulas are checked against Keras over random stacks.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from core.spec import Spec
from core.words import counted

Shape = tuple[int, ...]
Weights = Mapping[str, np.ndarray]
"""The numbers of one layer, float32, by the names that Keras gives them: "kernel", "bias" ..."""
Padding = Literal["valid", "same"]
ActivationName = Literal["linear", "relu", "relu6", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "tanh", "softmax"]

Reads = Literal["all maps", "own map", "own value", "whole map", "flattened", "everything"]


class Impossible(ValueError):
    """A layer cannot take this input.

    Args:
        reason: what does not fit, with the numbers ("a 5x5 kernel does not fit a 3x3 input").
        hint: what to do about it, one sentence.
        fixes: changes to the layer's own fields that would mend it.
    """

    def __init__(self, reason: str, hint: str, **fixes: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.fixes = fixes


@dataclass(frozen=True)
class Window:
    """How far one step of a layer reaches on its input: kernel side, step and spacing in px; `whole` for all of it."""

    size: int = 1
    stride: int = 1
    dilation: int = 1
    whole: bool = False

    @property
    def reach(self) -> int:
        """Side of the dilated kernel in px: 3 with dilation 2 covers 5."""
        return (self.size - 1) * self.dilation + 1


class Layer(Spec):
    """One step of the network."""

    blurb: ClassVar[str] = ""
    """What the catalogue says under the name, five words at most."""

    reads: ClassVar[Reads] = "own value"
    """Which values of its input feed one of its outputs; a flat input is read as such whatever stands here. Where no
    window can tell it (a transposed convolution), "everything"."""

    does: ClassVar[str] = ""
    """What it does with the values of a window, or with those of its inputs: "convolve", "max", "mean", "add" ..."""

    kernels_are: ClassVar[str] = ""
    """How its kernels come about where they are no weights of their own: "depthwise × pointwise"."""

    is_linear: ClassVar[bool] = False
    """Whether, once it is trained and without its activation, it gives a linear map of its inputs plus constants."""

    silences: ClassVar[bool] = False
    """Whether it drops values at random while training, and scales up those that stay."""

    differs_in_training: ClassVar[bool] = False
    """Whether it does something else while training than at inference."""

    takes: ClassVar[tuple[int, int]] = (1, 1)
    """How many inputs it has at least and at most; a layer of one declares its methods with one shape."""

    @property
    def bends(self) -> bool:
        """Whether what it gives, once it is trained, is no linear map of its inputs."""
        return not self.is_linear or getattr(self, "activation", "linear") != "linear"

    def output_shape(self, *shapes: Shape) -> Shape:
        """Shape after this layer.

        Args:
            shapes: of one image at each of its inputs.

        Raises:
            Impossible: the layer cannot take that shape.
        """
        return shapes[0]

    def parameters(self, *shapes: Shape) -> int:
        """Numbers this layer owns, trained or not, for these input shapes."""
        return 0

    def non_trainable(self, *shapes: Shape) -> int:
        """Those of its parameters that gradient descent does not touch."""
        return 0

    def parameter_formula(self, *shapes: Shape) -> str:
        """The count with the numbers in it: "(3·3·1+1)·64"; empty for a layer without parameters."""
        return ""

    def multiply_adds(self, *shapes: Shape) -> int:
        """Multiplications (each with its addition) for one image."""
        return 0

    def window(self, shape: Shape) -> Window:
        """What one output value reads of the input."""
        return Window()

    def border(self, shape: Shape) -> tuple[int, int]:
        """Rows of zeros above its input and columns of zeros left of it that its window runs over, px."""
        return 0, 0

    def kernel_planes(
        self, weights: Weights, filters: int | None = None, channels: int | None = None
    ) -> np.ndarray | None:
        """The kernels that it slides over its input; None for a layer that slides none.

        Args:
            weights: of this layer.
            filters, channels: how many output and input maps are wanted, the first ones; all when left out.

        Returns:
            float32 (filters, channels, k, k): what each input map is multiplied with for each output map; a single
            channel where every map is read on its own.
        """
        return None


def need_image(shape: Shape, name: str) -> tuple[int, int, int]:
    """(height, width, channels), or an explanation why this layer needs an image.

    Raises:
        Impossible: the input is already flat.
    """
    if len(shape) != 3:
        raise Impossible(
            f"{name} needs an image of height, width and channels, but its input is a flat list "
            f"of {counted(shape[0], 'value')}",
            "Move it before Flatten (or the global pooling), or remove it.",
        )
    return shape  # type: ignore[return-value]


def slide(length: int, window: Window, padding: str) -> int:
    """Positions of a window along one side; "valid": floor((N - F) / S) + 1, "same": ceil(N / S).

    Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", relations 6 and 14.
    """
    return math.ceil(length / window.stride) if padding == "same" else (length - window.reach) // window.stride + 1


def border_2d(shape: Shape, window: Window, padding: str) -> tuple[int, int]:
    """Rows and columns of padding before the first; of an odd number, TensorFlow puts the smaller half there.

    Args:
        shape: of the input, (height, width, channels).
        window: that slides over it.
        padding: "valid" or "same".
    """
    if padding == "valid":
        return 0, 0
    covered = ((slide(length, window, padding) - 1) * window.stride + window.reach for length in shape[:2])
    top, left = (max(0, most - length) // 2 for most, length in zip(covered, shape[:2], strict=True))
    return top, left


def slide_2d(shape: Shape, window: Window, padding: str, what: str) -> tuple[int, int]:
    """Output height and width of a sliding window.

    Raises:
        Impossible: the window is larger than the unpadded input.
    """
    height, width = shape[0], shape[1]
    if padding == "valid" and window.reach > min(height, width):
        reach = window.reach
        dilated = f" (spread to {reach}x{reach} by dilation {window.dilation})" if window.dilation > 1 else ""
        raise Impossible(
            f"a {window.size}x{window.size} {what}{dilated} does not fit the {height}x{width} input",
            "Use padding='same', or remove a pooling layer before it.",
            padding="same",
        )
    return slide(height, window, padding), slide(width, window, padding)
