"""One image changed by so much: what augmentation draws at random, at strengths that somebody chose."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.augmentation import Augmentation
from core.augmentation.movement import RandomRotation, RandomTranslation, RandomZoom
from core.augmentation.random_changes import Movements
from core.spec import kinds

WHITE = 255.0
SEED = 16
"""Of the noise: one pattern, which grows stronger."""
MOST_TURNED, MOST_SHIFTED, MOST_ZOOMED = 0.5, 0.9, 0.9
"""How far the movements go, in Keras' units."""
SIZES = (52, 56, 60, 65, 70, 75, 80, 85, 90, 95, 100, 105, 110, 120, 130, 140, 160, 180, 200, 250, 300)
"""Zooms, in percent of the size."""

Strengths = Mapping[str, float]
"""How strong each change is, by the name of its knob, in the knob's own unit; those left out do nothing."""


@dataclass(frozen=True)
class Knob:
    """One change of an image, as people set it.

    Args:
        name: of the option that holds it.
        title: what it is called.
        augmentation: the kind that draws it in training.
        neutral: where it does nothing.
        step: two strengths that are nearer than this are not told apart.
        unit: of its numbers.
        ends: words for what lies below and above `neutral`, {} for the number.
        tried: at which strengths of an image of this height and width.
        strength_of: the strength in Keras' unit that reaches a value, for an image of this height and width.
    """

    name: str
    title: str
    augmentation: str
    neutral: float
    step: float
    unit: str
    ends: tuple[str, str]
    tried: Callable[[int, int], tuple[float, ...]]
    strength_of: Callable[[float, int, int], float]

    def told(self, value: float) -> str:
        """A strength in words: "23° to the right"."""
        if value == self.neutral:
            return "as it is"
        below, above = self.ends
        return (below if value < self.neutral else above).format(f"{abs(value):g}")

    def trained(self, value: float, height: int, width: int) -> float:
        """With which strength training draws it as far as a value, within what that may be."""
        main = kinds(Augmentation)[self.augmentation].strength()
        return float(np.clip(round(self.strength_of(value, height, width), 6), main.low, main.high))


def _either_way(kind: str, times: float, step: float) -> Callable[[int, int], tuple[float, ...]]:
    """The strengths at which the bench tries an operation, to both sides."""

    def tried(_height: int, _width: int) -> tuple[float, ...]:
        found = {round(round(one * times / step) * step, 6) for one in kinds(Augmentation)[kind].ladder()}
        return tuple(sorted(found | {-one for one in found}))

    return tried


def _pixels(axis: int) -> Callable[[int, int], tuple[float, ...]]:
    """Whole pixels to both sides."""

    def tried(*size: int) -> tuple[float, ...]:
        found = {round(one * size[axis]) for one in kinds(Augmentation)["RandomTranslation"].ladder()}
        return tuple(sorted(float(one) for one in found | {-one for one in found}))

    return tried


def _up(last: float, count: int = 21) -> Callable[[int, int], tuple[float, ...]]:
    """Even steps from nothing."""
    return lambda _height, _width: tuple(round(last * step / (count - 1), 6) for step in range(count))


