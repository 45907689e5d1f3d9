"""A small dense network in plain NumPy: forward, back-propagation and one step of gradient descent.

The browser's playground computes the same numbers from the same seed (`network_arithmetic.js`).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.labs.chance import Chance

FirstWeights = Literal["normal", "Glorot", "He"]
"""How a network begins. "normal": weights and biases with mean 0 and spread 1, as `tf.random.normal` draws them; the
others: even draws around zero and biases of zero, `glorot_uniform` and `he_uniform` in Keras."""

ACTIVATIONS = {
    "linear": (lambda z: z, lambda a: np.ones_like(a)),
    "relu": (lambda z: np.maximum(z, 0.0), lambda a: (a > 0.0).astype(float)),
    "sigmoid": (lambda z: sigmoid(z), lambda a: a * (1.0 - a)),
    "tanh": (np.tanh, lambda a: 1.0 - a * a),
}
"""Each with its derivative, written in terms of its own result."""


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z)), without overflow on either side."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


@dataclass
class Perceptron:
    """Dense layers one after another; the last unit is a sigmoid, its loss the binary cross-entropy.

    Args:
        weights: float64 (inputs, units) for each layer.
        biases: float64 (units,) for each layer.
        activation: of the hidden layers: "linear", "relu", "sigmoid" or "tanh".
    """

    weights: list[np.ndarray]
    biases: list[np.ndarray]
    activation: str = "tanh"

    @classmethod
    def fresh(cls, shape: tuple[int, ...], activation: str, seed: int, first: FirstWeights = "Glorot") -> "Perceptron":
        """A network before its first step.

        Args:
            shape: inputs, units of each hidden layer, outputs: (2, 8, 8, 1).
            activation: of the hidden layers.
            seed: the same one gives the same network here and in the browser.
            first: how its weights are drawn; "Glorot" with biases of zero is Keras' usual start.

        Source: Glorot and Bengio 2010, equation 16; He and others 2015, section 2.2.
        """
        chance = Chance(seed)
        weights, biases = [], []
        for inputs, units in zip(shape, shape[1:], strict=False):
            if first == "normal":
                weights.append(chance.normals(inputs * units).reshape(inputs, units))
                biases.append(chance.normals(units))
                continue
            limit = np.sqrt(6.0 / (inputs + units if first == "Glorot" else inputs))
            draws = chance.draws(inputs * units).reshape(inputs, units)
            weights.append((2.0 * draws - 1.0) * limit)
            biases.append(np.zeros(units))
        return cls(weights, biases, activation)

    def forward(self, x: np.ndarray) -> list[np.ndarray]:
        """What every layer answers, the input first.

        Args:
            x: float64 (N, inputs).

        Returns:
            float64 (N, units) for each layer; the last is a probability.
        """
        activate, _ = ACTIVATIONS[self.activation]
        answers = [x]
        for at, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = answers[-1] @ weight + bias  # (N, units)
            answers.append(sigmoid(z) if at == len(self.weights) - 1 else activate(z))
        return answers

    def gradients(self, x: np.ndarray, y: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """How the mean loss changes with every weight and every bias.

        Args:
            x: float64 (N, inputs).
            y: float64 (N,), 0 or 1.

        Returns:
            of the weights and of the biases, shaped like them.

        Source: Rumelhart, Hinton and Williams 1986, "Learning representations by back-propagating errors".
        """
        answers, (_, slope) = self.forward(x), ACTIVATIONS[self.activation]
        delta = (answers[-1] - y[:, None]) / len(x)  # sigmoid and cross-entropy together leave the difference
        by_weight, by_bias = [], []
        for at in reversed(range(len(self.weights))):
            by_weight.insert(0, answers[at].T @ delta)
            by_bias.insert(0, delta.sum(axis=0))
            if at:
                delta = (delta @ self.weights[at].T) * slope(answers[at])  # (N, units before)
        return by_weight, by_bias

    def step(self, x: np.ndarray, y: np.ndarray, rate: float, l1: float = 0.0, l2: float = 0.0) -> None:
        """One step of gradient descent on one batch.

        Args:
            x, y: the batch, as in `gradients`.
            rate: how far to go against the gradient.
            l1, l2: weight of the sum of |w| and of w^2 in the loss, as in Keras' regularizers; biases are left out.
        """
        by_weight, by_bias = self.gradients(x, y)
        for weight, bias, dw, db in zip(self.weights, self.biases, by_weight, by_bias, strict=True):
            weight -= rate * (dw + l1 * np.sign(weight) + 2.0 * l2 * weight)
            bias -= rate * db

    def epoch(
        self,
        x: np.ndarray,
        y: np.ndarray,
        rate: float,
        batch_size: int,
        chance: Chance,
        l1: float = 0.0,
        l2: float = 0.0,
    ) -> None:
        """Steps through all points once, in an order that `chance` draws; the last batch may be smaller."""
        order = chance.order(len(x))
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            self.step(x[batch], y[batch], rate, l1, l2)


def loss(probability: np.ndarray, y: np.ndarray) -> float:
    """Binary cross-entropy, as Keras computes it: probabilities are kept 1e-7 away from 0 and 1.

    Args:
        probability: float64 (N,), 0..1.
        y: float64 (N,), 0 or 1.
    """
    p = np.clip(probability, 1e-7, 1.0 - 1e-7)
    return float(-(y * np.log(p) + (1.0 - y) * np.log(1.0 - p)).mean())
