"""Which classes a network takes for which: the confusion matrix."""

from typing import ClassVar

import numpy as np

from core.lens.network import Network
from core.lens.of_set import OfSet, answered
from core.lens.results import Matrix


class Confusion(OfSet):
    """How many images of each class are answered as each class; right answers lie on the diagonal."""

    question: ClassVar[str] = "confusion"
    rank: ClassVar[int] = 10

    @classmethod
    def title(cls) -> str:
        return "Confusion matrix"

    def look(self, network: Network, images: np.ndarray) -> Matrix:
        found, names = answered(network, self.part), network.facts.class_names
        counts = np.zeros((len(names), len(names)), np.float32)
        np.add.at(counts, (found.labels, found.chosen), 1)
        return Matrix(counts, names, names, "images", ("actual", "predicted"))
