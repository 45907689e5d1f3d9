"""Layers that steady training."""

from math import gcd
from typing import Any, ClassVar

import numpy as np

from core.layers import Impossible, Layer, Reads, Shape, Weights, Window
from core.layers.windows import need_image
from core.spec import option
from core.words import counted

NOISE_ADVICE = "If validation loss rises while training loss falls, raise it; if both stay high, lower it."


def epsilon() -> Any:
    """The field for the small number under a root."""
    return option(
        0.001,
        "Small number under the root that avoids division by zero.",
        advice="If a constant channel makes trouble, raise it.",
        low=1e-7,
        high=0.1,
        scale="log",
        choices=(1e-7, 1e-5, 1e-4, 0.001, 0.01, 0.1),
    )


def center() -> Any:
    """The field for a learned shift."""
    return option(True, "Lets each map learn what is added (beta).", advice="Off only to see what it does.", rare=True)


def scale() -> Any:
    """The field for a learned scale."""
    advice = "If the next layer is a convolution or a Dense with relu, it can scale by itself."
    return option(True, "Lets each map learn by what it is multiplied (gamma).", advice=advice, rare=True)


class Dropout(Layer):
    """Silences a random share of the values in every training step, so that no unit is relied on alone."""

    keras: ClassVar[str] = "layers.Dropout"
    is_linear: ClassVar[bool] = True
    silences: ClassVar[bool] = True
    differs_in_training: ClassVar[bool] = True
    family: ClassVar[str] = "Steadying"
    rank: ClassVar[int] = 50
    blurb: ClassVar[str] = "silences values while training"

    rate: float = option(
        0.3,
        "Share of the values that are silenced.",
        advice="If validation loss rises while training loss falls, raise it; if both stay high, lower it.",
        low=0.0,
        high=0.95,
    )

    def words(self) -> str:
        return f"{self.rate:g}"


class SpatialDropout2D(Layer):
    """Silences a random share of the maps in every training step, each as a whole, as neighbours say the same."""

    keras: ClassVar[str] = "layers.SpatialDropout2D"
    is_linear: ClassVar[bool] = True
    differs_in_training: ClassVar[bool] = True
    silences: ClassVar[bool] = True
    family: ClassVar[str] = "Steadying"
    rank: ClassVar[int] = 53
    blurb: ClassVar[str] = "silences whole maps"

    rate: float = option(0.3, "Share of the maps that are silenced.", advice=NOISE_ADVICE, low=0.0, high=0.95)

    def output_shape(self, shape: Shape) -> Shape:
        return need_image(shape, self.kind)

    def words(self) -> str:
        return f"{self.rate:g}"


class StochasticDepth(Layer):
    """Silences a whole branch for a random share of the images: beside a shortcut, the network is less deep for them.

    Source: Huang, Sun, Liu, Sedra and Weinberger 2016, "Deep networks with stochastic depth".
    """

    keras: ClassVar[str] = "layers.Dropout"
    is_linear: ClassVar[bool] = True
    differs_in_training: ClassVar[bool] = True
    silences: ClassVar[bool] = True
    family: ClassVar[str] = "Steadying"
    rank: ClassVar[int] = 53
    blurb: ClassVar[str] = "silences a branch, image by image"

    rate: float = option(0.1, "Share of the images.", advice=NOISE_ADVICE, low=0.0, high=0.95)

    def output_shape(self, shape: Shape) -> Shape:
        return need_image(shape, self.kind)

    def keras_arguments(self) -> dict[str, Any]:
        return {**super().keras_arguments(), "noise_shape": (None, 1, 1, 1)}

    def words(self) -> str:
        return f"{self.rate:g}"


class GaussianNoise(Layer):
    """Adds random numbers to every value while training, so that no tiny difference is learned by heart."""

    keras: ClassVar[str] = "layers.GaussianNoise"
    is_linear: ClassVar[bool] = True
    differs_in_training: ClassVar[bool] = True
    family: ClassVar[str] = "Steadying"
    rank: ClassVar[int] = 54
    blurb: ClassVar[str] = "adds noise while training"

    stddev: float = option(0.1, "Standard deviation of what is added.", advice=NOISE_ADVICE, low=0.0, high=1.0)

    def words(self) -> str:
        return f"±{self.stddev:g}"


class GaussianDropout(Layer):
    """Multiplies every value by a random number around 1 while training: Dropout's smooth brother."""

    keras: ClassVar[str] = "layers.GaussianDropout"
    is_linear: ClassVar[bool] = True
    differs_in_training: ClassVar[bool] = True
    family: ClassVar[str] = "Steadying"
    rank: ClassVar[int] = 55
    blurb: ClassVar[str] = "multiplies by noise while training"

    rate: float = option(
        0.3, "As in Dropout: the noise has a standard deviation of √(rate / (1 - rate)).", advice=NOISE_ADVICE,
        low=0.0, high=0.95,
    )  # fmt: skip

    def words(self) -> str:
        return f"{self.rate:g}"


