"""Dropout among the few values that the answer is made of."""

from collections.abc import Iterator
from math import prod, sqrt
from typing import ClassVar

from core.advice import Advice, AdviceRule, Fix, Situation, called
from core.advice.edits import swapped
from core.experiment.network import Row
from core.experiment.stack import removed
from core.layers.regularization import SpatialDropout2D
from core.words import number, percent

LOUD = 0.2
"""By so much of its size a score is shaken in every step; with 128 values and a rate of 0.5 it is 0.09."""


class DropoutAtTheEnd(AdviceRule):
    """Finds dropout right before the last layer where few values are left; of many it is usual and does no harm."""

    name: ClassVar[str] = "dropout_at_the_end"
    rank: ClassVar[int] = 25

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        for row in situation.own_rows:
            rate = getattr(row.layer, "rate", 0.0)
            if row.layer.silences and rate > 0 and _reaches_the_answer(situation, row):
                shaken = noise(rate, _draws(row))
                if shaken >= LOUD:
                    yield cls._advice(situation, row, rate, shaken)

    @classmethod
    def _advice(cls, situation: Situation, row: Row, rate: float, shaken: float) -> Advice:
        count = _draws(row)
        what = "maps" if count < prod(row.output_shape) else "inputs"
        return Advice(
            cls.name,
            row.id,
            f"{called(row)} silences {what} of the answer itself: about {number(round(rate * count))} of "
            f"{number(count)} in every step.",
            f"If all {number(count)} count alike, that shakes every score by √(rate / ((1 − rate) · {number(count)})) "
            f"= {percent(shaken)} of its size, and no layer follows that could make up for it. Of many {what} it is "
            f"usual here: of 128 the same rate would be {percent(noise(rate, 128))}.",
            "",
            tuple(_fixes(situation, row)),
        )


def _draws(row: Row) -> int:
    """How many values, or whole maps, go or stay each by a chance of its own."""
    return row.output_shape[-1] if isinstance(row.layer, SpatialDropout2D) else prod(row.output_shape)


def noise(rate: float, count: int) -> float:
    """Standard deviation over masks of a sum of equal terms, in parts of the sum.

    Args:
        rate: share that is dropped, below 1; what stays is scaled by 1 / (1 - rate).
        count: terms.
    """
    return sqrt(rate / ((1 - rate) * count))


def _reaches_the_answer(situation: Situation, row: Row) -> bool:
    """Whether only layers that move values, or drop more of them, stand between a row and the last layer."""
    for one in situation.behind(row):
        if one.index is None:
            return True
        if one.layer.reads != "flattened" and not one.layer.silences:
            return False
    return False


def _fixes(situation: Situation, row: Row) -> Iterator[Fix]:
    experiment = situation.experiment
    before = situation.before(row)
    if before in situation.own_rows and before.multiply_adds and before.layer.window(before.input_shape).whole:
        yield Fix(
            f"Move it before {called(before)}",
            lambda: experiment.edited(nodes=swapped(experiment.nodes, before.id, row.id)),
        )
    yield Fix("Remove it", lambda: experiment.edited(nodes=removed(experiment.nodes, row.id)))
