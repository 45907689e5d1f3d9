"""Layers that bend: a function on every value."""

from math import prod
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from core.layers import ActivationName, Impossible, Layer, Reads, Shape, Weights, Window
from core.layers.weights import AnyConstraint, AnyRegularizer, Initializer, constraint, initializer, regularizer
from core.spec import option


class Activation(Layer):
    """Applies one function to every value; without it, layers upon layers are still one straight line."""

    keras: ClassVar[str] = "layers.Activation"
    is_linear: ClassVar[bool] = True
    family: ClassVar[str] = "Activation"
    rank: ClassVar[int] = 47
    does: ClassVar[str] = "activate"
    blurb: ClassVar[str] = "a function on every value"

    activation: ActivationName = option(
        "relu", "The function.", advice="If many values stay at zero, try leaky_relu; softmax belongs at the end only."
    )

    @property
    def reads(self) -> Reads:
        """Softmax weighs all maps of a place against each other."""
        return "all maps" if self.activation == "softmax" else "own value"

    def window(self, shape: Shape) -> Window:
        return Window(whole=self.activation == "softmax" and len(shape) == 1)

    def words(self) -> str:
        return self.activation

    def short(self) -> str:
        return self.activation


class LeakyReLU(Layer):
    """Lets values above zero pass and makes those below small: no unit is ever quite dead."""

    keras: ClassVar[str] = "layers.LeakyReLU"
    family: ClassVar[str] = "Activation"
    rank: ClassVar[int] = 48
    does: ClassVar[str] = "leak"
    blurb: ClassVar[str] = "relu with a slope below 0"

    negative_slope: float = option(
        0.3, "By what values below zero are multiplied.", advice="If units still die, raise it; 0 is relu.",
        low=0.0, high=1.0,
    )  # fmt: skip

    def numbers(self, weights: Weights, given: np.ndarray) -> dict[str, np.ndarray | float]:
        return {"slope": self.negative_slope}

    def words(self) -> str:
        return f"slope {self.negative_slope:g}"


class PReLU(Layer):
    """Learns by itself how far values below zero may pass."""

    keras: ClassVar[str] = "layers.PReLU"
    family: ClassVar[str] = "Activation"
    rank: ClassVar[int] = 49
    does: ClassVar[str] = "leak"
    blurb: ClassVar[str] = "relu that learns its slope"
    axes: ClassVar[dict[str, tuple[int, ...]]] = {"alpha_constraint": (0, 1)}

    shared_axes: tuple[Annotated[int, Field(ge=1, le=3)], ...] = option(
        (1, 2),
        "Axes along which values share a slope: 1 rows, 2 columns, 3 maps; empty: a slope for every value.",
        advice="If maps are large, 1, 2: one slope for each map. After Flatten nothing can be shared.",
    )
    alpha_initializer: Initializer = initializer(
        "Slopes that it begins with.", "zeros", "zeros begins as relu, ones as if there were no activation."
    )
    alpha_regularizer: AnyRegularizer = regularizer("What large slopes add to the loss.")
    alpha_constraint: AnyConstraint = constraint("What the slopes are held to after every step.")

    def output_shape(self, shape: Shape) -> Shape:
        if any(axis > len(shape) for axis in self.shared_axes):
            raise Impossible("a flat list of values has no columns that could share a slope",
                             "Give every value a slope of its own.", shared_axes=())  # fmt: skip
        return shape

    def slopes(self, shape: Shape) -> tuple[int, ...]:
        """Shape of what it learns."""
        return tuple(1 if axis in self.shared_axes else side for axis, side in enumerate(shape, 1))

    def parameters(self, shape: Shape) -> int:
        return prod(self.slopes(shape))

    def parameter_formula(self, shape: Shape) -> str:
        return "·".join(map(str, self.slopes(shape)))

    def numbers(self, weights: Weights, given: np.ndarray) -> dict[str, np.ndarray | float]:
        return {"slope": weights["alpha"]}

    def words(self) -> str:
        each = {(1, 2): "a slope for each map", (): "a slope for each value", (1, 2, 3): "one slope"}
        return each.get(self.shared_axes, f"shared along {', '.join(map(str, self.shared_axes))}")
