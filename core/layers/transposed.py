"""The convolution that makes maps larger."""

from math import prod
from typing import ClassVar

import numpy as np

from core.layers import ActivationName, Reach, Shape, Weights
from core.layers.convolution import (
    KernelSize,
    Step,
    _Convolution,
    activation,
    dilation_rate,
    filters,
    kernel_size,
    padding,
    strides,
    use_bias,
)
from core.layers.weights import AnyConstraint, AnyRegularizer, Initializer, constraint, initializer, regularizer
from core.layers.windows import Padding
from core.options import both
from core.words import counted


class Conv2DTranspose(_Convolution):
    """Spreads every value over a window of a larger map with learned weights: a convolution turned round."""

    keras: ClassVar[str] = "layers.Conv2DTranspose"
    does: ClassVar[str] = "spread"
    rank: ClassVar[int] = 14
    blurb: ClassVar[str] = "makes maps larger, learned"
    axes: ClassVar[dict[str, tuple[int, ...]]] = {"kernel_constraint": (0, 1, 3)}

    filters: int = filters()
    kernel_size: KernelSize = kernel_size()
    strides: Step = strides(2, "By what the sides grow.", "If the map should keep its size, 1; 2 doubles its sides.")
    padding: Padding = padding("same")
    activation: ActivationName = activation()
    use_bias: bool = use_bias()
    dilation_rate: Step = dilation_rate()
    kernel_initializer: Initializer = initializer()
    kernel_regularizer: AnyRegularizer = regularizer()
    kernel_constraint: AnyConstraint = constraint()

    def check(self, shape: Shape) -> tuple[int, int, int]:
        found = super().check(shape)
        self.check_steps()
        return found

    def _cut(self, shape: Shape) -> tuple[int, int]:
        """Rows and columns that "same" cuts off before the first, as a convolution of these settings would add."""
        if self.padding == "valid":
            return 0, 0
        sides = zip(self.window(shape).reach, both(self.strides), strict=True)
        top, left = (max(0, reach - stride) // 2 for reach, stride in sides)
        return top, left

    def places(self, shape: Shape) -> tuple[int, int]:
        """Height and width of its output."""
        self.check(shape)
        sides = zip(shape[:2], self.window(shape).reach, both(self.strides), strict=True)
        more = self.padding == "valid"
        down, across = (n * stride + more * max(0, reach - stride) for n, reach, stride in sides)
        return down, across

    def border(self, shape: Shape) -> tuple[int, int]:
        return 0, 0

    def reach(self, shape: Shape) -> tuple[Reach, Reach]:
        """Value i of the input goes to places from i * stride on: turned round, which values come to place p."""
        window = self.window(shape)
        sides = zip(self._cut(shape), window.reach, window.stride, window.dilation, strict=True)
        down, across = (Reach(1, cut - reach + stride, cut, stride, gap) for cut, reach, stride, gap in sides)
        return down, across

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.places(shape), self.filters)

    def parameters(self, shape: Shape) -> int:
        return (self.area * shape[2] + self.use_bias) * self.filters

    def parameter_formula(self, shape: Shape) -> str:
        return f"({self.spelled}·{shape[2]}{'+1' * self.use_bias})·{self.filters}"

    def multiply_adds(self, shape: Shape) -> int:
        return prod(shape) * self.area * self.filters

    def kernel_planes(
        self, weights: Weights, filters: int | None = None, channels: int | None = None
    ) -> np.ndarray | None:
        # Keras has (rows, columns, out, in)
        return np.transpose(weights["kernel"][:, :, :filters, :channels], (2, 3, 0, 1))

    def words(self) -> str:
        return f"{counted(self.filters, 'filter')} {self.settings()}"

    def short(self) -> str:
        return f"Transposed {self.filters}"
