"""Augmentations that move pixels."""

import math
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from core.augmentation import Augmentation
from core.spec import option

if TYPE_CHECKING:
    import tensorflow as tf

FillMode = Literal["constant", "nearest", "reflect", "wrap"]


def fill_mode() -> FillMode:
    """The field of every operation that moves pixels: what comes in from outside the picture."""
    return option(
        "nearest",
        "What fills the space that moves in from outside.",
        advice="If smears at the edge disturb, use 'constant' (black); 'reflect' mirrors, 'wrap' repeats the picture.",
    )


class RandomFlip(Augmentation):
    """Mirrors the picture, half of the time."""

    keras: ClassVar[str] = "layers.RandomFlip"
    draws: ClassVar[int] = 1
    rank: ClassVar[int] = 1

    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = option(
        "horizontal", "Which way.", advice="If up and down matter (people, horses), keep to horizontal."
    )

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        import tensorflow as tf

        side = tf.where(numbers[:, 0] <= 0.5, -1.0, 1.0)  # (N,)
        across = side if "horizontal" in self.mode else 1.0
        down = side if "vertical" in self.mode else 1.0
        return _affine(numbers, [[across, 0.0], [0.0, down]], center=((width - 1) / 2, (height - 1) / 2))

    def turns_far(self) -> bool:
        return True

    def words(self) -> str:
        return self.mode.replace("_", " ")


class RandomRotation(Augmentation):
    """Turns the picture by a random angle."""

    keras: ClassVar[str] = "layers.RandomRotation"
    draws: ClassVar[int] = 1
    rank: ClassVar[int] = 2

    factor: float = option(
        0.05,
        "Largest turn either way; Keras counts in full turns, so that 0.1 is 36°.",
        advice="If your pictures are always upright, stay below 18°, which is 0.05.",
        low=0.0,
        high=0.5,
        unit="turns",
    )
    fill_mode: FillMode = fill_mode()

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        import tensorflow as tf

        angle = _within(self.factor, numbers[:, 0]) * 2 * math.pi
        turned = [[tf.cos(angle), -tf.sin(angle)], [tf.sin(angle), tf.cos(angle)]]
        return _affine(numbers, turned, center=((width - 1) / 2, (height - 1) / 2))

    def turns_far(self) -> bool:
        return self.factor > 0.12

    def words(self) -> str:
        return f"±{self.factor * 360:.0f}°"


class RandomTranslation(Augmentation):
    """Shifts the picture up, down and sideways."""

    keras: ClassVar[str] = "layers.RandomTranslation"
    draws: ClassVar[int] = 2
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

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        down = _within(self.height_factor, numbers[:, 0]) * height
        across = _within(self.width_factor, numbers[:, 1]) * width
        return _affine(numbers, [[1.0, 0.0], [0.0, 1.0]], shift=(-across, -down))

    def words(self) -> str:
        return f"±{self.height_factor:.0%} high, ±{self.width_factor:.0%} wide"


class RandomZoom(Augmentation):
    """Moves nearer or further away."""

    keras: ClassVar[str] = "layers.RandomZoom"
    draws: ClassVar[int] = 1
    rank: ClassVar[int] = 4

    height_factor: float = option(
        0.1,
        "Largest zoom in or out, as a part of the size.",
        advice="If objects become unreadably small, lower it.",
        low=0.0,
        high=0.9,
    )
    fill_mode: FillMode = fill_mode()

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        scale = 1.0 + _within(self.height_factor, numbers[:, 0])  # above 1: further away
        return _affine(numbers, [[scale, 0.0], [0.0, scale]], center=((width - 1) / 2, (height - 1) / 2))

    def words(self) -> str:
        return f"±{self.height_factor:.0%}"


class RandomShear(Augmentation):
    """Leans the picture, as italics lean."""

    keras: ClassVar[str] = "layers.RandomShear"
    draws: ClassVar[int] = 2
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

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        across = _within(self.x_factor, numbers[:, 0])
        down = _within(self.y_factor, numbers[:, 1])
        return _affine(numbers, [[1.0, across], [down, 1.0]])  # about the upper left pixel, as Keras does

    def words(self) -> str:
        return f"{self.x_factor:g} across, {self.y_factor:g} down"


def _within(factor: float, numbers: "tf.Tensor") -> "tf.Tensor":
    """Spreads uniform numbers 0..1 over -factor..factor."""
    return (2.0 * numbers - 1.0) * factor


def _affine(
    numbers: "tf.Tensor",
    turn: list[list[Any]],
    *,
    center: tuple[float, float] = (0.0, 0.0),
    shift: tuple[Any, Any] = (0.0, 0.0),
) -> "tf.Tensor":
    """The matrices that apply `turn` (two by two) about `center`, then `shift`; x before y, in px.

    Args:
        numbers: as `Augmentation.matrix` gets them; their first axis says for how many pictures.
        turn, shift: of floats, the same for all pictures, or float32 (N,), one for each.
    """
    import tensorflow as tf

    (a, b), (c, d) = turn
    x, y = center
    entries = [a, b, x - a * x - b * y + shift[0], c, d, y - c * x - d * y + shift[1], 0.0, 0.0, 1.0]
    each = tf.zeros_like(numbers[:, 0])
    return tf.reshape(tf.stack([each + entry for entry in entries], axis=1), (-1, 3, 3))
