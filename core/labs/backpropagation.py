"""Back-propagation by hand: a small system as named operations, each with its own derivative, one step at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

import numpy as np

from core.labs.operations import (
    Backward,
    Operation,
    Reduce,
    Values,
    binary_crossentropy,
    dense,
    guarded_crossentropy,
    squared_error,
    squash,
)

EPSILON = 1e-7
"""Keeps the logarithms away from zero: without it, a sure wrong answer has an infinite loss and no gradient."""
H = 1e-5
"""Half-width of the finite differences: large enough for 16 digits, small enough for the curve."""
LIMIT = 1e6
"""Of a parameter that is typed, either sign."""

Loss = Literal["mean", "sum", "note"]
"""Conventions for what is differentiated. "mean": of the squares, or of the surprises. "sum": half the summed squares,
or the summed surprises. "note": the sum's gradient of the weights with the mean of d_layer for the bias, which is the
bias' gradient of the sum divided by the number of points."""
EpsilonIn = Literal["loss", "d_loss"]
"""Where epsilon stands: in the logarithms of the cross-entropy, or in its slope."""


@dataclass(frozen=True)
class System:
    """A system of operations that ends in a loss.

    Args:
        title: as people read it.
        data: the fixed values: x float64 (N, inputs), y float64 (N, 1).
        start: the parameters before the first step.
        operations: the last one is called "loss" and gives one number.
        rate: learning rate of its update.
    """

    title: str
    data: Values
    start: Values
    operations: tuple[Operation, ...]
    rate: float

    def forward(self, parameters: Values, epsilon: float = EPSILON) -> Values:
        """All values, from the data to the loss.

        Args:
            parameters: shaped like `start`.
            epsilon: the guard of the logarithms; 0 for none.
        """
        values = {**self.data, **parameters, "epsilon": np.array(epsilon)}
        for operation in self.operations:
            values[operation.name] = operation.forward(values)
        return values

    def backward(self, values: Values, slips: Mapping[str, str] | None = None) -> Values:
        """The gradient of the loss with respect to every value that leads to it, as `d_<name>`.

        Args:
            values: from `forward`.
            slips: mistakes made on purpose: name of a gradient -> "dropped" (its own factor is forgotten) or "flipped"
                (its sign is wrong).

        Source: Rumelhart, Hinton and Williams 1986.
        """
        gradients: Values = {"d_loss": np.ones(())}
        for operation in reversed(self.operations):
            arriving = gradients[f"d_{operation.name}"]
            for name, passed in operation.backward.items():
                gradients[f"d_{name}"] = _slipped(passed, (slips or {}).get(f"d_{name}"), values, arriving)
        return gradients

    def update(self, parameters: Values, gradients: Values, rate: float | None = None) -> Values:
        """One step of gradient descent: W <- W - rate * d_W."""
        step = self.rate if rate is None else rate
        return {name: value - step * gradients[f"d_{name}"] for name, value in parameters.items()}

    def share(self, parameter: str) -> float:
        """What the rule takes of a parameter's true gradient: 1, or 1 / N for a bias of the note's rule."""
        means = {op.inputs[2] for op in self.operations if op.does == "dense" and op.reduce == "mean"}
        return 1.0 / self.data["y"].size if parameter in means else 1.0

    def numerical(self, parameters: Values) -> Values:
        """The true gradients by finite differences: the loss a little right and a little left of every number.

        Returns:
            `d_<name>` for each parameter, as of the loss itself: a rule may take a `share` of it.
        """
        return {f"d_{name}": self._differences(parameters, name) for name in parameters}

    def to_json(self) -> dict[str, Any]:
        """As the browser takes it: matrices are lists of rows."""
        return {
            "title": self.title,
            "data": {name: value.tolist() for name, value in self.data.items()},
            "start": {name: value.tolist() for name, value in self.start.items()},
            "rate": self.rate,
        }

    def _differences(self, parameters: Values, name: str) -> np.ndarray:
        found = np.zeros_like(parameters[name])
        for place in np.ndindex(found.shape):
            sides = []
            for shift in (H, -H):
                moved = parameters[name].copy()
                moved[place] += shift
                sides.append(float(self.forward({**parameters, name: moved})["loss"]))
            found[place] = (sides[0] - sides[1]) / (2.0 * H)
        return found


