"""A shift: from here on images of known classes look otherwise."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from core.phases.remedies import ClassNumbers, _Remedied
from core.problems import Problem
from core.spec import option

NOISE = 64.0
"""Standard deviation of what is added to a pixel of 0..255."""


def inverted(images: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Bright where they were dark: uint8 (N, height, width, channels)."""
    return 255 - images


def noisy(images: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """A normal number added to every pixel, the same for the same seed: uint8 (N, height, width, channels)."""
    shape = images.shape[1:]
    drawn = [np.random.default_rng([int(seed), 7]).standard_normal(shape, np.float32) for seed in seeds]
    noise = np.array(drawn, np.float32).reshape(images.shape)
    return np.clip(np.rint(images + NOISE * noise), 0, 255).astype(np.uint8)


def blurred(images: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Each pixel the mean of the 3x3 around it, at the border of those that are there as often as it is wide."""
    rows, columns = images.shape[1:3]
    wide = np.pad(images.astype(np.float32), ((0, 0), (1, 1), (1, 1), (0, 0)), "edge")
    nine = sum(wide[:, y : y + rows, x : x + columns] for y in range(3) for x in range(3))
    return np.rint(nine / 9).astype(np.uint8)


def edges(images: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """How much neighbours differ, to the right and downwards: uint8 (N, height, width, channels)."""
    whole = images.astype(np.float32)
    across = np.diff(whole, axis=2, append=whole[:, :, -1:])
    down = np.diff(whole, axis=1, append=whole[:, -1:])
    return np.clip(np.rint(np.hypot(across, down)), 0, 255).astype(np.uint8)


STYLES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "inverted": inverted,
    "noisy": noisy,
    "blurred": blurred,
    "edges": edges,
}


class ShiftedImages(_Remedied):
    """Shows images of known classes in another style from here on; both styles are tested in every epoch."""

    rank: ClassVar[int] = 40
    blurb: ClassVar[str] = "shifted images"

    style: Literal["inverted", "noisy", "blurred", "edges"] = option(
        "inverted", "How they look: bright and dark exchanged, with noise, without details, or as edges."
    )
    classes: ClassNumbers = option((), "Numbers of the classes that look otherwise; empty for all of them.")

    @classmethod
    def title(cls) -> str:
        return "Shifted images"

    def called(self, number: int) -> str:
        return "Old style" if number == 1 else f"{self.style.capitalize()} style"

    def learnt(self, labels: np.ndarray, train: np.ndarray, seed: int) -> np.ndarray:
        mine = self._mine(labels[train])
        return np.concatenate([train[~mine], self.rehearsed(labels, train[mine], seed)])

    def shifted(self, labels: np.ndarray, train: np.ndarray) -> np.ndarray:
        return train[self._mine(labels[train])]

    def restyled(self, images: np.ndarray, seeds: np.ndarray) -> np.ndarray:
        return STYLES[self.style](images, seeds)

    def _mine(self, labels: np.ndarray) -> np.ndarray:
        """Which labels are of classes that look otherwise."""
        return np.isin(labels, self.classes) if self.classes else np.ones(len(labels), bool)

    def trouble(self, nodes: Sequence[Any], classes: int) -> list[Problem]:
        if lost := sorted(one for one in self.classes if one >= classes):
            what = f"Shifted images: there is no class {lost[0]} in this dataset."
            return [Problem("training", what, f"Name classes from 0 to {classes - 1}, or none for all.")]
        return []
