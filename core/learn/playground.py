"""What a reader may set in the network playground."""

from typing import Annotated, Literal

from pydantic import Field

from core.learn import Lab
from core.spec import option

Feature = Literal["x", "y", "x²", "y²", "x·y", "sin x", "sin y"]
Place = Annotated[float, Field(ge=-6.0, le=6.0)]
Point = tuple[Place, Place, Literal[0, 1]]
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class Playground(Lab):
    """Build a small network and watch it learn."""

    dataset: Literal["xor", "circle", "gaussians", "spirals", "own"] = option("circle", "Which points it learns.")
    noise: float = option(
        0.0, "How far points stray.", advice="If it learns everything by heart, add noise and see.", low=0.0, high=0.5
    )
    share: float = option(
        0.5, "Share of the points that it learns from; the others test it.", low=0.1, high=0.9, unit="of all"
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
    activation: Literal["tanh", "relu", "sigmoid", "linear"] = option("tanh", "Function of the hidden units.")
    rate: float = option(
        0.03,
        "Learning rate.",
        advice="If the loss jumps, divide it by three.",
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
        low=1e-5,
        high=1.0,
        scale="log",
        choices=(1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0),
    )
    paint: Literal["blue", "orange"] = option("blue", "The class of the next point that you place.")
    own: tuple[Point, ...] = Field((), max_length=200, description="Points that you placed: x, y, class.")
