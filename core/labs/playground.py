"""What a reader may set in the network playground, and the answers that a small network must give."""

from itertools import pairwise
from typing import Annotated, Literal, Self, get_args

import numpy as np
from pydantic import Field, field_validator, model_validator

from core.labs import Check, Lab
from core.labs.networks import Perceptron, loss
from core.spec import option

Feature = Literal["x", "y", "x²", "y²", "x·y", "sin x", "sin y"]
Place = Annotated[float, Field(ge=-6.0, le=6.0)]
Weight = Annotated[float, Field(ge=-1000.0, le=1000.0)]
Point = tuple[Place, Place, Literal[0, 1]]
RATES = (0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
TARGETS = np.array([0, 1, 1, 0], float)


class Playground(Lab):
    """Build a small network and watch it learn."""

    dataset: Literal["xor", "circle", "gaussians", "spirals", "own"] = option("circle", "Which points it learns.")
    noise: float = option(
        0.0, "How far points stray.", advice="If it learns everything by heart, add noise and see.", low=0.0, high=0.5
    )
    share: float = option(
        0.5,
        "Share of the points that it learns from; the others test it.",
        advice="If you placed fewer than 20 points yourself, it learns from all of them.",
        low=0.1,
        high=0.9,
        unit="of all",
    )
    seed: int = option(
        1, "Draws the points and the first weights.", advice="If a start fails, try another.", low=0, high=99
    )
    features: tuple[Feature, ...] = Field(
        ("x", "y"), min_length=1, max_length=7, description="What it sees of a point."
    )
    hidden: tuple[Annotated[int, Field(ge=1, le=16)], ...] = Field(
        (4, 2), max_length=6, description="Units of each hidden layer."
    )
    activation: Literal["tanh", "relu", "sigmoid", "linear"] = option(
        "tanh", "Function of the hidden units.", advice="If you take linear, more layers can do no more than none."
    )
    rate: float = option(
        0.03,
        "Learning rate: how far each step goes against the gradient.",
        advice="If the loss jumps, divide it by three; if it creeps, triple it. Learning goes on where it is.",
        low=1e-5,
        high=10.0,
        scale="log",
        choices=RATES,
    )
    batch: int = option(10, "Points per step.", advice="If the loss trembles, take more.", low=1, high=100)
    penalty: Literal["none", "L1", "L2"] = option(
        "none", "What large weights cost.", advice="If it learns by heart, take L2; if few weights should stay, L1."
    )
    strength: float = option(
        0.001,
        "How much they cost.",
        advice="If all weights fade to nothing, take less.",
        low=1e-5,
        high=1.0,
        scale="log",
        choices=(1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0),
    )
    stop: int = option(
        0,
        "Pauses at this epoch; 0 goes on and on.",
        advice="If you compare settings, let all stop alike.",
        low=0,
        high=5000,
    )
    discretize: bool = option(False, "Two colours only: which side of the boundary, not how sure.")
    show_test: bool = option(True, "The pale points, which it never learns from.")
    paint: Literal["blue", "orange"] = option("blue", "The class of the next point that you place.")
    own: tuple[Point, ...] = Field((), max_length=200, description="Points that you placed: x, y, class.")
    weights: tuple[Weight, ...] = Field(
        (), max_length=200, description="With what it begins instead of the seed's: weights unit by unit, then biases."
    )
    epoch: int = option(0, "How long these weights have learned.", low=0, high=100_000_000, shown=False)

    @field_validator("features")
    @classmethod
    def _in_order(cls, features: tuple[Feature, ...]) -> tuple[Feature, ...]:
        """Each feature once, in the order in which they stand on the page."""
        return tuple(name for name in get_args(Feature) if name in features)

    @model_validator(mode="after")
    def _weights_fit(self) -> Self:
        shape = (len(self.features), *self.hidden, 1)
        if self.weights and len(self.weights) != sum((inputs + 1) * units for inputs, units in pairwise(shape)):
            raise ValueError("weights of another network")
        return self

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        return (
            Check(
                "unsure",
                "A network of zeros answers 0.5 everywhere: its loss is ln 2",
                round(float(np.log(2)), 6),
                lambda: round(_unsure(), 6),
            ),
            Check(
                "gradients",
                "First gradient of a 2-2-1 network worked out by hand: hidden weights, output weights, hidden biases",
                [[-0.5, 1.0], [-1.0, 2.0], [-1.0, -0.5], [-0.5, 1.0]],
                by_hand,
            ),
            Check(
                "keras",
                "Loss on the corners of xor as Keras finds it: 2-8-8-1, tanh, seed 1, 200 steps at a rate of 0.5",
                KERAS_LOSS,
                lambda: round(corners_learned(), 7),
            ),
        )


KERAS_LOSS = 0.0095323
"""What Keras says in float64; a test asks it again."""


def _unsure() -> float:
    """The loss of a network whose weights are all zero."""
    network = Perceptron([np.zeros((2, 3)), np.zeros((3, 1))], [np.zeros(3), np.zeros(1)])
    return loss(network.forward(CORNERS)[-1][:, 0], TARGETS)


def by_hand() -> list[list[float]]:
    """Gradients of a network whose numbers can be followed with a pencil, at one point (1, 2) of class 1.

    The hidden units, ReLU, answer 1 + 0.5 · 2 = 2 and -1 + 2 = 1. The output adds 2 - 2 · 1 = 0, so p = 0.5 and
    p - y = -0.5: times the answers (2, 1), times the weights (1, -2) on the way back, times the point (1, 2).

    Returns:
        the rows of the hidden weights, then the output weights, then the hidden biases.
    """
    network = Perceptron(
        [np.array([[1.0, -1.0], [0.5, 1.0]]), np.array([[1.0], [-2.0]])], [np.zeros(2), np.zeros(1)], "relu"
    )
    by_weight, by_bias = network.gradients(np.array([[1.0, 2.0]]), np.array([1.0]))
    return [*by_weight[0].tolist(), by_weight[1][:, 0].tolist(), by_bias[0].tolist()]


def corners_learned(steps: int = 200, rate: float = 0.5) -> float:
    """Loss on the four corners of xor after some steps with all of them."""
    network = Perceptron.fresh((2, 8, 8, 1), "tanh", 1)
    for _ in range(steps):
        network.step(CORNERS, TARGETS, rate)
    return loss(network.forward(CORNERS)[-1][:, 0], TARGETS)
