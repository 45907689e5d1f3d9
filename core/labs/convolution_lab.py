"""Convolution in two dimensions: a window slides over a picture, and every number of it can be touched."""

from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from core.labs import Check, Lab
from core.labs.convolution import convolve_2d
from core.labs.filters import KERNELS
from core.labs.sliding import Fill
from core.labs.tables import LIMIT, Plane, Table, as_tuples, check_numbers
from core.spec import option

MAX_KERNELS = 6
"""Maps side by side that are still seen as pictures."""
MAX_SIZE = 7
"""px: 49 products are about what one can follow with the eyes."""
START: Plane = KERNELS["Sobel y"].weights


class OwnKernel(BaseModel):
    """One kernel of the layer: a slice for all channels or one for each, and its bias.

    Args:
        slices: one or three, each square, row by row; not flipped.
        bias: added to the sum.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    slices: tuple[Plane, ...] = Field(min_length=1, max_length=3)
    bias: float = Field(0.0, ge=-LIMIT, le=LIMIT)

    @field_validator("slices", mode="before")
    @classmethod
    def _tuples(cls, value: object) -> object:
        return as_tuples(value)

    @model_validator(mode="after")
    def _are_square(self) -> "OwnKernel":
        if len(self.slices) == 2:
            raise ValueError("two slices fit neither a grey nor a colour picture")
        for plane in self.slices:
            if not plane or len(plane) > MAX_SIZE or any(len(row) != len(plane) for row in plane):
                raise ValueError("a slice that is not square, or too large")
            check_numbers(plane)
        return self

    def weights(self, channels: int) -> np.ndarray:
        """As a network has it: (size, size, channels).

        Args:
            channels: of the picture; a single slice serves all of them, a grey picture takes the first of three.
        """
        planes = self.slices if len(self.slices) == channels else (self.slices[0],) * channels
        return np.stack([np.array(plane, float) for plane in planes], axis=-1)


class Convolution(Lab):
    """Choose a picture and kernels, and follow every product of every window."""

    slides_over: Literal["picture", "numbers"] = option(
        "picture", "What the window slides over.", advice="If you want to check by hand, take numbers."
    )
    numbers: Table = Field(((1.0, 2.0, 3.0), (4.0, 5.0, 6.0)), description="Own numbers, row by row.")
    kernels: tuple[OwnKernel, ...] = Field(
        (OwnKernel(slices=(START,)),), min_length=1, max_length=MAX_KERNELS, description="Each gives one map."
    )
    place: tuple[int, int] | None = Field(None, description="The stop that is looked at: its row and column, from 0.")
    chosen: int = option(0, "Which kernel is edited.", low=0, high=MAX_KERNELS - 1, shown=False)
    size: int = option(
        3,
        "Side of the kernel.",
        advice="If it should see more at once, larger; 1 mixes channels only.",
        low=1,
        high=MAX_SIZE,
        unit="px",
    )
    stride: int = option(
        1, "Step from one stop to the next.", advice="If the map should be half as large, 2.", low=1, high=4, unit="px"
    )
    dilation: int = option(
        1,
        "From one cell that is read to the next.",
        advice="If the window should reach further with the same weights, 2.",
        low=1,
        high=4,
        unit="px",
    )
    padding: Literal["valid", "same", "number"] = option(
        "valid",
        "What is added around the picture: nothing, as much as keeps its size at stride 1, or so many cells.",
        advice="If the map must not shrink, 'same'.",
    )
    cells: int = option(1, "Cells added at every side, where padding is a number.", low=0, high=8, unit="px")
    fill: Fill = option(
        "zero",
        "What stands in the border: zeros, the mirrored picture, or the picture again.",
        advice="If zeros make an edge where there is none, 'reflect'. Network layers of Keras know zeros only.",
    )
    activation: Literal["linear", "relu", "sigmoid", "tanh"] = option(
        "linear", "What is done to each sum.", advice="If only positive answers should pass, 'relu'."
    )
    shown: Literal["signed", "brightness", "colours"] = option(
        "signed",
        "How the map is painted: orange below zero and blue above, from black to white, or each channel by itself.",
        advice="If the result is a picture again (a blur), 'brightness' or 'colours'.",
    )

    @model_validator(mode="after")
    def _belong_together(self) -> "Convolution":
        if any(len(plane) != self.size for kernel in self.kernels for plane in kernel.slices):
            raise ValueError("kernels of another size")
        if self.chosen >= len(self.kernels):
            raise ValueError("no such kernel")
        return self

    def layer_kernels(self) -> tuple[tuple[Plane, ...], ...]:
        """The kernels as one layer has them: each with one slice, or each with three."""
        deepest = max(len(kernel.slices) for kernel in self.kernels)
        return tuple(
            kernel.slices if len(kernel.slices) == deepest else kernel.slices * deepest for kernel in self.kernels
        )

    def layer_settings(self) -> dict[str, Any]:
        """What else a layer of Keras needs to compute what the lab shows; see `left_behind`."""
        biases = tuple(kernel.bias for kernel in self.kernels)
        return {
            "strides": self.stride,
            "dilation_rate": self.dilation,
            "padding": "valid" if not self._border else "same",
            "activation": self.activation,
            "biases": biases if any(biases) else (),
        }

    def left_behind(self) -> list[str]:
        """What no layer of Keras can do as the lab does it, a sentence each."""
        found = []
        if self._border and self.fill != "zero":
            found.append(
                f"The border '{self.fill}' stays here: Keras lays zeros around, so answers at the border differ."
            )
        if self.padding == "number" and self._border and not self._is_same:
            found.append(f"The border of {self.cells} px stays here: the layer gets padding 'same', and another size.")
        return found

    @property
    def _border(self) -> bool:
        """Whether there may be one."""
        return self.padding == "same" or (self.padding == "number" and self.cells > 0)

    @property
    def _is_same(self) -> bool:
        """Whether so many cells are what 'same' adds, on every picture."""
        return self.stride == 1 and (self.size - 1) * self.dilation == 2 * self.cells

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        nine = np.arange(1.0, 10).reshape(3, 3, 1)
        return (
            Check("conv2d", "[[1, 2, 3], [4, 5, 6]] with [[1, 2], [3, 4]], valid", [[37, 47]], _numbers_of_conv2d),
            Check("5x5x3", "Shape of one 5×5×3 kernel over 32×32×3", [28, 28, 1], lambda: _shape(5, 1)),
            Check("six", "Six 5×5×3 kernels over 32×32×3", [28, 28, 6], lambda: _shape(5, 6)),
            Check("1x1", "Two 1×1×3 kernels over 32×32×3: only the depth changes", [32, 32, 2], lambda: _shape(1, 2)),
            Check("wrap", "Mean of nine over 1 ... 9, wrapped around: 5 everywhere", [[5, 5, 5]] * 3,
                  lambda: _plane(nine, np.full((3, 3), 1 / 9), padding="same", fill="wrap")),
            Check("reflect", "[[1, 2, 3]] moved one to the right, reflected", [[2, 1, 2]],
                  lambda: _plane(nine[:1], KERNELS["Shift right"].weights, padding="same", fill="reflect")),
        )  # fmt: skip


def _plane(image: np.ndarray, weights: Plane | np.ndarray, **options: object) -> np.ndarray:
    """One grey map of one kernel: (H', W')."""
    return convolve_2d(image, np.array(weights, float)[:, :, None, None], **options)[..., 0]


def _numbers_of_conv2d() -> np.ndarray:
    """The example that TensorFlow's users know: NHWC picture, HWIO kernel."""
    return _plane(np.array([[1.0, 2, 3], [4, 5, 6]])[..., None], ((1, 2), (3, 4)))


def _shape(size: int, count: int) -> list[int]:
    """The shape of what `count` kernels make of a colour picture of 32x32."""
    return list(convolve_2d(np.zeros((32, 32, 3)), np.zeros((size, size, 3, count))).shape)
