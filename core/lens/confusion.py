"""Which classes a network takes for which: the confusion matrix."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.figures.film import Shot
from core.lens import Result
from core.lens.network import Network
from core.lens.of_set import OfSet, answered
from core.lens.scoring import confusion


@dataclass(frozen=True, eq=False)
class ConfusionMatrix(Result):
    """The answers for N images of a split, and how often each class is taken for each.

    Args:
        counts: int64 (C, C), rows actual, columns predicted.
        names: C words.
        positions: int64 (N,), in the dataset.
        labels, chosen: int64 (N,), the true and the answered classes.
        part: the split.
    """

    counts: np.ndarray
    names: tuple[str, ...]
    positions: np.ndarray
    labels: np.ndarray
    chosen: np.ndarray
    part: str

    def shots(self) -> dict[str, Shot]:
        return {"images": Shot(self.counts[None].astype(np.float32), rows=self.names, beside=self.names)}


class Confusion(OfSet):
    """How many images of each class are answered as each class; right answers lie on the diagonal."""

    question: ClassVar[str] = "confusion"
    rank: ClassVar[int] = 10

    @classmethod
    def title(cls) -> str:
        return "Confusion matrix"

    def look(self, network: Network, images: np.ndarray) -> ConfusionMatrix:
        found, names = answered(network, self.part), network.facts.class_names
        counts = confusion(found.labels, found.chosen, len(names))
        return ConfusionMatrix(counts, names, found.positions, found.labels, found.chosen, self.part)
