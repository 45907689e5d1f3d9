"""Back-propagation by hand: a small system as named operations, each with its own derivative, one step at a time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.labs.networks import sigmoid

EPSILON = 1e-7
"""Keeps the logarithms away from zero: without it, a sure wrong answer has an infinite loss and no gradient."""
H = 1e-5
"""Half-width of the finite differences: large enough for 16 digits, small enough for the curve."""
LIMIT = 1e6
"""Of a parameter that is typed, either sign."""

Values = dict[str, np.ndarray]
Rule = Callable[[Values, np.ndarray], np.ndarray]
"""(all values, gradient of the operation's own result) -> gradient of one of its inputs."""


@dataclass(frozen=True)
class Backward:
    """How a gradient passes through an operation to one of its inputs.

    Args:
        text: the product as it is written: "d_sigma · σ · (1 − σ)".
        rule: computes it.
        local: the factor that this operation brings in: "∂σ/∂layer = σ · (1 − σ)".
        without: what is left when somebody forgets that factor, for breaking it on purpose; None where there is none.
        forgotten: the factor that is missing then: "σ · (1 − σ)".
    """

    text: str
    rule: Rule
    local: str
    without: Rule | None = None
    forgotten: str = ""


@dataclass(frozen=True)
class Operation:
    """One line of the forward pass.

    Args:
        name: of its result: "layer".
        text: "x · W + b".
        forward: computes it from all values so far.
        backward: for each input that needs a gradient.
        does: what kind of operation it is: "dense", "sigmoid", "mean_squared_error" or "binary_crossentropy".
        inputs: names of the values that it takes.
    """

    name: str
    text: str
    forward: Callable[[Values], np.ndarray]
    backward: Mapping[str, Backward]
    does: str
    inputs: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As the browser takes it, which has the arithmetic of every kind of operation itself."""
        passed = {
            name: {"text": way.text, "local": way.local, "forgotten": way.forgotten}
            for name, way in self.backward.items()
        }
        return {
            "name": self.name,
            "text": self.text,
            "does": self.does,
            "inputs": list(self.inputs),
            "backward": passed,
        }


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

    def numerical(self, parameters: Values) -> Values:
        """The same gradients by finite differences: the loss a little right and a little left of every number.

        Returns:
            `d_<name>` for each parameter.
        """
        return {f"d_{name}": self._differences(parameters, name) for name in parameters}

    def to_json(self) -> dict[str, Any]:
        """As the browser takes it: matrices are lists of rows."""
        return {
            "title": self.title,
            "data": {name: value.tolist() for name, value in self.data.items()},
            "start": {name: value.tolist() for name, value in self.start.items()},
            "operations": [operation.to_json() for operation in self.operations],
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


# ---- the operations that the systems are made of


def dense(name: str, source: str, weight: str, bias: str, *, learns_input: bool = False) -> Operation:
    """A layer without activation: every input times its weight, summed, plus the bias."""
    backward = {
        weight: Backward(
            f"{source}ᵀ · d_{name}",
            lambda v, d: v[source].T @ d,
            f"∂{name}/∂{weight} = {source}",
            without=lambda v, d: np.ones_like(v[source]).T @ d,
            forgotten=source,
        ),
        bias: Backward(f"Σ d_{name}", lambda v, d: d.sum(axis=0, keepdims=True), f"∂{name}/∂{bias} = 1"),
    }
    if learns_input:
        backward[source] = Backward(
            f"d_{name} · {weight}ᵀ",
            lambda v, d: d @ v[weight].T,
            f"∂{name}/∂{source} = {weight}",
            without=lambda v, d: d @ np.ones_like(v[weight]).T,
            forgotten=weight,
        )
    inputs = (source, weight, bias)
    text = f"{source} · {weight} + {bias}"
    return Operation(name, text, lambda v: v[source] @ v[weight] + v[bias], backward, "dense", inputs)


def _times(arriving: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Their product; infinity times 0 is no number, and no warning either: it is what epsilon guards against."""
    with np.errstate(invalid="ignore"):
        return arriving * slope


def squash(name: str, source: str) -> Operation:
    """A sigmoid: any number becomes one between 0 and 1."""
    passed = Backward(
        f"d_{name} · {name} · (1 − {name})",
        lambda v, d: _times(d, v[name] * (1.0 - v[name])),
        f"∂{name}/∂{source} = {name} · (1 − {name})",
        without=lambda v, d: d,
        forgotten=f"{name} · (1 − {name})",
    )
    text = f"1 / (1 + exp(−{source}))"
    return Operation(name, text, lambda v: sigmoid(v[source]), {source: passed}, "sigmoid", (source,))


def mean_squared_error(source: str) -> Operation:
    """How far the answers are from the truth: the mean of the squared differences."""
    passed = Backward(
        f"d_loss · 2 · ({source} − y) / N",
        lambda v, d: d * 2.0 * (v[source] - v["y"]) / v["y"].size,
        f"∂loss/∂{source} = 2 · ({source} − y) / N",
        without=lambda v, d: d * (v[source] - v["y"]),
        forgotten="2 / N",
    )

    def loss(v: Values) -> np.ndarray:
        return np.mean((v[source] - v["y"]) ** 2)

    text = f"mean(({source} − y)²)"
    return Operation("loss", text, loss, {source: passed}, "mean_squared_error", (source, "y"))


def binary_crossentropy(source: str) -> Operation:
    """How surprised the probabilities are by the truth; epsilon keeps the logarithms finite."""

    def loss(v: Values) -> np.ndarray:
        p, y, epsilon = v[source], v["y"], v["epsilon"]
        with np.errstate(divide="ignore", invalid="ignore"):  # without epsilon a sure answer takes the logarithm of 0
            return -np.mean(y * np.log(p + epsilon) + (1.0 - y) * np.log(1.0 - p + epsilon))

    def slope(v: Values, d: np.ndarray) -> np.ndarray:
        p, y, epsilon = v[source], v["y"], v["epsilon"]
        with np.errstate(divide="ignore", invalid="ignore"):
            return d * ((1.0 - y) / (1.0 - p + epsilon) - y / (p + epsilon)) / y.size

    passed = Backward(
        f"d_loss · ((1 − y) / (1 − {source} + ε) − y / ({source} + ε)) / N",
        slope,
        f"∂loss/∂{source} = ((1 − y) / (1 − {source} + ε) − y / ({source} + ε)) / N",
        without=lambda v, d: d * (v[source] - v["y"]) / v["y"].size,
        forgotten="the slope of log",
    )
    text = f"−mean(y · log({source} + ε) + (1 − y) · log(1 − {source} + ε))"
    return Operation("loss", text, loss, {source: passed}, "binary_crossentropy", (source, "y"))


# ---- the four systems


def _column(*numbers: float) -> np.ndarray:
    return np.array(numbers, float)[:, None]


EXAMS = np.array([[73, 80, 75], [93, 88, 93], [89, 91, 90], [96, 98, 100], [73, 66, 70]], float)
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)

