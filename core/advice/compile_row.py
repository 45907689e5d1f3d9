"""A loss that does not go with the data."""

from collections.abc import Iterator
from typing import ClassVar

from core.advice import Advice, AdviceRule, Fix, Situation
from core.experiment import FROM_THE_DATA
from core.words import counted


class WrongCompileRow(AdviceRule):
    """Compares the loss, and with it the last layer, with what the number of classes asks for."""

    name: ClassVar[str] = "compile_row"
    rank: ClassVar[int] = 1

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        experiment, facts = situation.experiment, situation.facts
        classes, used = len(facts.class_names), experiment.loss(facts)
        if (used == "binary_crossentropy") == (classes == 2):
            return
        usual = experiment.edited(training=experiment.training.edited(loss=FROM_THE_DATA))
        fix = Fix(f"Use {usual.loss(facts)}", lambda: usual)
        if classes == 2:
            sentence = f"{used} gives two classes two softmax units, which say the same thing twice."
            why = (
                "Softmax of two scores is the sigmoid of their difference, so one unit says as much with half the "
                "weights. It works; sigmoid with binary_crossentropy is the usual row for two classes."
            )
        else:
            sentence = f"{used} is for two classes; this dataset has {counted(classes, 'class', 'classes')}."
            why = (
                "It goes with one sigmoid unit, whose single number is the probability of the second of two classes. "
                "For more, softmax gives each class a probability."
            )
        yield Advice(cls.name, situation.traced.rows[-1].id, sentence, why, "", (fix,))
