"""One experiment with each remedy against forgetting, everything else the same."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from core.errors import UserError
from core.experiment import NAME_LENGTH, Experiment
from core.experiment.presets import load_preset
from core.phases import Phase
from core.phases.next_task import NextTask
from core.phases.shifted_images import ShiftedImages

REMEDIES: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "no remedy": {},
    "rate / 10": {"rate_divisor": 10.0},
    "frozen layers": {"frozen": True},
    "20 old images per class": {"rehearsal": 20},
    "separate heads": {"separate_heads": True},
})  # fmt: skip
"""In words, and what each sets in the phase; all else of a remedy is off."""
OFF = {"rate_divisor": 1.0, "frozen": False, "rehearsal": 0, "separate_heads": False}


def place_of(experiment: Experiment) -> int | None:
    """Place of the first phase that may have remedies; None where there is none."""
    phases = experiment.training.phases
    return next((place for place, phase in enumerate(phases) if hasattr(phase, "rehearsal")), None)


def with_remedies(experiment: Experiment) -> dict[str, Experiment]:
    """An experiment for each remedy that its phase may have, by its words.

    Raises:
        UserError: nothing is learnt after something else in it.
    """
    place = place_of(experiment)
    if place is None:
        raise UserError(
            "Nothing in this experiment is forgotten: it learns everything at once.",
            "Add a next task, new classes or shifted images to its phases.",
            "NO_NEXT_TASK",
        )
    phase = experiment.training.phases[place]
    fields = type(phase).model_fields
    return {
        words: _with(experiment, place, phase, words, {**OFF, **changes})
        for words, changes in REMEDIES.items()
        if set(changes) <= set(fields)
    }


def _with(experiment: Experiment, place: int, phase: Phase, words: str, changes: dict[str, Any]) -> Experiment:
    """The experiment with one remedy, named after it."""
    phases, known = list(experiment.training.phases), type(phase).model_fields
    phases[place] = phase.edited(**{name: value for name, value in changes.items() if name in known})
    ending = f" · {words}"
    name = experiment.name[: NAME_LENGTH - len(ending)] + ending
    return experiment.edited(name=name, training=experiment.training.edited(phases=tuple(phases)))


HALF = (5, 6, 7, 8, 9)
"""Of ten classes, those that come second."""


def examples() -> dict[str, Experiment]:
    """Experiments that learn one thing after the other, on data that comes with the app or is fetched once."""
    digits = load_preset("forgetting-digits")
    phase = digits.training.phases[0]
    fashion = load_preset("fashion-dense")
    halves = fashion.training.edited(epochs=phase.epochs, phases=(NextTask(epochs=phase.epochs, classes=HALF),))
    inverted = digits.training.edited(phases=(ShiftedImages(epochs=phase.epochs),))
    return {
        "Digits 0–4, then 5–9": digits,
        "Fashion: half, then the rest": fashion.edited(name="Fashion in two halves", training=halves),
        "Digits, then inverted": digits.edited(name="Digits, then inverted", training=inverted),
    }
