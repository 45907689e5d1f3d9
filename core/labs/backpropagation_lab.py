"""Back-propagation by hand: a small system, walked forward and backward number by number."""

import re
from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field, field_validator

from core.labs import Check, Lab
from core.labs.backpropagation import LIMIT, SYSTEMS, EpsilonIn, Loss, system_of
from core.spec import option

MOST_ROUNDS = 2_000
"""Every one of them is kept, so that the curve can be walked back."""
STEPS_OF_XOR = 15
"""Five operations, nine gradients and the update make the longest round."""
STEPS_OF_A_LINE = 6
"""One whole round of the first system: the lab opens on it, filled in."""
SLIP = re.compile(r"d_[a-z]{1,6}[12]?:(dropped|flipped)", re.IGNORECASE)

KNOWN = {
    "linear": (8.125, {"W": -12.5, "b": -2.5}),
    "exams": (1916.05, {"W": [-7473.8, -7454.4, -7555.6], "b": -87.0}),
    "sigmoid": (0.41153948, {"W": -0.39635388, "b": 0.052929066}),
    "xor": (
        0.71228468,
        {
            "W1": [0.0011573358, 0.010932306, 0.00079051563, 0.011278040],
            "b1": [0.011169655, 0.017651369],
            "W2": [0.062350737, 0.059177417],
            "b2": 0.10825477,
        },
    ),
}
"""Loss and first gradients. The lines by hand: residuals 2.5, 1, -0.5, -2, -3.5, -5 give the mean of squares 48.75 / 6
and d_W = 2/6 * -37.5. The curved ones from differences of the loss in 60 digits."""


class BackPropagation(Lab):
    """Follow every gradient back through a small system, one number at a time."""

    system: Literal["linear", "exams", "sigmoid", "xor"] = option(
        "linear",
        "What is differentiated: one weight, three exam scores, one sigmoid unit, or XOR with a hidden layer.",
        advice="If it is your first time, begin with linear.",
    )
    loss: Loss = option(
        "mean",
        "What is differentiated. mean: of the squares or surprises. sum: half the summed squares, or all surprises. "
        "note: the sum's d_W with the mean of d_layer as d_b, a convention that some notes have.",
        advice="If your own numbers are a whole multiple of these, another convention has yours.",
    )
    epsilon_in: EpsilonIn = option(
        "loss",
        "Where ε = 10⁻⁷ stands: in the logarithms of the loss, or in its slope, (σ − y) / (σ · (1 − σ) + ε).",
        advice="If your note has it in d_loss, take that: each is the exact slope of a loss of its own.",
    )
    rate: float = option(
        0.01,
        "Learning rate: how far an update goes against the gradient. All rounds are computed anew with it.",
        advice="If the loss rises, divide it by three.",
        low=1e-8,
        high=20.0,
        scale="log",
        choices=(1e-8, 1e-7, 1e-6, 1e-5, 3e-5, 1e-4, 0.001, 0.01, 0.03, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0),
    )
    start: tuple[float, ...] = Field((), max_length=9, description="Where the weights begin; empty: as declared.")
    slips: tuple[str, ...] = Field((), max_length=9, description="Mistakes made on purpose: 'd_layer:dropped'.")
    step: int = option(
        STEPS_OF_A_LINE,
        "How many steps have been walked, of all rounds.",
        low=0,
        high=MOST_ROUNDS * STEPS_OF_XOR,
        shown=False,
    )

    @field_validator("start")
    @classmethod
    def _within_bounds(cls, start: tuple[float, ...]) -> tuple[float, ...]:
        if any(abs(value) > LIMIT for value in start):
            raise ValueError("a weight beyond a million")
        return start

    @field_validator("slips")
    @classmethod
    def _are_slips(cls, slips: tuple[str, ...]) -> tuple[str, ...]:
        if not all(SLIP.fullmatch(slip) for slip in slips):
            raise ValueError("an unknown mistake")
        return slips

    @classmethod
    def title(cls) -> str:
        return "Back-propagation"

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        return (*(check for name in SYSTEMS for check in _checks(name)), *_note_checks())


def _checks(name: str) -> list[Check]:
    """The loss of a system at its start, and the gradient of every parameter."""
    loss, gradients = KNOWN[name]
    title = SYSTEMS[name].title
    checks = [Check(f"{name}:loss", f"{title}: loss at the start", loss, _asked(name, "loss"))]
    for parameter, known in gradients.items():
        asked = _asked(name, f"d_{parameter}")
        checks.append(Check(f"{name}:d_{parameter}", f"{title}: d_{parameter}", known, asked))
    return checks


def _note_checks() -> list[Check]:
    """The exams under the other two conventions, worked out by hand from the residuals -38, -47.5, -45, -49, -37.5."""
    title = SYSTEMS["exams"].title
    return [
        Check(f"exams:{value}:{loss}", f"{title}, {words}: {value}", known, _asked("exams", value, loss))
        for value, loss, words, known in (
            ("d_W", "note", "the note's rule", [-18684.5, -18636.0, -18889.0]),
            ("d_b", "note", "the note's rule", -43.5),
            ("d_b", "sum", "half the summed squares", -217.5),
        )
    ]


def _asked(name: str, value: str, loss: Loss = "mean") -> Callable[[], Any]:
    """Computes one value of a system at its start: a number, or its numbers row by row."""

    def compute() -> Any:
        system = system_of(name, loss)
        values = system.forward(system.start)
        found = {**values, **system.backward(values)}[value].ravel()
        return found.tolist() if found.size > 1 else float(found[0])

    return compute
