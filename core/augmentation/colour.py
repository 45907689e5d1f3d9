"""Augmentations that leave every pixel in its place and change its value."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np

from core.augmentation import Augmentation, Drawn, number, upper
from core.problems import ALONE, Context, Problem
from core.spec import option

WHITE = 255
HUES = "red orange yellow green cyan turquoise blue violet purple magenta pink brown"
COLOURS = tuple(HUES.split())
"""Names of colours that hue decides."""


class _Colour(Augmentation):
    """What works on the colour of a picture: a grey one has none."""

    def problems(self, context: Context) -> list[Problem]:
        if context.facts.shape[2] == 1:
            what = f"{self.kind}: these pictures are grey, and have no colour to change."
            return [Problem("augmentation", what, "Switch it off, or keep the colours on the Data page.")]
        return super().problems(context)


class RandomBrightness(Augmentation):
    """Makes the picture lighter or darker."""

    keras: ClassVar[str] = "layers.RandomBrightness"
    family: ClassVar[str] = "Colours"
    rank: ClassVar[int] = 6
    passes: ClassVar[float] = 0.3
    either_way: ClassVar[tuple[str, ...]] = ("factor",)

    factor: float = option(
        0.15,
        "Largest change, as a part of the range from black to white.",
        advice="If pictures wash out, lower it.",
        low=0.0,
        high=1.0,
    )

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        share = number(drawn, "rgb_delta", place) / WHITE
        return f"{abs(share):.0%} {'lighter' if share > 0 else 'darker'}"

    def tells(self) -> Mapping[str, str]:
        dark, light = "made darker, what is light looks dark", "made lighter, what is dark looks light"
        return dict.fromkeys(("light", "bright", "white", "day"), dark) | dict.fromkeys(
            ("dark", "black", "night"), light
        )

    def words(self) -> str:
        return f"±{self.factor:.0%}"


class RandomContrast(Augmentation):
    """Draws grey values apart or together."""

    keras: ClassVar[str] = "layers.RandomContrast"
    family: ClassVar[str] = "Colours"
    rank: ClassVar[int] = 7
    passes: ClassVar[float] = 1.0
    either_way: ClassVar[tuple[str, ...]] = ("factor",)

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

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        return f"contrast × {number(drawn, 'contrast_factor', place):.2f}"

    def words(self) -> str:
        return f"±{self.factor:.0%}"


class RandomHue(_Colour):
    """Turns the colours round the colour circle."""

    keras: ClassVar[str] = "layers.RandomHue"
    family: ClassVar[str] = "Colours"
    rank: ClassVar[int] = 8
    either_way: ClassVar[tuple[str, ...]] = ("factor",)
    passes: ClassVar[float] = 4.0

    factor: float = option(
        0.1,
        "Largest turn of the colours either way, as a part of half a circle; 1 turns red into cyan.",
        advice="If colour tells your classes apart, leave it out.",
        low=0.0,
        high=1.0,
    )

    @classmethod
    def of_keras(cls, name: str, value: Any) -> Any:
        return upper(value) if name == "factor" else value

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        return f"colours turned by {360 * number(drawn, 'factor', place):+.0f}°"

    def tells(self) -> Mapping[str, str]:
        if self.factor <= 0.1:
            return {}
        return {one: f"what is {one} gets another colour" for one in COLOURS}

    def words(self) -> str:
        return f"±{self.factor * 180:.0f}°"


class RandomSaturation(_Colour):
    """Makes colours paler or stronger."""

    keras: ClassVar[str] = "layers.RandomSaturation"
    family: ClassVar[str] = "Colours"
    rank: ClassVar[int] = 9
    passes: ClassVar[float] = 4.0

    factor: float = option(
        0.3,
        "Largest change: Keras counts from 0 (grey) over 0.5 (as it is) to 1; half of it is drawn either side of 0.5.",
        advice="If pictures turn grey, lower it.",
        low=0.0,
        high=1.0,
    )

    def keras_arguments(self) -> dict[str, Any]:
        """Either side of what leaves a picture as it is; saturation itself has 1 for its largest value."""
        sides = (round(0.5 - self.factor / 2, 6), round(0.5 + self.factor / 2, 6))
        return super().keras_arguments() | {"factor": sides, "value_range": (0, 1)}

    @classmethod
    def of_keras(cls, name: str, value: Any) -> Any:
        if name != "factor" or not isinstance(value, list):
            return value
        return round(value[1] - value[0], 6) if len(value) == 2 and abs(sum(value) - 1) < 1e-6 else None

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        times = number(drawn, "factor", place)
        return f"saturation × {times:.2f}" if times < 100 else "saturation at its largest"

    def words(self) -> str:
        low, high = 0.5 - self.factor / 2, 0.5 + self.factor / 2
        return f"× {low / high:.2g} to {high / low:.2g}" if low > 0 else "from grey to the strongest colours"


class RandomGaussianNoise(Augmentation):
    """Adds to every value a random number of its own, as a camera does in the dark."""

    family: ClassVar[str] = "Sharpness and noise"
    rank: ClassVar[int] = 10
    passes: ClassVar[float] = 3.0
    rungs: ClassVar[tuple[float, ...]] = (0.0, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)

    stddev: float = option(
        0.05,
        "Standard deviation of the noise, as a part of the range from black to white.",
        advice="If you can't make out the thing any more, lower it.",
        low=0.0,
        high=0.5,
    )

    def build(self, seed: int | None = None) -> Any:
        """Keras' GaussianNoise is for values 0..1: pixels are brought there and back, and cut at black and white."""
        import keras

        noise = keras.layers.GaussianNoise(self.stddev, seed=seed)
        around = (keras.layers.Rescaling(1 / WHITE), noise, keras.layers.Rescaling(WHITE))
        return keras.layers.Pipeline([*around, keras.layers.ReLU(max_value=WHITE)])

    def source(self, context: Context = ALONE) -> str:
        return self._line(f"{self.stddev!r}")

    def seeded(self, seed: str) -> str:
        return self._line(f"{self.stddev!r}, seed={seed}")

    def _line(self, arguments: str) -> str:
        noise = f"layers.Rescaling(1 / {WHITE}), layers.GaussianNoise({arguments}), layers.Rescaling({WHITE})"
        return f"layers.Pipeline([{noise}, layers.ReLU(max_value={WHITE})])"

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        return f"noise of {WHITE * self.stddev:.0f} grey values" if self.stddev else ""

    def words(self) -> str:
        return f"{self.stddev:.0%}"


