"""What a network says of each image of a split, in short: the class, how sure it is, what it gives to the truth."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.lens import Place, Result
from core.lens.network import Network
from core.lens.of_set import OfSet, answered


@dataclass(frozen=True, eq=False)
class Said(Result):
    """The answers for N images.

    Args:
        positions: int64 (N,), in the dataset.
        labels: int64 (N,), the true classes.
        chosen: int64 (N,), the classes that are answered.
        confidence: float32 (N,), 0..1, the probability of the answered class.
        truth: float32 (N,), 0..1, the probability of the true class.
    """

    positions: np.ndarray
    labels: np.ndarray
    chosen: np.ndarray
    confidence: np.ndarray
    truth: np.ndarray

    @classmethod
    def of(cls, positions: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> "Said":
        """In short what float32 (N, classes) say at length."""
        chosen, each = probabilities.argmax(1), np.arange(len(labels))
        return cls(positions, labels, chosen, probabilities[each, chosen], probabilities[each, labels])

    def at(self, positions: np.ndarray) -> "Said":
        """Of some of the images, in this order; those that are not among the N are left out."""
        order = np.argsort(self.positions, kind="stable")
        known = positions[np.isin(positions, self.positions)]
        rows = order[np.searchsorted(self.positions, known, sorter=order)]
        return Said(*(values[rows] for values in vars(self).values()))


class SaidOfEach(OfSet):
    """The answers for all images of a split, in short, in the order in which the dataset holds them."""

    question: ClassVar[str] = "said"
    place: ClassVar[Place] = "elsewhere"

    def look(self, network: Network, images: np.ndarray) -> Said:
        found = answered(network, self.part)
        return Said.of(found.positions, found.labels, found.probabilities)
