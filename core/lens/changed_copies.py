"""Test-time augmentation: a network is asked about changed copies of an image, and its answers are averaged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from core import datasets
from core.augmentation import Augmentation
from core.augmentation.random_changes import RandomChanges
from core.experiment import Experiment
from core.lens import Lens, Place, Result
from core.lens.network import Network
from core.lens.of_set import OfSet
from core.lens.outline import Outline
from core.lens.progress import tell
from core.lens.results import Table
from core.spec import option
from core.words import counted, percent

SEED = 17
"""Of the draws: the same image gets the same copies in every network."""
SHIFT = 0.05
"""Part of the sides by which copies are shifted where the network was trained without augmentation: by whole pixels, as
anything between them would blur the copies too."""
MOST = 2_000
"""Images of a split that are asked about: each of them many times."""
PORTION, ROOM = 128, 100_000_000
"""Images that are changed at once, and bytes that their copies may take: fewer of large ones."""
LEAST = 1e-7
"""A probability is taken as at least that before its logarithm, as Keras does it."""


@dataclass(frozen=True, eq=False)
class CopiesAnswered(Result):
    """What a network says about an image and changed copies of it.

    Args:
        images: uint8 (N, height, width, channels), 0..255; the first is the image as it is.
        probabilities: float32 (N, classes), rows that sum to 1.
        changes: what changed the copies, in words.
        own: whether the network was trained with these changes.
    """

    images: np.ndarray
    probabilities: np.ndarray
    changes: tuple[str, ...]
    own: bool


class ChangedCopies(Lens):
    """The answers for changed copies of an image, and their mean."""

    question: ClassVar[str] = "changed_copies"
    place: ClassVar[Place] = "elsewhere"

    copies: int = option(16, "How many are averaged, the image as it is among them.", low=2, high=64, unit="copies")

    def look(self, network: Network, images: np.ndarray) -> CopiesAnswered:
        changes = changes_of(network.experiment)
        made = copies_of(images[:1], changes, self.copies)[:, 0]
        return CopiesAnswered(made, network.answer(made)[1], told(changes, images.shape), bool(changes))


class AnswersOfCopies(OfSet):
    """Whether the mean over changed copies of an image is right more often than the answer for the image alone."""

    question: ClassVar[str] = "answers_of_copies"
    rank: ClassVar[int] = 90

    copies: int = option(
        8,
        "Copies of each image, itself among them.",
        advice="If you see the loss still fall with the last copy, raise it; each copy costs as much as all images.",
        low=2,
        high=32,
        unit="copies",
    )

    @classmethod
    def title(cls) -> str:
        return "Test-time augmentation"

    def is_long(self, outline: Outline) -> bool:
        return True

    def look(self, network: Network, images: np.ndarray) -> Table:
        changes = changes_of(network.experiment)
        positions, labels, found = self._answers(network, changes)
        words = ", ".join(told(changes, (0, *network.facts.shape)))
        steps = np.cumsum(found, 0) / np.arange(1, self.copies + 1)[:, None, None]
        kept = sorted({1, *(2**power for power in range(1, 6) if 2**power < self.copies), self.copies})
        rows = tuple((_named(count), *_scores(steps[count - 1], labels)) for count in kept)
        return Table(("answered by", "accuracy", "loss"), rows, _note(len(positions), words, bool(changes), rows))

    def _answers(self, network: Network, changes: Sequence[Augmentation]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Positions and true classes of the images that are asked about, and float32 (copies, N, classes)."""
        experiment = network.experiment
        data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
        positions = _spread(data.positions(self.part), MOST)
        portion = max(1, min(PORTION, ROOM // (self.copies * prod(network.facts.shape))))
        found = []
        for start in range(0, len(positions), portion):
            tell(start, len(positions))
            made = copies_of(np.array(data.images[positions[start : start + portion]]), changes, self.copies, start)
            said = network.answer(made.reshape(-1, *made.shape[2:]))[1]
            found.append(said.reshape(self.copies, -1, said.shape[1]))
        classes = len(data.class_names)
        every = np.concatenate(found, 1) if found else np.zeros((self.copies, 0, classes), np.float32)
        return positions, data.labels[positions], every


def changes_of(experiment: Experiment) -> tuple[Augmentation, ...]:
    """What changes the copies: the augmentations that the run was trained with and that leave an image one image; none
    where there are no such, and copies are shifted."""
    return tuple(change for change in experiment.applied if not change.mixes)


def copies_of(images: np.ndarray, changes: Sequence[Augmentation], count: int, turn: int = 0) -> np.ndarray:
    """Copies of images, each changed by draws of its own.

    Args:
        images: uint8 (N, height, width, channels), 0..255.
        changes: which mix nothing; without any, copies are shifted by whole pixels.
        count: of each, the image as it is among them.
        turn: another one makes other draws.

    Returns:
        uint8 (count, N, height, width, channels); the first are the images as they are.
    """
    if not changes:
        return np.stack([images, *_shifted(images, count - 1, turn)])
    change = RandomChanges(changes, SEED + turn)
    made = [images]
    for _ in range(count - 1):
        changed = np.asarray(change(images.astype(np.float32)))
        made.append(np.clip(np.rint(changed), 0, 255).astype(np.uint8))
    return np.stack(made)


def _shifted(images: np.ndarray, count: int, turn: int) -> Iterator[np.ndarray]:
    """Images shifted by whole pixels, all of them alike, each time otherwise; the edge is continued outwards."""
    far = _far(images.shape)
    padded = np.pad(images, ((0, 0), (far[0], far[0]), (far[1], far[1]), (0, 0)), "edge")
    draw = np.random.default_rng([SEED, turn])
    for _ in range(count):
        top, left = (int(draw.integers(0, 2 * one + 1)) for one in far)
        yield padded[:, top : top + images.shape[1], left : left + images.shape[2]]


def _far(shape: Sequence[int]) -> tuple[int, int]:
    """How far images of a shape (N, height, width, channels) are shifted at most, in px down and across."""
    return max(1, round(SHIFT * shape[1])), max(1, round(SHIFT * shape[2]))


def told(changes: Sequence[Augmentation], shape: Sequence[int]) -> tuple[str, ...]:
    """What changes the copies of images of a shape, in words."""
    if changes:
        return tuple(f"{one.title()} {one.words()}" for one in changes)
    down, across = _far(shape)
    return (f"shifted by up to {down} px up or down and {across} px sideways",)


def _spread(positions: np.ndarray, most: int) -> np.ndarray:
    """At most so many, evenly."""
    return positions[np.linspace(0, len(positions) - 1, min(most, len(positions))).round().astype(int)]


def _named(count: int) -> str:
    """A row's name."""
    return "the image as it is" if count == 1 else f"the mean over {count} copies"


def _note(images: int, words: str, own: bool, rows: Sequence[tuple[str, float | None, float | None]]) -> str:
    """Whether copies help, and how they are changed."""
    alone, mean = rows[0][1], rows[-1][1]
    if alone is None or mean is None:
        return ""
    helped = "as often" if alone == mean else "more often" if mean > alone else "less often"
    why = "as in its training" if own else "as it was trained without augmentation"
    averaged = rows[-1][0].replace("the mean", "averaged", 1).capitalize()
    return (
        f"{averaged} it is right {helped}: {percent(mean, 1)} instead of {percent(alone, 1)} of "
        f"{counted(images, 'image')}. Each copy is changed anew: {words}, {why}."
    )


def _scores(probabilities: np.ndarray, labels: np.ndarray) -> tuple[float | None, float | None]:
    """Accuracy and mean cross-entropy; None without images."""
    if not len(labels):
        return None, None
    truth = probabilities[np.arange(len(labels)), labels]
    right = float(np.mean(probabilities.argmax(1) == labels))
    return round(right, 4), round(float(-np.log(np.maximum(truth, LEAST)).mean()), 4)