SYSTEMS = {
    "linear": System(
        "One weight: y = 2x - 1",
        {"x": _column(-1, 0, 1, 2, 3, 4), "y": _column(-3, -1, 1, 3, 5, 7)},
        {"W": np.array([[0.5]]), "b": np.array([[0.0]])},
        (dense("layer", "x", "W", "b"), mean_squared_error("layer")),
        0.01,
    ),
    "exams": System(
        "Three exam scores, one result",
        {"x": EXAMS, "y": _column(152, 185, 180, 196, 142)},
        {"W": np.array([[0.5], [0.5], [0.5]]), "b": np.array([[0.0]])},
        (dense("layer", "x", "W", "b"), mean_squared_error("layer")),
        1e-6,
    ),
    "sigmoid": System(
        "One sigmoid unit",
        {"x": _column(-2, -1, 0, 1, 2, 3), "y": _column(0, 0, 0, 1, 1, 1)},
        {"W": np.array([[0.5]]), "b": np.array([[0.0]])},
        (dense("layer", "x", "W", "b"), squash("sigma", "layer"), binary_crossentropy("sigma")),
        0.1,
    ),
    "xor": System(
        "XOR with a hidden layer",
        {"x": CORNERS, "y": _column(0, 1, 1, 0)},
        {
            "W1": np.array([[0.9, -0.7], [0.8, -0.6]]),
            "b1": np.array([[-0.3, 0.9]]),
            "W2": np.array([[0.7], [0.9]]),
            "b2": np.array([[-0.5]]),
        },
        (
            dense("layer1", "x", "W1", "b1"),
            squash("hidden", "layer1"),
            dense("layer2", "hidden", "W2", "b2", learns_input=True),
            squash("sigma", "layer2"),
            binary_crossentropy("sigma"),
        ),
        0.5,
    ),
}
