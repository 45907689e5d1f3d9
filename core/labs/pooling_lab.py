"""The lab on pooling: what a reader sets, and the known answers."""

from typing import Literal

import numpy as np
from pydantic import Field

from core.labs import Check, Lab
from core.labs.pooling import global_average, pool_2d
from core.labs.tables import Table
from core.layers.pooling import MaxPooling2D
from core.spec import option

CS231N = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])[..., None]
"""The 4 x 4 example of Stanford's course notes CS231n, "Convolutional Networks", section "Pooling Layer"."""

NINE = np.arange(9).reshape(3, 3, 1)
"""The 3 x 3 example of Zhang et al., "Dive into Deep Learning", section 7.5."""


class Pooling(Lab):
    """Let a window slide over a picture and leave one number of what it sees."""

    slides_over: Literal["picture", "numbers"] = option(
        "picture", "What the window slides over.", advice="If you want to check by hand, take numbers."
    )
    numbers: Table = Field(
        tuple(tuple(float(value) for value in row) for row in CS231N[..., 0]), description="Own numbers, row by row."
    )
    place: tuple[int, int] | None = Field(None, description="Which window is looked at: its row and column, from 0.")
    operation: Literal["max", "average", "global max", "global average"] = option(
        "max",
        "What is left of a window: its largest number, or the mean. Global: the window is the whole picture.",
        advice="If it matters that something is there, max; if it matters how much of it, average.",
    )
    size: int = option(
        2, "Side of the window.", advice="If the output should be coarser, take more.", low=1, high=8, unit="px"
    )
    stride: int = option(
        2,
        "Step from one window to the next.",
        advice="If windows should overlap, less than the size.",
        low=1,
        high=8,
        unit="px",
    )
    padding: Literal["valid", "same"] = option(
        "valid",
        "Whether windows may reach over the border; cells outside never win and never count.",
        advice="If the last rows must not be dropped, 'same'.",
    )
    down: int = option(
        0, "How far the picture moves down.", advice="If it should move up, less than 0.", low=-4, high=4, unit="px"
    )
    right: int = option(
        1,
        "How far the picture moves to the right.",
        advice="If it should move left, less than 0.",
        low=-4,
        high=4,
        unit="px",
    )

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        digit = np.zeros((28, 28, 1))
        return (
            Check("shape", "Shape of 28x28x1 after a window of 2", [14, 14, 1], lambda: list(pool_2d(digit, 2).shape)),
            Check("parameters", "Parameters of a pooling layer", 0, lambda: MaxPooling2D().parameters((28, 28, 1))),
            Check("max", "4x4 of CS231n, max, window 2", [[6, 8], [3, 4]], lambda: pool_2d(CS231N, 2)[..., 0]),
            Check(
                "average",
                "The same numbers, average",
                [[3.25, 5.25], [2, 2]],
                lambda: pool_2d(CS231N, 2, kind="average")[..., 0],
            ),
            Check("global", "The same numbers, global average", [3.125], lambda: global_average(CS231N)),
            Check(
                "overlapping",
                "0 to 8 of Dive into Deep Learning, max, window 2, step 1",
                [[4, 5], [7, 8]],
                lambda: pool_2d(NINE, 2, stride=1)[..., 0],
            ),
            Check(
                "overlapping mean",
                "The same numbers, average",
                [[2, 3], [5, 6]],
                lambda: pool_2d(NINE, 2, stride=1, kind="average")[..., 0],
            ),
        )
