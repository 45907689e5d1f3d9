"""The catalogue of layers: every kind knows its shapes and its costs without Keras.

A shape is the shape of one image without the batch axis: (height, width, channels), or (values,) once flattened.
The formulas are checked against Keras over random stacks.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np

from core.layers.windows import Impossible, Reach, Shape, Window, need_image, reach_2d
from core.spec import Spec

__all__ = ["Impossible", "Layer", "Reach", "Shape", "Weights", "Window", "need_image"]

Weights = Mapping[str, np.ndarray]
"""The numbers of one layer, float32, by the names that Keras gives them: "kernel", "bias" ..."""
ActivationName = Literal[
    *("linear", "relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "tanh", "softmax"),
    *("relu6", "selu", "mish", "hard_silu", "hard_sigmoid", "softplus", "softsign"),
]

Reads = Literal[*("all maps", "own map", "own value", "whole map", "flattened", "reshaped", "permuted", "everything"),]


class Layer(Spec):
    """One step of the network."""

    blurb: ClassVar[str] = ""
    """What the catalogue says under the name, five words at most."""

    reads: ClassVar[Reads] = "own value"
    """Which values of its input feed one of its outputs; a flat input is read as such whatever stands here. Where no
    window can tell it (group normalization), "everything"."""

    does: ClassVar[str] = ""
    """What it does with the values of a window, with those of its inputs or with each value: "convolve", "max", "mean",
    "add", "normalize" ...; empty where values pass as they are."""

    kernels_are: ClassVar[str] = ""
    """How its kernels come about where they are no weights of their own: "depthwise × pointwise"."""

    is_linear: ClassVar[bool] = False
    """Whether, once it is trained and without its activation, it gives a linear map of its inputs plus constants."""

    silences: ClassVar[bool] = False
    """Whether it drops values at random while training, and scales up those that stay."""

    differs_in_training: ClassVar[bool] = False
    """Whether it does something else while training than at inference."""

    axes: ClassVar[dict[str, tuple[int, ...]]] = {}
    """For each field that holds weights to a length, the axes of these weights that lead to one unit."""

    takes: ClassVar[tuple[int, int]] = (1, 1)
    """How many inputs it has at least and at most; a layer of one declares its methods with one shape."""

    @property
    def bends(self) -> bool:
        """Whether what it gives, once it is trained, is no linear map of its inputs."""
        return not self.is_linear or getattr(self, "activation", "linear") != "linear"

    def keras_arguments(self) -> dict[str, Any]:
        given = super().keras_arguments()
        return given | {name: given[name].along(axes) for name, axes in self.axes.items() if name in given}

    def choices(self, shape: Shape) -> dict[str, dict[str, str]]:
        """For fields whose values hang on where the layer stands: those values, each in words.

        What is slid along a path has a few words, and on the next line what is said under the slider.

        Args:
            shape: of what it is given for one image.
        """
        return {}

    def regularized(self) -> str:
        """What its weights are held to, as the end of its words: " L2 0.01"; empty where nothing is asked."""
        fields = (getattr(self, name) for name in type(self).model_fields if name.endswith("_regularizer"))
        return "".join(f" {words}" for one in fields if (words := one.words()))

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
        """Rows of zeros above its input and columns of zeros left of it that its window runs over, px; below zero for
        rows and columns that it leaves out."""
        return 0, 0

    def reach(self, shape: Shape) -> tuple[Reach, Reach]:
        """Which rows and which columns of its input feed an output; by default those under its window."""
        return reach_2d(self.window(shape), self.border(shape))

    def kernel_planes(
        self, weights: Weights, filters: int | None = None, channels: int | None = None
    ) -> np.ndarray | None:
        """The kernels that it slides over its input; None for a layer that slides none.

        Args:
            weights: of this layer.
            filters, channels: how many output and input maps are wanted, the first ones; all when left out.

        Returns:
            float32 (filters, channels, rows, columns): what each input map is multiplied with for each output map; a
            single channel where every map is read on its own.
        """
        return None

    def numbers(self, weights: Weights, given: np.ndarray) -> dict[str, np.ndarray | float]:
        """What a value is worked out with, besides kernels and bias, once it is trained.

        Args:
            weights: of this layer.
            given: float32 (height, width, maps) or (values,), its input for one image.

        Returns:
            by name one number for all values, or as many as stretch to the shape of what it gives.
        """
        return {}

    def two_steps(self, weights: Weights) -> tuple[np.ndarray, np.ndarray] | None:
        """Where its kernels are a product, what each map is filtered with, and by what that is mixed; else None.

        Args:
            weights: of this layer.

        Returns:
            float32 (channels, multiplier, rows, columns) and (filters, channels, multiplier).
        """
        return None
