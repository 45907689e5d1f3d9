"""The catalogue of augmentations: random changes that leave the label true, drawn anew for every picture and epoch.

They work on pixels 0..255, before scaling, in training only.
"""

from typing import Any, ClassVar, Literal

from core.spec import Spec, option

FillMode = Literal["constant", "nearest", "reflect", "wrap"]


def fill_mode() -> FillMode:
    """The field of every operation that moves pixels: what comes in from outside the picture."""
    return option(
        "nearest",
        "What fills the space that moves in from outside.",
        advice="If smears at the edge disturb, use 'constant' (black); 'reflect' mirrors, 'wrap' repeats the picture.",
    )


class Augmentation(Spec):
    """A random change of the picture, drawn anew each time it is seen."""

    moves: ClassVar[bool] = True
    """Whether it moves pixels (and so could turn one sign into another)."""

    def build(self, seed: int | None = None) -> Any:
        """Makes the Keras layer; the same seed makes the same draws."""
        import keras

        return getattr(keras.layers, self.kind)(**self.keras_arguments(), seed=seed)

    def turns_far(self) -> bool:
        """Whether it mirrors or turns so far that a sign may become another (6 and 9)."""
        return False

    def words(self) -> str:
        """Its settings in a few words."""
        return ""


class RandomFlip(Augmentation):
    """Mirrors the picture, half of the time."""

    keras: ClassVar[str] = "layers.RandomFlip"
    rank: ClassVar[int] = 1

    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = option(
        "horizontal", "Which way.", advice="If up and down matter (people, horses), keep to horizontal."
    )

    def turns_far(self) -> bool:
        return True

    def words(self) -> str:
        return self.mode.replace("_", " ")


class RandomRotation(Augmentation):
    """Turns the picture by a random angle."""

    keras: ClassVar[str] = "layers.RandomRotation"
    rank: ClassVar[int] = 2

    factor: float = option(
        0.05,
        "Largest turn either way, as a part of a full turn: 0.1 is 36 degrees.",
        advice="If your pictures are always upright, stay below 0.05.",
        low=0.0,
        high=0.5,
        unit="turns",
    )
    fill_mode: FillMode = fill_mode()

    def turns_far(self) -> bool:
        return self.factor > 0.12

    def words(self) -> str:
        return f"±{self.factor * 360:.0f}°"


class RandomTranslation(Augmentation):
    """Shifts the picture up, down and sideways."""

    keras: ClassVar[str] = "layers.RandomTranslation"
    rank: ClassVar[int] = 3

    height_factor: float = option(
        0.1,
        "Largest shift up or down, as a part of the height.",
        advice="If the object leaves the picture, lower it.",
        low=0.0,
        high=0.9,
    )
    width_factor: float = option(
        0.1,
        "Largest shift sideways, as a part of the width.",
        advice="If the object leaves the picture, lower it.",
        low=0.0,
        high=0.9,
    )
    fill_mode: FillMode = fill_mode()

    def words(self) -> str:
        return f"±{self.height_factor:.0%} high, ±{self.width_factor:.0%} wide"


class RandomZoom(Augmentation):
    """Moves nearer or further away."""

    keras: ClassVar[str] = "layers.RandomZoom"
    rank: ClassVar[int] = 4

    height_factor: float = option(
        0.1,
        "Largest zoom in or out, as a part of the size.",
        advice="If objects become unreadably small, lower it.",
        low=0.0,
        high=0.9,
    )
    fill_mode: FillMode = fill_mode()

    def words(self) -> str:
        return f"±{self.height_factor:.0%}"


class RandomShear(Augmentation):
    """Leans the picture, as italics lean."""

    keras: ClassVar[str] = "layers.RandomShear"
    rank: ClassVar[int] = 5

    x_factor: float = option(
        0.1,
        "Largest lean sideways, as a part of the height.",
        advice="If shapes look broken, lower it.",
        low=0.0,
        high=1.0,
    )
    y_factor: float = option(
        0.0,
        "Largest lean up or down, as a part of the width.",
        advice="If shapes look broken, lower it.",
        low=0.0,
        high=1.0,
    )
    fill_mode: FillMode = fill_mode()

    def words(self) -> str:
        return f"{self.x_factor:g} across, {self.y_factor:g} down"


class RandomBrightness(Augmentation):
    """Makes the picture lighter or darker."""

    keras: ClassVar[str] = "layers.RandomBrightness"
    rank: ClassVar[int] = 6
    moves: ClassVar[bool] = False

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
    moves: ClassVar[bool] = False

    factor: float = option(
        0.2,
        "Largest change of contrast; 0.2 draws between 0.8 and 1.2.",
        advice="If pictures turn grey, lower it.",
        low=0.0,
        high=0.95,
    )

    def words(self) -> str:
        return f"±{self.factor:.0%}"