def _slipped(passed: Backward, slip: str | None, values: Values, arriving: np.ndarray) -> np.ndarray:
    """A gradient, with the mistake that was asked for."""
    if slip == "dropped" and passed.without is not None:
        return passed.without(values, arriving)
    gradient = passed.rule(values, arriving)
    return -gradient if slip == "flipped" else gradient


# ---- the four systems


def _column(*numbers: float) -> np.ndarray:
    return np.array(numbers, float)[:, None]


EXAMS = np.array([[73, 80, 75], [93, 88, 93], [89, 91, 90], [96, 98, 100], [73, 66, 70]], float)
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)


def _operations(name: str, loss: Loss, epsilon_in: EpsilonIn) -> tuple[Operation, ...]:
    """The operations of a system under a convention."""
    of_loss: Reduce = "mean" if loss == "mean" else "sum"
    of_bias: Reduce = "mean" if loss == "note" else "sum"
    surprise = binary_crossentropy if epsilon_in == "loss" else guarded_crossentropy
    if name in ("linear", "exams"):
        return (dense("layer", "x", "W", "b", reduce=of_bias), squared_error("layer", of_loss))
    if name == "sigmoid":
        return (dense("layer", "x", "W", "b", reduce=of_bias), squash("sigma", "layer"), surprise("sigma", of_loss))
    return (
        dense("layer1", "x", "W1", "b1", reduce=of_bias),
        squash("hidden", "layer1"),
        dense("layer2", "hidden", "W2", "b2", learns_input=True, reduce=of_bias),
        squash("sigma", "layer2"),
        surprise("sigma", of_loss),
    )


def _line(start: list[float]) -> Values:
    """First parameters of one unit: its weights, and a bias of zero."""
    return {"W": _column(*start), "b": np.zeros((1, 1))}


_BEGINNINGS: dict[str, tuple[str, Values, Values, float]] = {
    "linear": (
        "One weight: y = 2x - 1",
        {"x": _column(-1, 0, 1, 2, 3, 4), "y": _column(-3, -1, 1, 3, 5, 7)},
        _line([0.5]),
        0.01,
    ),
    "exams": (
        "Three exam scores, one result",
        {"x": EXAMS, "y": _column(152, 185, 180, 196, 142)},
        _line([0.5, 0.5, 0.5]),
        1e-6,
    ),
    "sigmoid": (
        "One sigmoid unit",
        {"x": _column(-2, -1, 0, 1, 2, 3), "y": _column(0, 0, 0, 1, 1, 1)},
        _line([0.5]),
        0.1,
    ),
    "xor": (
        "XOR with a hidden layer",
        {"x": CORNERS, "y": _column(0, 1, 1, 0)},
        {
            "W1": np.array([[0.9, -0.7], [0.8, -0.6]]),
            "b1": np.array([[-0.3, 0.9]]),
            "W2": np.array([[0.7], [0.9]]),
            "b2": np.array([[-0.5]]),
        },
        0.5,
    ),
}
LOSSES: tuple[Loss, ...] = get_args(Loss)
PLACES_OF_EPSILON: tuple[EpsilonIn, ...] = get_args(EpsilonIn)


@cache
def system_of(name: str, loss: Loss = "mean", epsilon_in: EpsilonIn = "loss") -> System:
    """A system under a convention.

    Args:
        name: "linear", "exams", "sigmoid" or "xor".
        loss: what is differentiated.
        epsilon_in: where epsilon stands; without meaning for the two lines, which take no logarithm.
    """
    title, data, start, rate = _BEGINNINGS[name]
    return System(title, data, start, _operations(name, loss, epsilon_in), rate)


SYSTEMS = {name: system_of(name) for name in _BEGINNINGS}
"""By name, as they begin: the mean is differentiated, epsilon stands in the loss."""


def conventions(name: str) -> dict[str, list[dict[str, Any]]]:
    """The operations of a system under every convention, as the browser takes them: by "sum in d_loss"."""
    return {
        f"{loss} in {place}": [operation.to_json() for operation in system_of(name, loss, place).operations]
        for loss in LOSSES
        for place in PLACES_OF_EPSILON
        if place == "loss" or name in ("sigmoid", "xor")
    }
