"""What operations of augmentation are called on pages, and their strengths in people's units."""

from dataclasses import dataclass
from typing import Any

from core.augmentation import Augmentation
from core.experiment import Experiment
from core.options import Option
from core.spec import kinds

MOST = 20
"""Operations of an experiment at most."""


@dataclass(frozen=True)
class Unit:
    """How people read a number of a change; Keras' own number stands in the help and in the code.

    Args:
        times: what Keras' number is multiplied by.
        name: of the unit.
        step: of the knob.
    """

    times: float
    name: str
    step: float


def unit_of(option: Option) -> Unit:
    """Turns in degrees, parts in percent, all others as they are."""
    if option.unit == "turns":
        return Unit(360, "°", 1)
    is_part = option.type is float and None not in (option.low, option.high) and 0 <= option.low < option.high <= 1
    if is_part:
        return Unit(100, "%", 1)
    return Unit(1, option.unit, 1 if option.type is int else 0.01)


def name_of(kind: str) -> str:
    """What an operation is called: "Rotation"."""
    return kind.removeprefix("Random")


def strength(kind: str, value: float) -> tuple[float, str]:
    """A strength in people's units, as a number and in words: 36.0 and "±36°".

    Args:
        kind: of an operation with a strength.
        value: in Keras' unit.
    """
    spec = kinds(Augmentation)[kind]
    main = spec.strength()
    unit = unit_of(main)
    number = round(value * unit.times, 2)
    sign = "±" if main.name in spec.either_way else ""
    return number, f"{sign}{number:g}{'' if unit.name == '°' else ' '}{unit.name}".rstrip()


def cautions(change: Augmentation, experiment: Experiment) -> list[Any]:
    """Where a change makes labels untrue, or does nothing, for the images of an experiment.

    Raises:
        UserError: its dataset is not there.
    """
    return change.problems(experiment.context(experiment.dataset.facts()))
