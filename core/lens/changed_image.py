"""What a network says about one image that is changed further and further."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from core.lens import Lens, Place, Result
from core.lens.image_changes import KNOBS, Knob, Strengths, changed
from core.lens.network import Network
from core.spec import option

ROUNDS, PARTS = 4, 7
"""How often the space between two strengths is looked at closer to find where the answer changes, and in how many parts
it is cut each time: the widest has 45 steps."""
NEAREST = 3
"""Changes of the answer that are looked for so closely to either side, those nearest to the image as it is."""
Name = Literal["rotation", "sideways", "upright", "zoom", "blur", "noise", "brightness", "contrast"]


@dataclass(frozen=True, eq=False)
class Along(Result):
    """An image along one change, all others staying as they are set.

    Args:
        knob: name of the change.
        values: S strengths, ascending, in the unit of the knob.
        images: uint8 (S, height, width, channels), as the network saw them.
        probabilities: float32 (S, classes).
    """

    knob: str
    values: tuple[float, ...]
    images: np.ndarray
    probabilities: np.ndarray

    @property
    def answers(self) -> np.ndarray:
        """The class that each is taken for: int64 (S,)."""
        return self.probabilities.argmax(1)

    @property
    def neutral(self) -> int:
        """Place of the strength at which this change does nothing."""
        return self.values.index(KNOBS[self.knob].neutral)

    def first_flips(self) -> list[int]:
        """Places at which the answer first becomes another one than it is without this change: below and above."""
        answers, start = self.answers, self.neutral
        below = next((place for place in range(start - 1, -1, -1) if answers[place] != answers[start]), None)
        above = next((place for place in range(start + 1, len(answers)) if answers[place] != answers[start]), None)
        return [place for place in (below, above) if place is not None]


class ChangedImage(Lens):
    """Turn, shift, zoom, blur the image, or change its light, and see its probabilities follow."""

    question: ClassVar[str] = "changed_image"
    place: ClassVar[Place] = "break"
    rank: ClassVar[int] = 1

    along: Name = option("rotation", "Which change is tried at all strengths.", shown=False)
    rotation: float = option(0.0, "How far it is turned, to the right.", low=-180, high=180, unit="°", shown=False)
    sideways: float = option(0.0, "How far it is moved to the right.", unit="px", shown=False)
    upright: float = option(0.0, "How far it is moved down.", unit="px", shown=False)
    zoom: float = option(100.0, "Its size.", low=20, high=1000, unit="%", shown=False)
    blur: float = option(0.0, "Standard deviation of the bell that blurs.", low=0, high=5, unit="px", shown=False)
    noise: float = option(0.0, "Standard deviation of the noise.", low=0, high=128, unit="grey values", shown=False)
    brightness: float = option(0.0, "How much lighter it is.", low=-100, high=100, unit="%", shown=False)
    contrast: float = option(1.0, "How far grey values are drawn apart.", low=0.05, high=1.95, shown=False)

    @classmethod
    def title(cls) -> str:
        return "Change it"

    @property
    def strengths(self) -> dict[str, float]:
        """How strong each change is."""
        return {name: getattr(self, name) for name in KNOBS}

    def look(self, network: Network, images: np.ndarray) -> Along:
        image, knob = images[0], KNOBS[self.along]
        height, width = image.shape[:2]
        tried = set(knob.tried(height, width)) | {knob.neutral, self.strengths[self.along]}
        asked = _Asked(network, image, knob, self.strengths)
        asked.about(sorted(map(float, tried)))
        for _ in range(ROUNDS):
            between = asked.between_answers()
            if not between:
                break
            asked.about(between)
        values = tuple(sorted(asked.found))
        seen, shares = zip(*(asked.found[value] for value in values), strict=True)
        return Along(knob.name, values, np.stack(seen), np.stack(shares))


class _Asked:
    """The strengths that a network was asked about.

    Args:
        network: that answers.
        image: uint8 (height, width, channels).
        knob: of the change.
        others: how strong all changes are; that of the knob itself is passed over.
    """

    def __init__(self, network: Network, image: np.ndarray, knob: Knob, others: Strengths) -> None:
        self._network, self._image, self._knob, self._others = network, image, knob, others
        self.found: dict[float, tuple[np.ndarray, np.ndarray]] = {}

    def about(self, values: list[float]) -> None:
        """Asks about more strengths."""
        images = changed(self._image, [{**self._others, self._knob.name: value} for value in values])
        for value, image, shares in zip(values, images, self._network.answer(images)[1], strict=True):
            self.found[value] = image, shares

    def between_answers(self) -> list[float]:
        """Strengths between each two neighbours with different answers that stand further apart than a step."""
        values = sorted(self.found)
        answers = [self.found[value][1].argmax() for value in values]
        pairs = [
            (low, high)
            for low, high, one, other in zip(values, values[1:], answers, answers[1:], strict=False)
            if one != other
        ]
        below = [pair for pair in reversed(pairs) if pair[1] <= self._knob.neutral]
        above = [pair for pair in pairs if pair[0] >= self._knob.neutral]
        near = [self._between(*pair) for side in (below, above) for pair in side[:NEAREST]]
        return sorted({value for between in near for value in between} - set(self.found))

    def _between(self, low: float, high: float) -> list[float]:
        """Whole numbers of steps between two strengths."""
        step = self._knob.step
        parts = np.linspace(low, high, PARTS + 1)[1:-1]
        rounded = (round(round(float(part) / step) * step, 6) for part in parts)
        return [value for value in rounded if low + step / 2 < value < high - step / 2]
