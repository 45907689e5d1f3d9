"""Augmentations that move pixels."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from core.augmentation import Augmentation, Drawn, are_signs, turned
from core.problems import Context
from core.spec import option

if TYPE_CHECKING:
    import tensorflow as tf

FillMode = Literal["constant", "nearest", "reflect", "wrap"]
SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 0.9)
"""Of the picture's size: strengths at which shifts and zooms are tried."""


def fill_mode() -> FillMode:
    """The field of every operation that moves pixels: what comes in from outside the picture."""
    return option(
        "nearest",
        "What fills the space that moves in from outside.",
        advice="If smears at the edge disturb, use 'constant'; 'reflect' mirrors, 'wrap' repeats the picture.",
    )


def fill_value() -> float:
    """The field beside it: what 'constant' fills with."""
    return option(
        0.0,
        "The grey value that 'constant' fills with: 0 is black, 255 white.",
        advice="If your pictures have a white background, 255.",
        low=0.0,
        high=255.0,
        rare=True,
    )


class RandomFlip(Augmentation):
    """Mirrors the picture, half of the time."""

    keras: ClassVar[str] = "layers.RandomFlip"
    draws: ClassVar[int] = 1
    family: ClassVar[str] = "Flips"
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

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        ways = {"horizontal": "left to right", "vertical": "upside down"}
        way = ways.get(self.mode, "left to right and upside down")
        return f"mirrored {way}" if drawn["numbers"][place, 0] <= 0.5 else ""

    def tells(self) -> Mapping[str, str]:
        across = {"left": "mirrored, what shows left shows right", "right": "mirrored, what shows right shows left"}
        down = {"up": "mirrored, what points up points down", "down": "mirrored, what points down points up"}
        return (across if "horizontal" in self.mode else {}) | (down if "vertical" in self.mode else {})

    def untrue(self, context: Context) -> list[tuple[str, str]]:
        found = super().untrue(context)
        if are_signs(context):
            is_digit = "2" in context.facts.class_names
            what = (
                "mirrored, a 2 is no 2 any more, and its label stays 2."
                if is_digit
                else "mirrored, most signs are another sign or none, and their labels stay."
            )
            found.append((what, "Switch it off: signs are written one way only."))
        return found

    def words(self) -> str:
        return self.mode.replace("_", " ")


class RandomRotation(Augmentation):
    """Turns the picture by a random angle."""

    keras: ClassVar[str] = "layers.RandomRotation"
    draws: ClassVar[int] = 1
    family: ClassVar[str] = "Moves"
    rank: ClassVar[int] = 2
    either_way: ClassVar[tuple[str, ...]] = ("factor",)
    rungs: ClassVar[tuple[float, ...]] = tuple(
        round(one / 360, 6) for one in (0, 5, 10, 15, 20, 30, 45, 60, 90, 135, 180)
    )

    factor: float = option(
        0.05,
        "Largest turn either way; Keras counts in full turns, so that 0.1 is 36°.",
        advice="If your pictures are always upright, stay below 18°, which is 0.05.",
        low=0.0,
        high=0.5,
        unit="turns",
    )
    fill_mode: FillMode = fill_mode()
    fill_value: float = fill_value()

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        import tensorflow as tf

        angle = _within(self.factor, numbers[:, 0]) * 2 * math.pi
        turned = [[tf.cos(angle), -tf.sin(angle)], [tf.sin(angle), tf.cos(angle)]]
        return _affine(numbers, turned, center=((width - 1) / 2, (height - 1) / 2))

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        degrees = 360 * _within(self.factor, drawn["numbers"][place, 0])
        return _two_ways(degrees, "turned {}° to the left", "turned {}° to the right")

    def tells(self) -> Mapping[str, str]:
        if self.factor <= 0.25:
            return {}
        ways = {"left": "right", "right": "left", "up": "down", "down": "up"}
        return {one: f"turned by more than 90°, what points {one} points {other}" for one, other in ways.items()}

    def untrue(self, context: Context) -> list[tuple[str, str]]:
        return [*super().untrue(context), *turned(context, self.factor)]

    def words(self) -> str:
        return f"±{self.factor * 360:.0f}°"