KNOBS = {
    knob.name: knob
    for knob in (
        Knob(
            "rotation", "Rotation", "RandomRotation", 0, 1, "°", ("{}° to the left", "{}° to the right"),
            _either_way("RandomRotation", 360, 1), lambda value, *_: abs(value) / 360,
        ),
        Knob(
            "sideways", "Shift sideways", "RandomTranslation", 0, 1, "px", ("{} px to the left", "{} px to the right"),
            _pixels(1), lambda value, _height, width: abs(value) / width,
        ),
        Knob(
            "upright", "Shift up or down", "RandomTranslation", 0, 1, "px", ("{} px up", "{} px down"),
            _pixels(0), lambda value, height, _width: abs(value) / height,
        ),
        Knob(
            "zoom", "Zoom", "RandomZoom", 100, 1, "%", ("{} % of its size", "{} % of its size"),
            lambda _height, _width: tuple(map(float, SIZES)), lambda value, *_: abs(100 / value - 1),
        ),
        Knob(
            "blur", "Blur", "RandomGaussianBlur", 0, 0.05, "px", ("", "a blur of {} px"),
            _up(5.0), lambda value, *_: value,
        ),
        Knob(
            "noise", "Noise", "RandomGaussianNoise", 0, 1, "grey values", ("", "noise of {} grey values"),
            lambda _height, _width: tuple(float(round(128 * step / 20)) for step in range(21)),
            lambda value, *_: value / WHITE,
        ),
        Knob(
            "brightness", "Brightness", "RandomBrightness", 0, 1, "%", ("{} % darker", "{} % lighter"),
            _either_way("RandomBrightness", 100, 1), lambda value, *_: abs(value) / 100,
        ),
        Knob(
            "contrast", "Contrast", "RandomContrast", 1, 0.01, "times", ("contrast × {}", "contrast × {}"),
            lambda _height, _width: tuple(round(0.05 + 0.095 * step, 3) for step in range(21)),
            lambda value, *_: abs(value - 1),
        ),
    )
}  # fmt: skip
"""The changes, in the order in which they are set."""


def changed(image: np.ndarray, each: list[Strengths]) -> np.ndarray:
    """An image at several strengths: moved first, then lighter or darker, more or less contrast, blurred, with noise.

    Args:
        image: uint8 (height, width, channels), 0..255.
        each: of every image that is wanted.

    Returns:
        uint8 (N, height, width, channels), rounded as files are.
    """
    images = _moved(np.repeat(np.asarray(image, np.float32)[None], len(each), axis=0), each)
    light = _column(each, "brightness")[:, None, None, None] * WHITE / 100
    images = np.clip(images + light, 0, WHITE)
    mean = images.mean((1, 2), keepdims=True)
    images = np.clip((images - mean) * _column(each, "contrast")[:, None, None, None] + mean, 0, WHITE)
    images = _blurred(images, _column(each, "blur"))
    noise = np.random.default_rng(SEED).standard_normal(image.shape, np.float32)
    images = images + _column(each, "noise")[:, None, None, None] * noise
    return np.clip(np.rint(images), 0, WHITE).astype(np.uint8)


def _column(each: list[Strengths], name: str) -> np.ndarray:
    """One change of all: float32 (N,)."""
    return np.asarray([one.get(name, KNOBS[name].neutral) for one in each], np.float32)


def _moved(images: np.ndarray, each: list[Strengths]) -> np.ndarray:
    """Turned, shifted and zoomed by one look-up for each pixel, as training does it."""
    height, width = images.shape[1:3]
    parts = [
        -_column(each, "rotation") / 360 / MOST_TURNED,  # Keras turns to the left
        _column(each, "upright") / height / MOST_SHIFTED,
        _column(each, "sideways") / width / MOST_SHIFTED,
        (100 / _column(each, "zoom") - 1) / MOST_ZOOMED,
    ]
    if not any(part.any() for part in parts):
        return images
    moves = Movements(
        [
            RandomRotation(factor=MOST_TURNED),
            RandomTranslation(height_factor=MOST_SHIFTED, width_factor=MOST_SHIFTED),
            RandomZoom(height_factor=MOST_ZOOMED),
        ],
        SEED,
    )
    numbers = np.stack(parts, axis=1) / 2 + 0.5  # from -1..1 to the 0..1 that is drawn
    return np.asarray(moves.moved(images, numbers.astype(np.float32)))


def _blurred(images: np.ndarray, sigmas: np.ndarray) -> np.ndarray:
    """Each blurred by a bell of its own standard deviation in px; the edge goes on outside."""
    if not sigmas.any():
        return images
    from scipy.ndimage import gaussian_filter

    blurred = [
        gaussian_filter(image, (sigma, sigma, 0), mode="nearest") if sigma else image
        for image, sigma in zip(images, sigmas, strict=True)
    ]
    return np.stack(blurred)
