"""The operations that back-propagation by hand is made of: each with its own derivative, as text and as numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.labs.networks import sigmoid

Values = dict[str, np.ndarray]
Rule = Callable[[Values, np.ndarray], np.ndarray]
"""(all values, gradient of the operation's own result) -> gradient of one of its inputs."""
Reduce = Literal["mean", "sum"]


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
        does: what kind of operation it is: "dense", "sigmoid", "squared_error", "binary_crossentropy" or
            "guarded_crossentropy".
        inputs: names of the values that it takes.
        reduce: how a loss gathers what it finds at each point, and a dense layer the gradient of its bias.
    """

    name: str
    text: str
    forward: Callable[[Values], np.ndarray]
    backward: Mapping[str, Backward]
    does: str
    inputs: tuple[str, ...]
    reduce: Reduce = "sum"

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
            "reduce": self.reduce,
            "backward": passed,
        }


def dense(
    name: str, source: str, weight: str, bias: str, *, learns_input: bool = False, reduce: Reduce = "sum"
) -> Operation:
    """A layer without activation: every input times its weight, summed, plus the bias.

    Args:
        name: of its result.
        source, weight, bias: names of what it takes.
        learns_input: whether the gradient goes on to `source`.
        reduce: "sum" is the chain rule; with "mean" the gradient of the bias is divided by the number of points.
    """
    gathered = np.sum if reduce == "sum" else np.mean
    backward = {
        weight: Backward(
            f"{source}ᵀ · d_{name}",
            lambda v, d: v[source].T @ d,
            f"∂{name}/∂{weight} = {source}",
            without=lambda v, d: np.ones_like(v[source]).T @ d,
            forgotten=source,
        ),
        bias: Backward(
            f"Σ d_{name}" if reduce == "sum" else f"mean d_{name}",
            lambda v, d: gathered(d, axis=0, keepdims=True),
            f"∂{name}/∂{bias} = 1" + ("" if reduce == "sum" else ", and the note takes the mean"),
        ),
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
    return Operation(name, text, lambda v: v[source] @ v[weight] + v[bias], backward, "dense", inputs, reduce)


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


def squared_error(source: str, reduce: Reduce = "mean") -> Operation:
    """How far the answers are from the truth: the mean of the squared differences, or half their sum."""
    factor, forgotten = (" · 2", "2 / N") if reduce == "mean" else ("", "")
    over = " / N" if reduce == "mean" else ""

    def loss(v: Values) -> np.ndarray:
        squares = (v[source] - v["y"]) ** 2
        return np.mean(squares) if reduce == "mean" else 0.5 * np.sum(squares)

    passed = Backward(
        f"d_loss{factor} · ({source} − y){over}",
        lambda v, d: d * (2.0 / v["y"].size if reduce == "mean" else 1.0) * (v[source] - v["y"]),
        f"∂loss/∂{source} = {'2 · ' if reduce == 'mean' else ''}({source} − y){over}",
        without=(lambda v, d: d * (v[source] - v["y"])) if forgotten else None,
        forgotten=forgotten,
    )
    text = f"mean(({source} − y)²)" if reduce == "mean" else f"½ · Σ({source} − y)²"
    return Operation("loss", text, loss, {source: passed}, "squared_error", (source, "y"), reduce)


def binary_crossentropy(source: str, reduce: Reduce = "mean") -> Operation:
    """How surprised the probabilities are by the truth; epsilon keeps the logarithms finite."""

    def loss(v: Values) -> np.ndarray:
        p, y, epsilon = v[source], v["y"], v["epsilon"]
        with np.errstate(divide="ignore", invalid="ignore"):  # without epsilon a sure answer takes the logarithm of 0
            return -_gathered(reduce)(y * np.log(p + epsilon) + (1.0 - y) * np.log(1.0 - p + epsilon))

    def slope(v: Values) -> np.ndarray:
        p, y, epsilon = v[source], v["y"], v["epsilon"]
        with np.errstate(divide="ignore", invalid="ignore"):
            return (1.0 - y) / (1.0 - p + epsilon) - y / (p + epsilon)

    text = f"y · log({source} + ε) + (1 − y) · log(1 − {source} + ε)"
    written = f"((1 − y) / (1 − {source} + ε) − y / ({source} + ε))"
    return _surprise(source, reduce, "binary_crossentropy", loss, slope, f"−{_sign(reduce)}({text})", written)


def guarded_crossentropy(source: str, reduce: Reduce = "mean") -> Operation:
    """The same surprise with epsilon in its slope, (p - y) / (p (1 - p) + epsilon), as some write it.

    That slope belongs to a loss as well: p (1 - p) + epsilon = (p + delta) (1 - p + delta) with
    delta (1 + delta) = epsilon, and in partial fractions it is the derivative of
    -((y + delta) log(p + delta) + (1 - y + delta) log(1 - p + delta)) / (1 + 2 delta).
    """

    def loss(v: Values) -> np.ndarray:
        p, y, delta = v[source], v["y"], (np.sqrt(1.0 + 4.0 * v["epsilon"]) - 1.0) / 2.0
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = (y + delta) * np.log(p + delta) + (1.0 - y + delta) * np.log(1.0 - p + delta)
            return -_gathered(reduce)(logs) / (1.0 + 2.0 * delta)

    def slope(v: Values) -> np.ndarray:
        p = v[source]
        with np.errstate(divide="ignore", invalid="ignore"):
            return (p - v["y"]) / (p * (1.0 - p) + v["epsilon"])

    text = f"(y + δ) · log({source} + δ) + (1 − y + δ) · log(1 − {source} + δ)"
    written = f"({source} − y) / ({source} · (1 − {source}) + ε)"
    told = f"−{_sign(reduce)}({text}) / (1 + 2δ), δ ≈ ε"
    return _surprise(source, reduce, "guarded_crossentropy", loss, slope, told, written)


def _gathered(reduce: Reduce) -> Callable[[np.ndarray], np.ndarray]:
    return np.mean if reduce == "mean" else np.sum


def _sign(reduce: Reduce) -> str:
    return "mean" if reduce == "mean" else "Σ"


def _surprise(
    source: str,
    reduce: Reduce,
    does: str,
    loss: Callable[[Values], np.ndarray],
    slope: Callable[[Values], np.ndarray],
    text: str,
    written: str,
) -> Operation:
    """A cross-entropy: its loss, and its slope at each point, which a mean divides by the number of points."""
    over = " / N" if reduce == "mean" else ""

    def share(v: Values) -> float:
        return 1.0 / v["y"].size if reduce == "mean" else 1.0

    passed = Backward(
        f"d_loss · {written}{over}",
        lambda v, d: d * slope(v) * share(v),
        f"∂loss/∂{source} = {written}{over}",
        without=lambda v, d: d * (v[source] - v["y"]) * share(v),
        forgotten="the slope of log",
    )
    return Operation("loss", text, loss, {source: passed}, does, (source, "y"), reduce)