class RandomTranslation(Augmentation):
    """Shifts the picture up, down and sideways."""

    keras: ClassVar[str] = "layers.RandomTranslation"
    draws: ClassVar[int] = 2
    family: ClassVar[str] = "Moves"
    rank: ClassVar[int] = 3
    strengths: ClassVar[tuple[str, ...]] = ("height_factor", "width_factor")
    either_way: ClassVar[tuple[str, ...]] = strengths
    rungs: ClassVar[tuple[float, ...]] = SHARES

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
    fill_value: float = fill_value()

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        down = _within(self.height_factor, numbers[:, 0]) * height
        across = _within(self.width_factor, numbers[:, 1]) * width
        return _affine(numbers, [[1.0, 0.0], [0.0, 1.0]], shift=(-across, -down))

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        down = shape[0] * _within(self.height_factor, drawn["numbers"][place, 0])
        across = shape[1] * _within(self.width_factor, drawn["numbers"][place, 1])
        parts = (_two_ways(across, "{} px right", "{} px left"), _two_ways(down, "{} px down", "{} px up"))
        return f"moved {', '.join(filter(None, parts))}" if any(parts) else ""

    def words(self) -> str:
        return f"±{self.height_factor:.0%} high, ±{self.width_factor:.0%} wide"


class RandomZoom(Augmentation):
    """Moves nearer or further away."""

    keras: ClassVar[str] = "layers.RandomZoom"
    family: ClassVar[str] = "Moves"
    rank: ClassVar[int] = 4
    strengths: ClassVar[tuple[str, ...]] = ("height_factor",)
    either_way: ClassVar[tuple[str, ...]] = ("height_factor", "width_factor")
    rungs: ClassVar[tuple[float, ...]] = SHARES

    height_factor: float = option(
        0.1,
        "Largest zoom in or out, as a part of the size; in Keras' count 0.2 further away shows 1.2 times as much.",
        advice="If objects become unreadably small, lower it.",
        low=0.0,
        high=0.9,
    )
    width_factor: float | None = option(
        None,
        "Largest zoom of the width alone; empty to keep the proportions.",
        advice="If things come in many proportions, set it.",
        low=0.0,
        high=0.9,
        rare=True,
    )
    fill_mode: FillMode = fill_mode()
    fill_value: float = fill_value()

    @property
    def draws(self) -> int:
        """One number for both, or one for each."""
        return 1 if self.width_factor is None else 2

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        down, across = self._scales(numbers)  # above 1: further away
        return _affine(numbers, [[across, 0.0], [0.0, down]], center=((width - 1) / 2, (height - 1) / 2))

    def _scales(self, numbers: Any) -> tuple[Any, Any]:
        """How much of the height and of the width is seen: (N,) each."""
        down = 1.0 + _within(self.height_factor, numbers[:, 0])
        return down, down if self.width_factor is None else 1.0 + _within(self.width_factor, numbers[:, 1])

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        down, across = (f"{1 / one[place]:.0%}" for one in self._scales(drawn["numbers"]))
        if self.width_factor is None:
            return f"zoomed to {down}" if down != "100%" else ""
        return f"height zoomed to {down}, width to {across}"

    def at(self, value: float) -> "RandomZoom":
        return self.edited(on=True, height_factor=value, width_factor=None if self.width_factor is None else value)

    def words(self) -> str:
        if self.width_factor is None:
            return f"±{self.height_factor:.0%}"
        return f"±{self.height_factor:.0%} high, ±{self.width_factor:.0%} wide"


class RandomShear(Augmentation):
    """Leans the picture, as italics lean."""

    keras: ClassVar[str] = "layers.RandomShear"
    draws: ClassVar[int] = 2
    family: ClassVar[str] = "Moves"
    rank: ClassVar[int] = 5
    strengths: ClassVar[tuple[str, ...]] = ("x_factor",)
    either_way: ClassVar[tuple[str, ...]] = ("x_factor", "y_factor")

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
    fill_value: float = fill_value()

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        across = _within(self.x_factor, numbers[:, 0])
        down = _within(self.y_factor, numbers[:, 1])
        return _affine(numbers, [[1.0, across], [down, 1.0]])  # about the upper left pixel, as Keras does

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        across = (shape[0] - 1) * _within(self.x_factor, drawn["numbers"][place, 0])
        down = (shape[1] - 1) * _within(self.y_factor, drawn["numbers"][place, 1])
        lower = _two_ways(across, "lower edge {} px left", "lower edge {} px right")
        right = _two_ways(down, "right edge {} px up", "right edge {} px down")
        return f"leaned: {', '.join(filter(None, (lower, right)))}" if lower or right else ""

    def words(self) -> str:
        return f"{self.x_factor:g} across, {self.y_factor:g} down"


def _within(factor: float, numbers: Any) -> Any:
    """Spreads uniform numbers 0..1 over -factor..factor."""
    return (2.0 * numbers - 1.0) * factor


def _two_ways(amount: float, plus: str, minus: str) -> str:
    """An amount in words that depend on its sign; empty where it rounds to nothing."""
    size = f"{abs(amount):.0f}" if abs(amount) >= 9.5 else f"{abs(amount):.1f}".removesuffix(".0")
    return (plus if amount > 0 else minus).format(size) if size != "0" else ""


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
