"""Layers that join every input with every unit."""

from math import prod
from typing import ClassVar

from core.layers import ActivationName, Layer, Reads, Shape, Window
from core.layers.weights import AnyConstraint, AnyRegularizer, Initializer, constraint, initializer, regularizer
from core.spec import option
from core.words import counted

MOST_UNITS = 4096
"""Of one layer: the widest known networks for images have as many."""


class Dense(Layer):
    """Joins every input value with every unit by its own weight."""

    keras: ClassVar[str] = "layers.Dense"
    reads: ClassVar[Reads] = "all maps"
    is_linear: ClassVar[bool] = True
    family: ClassVar[str] = "Dense"
    rank: ClassVar[int] = 30
    does: ClassVar[str] = "weigh"
    blurb: ClassVar[str] = "every input to every unit"
    axes: ClassVar[dict[str, tuple[int, ...]]] = {"kernel_constraint": (0,)}

    units: int = option(
        128,
        "Number of units, and so of output values.",
        advice="If the network can't learn enough, double it; if it overfits, halve it or add Dropout.",
        low=1,
        high=MOST_UNITS,
    )
    activation: ActivationName = option(
        "relu",
        "Function applied to every sum.",
        advice="If learning stalls, try relu; linear leaves the sums as they are.",
    )
    use_bias: bool = option(
        True, "Adds one learned number to each unit.", advice="If a BatchNormalization follows, it can be left out."
    )
    kernel_initializer: Initializer = initializer()
    kernel_regularizer: AnyRegularizer = regularizer()
    kernel_constraint: AnyConstraint = constraint()

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def parameters(self, shape: Shape) -> int:
        return (shape[-1] + self.use_bias) * self.units

    def parameter_formula(self, shape: Shape) -> str:
        return f"({shape[-1]}{'+1' * self.use_bias})·{self.units}"

    def multiply_adds(self, shape: Shape) -> int:
        return prod(shape) * self.units

    def window(self, shape: Shape) -> Window:
        return Window(whole=len(shape) == 1)

    def words(self) -> str:
        activation = "" if self.activation == "linear" else f" {self.activation}"
        return f"{counted(self.units, 'unit')}{activation}{self.regularized()}"

    def short(self) -> str:
        return f"Dense {self.units}"
