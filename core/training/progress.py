"""How far a training is: its place, the score of the epoch in progress, and a chunk told as a few points."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

POINTS_PER_CHUNK = ((200, 24), (2000, 4), (math.inf, 1))
"""A chunk is told as at most so many means, up to a number of records: short runs in detail, long ones in little."""


@dataclass
class Score:
    """Loss and accuracy over images seen so far, each image weighing the same."""

    images: int = 0
    loss_sum: float = 0.0
    right: int = 0

    def add(self, images: int, losses: Iterable[float], right: int) -> None:
        """Takes in a chunk.

        Args:
            images: in all its batches.
            losses: of each batch, its images together; added one by one, so that the total has the same last bits
                however an epoch was cut into chunks.
            right: images answered right.
        """
        self.images += images
        for loss in losses:
            self.loss_sum += loss
        self.right += right

    @property
    def loss(self) -> float:
        """Mean loss per image."""
        return self.loss_sum / self.images

    @property
    def accuracy(self) -> float:
        """Share of images answered right, 0..1."""
        return self.right / self.images


@dataclass
class Progress:
    """What a training must know, beside its arrays, to go on where it was.

    Args:
        epoch, batch: epochs finished, and batches of the next one.
        step: batches from the start.
        factor: what the schedule's learning rate is multiplied with, by the user or by a rule.
        seconds: spent training and validating.
        trained_images, trained_seconds: the pace, compilation left out.
        score: of the epoch in progress.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    factor: float = 1.0
    seconds: float = 0.0
    trained_images: int = 0
    trained_seconds: float = 0.0
    score: Score = None

    def __post_init__(self) -> None:
        self.score = Score(**self.score) if isinstance(self.score, dict) else self.score or Score()


def batch_sizes(images: int, batch_size: int) -> np.ndarray:
    """float64 (steps,): images in each batch of a chunk; the last may hold fewer."""
    sizes = np.full(math.ceil(images / batch_size), float(batch_size))
    sizes[-1] = images - batch_size * (len(sizes) - 1)
    return sizes


def points(step: int, losses: np.ndarray, rights: np.ndarray, sizes: np.ndarray, most: int) -> dict[str, list]:
    """The steps of a chunk as at most so many means: step (the last of each), loss, accuracy 0..1."""
    groups = np.array_split(np.arange(len(losses)), min(len(losses), most))
    return {
        "step": [step + int(g[-1]) + 1 for g in groups],
        "loss": [float(np.average(losses[g], weights=sizes[g])) for g in groups],
        "accuracy": [float(rights[g].sum() / sizes[g].sum()) for g in groups],
    }
