"""The part of a network, from the image on, that training never changes: it makes the same of an image every time."""

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from core.experiment.network import BYTES_PER_NUMBER, Row, Trace
from core.layers import Shape

if TYPE_CHECKING:
    from core.experiment import Experiment

LEAST = 1_000_000
"""Multiply-adds for one image below which it is computed in less time than its features are read."""


@dataclass(frozen=True)
class FrozenPart:
    """The rows of a network, from the image on, that neither learn nor differ in training.

    Args:
        rows: in their order; the rest of the network reads the last of them only.
        rest: the others.
    """

    rows: tuple[Row, ...]
    rest: tuple[Row, ...]

    @property
    def border(self) -> Row:
        """The row whose output the rest reads."""
        return self.rows[-1]

    @property
    def shape(self) -> Shape:
        """Of the features of one image."""
        return self.border.output_shape

    @property
    def multiply_adds(self) -> int:
        """For one image."""
        return sum(row.multiply_adds for row in self.rows)

    def bytes_of(self, images: int) -> int:
        """What the features of so many images take, in float32."""
        return prod(self.shape) * BYTES_PER_NUMBER * images


def frozen_part(traced: Trace) -> FrozenPart | None:
    """The largest frozen part at the head of a network that hands a single tensor on; None where there is none to speak
    of.

    Whatever stands on a way around its last row is left to the rest: inside a residual the part ends before it.

    Args:
        traced: any network.
    """
    if traced.broken:
        return None
    last_readers = _last_readers(traced)
    reach, end = last_readers[-1], 0  # the farthest row that reads the image, or a row before the one in question
    for place, row in enumerate(traced.rows):
        if not is_still(row):
            break
        if reach <= place:
            end = place + 1
        reach = max(reach, last_readers[place])
    part = FrozenPart(traced.rows[:end], traced.rows[end:])
    learnt_elsewhere = any(row.parameters for row in part.rows)
    return part if learnt_elsewhere and part.multiply_adds >= LEAST else None


def is_still(row: Row) -> bool:
    """Whether a row answers an image alike from the first step to the last."""
    return row.index is not None and row.parameters == row.non_trainable and not row.differs_in_training


def _last_readers(traced: Trace) -> dict[int, int]:
    """For each row, by its place, and for the image (-1): the place of the last row that reads it."""
    found = dict.fromkeys(range(-1, len(traced.rows)), -1)
    for place, row in enumerate(traced.rows):
        for source in traced.sources(row):
            found[source] = place
    return found


def kept_part(experiment: "Experiment", traced: Trace) -> FrozenPart | None:
    """The frozen part whose features a training keeps; None where it computes the whole network in every step.

    Args:
        experiment: whose images may be augmented, so that no epoch sees the same ones, or mixed, so that no two labels
            need be alike.
        traced: its network.
    """
    is_anew = experiment.applied and not experiment.training.feature_draws
    return None if is_anew or experiment.mixes else frozen_part(traced)


def count_kept(experiment: "Experiment", train: int, images: int) -> int:
    """How many features are kept: of all images as they are, and of each augmented version of those to learn from.

    Args:
        experiment: whose training images are augmented, or not.
        train, images: to learn from, and in all.
    """
    return images + train * (experiment.training.feature_draws if experiment.applied else 0)