class BatchNormalization(Layer):
    """Brings every channel to mean 0 and variance 1 over the batch, then lets it learn its own scale and shift."""

    keras: ClassVar[str] = "layers.BatchNormalization"
    is_linear: ClassVar[bool] = True
    differs_in_training: ClassVar[bool] = True
    family: ClassVar[str] = "Steadying"
    rank: ClassVar[int] = 51
    blurb: ClassVar[str] = "steadies scale of each map"
    does: ClassVar[str] = "normalize"

    momentum: float = option(
        0.99,
        "How slowly the running mean and variance follow the batches.",
        advice="If validation jumps about in short runs, lower it to 0.9.",
        low=0.0,
        high=0.9999,
    )
    epsilon: float = epsilon()
    center: bool = center()
    scale: bool = scale()

    def parameters(self, shape: Shape) -> int:
        return (2 + self.center + self.scale) * shape[-1]

    def non_trainable(self, shape: Shape) -> int:
        return 2 * shape[-1]

    def parameter_formula(self, shape: Shape) -> str:
        return f"{2 + self.center + self.scale}·{shape[-1]}"

    def numbers(self, weights: Weights, given: np.ndarray) -> dict[str, np.ndarray | float]:
        moved = {"mean": weights["moving_mean"], "variance": weights["moving_variance"], "epsilon": self.epsilon}
        return moved | learnt(weights)

    def short(self) -> str:
        return "BatchNorm"


def learnt(weights: Weights) -> dict[str, np.ndarray]:
    """By what a normalized value is multiplied, and what is added to it, where the layer has learnt it."""
    return {name: weights[name] for name in ("gamma", "beta") if name in weights}


class _Normalization(Layer):
    """What the kinds share that look at one image at a time: the same while training and afterwards."""

    family: ClassVar[str] = "Steadying"
    does: ClassVar[str] = "normalize"

    def parameters(self, shape: Shape) -> int:
        return (self.center + self.scale) * shape[-1]

    def parameter_formula(self, shape: Shape) -> str:
        return f"{self.center + self.scale}·{shape[-1]}" if self.center or self.scale else ""


class LayerNormalization(_Normalization):
    """Brings the values of all maps at each place to mean 0 and variance 1, in one image alone."""

    keras: ClassVar[str] = "layers.LayerNormalization"
    reads: ClassVar[Reads] = "all maps"
    rank: ClassVar[int] = 56
    blurb: ClassVar[str] = "steadies each place, any batch"

    epsilon: float = epsilon()
    center: bool = center()
    scale: bool = scale()

    def window(self, shape: Shape) -> Window:
        return Window(whole=len(shape) == 1)

    def numbers(self, weights: Weights, given: np.ndarray) -> dict[str, np.ndarray | float]:
        exact = given.astype(np.float64)
        measured = {"mean": exact.mean(-1, keepdims=True), "variance": exact.var(-1, keepdims=True)}
        return measured | {"epsilon": self.epsilon} | learnt(weights)

    def short(self) -> str:
        return "LayerNorm"


class GroupNormalization(_Normalization):
    """Brings groups of maps to mean 0 and variance 1, in one image alone: works with small batches too."""

    keras: ClassVar[str] = "layers.GroupNormalization"
    reads: ClassVar[Reads] = "everything"
    rank: ClassVar[int] = 57
    blurb: ClassVar[str] = "steadies groups, any batch"

    groups: int = option(
        8,
        "Groups into which the maps are shared out.",
        advice="With 1 all maps are steadied together; with as many as there are maps, each alone.",
        low=1,
        high=1024,
    )
    epsilon: float = epsilon()
    center: bool = center()
    scale: bool = scale()

    def output_shape(self, shape: Shape) -> Shape:
        if shape[-1] % self.groups:
            maps = counted(shape[-1], "map" if len(shape) == 3 else "value")
            raise Impossible(
                f"{maps} can't be shared out among {self.groups} groups",
                "Take a number of groups that divides them.",
                groups=gcd(shape[-1], self.groups),
            )
        return shape

    def window(self, shape: Shape) -> Window:
        return Window(whole=True)

    def numbers(self, weights: Weights, given: np.ndarray) -> dict[str, np.ndarray | float]:
        each = given.shape[-1] // self.groups
        grouped = given.astype(np.float64).reshape(-1, self.groups, each)
        measured = {"mean": grouped.mean((0, 2)).repeat(each), "variance": grouped.var((0, 2)).repeat(each)}
        return measured | {"epsilon": self.epsilon} | learnt(weights)

    def words(self) -> str:
        return f"{self.groups} groups" if self.groups > 1 else "1 group"

    def short(self) -> str:
        return "GroupNorm"
