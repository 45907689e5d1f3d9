"""Cutout: a box of the picture is taken away."""

from typing import Any, ClassVar

import numpy as np

from core.augmentation import Augmentation, Drawn
from core.spec import option

LEAST = 0.02
"""Of the picture: the smallest box, as Keras has it."""


class RandomErasing(Augmentation):
    """Takes a box out of the picture (cutout), so that no single part of a thing is needed to know it."""

    keras: ClassVar[str] = "layers.RandomErasing"
    family: ClassVar[str] = "Covers"
    rank: ClassVar[int] = 12
    strengths: ClassVar[tuple[str, ...]] = ("scale",)
    rungs: ClassVar[tuple[float, ...]] = (LEAST, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
    passes: ClassVar[float] = 6.0

    factor: float = option(
        0.5,
        "How often: the part of the pictures that lose a box.",
        advice="If the network should also see whole pictures, stay below 1.",
        low=0.0,
        high=1.0,
    )
    scale: float = option(
        0.33,
        "The largest box, as a part of the picture; the smallest is 0.02, and its sides are drawn apart.",
        advice="If the thing itself is often gone, lower it.",
        low=LEAST,
        high=0.9,
    )
    fill_value: float | None = option(
        None,
        "The grey value that the box is filled with; empty for noise.",
        advice="If your pictures have one background, take its grey value.",
        low=0.0,
        high=255.0,
        rare=True,
    )

    def keras_arguments(self) -> dict[str, Any]:
        """Both ends: of a single factor Keras draws a chance of its own for each picture, half of it on average."""
        return super().keras_arguments() | {"factor": (self.factor, self.factor), "scale": (LEAST, self.scale)}

    @classmethod
    def of_keras(cls, name: str, value: Any) -> Any:
        if name != "scale" or not isinstance(value, list):
            return value
        return value[1] if len(value) == 2 and value[0] == LEAST else None

    def at(self, value: float) -> "RandomErasing":
        """Every picture loses a box."""
        return self.edited(on=True, factor=1.0, scale=value)

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        mask = np.asarray(drawn["batch_masks"])[place, ..., 0]
        if not np.asarray(drawn["apply_erasing"])[place] or not mask.any():
            return ""
        return f"a box of {mask.any(axis=0).sum()} x {mask.any(axis=1).sum()} px taken out"

    def words(self) -> str:
        return f"up to {self.scale:.0%}, {self.factor:.0%} of pictures"
