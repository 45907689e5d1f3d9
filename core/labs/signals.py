"""Convolution along a line: a kernel slides over a signal and finds where it falls, rises or is merely noisy."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from core.labs import Check, Lab
from core.labs.convolution import convolve_1d
from core.spec import option

MOST_CELLS, MOST_WEIGHTS = 200, 9
LARGEST = 1000.0
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]

FALLING = (1, 2, 3, 4, 5, 4, 5, 6, 7, 8, 7, 8, 9, 10, 11, 10, 11, 12)
"""Rises, and falls three times."""
FALL_KERNEL = (-1.0, 1.0, 0.0)
"""Twice [-0.5, 0.5, 0]: the value here less the next one."""


class Signals(Lab):
    """Slide a kernel along a signal and read every product and sum."""

    signal: tuple[Number, ...] = Field(
        FALLING, min_length=1, max_length=MOST_CELLS, description="The numbers that the kernel slides over."
    )
    kernel: tuple[Number, ...] = Field(
        (-1.0, 0.0, 1.0, 0.0), min_length=1, max_length=MOST_WEIGHTS, description="The weights."
    )
    mode: Literal["full", "same", "valid"] = option(
        "same",
        "Which places count: every window that touches the signal, as many as the signal has, or only windows inside.",
        advice="If the border misleads you, take valid.",
    )
    place: int | None = Field(
        None, ge=0, lt=MOST_CELLS + MOST_WEIGHTS, description="Which window of `full` is looked at, from 0."
    )
    flip: bool = option(
        True,
        "Turns the kernel round before it slides: a convolution as mathematics has it. A network's layer does not.",
        advice="If the answer looks mirrored, switch it.",
    )

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        count = np.arange(1.0, 6.0)
        return (
            Check("full-3", "[1, 2, 3] * [1, 1, 1], full", [1, 3, 6, 5, 3], lambda: convolve_1d([1, 2, 3], [1, 1, 1])),
            *(
                Check(
                    f"{mode}-5", f"[1..5] * [1, 2], {mode}", known, lambda mode=mode: convolve_1d(count, [1, 2], mode)
                )
                for mode, known in (
                    ("full", [1, 4, 7, 10, 13, 10]),
                    ("same", [1, 4, 7, 10, 13]),
                    ("valid", [4, 7, 10, 13]),
                )
            ),
            Check(
                "layer-5",
                "[1..5] under [1, 2], as a layer, valid",
                [5, 8, 11, 14],
                lambda: convolve_1d(count, [1, 2], "valid", flip=False),
            ),
            Check(
                "falls",
                "Where 1, 2, 3, 4, 5, 4 ... 11, 12 falls, and 2·[−0.5, 0.5, 0] says +1 (place, from 0)",
                [4, 9, 14],
                lambda: falls(convolve_1d(FALLING, FALL_KERNEL, "same")),
            ),
        )


def falls(answers: np.ndarray) -> list[int]:
    """Places, from 0, where the falling-point kernel answers +1; the last one only sees the border.

    Args:
        answers: float (n,), of FALL_KERNEL with "same".
    """
    return np.flatnonzero(np.isclose(answers[:-1], 1.0)).tolist()
