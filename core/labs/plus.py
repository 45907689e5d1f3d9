"""The plus detector: one small kernel finds its shape wherever it stands."""

from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from core.labs import Check, Lab
from core.labs.chance import Chance
from core.labs.convolution import convolve_2d
from core.labs.pooling import pool_2d
from core.spec import option

LARGEST = 24
ROUNDING = 1e-12
"""Sums of the same products in another order differ by less."""

PLUS = (0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0)
SHAPES = {"+": ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)), "×": ((0, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))}
"""Which pixels a mark paints, as steps (down, right) from its centre."""


class Mark(BaseModel):
    """One planted shape: where its centre stands, row and column from the upper left corner."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    row: int = Field(ge=0, lt=LARGEST)
    column: int = Field(ge=0, lt=LARGEST)
    shape: Literal["+", "×"]


def plus(row: int, column: int) -> Mark:
    """A plus with its centre there."""
    return Mark(row=row, column=column, shape="+")


Weight = Annotated[float, Field(ge=-1e6, le=1e6)]
"""As far as the browser's cells take it, or the server would refuse what they show."""

BEGIN = (plus(2, 3), plus(6, 7))


def drawn(marks: tuple[Mark, ...], size: int) -> np.ndarray:
    """A black picture with white marks; what reaches over the border is cut off.

    Args:
        marks: where, and of which shape.
        size: side of the picture, px.

    Returns:
        float64 (size, size), 0 or 1.
    """
    picture = np.zeros((size, size))
    for mark in marks:
        for down, right in SHAPES[mark.shape]:
            row, column = mark.row + down, mark.column + right
            if 0 <= row < size and 0 <= column < size:
                picture[row, column] = 1
    return picture


def with_noise(picture: np.ndarray, strength: float, seed: int) -> np.ndarray:
    """A picture with evenly spread noise, 0..strength, added to every pixel; nothing is cut off.

    Args:
        picture: float (H, W).
        strength: 0 or more.
        seed: of the draws.
    """
    return picture + strength * Chance(seed).draws(picture.size).reshape(picture.shape)


def responses(picture: np.ndarray, kernel: tuple[float, ...] = PLUS) -> np.ndarray:
    """What the kernel answers at every place, with zeros around the picture.

    Args:
        picture: float (H, W).
        kernel: nine weights, row by row.

    Returns:
        float64 (H, W).
    """
    weights = np.array(kernel).reshape(3, 3, 1, 1)
    return convolve_2d(picture[..., None], weights, padding="same")[..., 0]


def maxima(response: np.ndarray, threshold: float) -> list[list[int]]:
    """Places that no neighbour exceeds and that reach the threshold: where max pooling over 3 x 3 changes nothing.

    Args:
        response: (H, W).
        threshold: the least answer that counts.

    Returns:
        [row, column] of each, in reading order.
    """
    highest = pool_2d(response[..., None], 3, stride=1, padding="same")[..., 0]
    return np.argwhere((response == highest) & (response >= threshold)).tolist()


class PlusDetector(Lab):
    """Plant a plus, add noise, and see whether one small kernel finds it."""

    size: int = option(
        10, "Side of the picture.", advice="If you need more room, take more.", low=6, high=LARGEST, unit="px"
    )
    noise: float = option(
        1.0,
        "What is added to every pixel, marks too: a random number from 0 to this one. Nothing is cut off.",
        advice="If all is found, add some.",
        low=0,
        high=3,
    )
    seed: int = option(1, "Which noise: the same number gives the same picture.", low=0, high=999)
    plant: Literal["+", "×"] = option(
        "+", "What a click plants.", advice="If the kernel should tell shapes apart, plant both."
    )
    threshold: float = option(
        5.5, "The least answer that counts as found.", advice="If noise is found too, raise it.", low=0, high=20
    )
    marks: tuple[Mark, ...] = Field(BEGIN, max_length=60, description="What is planted.")
    start: tuple[Mark, ...] = Field(BEGIN, max_length=60, description="Where each mark stood before it moved.")
    kernel: tuple[Weight, ...] = Field(PLUS, min_length=9, max_length=9, description="Nine weights, row by row.")
    moves: Literal["one mark", "whole picture"] = option(
        "one mark",
        "What the arrows move: the mark touched last, or all marks and the noise with them.",
        advice="If the answers should match to the last digit, the whole picture.",
    )
    down: int = option(0, "How far the noise moved down with the picture.", low=-LARGEST, high=LARGEST, shown=False)
    right: int = option(
        0, "How far the noise moved to the right with the picture.", low=-LARGEST, high=LARGEST, shown=False
    )
    pool: int = option(
        2,
        "Side of the pooling window.",
        advice="If larger moves should vanish too, take more.",
        low=1,
        high=6,
        unit="px",
    )

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        first, second = [[2, 3], [6, 7]], [[4, 5], [7, 2]]
        return (
            Check("one", "Answer to a plus, at its centre", 5, lambda: responses(drawn((plus(4, 4),), 9))[4, 4]),
            Check("first", "Maxima of a noisy picture with two pluses", first, lambda: _found(first, 1)),
            Check("second", "Maxima of another, with the pluses elsewhere", second, lambda: _found(second, 2)),
            Check("moved", "Inner answers that differ after the picture moved by (2, 1)", 0, _differing),
            Check("weights", "Weights for 10x10 places: one kernel, a Dense layer", [9, 10_000], lambda: weights(10)),
        )


def weights(size: int) -> list[int]:
    """Weights of one 3 x 3 kernel, and of a Dense layer that answers at as many places.

    Args:
        size: side of the picture, px.
    """
    return [9, (size * size) ** 2]


def _found(places: list[list[int]], seed: int) -> list[list[int]]:
    picture = drawn(tuple(plus(row, column) for row, column in places), 10)
    return maxima(responses(with_noise(picture, 1.0, seed)), 5.5)


def _differing() -> int:
    """Moving the picture and then asking equals asking and then moving, except where the border has a say."""
    picture = with_noise(drawn(BEGIN, 10), 1.0, 1)
    after, before = responses(np.roll(picture, (2, 1), (0, 1))), np.roll(responses(picture), (2, 1), (0, 1))
    return int((np.abs(after - before)[3:-1, 2:-1] > ROUNDING).sum())
