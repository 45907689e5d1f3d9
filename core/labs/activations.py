"""Activations: how a unit bends what it sums up, and how softmax makes probabilities of ten numbers."""

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from scipy.special import erf

from core.labs import Check, Lab
from core.labs.networks import sigmoid
from core.spec import option

Curve = Callable[[np.ndarray], np.ndarray]
NEGATIVE_SLOPE = 0.2
"""Of leaky_relu below 0, as Keras has it."""
LARGEST = 50.0
Logit = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Logits = tuple[Logit, Logit, Logit, Logit, Logit, Logit, Logit, Logit, Logit, Logit]
LOGITS = (1.2, -0.8, 0.5, 3.1, -2.0, 0.0, -1.3, 2.2, 0.9, -0.4)
"""What a network may say of a picture of a 3 that looks a little like a 7."""


def _normal_share(x: np.ndarray) -> np.ndarray:
    """The share of a normal distribution that lies below x."""
    return 0.5 * (1.0 + erf(x / np.sqrt(2.0)))


def _normal_density(x: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)


def _silu_slope(x: np.ndarray) -> np.ndarray:
    return sigmoid(x) * (1.0 + x * sigmoid(-x))


CURVES: dict[str, tuple[Curve, Curve]] = {
    "linear": (lambda x: x, np.ones_like),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "relu": (lambda x: np.maximum(x, 0.0), lambda x: np.where(x > 0, 1.0, 0.0)),
    "tanh": (np.tanh, lambda x: 1.0 - np.tanh(x) ** 2),
    "leaky_relu": (
        lambda x: np.where(x > 0, x, NEGATIVE_SLOPE * x),
        lambda x: np.where(x > 0, 1.0, NEGATIVE_SLOPE),
    ),
    "elu": (
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0.0))),
        lambda x: np.where(x > 0, 1.0, np.exp(np.minimum(x, 0.0))),
    ),
    "gelu": (lambda x: x * _normal_share(x), lambda x: _normal_share(x) + x * _normal_density(x)),
    "silu": (lambda x: x * sigmoid(x), _silu_slope),
    "softplus": (lambda x: np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x))), sigmoid),
}
"""Each with its derivative, under Keras' names and as Keras defines them; at a kink the slope is that of the left."""


def value(name: str, x: float) -> float:
    """What one activation gives for one number."""
    return float(CURVES[name][0](np.asarray(x, float)))


def slope(name: str, x: float) -> float:
    """How steep one activation is at one number."""
    return float(CURVES[name][1](np.asarray(x, float)))


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """A probability for every class; together they are 1.

    Args:
        logits: float (classes,).
        temperature: above 0; below 1 the largest takes more, above 1 all come nearer to each other.

    Source: Bridle 1990, "Probabilistic interpretation of feedforward classification network outputs".
    """
    logits = np.asarray(logits, float)
    powers = np.exp((logits - logits.max()) / temperature)  # the max taken away, no power is above 1
    return powers / powers.sum()


def cross_entropy(logits: np.ndarray, target: int, temperature: float = 1.0) -> float:
    """How surprised softmax is by the true class: minus the logarithm of its probability.

    Args:
        logits: float (classes,).
        target: the true class.
        temperature: as in `softmax`.
    """
    z = (np.asarray(logits, float) - np.max(logits)) / temperature
    return float(np.log(np.exp(z).sum()) - z[target])


def gradient(logits: np.ndarray, target: int, temperature: float = 1.0) -> np.ndarray:
    """How the cross-entropy changes with every logit: (p - y) / temperature, float (classes,)."""
    wanted = np.arange(len(logits)) == target
    return (softmax(logits, temperature) - wanted) / temperature


Name = Literal["linear", "sigmoid", "relu", "tanh", "leaky_relu", "elu", "gelu", "silu", "softplus"]


class Activations(Lab):
    """Walk along an activation and its slope, and turn ten logits into probabilities."""

    activation: Name = option("sigmoid", "The function, as Keras spells it.")
    compare: Literal["none", *Name.__args__] = option(
        "none", "A second function beside it.", advice="Compare sigmoid with relu far to the right."
    )
    x: float = option(
        1.0, "What the unit has summed up.", advice="Go far to either side and watch the slope.", low=-6.0, high=6.0
    )
    temperature: float = option(
        1.0,
        "All logits are divided by it before softmax.",
        advice="If softmax is too sure of itself, raise it; near 0 the largest logit takes all.",
        low=0.1,
        high=10.0,
        scale="log",
        choices=(0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0),
    )
    target: int = option(3, "The true class.", low=0, high=9)
    logits: Logits = Field(LOGITS, description="What the network says of each class.")

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        return (
            Check("sigmoid", "sigmoid(0)", 0.5, lambda: value("sigmoid", 0.0)),
            Check("sigmoid_slope", "Slope of sigmoid at 0", 0.25, lambda: slope("sigmoid", 0.0)),
            Check("tanh_slope", "Slope of tanh at 0", 1.0, lambda: slope("tanh", 0.0)),
            Check("relu", "relu(−3)", 0.0, lambda: value("relu", -3.0)),
            Check(
                "softmax",
                "softmax of [1, 2, 3], to four digits",
                [0.09, 0.2447, 0.6652],
                lambda: np.round(softmax(np.array([1.0, 2.0, 3.0])), 4),
            ),
            Check(
                "sum",
                "Sum of softmax of the ten logits at the start",
                1.0,
                lambda: round(float(softmax(np.array(LOGITS)).sum()), 12),
            ),
        )