class RandomGaussianBlur(Augmentation):
    """Blurs the picture, as a lens that is out of focus."""

    keras: ClassVar[str] = "layers.RandomGaussianBlur"
    family: ClassVar[str] = "Sharpness and noise"
    rank: ClassVar[int] = 11
    strengths: ClassVar[tuple[str, ...]] = ("sigma",)
    passes: ClassVar[float] = 2.0

    factor: float = option(
        0.5,
        "How often: the part of the pictures that is blurred.",
        advice="If the network should also see sharp pictures, stay below 1.",
        low=0.0,
        high=1.0,
    )
    sigma: float = option(
        1.0,
        "Standard deviation of the bell that blurs, at most, in px; each batch draws its own, height and width apart.",
        advice="If small things vanish, lower it.",
        low=0.0,
        high=5.0,
        unit="px",
    )
    kernel_size: Literal[3, 5, 7, 9, 11, 15, 21] = option(
        5,
        "Side of the kernel in px; a bell of one sigma needs four times that.",
        advice="If a larger sigma blurs no more, raise it.",
    )

    def keras_arguments(self) -> dict[str, Any]:
        """Both ends: of a single factor Keras draws a chance of its own for each picture, half of it on average."""
        return super().keras_arguments() | {"factor": (self.factor, self.factor), "sigma": (0.0, self.sigma)}

    @classmethod
    def of_keras(cls, name: str, value: Any) -> Any:
        if name == "sigma" and not isinstance(value, list):
            return value if value <= 1 else None  # Keras takes no larger one by itself, only as the end of a pair
        return upper(value) if name == "sigma" else value

    def at(self, value: float) -> "RandomGaussianBlur":
        """Every picture, with a kernel that holds the bell."""
        kernel = next(one for one in self.options()["kernel_size"].choices if one >= 4 * value + 1)
        return self.edited(on=True, factor=1.0, sigma=value, kernel_size=kernel)

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        across, down = np.asarray(drawn["blur_factor"])
        return f"blurred by {across:.1f} x {down:.1f} px" if np.asarray(drawn["should_apply_blur"])[place] else ""

    def tells(self) -> Mapping[str, str]:
        return {"sharp": "blurred, what is sharp is sharp no more"}

    def words(self) -> str:
        return f"up to {self.sigma:g} px, {self.factor:.0%} of pictures"
