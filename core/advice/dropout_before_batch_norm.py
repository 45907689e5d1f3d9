"""Dropout before batch normalization: what is measured in training is not met afterwards."""

from collections.abc import Iterator
from typing import ClassVar

from core.advice import Advice, AdviceRule, Fix, Situation, called
from core.advice.edits import moved_behind
from core.experiment import Experiment
from core.experiment.network import Row
from core.experiment.stack import removed
from core.layers.regularization import BatchNormalization


class DropoutBeforeBatchNorm(AdviceRule):
    """Finds values that are dropped before they, or what comes of them, are normalized over the batch."""

    name: ClassVar[str] = "dropout_before_batch_norm"
    rank: ClassVar[int] = 20

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        for row in situation.own_rows:
            rate = getattr(row.layer, "rate", 0.0)  # noise that multiplies has one too, of the same effect
            if row.differs_in_training and rate > 0 and (normalized := _normalized(situation, row)):
                yield cls._advice(situation, row, normalized, rate)

    @classmethod
    def _advice(cls, situation: Situation, row: Row, normalized: list[Row], rate: float) -> Advice:
        factor = f"at least {1 / (1 - rate):.3g} times as large" if row.id in normalized[0].inputs else "larger"
        first = normalized[0]
        measures = f"a batch normalization in {called(first)}" if first.block else called(first)
        return Advice(
            cls.name,
            row.id,
            f"{called(row)} stands before {measures}, which then learns a variance that it won't meet.",
            f"While training, its rate of {rate:g} makes the variance of the values {factor}, and that is what the "
            "moving variance becomes; at inference it does nothing. Behind the last batch normalization nothing "
            "shifts.",
            "Li, Chen, Hu and Yang 2018, Understanding the Disharmony between Dropout and Batch Normalization by "
            "Variance Shift",
            tuple(_fixes(situation, row, normalized[-1])),
        )


def _normalized(situation: Situation, row: Row) -> list[Row]:
    """The batch normalizations that anything of a row arrives at, in order."""
    reached, found = {row.id}, []
    for one in situation.traced.rows:
        if reached.intersection(one.inputs):
            reached.add(one.id)
            found += [one] if isinstance(one.layer, BatchNormalization) and one.differs_in_training else []
    return found


def _fixes(situation: Situation, row: Row, last: Row) -> Iterator[Fix]:
    experiment, facts = situation.experiment, situation.facts
    following = situation.reader(last)
    behind = following if following is not None and following.layer.family == "Activation" else last
    if behind in situation.own_rows:

        def moved() -> Experiment:
            return experiment.edited(nodes=moved_behind(experiment.nodes, row.id, behind.id))

        if moved().trace(facts).broken is None:
            yield Fix(f"Move it behind {called(behind)}", moved)
    yield Fix("Remove it", lambda: experiment.edited(nodes=removed(experiment.nodes, row.id)))
