"""Augmentations that leave every pixel in its place and change its value."""

from typing import Any, ClassVar

from core.augmentation import Augmentation
from core.spec import option


class RandomBrightness(Augmentation):
    """Makes the picture lighter or darker."""

    keras: ClassVar[str] = "layers.RandomBrightness"
    rank: ClassVar[int] = 6

    factor: float = option(
        0.15,
        "Largest change, as a part of the range from black to white.",
        advice="If pictures wash out, lower it.",
        low=0.0,
        high=1.0,
    )

    def words(self) -> str:
        return f"±{self.factor:.0%}"


class RandomContrast(Augmentation):
    """Draws grey values apart or together."""

    keras: ClassVar[str] = "layers.RandomContrast"
    rank: ClassVar[int] = 7

    factor: float = option(
        0.2,
        "Largest change of contrast; 0.2 draws between 0.8 and 1.2.",
        advice="If pictures turn grey, lower it.",
        low=0.0,
        high=0.95,
    )

    def keras_arguments(self) -> dict[str, Any]:
        """Both sides: of a single number Keras makes 0 below 1 and that number above."""
        return super().keras_arguments() | {"factor": (self.factor, self.factor)}

    def words(self) -> str:
        return f"±{self.factor:.0%}"
