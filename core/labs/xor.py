"""XOR: one unit can't learn it, two hidden units may, and how the first weights are drawn decides over the deep one."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from core.labs import Check, Lab
from core.labs.networks import ACTIVATIONS, FirstWeights, Perceptron, sigmoid
from core.spec import option

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
TARGETS = np.array([0, 1, 1, 0], float)
"""One where exactly one of the two inputs is one."""
NETS = {"1 unit": (2, 1), "2-2-1": (2, 2, 1), "2-10-10-10-1": (2, 10, 10, 10, 1)}
PLATEAU = 0.6
"""A loss below this has left the plateau at ln 2 = 0.693, where guessing stands."""


@dataclass(frozen=True)
class Walks:
    """What gradient descent made of several starts of one network.

    Args:
        loss: float64 (steps + 1, seeds), cross-entropy before each step and after the last.
        answers: float64 (seeds, 4), the probability of a one at each corner in the end.
        is_right: bool (steps + 1, seeds), whether all four corners are on their side.
    """

    loss: np.ndarray
    answers: np.ndarray
    is_right: np.ndarray

    @property
    def accuracy(self) -> np.ndarray:
        """Share of the four corners that are right in the end: float64 (seeds,)."""
        return ((self.answers > 0.5) == TARGETS).mean(axis=1)

    @property
    def learned_at(self) -> np.ndarray:
        """The step from which all four corners are right to the end; inf where they are not: float64 (seeds,)."""
        wrong = ~self.is_right  # (steps + 1, seeds)
        last = len(wrong) - 1 - wrong[::-1].argmax(axis=0)
        return np.where(wrong[-1], np.inf, np.where(wrong.any(axis=0), last + 1, 0))

    @property
    def waited(self) -> np.ndarray:
        """Steps before the loss first falls below `PLATEAU`; all of them where it never does: int64 (seeds,)."""
        left = self.loss < PLATEAU
        return np.where(left.any(axis=0), left.argmax(axis=0), len(self.loss) - 1)


def descend(
    net: str,
    seeds: tuple[int, ...],
    steps: int,
    rate: float = 0.1,
    activation: str = "sigmoid",
    first: FirstWeights = "normal",
) -> Walks:
    """Gradient descent on the four corners at once, for all seeds side by side.

    It does what `Network.step` does, with one array for all seeds: 100 starts cost little more than one.

    Args:
        net: a key of `NETS`.
        seeds: each begins with weights of its own.
        steps: 0 or more.
        rate: learning rate.
        activation: of the hidden units.
        first: how the first weights are drawn.
    """
    starts = [Perceptron.fresh(NETS[net], activation, seed, first) for seed in seeds]
    weights = [np.stack(parts) for parts in zip(*(start.weights for start in starts), strict=True)]
    biases = [np.stack(parts)[:, None] for parts in zip(*(start.biases for start in starts), strict=True)]
    told = np.empty((steps + 1, len(seeds), len(TARGETS)))
    for step in range(steps):
        answers = _forward(weights, biases, activation)
        told[step] = answers[-1][..., 0]
        _step(weights, biases, answers, rate, activation)
    told[steps] = _forward(weights, biases, activation)[-1][..., 0]
    return Walks(_losses(told), told[-1], ((told > 0.5) == TARGETS).all(axis=-1))


def _forward(weights: list[np.ndarray], biases: list[np.ndarray], activation: str) -> list[np.ndarray]:
    """Answers of every layer, the corners first: float64 (seeds, 4, units) each."""
    activate, answers = ACTIVATIONS[activation][0], [CORNERS]
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        answers.append(activate(answers[-1] @ weight + bias))
    return [*answers, sigmoid(answers[-1] @ weights[-1] + biases[-1])]


def _losses(told: np.ndarray) -> np.ndarray:
    """Cross-entropy of each seed at each step, from the probabilities of the corners: (steps, seeds)."""
    right = np.where(TARGETS > 0, told, 1.0 - told)
    return -np.log(np.clip(right, 1e-7, 1.0 - 1e-7)).mean(axis=-1)


def _step(
    weights: list[np.ndarray], biases: list[np.ndarray], answers: list[np.ndarray], rate: float, activation: str
) -> None:
    """One step of every seed, in place; back-propagation as in `networks.Network`."""
    slope = ACTIVATIONS[activation][1]
    delta = (answers[-1] - TARGETS[:, None]) / len(TARGETS)  # (seeds, 4, units)
    for at in reversed(range(len(weights))):
        by_weight, by_bias = np.swapaxes(answers[at], -1, -2) @ delta, delta.sum(axis=1, keepdims=True)
        if at:
            delta = (delta @ np.swapaxes(weights[at], 1, 2)) * slope(answers[at])
        weights[at] -= rate * by_weight
        biases[at] -= rate * by_bias


class XOR(Lab):
    """See which networks learn XOR, from which starts, and what their hidden layers do to the four points."""

    net: Literal["1 unit", "2-2-1", "2-10-10-10-1"] = option("2-2-1", "Which network learns.")
    activation: Literal["sigmoid", "tanh"] = option(
        "sigmoid",
        "Function of the hidden units.",
        advice="If the deep network waits too long from Glorot weights, take tanh: near 0 its slope is four times that "
        "of a sigmoid.",
    )
    first_weights: FirstWeights = option(
        "normal",
        "How the first weights are drawn. normal: weights and biases with spread 1, tf.random.normal or "
        "RandomNormal(stddev=1). Glorot and He: smaller weights, glorot_uniform and he_uniform, and biases of 0.",
        advice="If the deep network stays on the plateau, change only this.",
    )
    rate: float = option(
        0.1,
        "Learning rate.",
        advice="If nothing happens for long, triple it; if the loss jumps, divide it by three.",
        low=0.01,
        high=100.0,
        scale="log",
        choices=(0.01, 0.03, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0),
    )
    steps: int = option(
        10_000,
        "Steps of gradient descent, all four points in each.",
        advice="If the loss still stands at ln 2 in the end, allow more steps.",
        low=100,
        high=10_000,
    )
    seed: int = option(0, "Draws the first weights.", advice="If this start fails, try another.", low=0, high=99)
    starts: int = option(
        50,
        "How many seeds are tried, from 0 on.",
        advice="If you want to trust the share that learns, try more.",
        low=10,
        high=100,
    )
    step: int = option(0, "Which step is shown.", low=0, high=10_000, shown=False)

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        def learned(net: str, steps: int) -> float:
            return float(descend(net, (0,), steps, 2.0).accuracy[0])

        return (
            Check(
                "single",
                "One unit, rate 0.1, 10 000 steps: its loss is that of guessing, ln 2",
                round(float(np.log(2)), 5),
                lambda: round(float(_single().loss[-1, 0]), 5),
            ),
            Check(
                "half",
                "One unit: how many corners it has right",
                "at most 3 of 4",
                lambda: "at most 3 of 4" if _single().accuracy[0] <= 0.75 else "4 of 4",
            ),
            Check("small", "2-2-1, seed 0, rate 2, 1 000 steps: accuracy", 1.0, lambda: learned("2-2-1", 1000)),
            Check(
                "deep",
                "2-10-10-10-1, seed 0, rate 2, 2 000 steps: accuracy",
                1.0,
                lambda: learned("2-10-10-10-1", 2000),
            ),
        )


@cache
def _single() -> Walks:
    return descend("1 unit", (0,), 10_000)
