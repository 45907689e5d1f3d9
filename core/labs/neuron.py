"""One neuron with one input: a line that learns to lie on its points."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from core.labs import Check, Lab
from core.spec import option

POINTS = np.array([[-1.0, -3.0], [0.0, -1.0], [1.0, 1.0], [2.0, 3.0], [3.0, 5.0], [4.0, 7.0]])
"""x and y = 2x - 1: six points on one line."""
MOST_STEPS = 5000
"""Of one walk."""
Epoch = Annotated[int, Field(ge=0, le=MOST_STEPS)]
Rate = Annotated[float, Field(ge=0.0001, le=1.0)]
LIMIT = 1e12
"""A loss beyond this is called diverged: the steps have overshot for good."""


@dataclass(frozen=True)
class Path:
    """What gradient descent did.

    Args:
        w, b: float64 (steps + 1,), the start first.
        loss: float64 (steps + 1,), mean squared error before each step and after the last.
        diverged: the step after which the loss was beyond all bounds; None when it stayed.
    """

    w: np.ndarray
    b: np.ndarray
    loss: np.ndarray
    diverged: int | None = None

    def predict(self, x: float) -> float:
        """What the neuron answers now."""
        return float(self.w[-1] * x + self.b[-1])


def loss(w: np.ndarray | float, b: np.ndarray | float, points: np.ndarray = POINTS) -> np.ndarray | float:
    """Mean squared error of the line y = w x + b; arrays give the loss surface.

    Args:
        w, b: numbers, or arrays of one shape.
        points: float (N, 2), x and y.
    """
    w, b = np.asarray(w, float)[..., None], np.asarray(b, float)[..., None]
    mean = np.mean((w * points[:, 0] + b - points[:, 1]) ** 2, axis=-1)
    return mean if mean.ndim else float(mean)


def gradient(w: float, b: float, points: np.ndarray = POINTS) -> tuple[float, float]:
    """How the loss changes with w and with b: 2 mean(r x) and 2 mean(r), r = w x + b - y."""
    r = w * points[:, 0] + b - points[:, 1]
    return 2.0 * float(np.mean(r * points[:, 0])), 2.0 * float(np.mean(r))


def descend(steps: int, rate: float = 0.01, w: float = 0.0, b: float = 0.0, points: np.ndarray = POINTS) -> Path:
    """Gradient descent on all points at once, which is what Keras' SGD does with a batch of six.

    Args:
        steps: 0 or more; each is one epoch.
        rate: learning rate.
        w, b: the start.
        points: float (N, 2).
    """
    ws, bs, losses = [w], [b], [loss(w, b, points)]
    for step in range(steps):
        dw, db = gradient(ws[-1], bs[-1], points)
        ws.append(ws[-1] - rate * dw)
        bs.append(bs[-1] - rate * db)
        losses.append(loss(ws[-1], bs[-1], points))
        if not losses[-1] < LIMIT:
            return Path(np.array(ws), np.array(bs), np.array(losses), step + 1)
    return Path(np.array(ws), np.array(bs), np.array(losses))


def largest_rate(points: np.ndarray = POINTS) -> float:
    """The learning rate beyond which descent on these points diverges: 2 over the steepest curvature of the loss.

    Source: Goodfellow, Bengio and Courville 2016, "Deep Learning", section 4.3.1: the largest eigenvalue decides.
    """
    x = np.stack([points[:, 0], np.ones(len(points))])  # (2, N)
    return 2.0 / float(np.linalg.eigvalsh(2.0 * x @ x.T / len(points))[-1])


def steep_factor(rate: float, points: np.ndarray = POINTS) -> float:
    """What one step leaves of the steep part of what is missing; below -1 each step overshoots further than the last.

    Source: as `largest_rate`.
    """
    return 1.0 - 2.0 * rate / largest_rate(points)


class Neuron(Lab):
    """Let one neuron walk down the bowl of its loss."""

    rate: float = option(
        0.01,
        "Learning rate: how far each step goes against the gradient.",
        advice="If the loss falls too slowly, triple it; if it jumps or grows, divide it by three.",
        low=0.0001,
        high=1.0,
        scale="log",
        choices=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.17, 0.18, 0.2, 0.3, 1.0),
    )
    w: float = option(0.0, "Where the weight begins.", low=-4.0, high=6.0)
    b: float = option(0.0, "Where the bias begins.", low=-6.0, high=4.0)
    step: int = option(0, "Which epoch is shown.", low=0, high=MOST_STEPS, shown=False)
    rates: tuple[tuple[Epoch, Rate], ...] = Field(
        (), max_length=40, description="The rates of a walk that changed it: from which epoch on, and which."
    )

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        return (
            Check(
                "answer",
                "Answer for x = 10 after 500 epochs from w = b = 0",
                18.9815,
                lambda: round(descend(500).predict(10.0), 4),
            ),
            Check("loss", "Loss of w = b = 0: the mean of 9, 1, 1, 9, 25, 49", 94 / 6, lambda: loss(0.0, 0.0)),
            Check("rate", "Largest rate that does not diverge", 0.17698, lambda: round(largest_rate(), 5)),
        )
