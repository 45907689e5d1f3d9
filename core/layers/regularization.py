"""Layers that steady training."""

from typing import ClassVar

from core.layers import Layer, Shape
from core.spec import option


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


class BatchNormalization(Layer):
    """Brings every channel to mean 0 and variance 1 over the batch, then lets it learn its own scale and shift."""

    keras: ClassVar[str] = "layers.BatchNormalization"
    is_linear: ClassVar[bool] = True
    differs_in_training: ClassVar[bool] = True
    family: ClassVar[str] = "Steadying"
    rank: ClassVar[int] = 51
    blurb: ClassVar[str] = "steadies scale of each map"

    momentum: float = option(
        0.99,
        "How slowly the running mean and variance follow the batches.",
        advice="If validation jumps about in short runs, lower it to 0.9.",
        low=0.0,
        high=0.9999,
    )
    epsilon: float = option(
        0.001,
        "Small number under the root that avoids division by zero.",
        advice="If a constant channel makes trouble, raise it.",
        low=1e-7,
        high=0.1,
        scale="log",
        choices=(1e-7, 1e-5, 1e-4, 0.001, 0.01, 0.1),
    )

    def parameters(self, shape: Shape) -> int:
        return 4 * shape[-1]

    def non_trainable(self, shape: Shape) -> int:
        return 2 * shape[-1]

    def parameter_formula(self, shape: Shape) -> str:
        return f"4·{shape[-1]}"

    def short(self) -> str:
        return "BatchNorm"
