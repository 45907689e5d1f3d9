"""A learning rate that is meant for fresh layers, given to a base that has learnt already."""

from collections.abc import Iterator
from typing import ClassVar

from core.advice import Advice, AdviceRule, Fix, Situation, called
from core.experiment import Experiment
from core.experiment.stack import place_of, replaced
from core.words import number

MOST: dict[str, float] = {"SGD": 1e-2}
USUAL = 1e-4
"""Above which rate a base is trained too fast: of SGD, and of the optimizers that scale every step."""
TIMES = 10


class BaseRate(AdviceRule):
    """Finds a base whose layers learn from the first step on, at a rate at which fresh layers learn."""

    name: ClassVar[str] = "base_rate"
    rank: ClassVar[int] = 8

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        experiment, optimizer = situation.experiment, situation.experiment.training.optimizer
        learning = [row for row in situation.traced.rows if row.base and row.parameters > row.non_trainable]
        rate, most = optimizer.learning_rate, MOST.get(optimizer.kind, USUAL)
        if not learning or learning[0].base.is_fresh or rate <= most:
            return
        slower = optimizer.edited(learning_rate=min(rate / TIMES, most))
        base = learning[0]
        learn = sum(row.parameters - row.non_trainable for row in learning)
        yield Advice(
            cls.name,
            base.block,
            f"{number(learn)} parameters of {called(base)} learn at a rate of {rate:g}, which suits fresh layers.",
            "While the last layers are fresh, their errors are large, and with large steps the base forgets what it "
            "has learnt before they are any better. The usual way: first all of it frozen, then its last layers at a "
            "rate ten times smaller.",
            "Keras' guide to transfer learning; Howard and Ruder 2018, Universal Language Model Fine-tuning, section 3",
            (
                Fix(
                    f"Use a learning rate of {slower.learning_rate:g}",
                    lambda: experiment.edited(training=experiment.training.edited(optimizer=slower)),
                ),
                Fix("Freeze all of it", lambda: _frozen(situation, base.block)),
            ),
        )


def _frozen(situation: Situation, id: str) -> Experiment:
    """The experiment with nothing of its base learning."""
    experiment = situation.experiment
    base = experiment.nodes[place_of(experiment.nodes, id)].layer
    return experiment.edited(nodes=replaced(experiment.nodes, id, base.edited(trainable_from="")))
