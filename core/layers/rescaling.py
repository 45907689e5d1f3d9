"""The layer that chooses another unit for the values."""

from typing import ClassVar

import numpy as np

from core.layers import Layer, Weights
from core.spec import option


class Rescaling(Layer):
    """Multiplies every value by one number and adds another, so that the next layer sees them in another range."""

    keras: ClassVar[str] = "layers.Rescaling"
    is_linear: ClassVar[bool] = True
    family: ClassVar[str] = "Steadying"
    rank: ClassVar[int] = 52
    does: ClassVar[str] = "rescale"
    blurb: ClassVar[str] = "every value × scale + offset"

    scale: float = option(
        2.0,
        "By what every value is multiplied; images come as 0..1.",
        advice="If a recipe expects -1..1, 2 with offset -1; if it expects 0..16, 16 with offset 0.",
        low=-255.0,
        high=255.0,
    )
    offset: float = option(
        -1.0,
        "What is added afterwards.",
        advice="If values should lie around 0, minus half of the scale.",
        low=-255.0,
        high=255.0,
    )

    def numbers(self, weights: Weights, given: np.ndarray) -> dict[str, np.ndarray | float]:
        return {"scale": self.scale, "offset": self.offset}

    def words(self) -> str:
        return f"×{self.scale:g}{f' {self.offset:+g}' if self.offset else ''}"
