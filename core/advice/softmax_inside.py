"""Softmax before the last layer."""

from collections.abc import Iterator
from typing import ClassVar

from core.advice import Advice, AdviceRule, Fix, Situation, called
from core.advice.edits import changed
from core.experiment.network import Row
from core.layers.joining import Multiply
from core.words import counted


class SoftmaxInside(AdviceRule):
    """Finds layers inside the network that turn their values into shares of 1."""

    name: ClassVar[str] = "softmax_inside"
    rank: ClassVar[int] = 5

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        for row in situation.own_rows:
            if getattr(row.layer, "activation", "") == "softmax" and not _is_attention(situation, row):
                yield cls._advice(situation, row)

    @classmethod
    def _advice(cls, situation: Situation, row: Row) -> Advice:
        count, experiment = row.output_shape[-1], situation.experiment
        what = "maps, at each place," if len(row.output_shape) == 3 else "values"
        fix = Fix(
            "Use activation='relu'",
            lambda: experiment.edited(nodes=changed(experiment.nodes, row, activation="relu")),
        )
        return Advice(
            cls.name,
            row.id,
            f"{called(row)}: softmax squeezes its {count} {what} into one sum of 1.",
            f"Whatever goes in, the mean of {counted(count, 'share')} is 1/{count}. Values that are all higher by the "
            "same amount give the same shares: how strong anything was is lost, only how they differ is left. At the "
            "end that is wanted, and the last layer does it already.",
            "",
            (fix,),
        )


def _is_attention(situation: Situation, row: Row) -> bool:
    """Whether the shares weigh something else, as attention does."""
    return any(row.id in one.inputs and isinstance(one.layer, Multiply) for one in situation.traced.rows)
