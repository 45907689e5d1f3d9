"""One class against the rest: what a threshold for its probability takes, and what it leaves."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.lens import Outline, Result
from core.lens.network import Network
from core.lens.of_set import OfSet, answered
from core.spec import option


@dataclass(frozen=True, eq=False)
class OneAgainstRest(Result):
    """How much each of N images of a split is for one class.

    Args:
        name: of the class.
        classes: how many there are.
        positions: int64 (N,), in the dataset.
        scores: float32 (N,), 0..1, the probability of the class.
        is_class: bool (N,), whether it is of it.
        part: the split.
    """

    name: str
    classes: int
    positions: np.ndarray
    scores: np.ndarray
    is_class: np.ndarray
    part: str


class Threshold(OfSet):
    """One class against the rest: what a threshold for its probability takes and leaves, for every threshold."""

    question: ClassVar[str] = "threshold"
    rank: ClassVar[int] = 30

    target: str = option("", "The class that is told from the rest.")

    @classmethod
    def title(cls) -> str:
        return "ROC and threshold"

    @classmethod
    def choices(cls, outline: Outline) -> dict[str, tuple[str, ...]]:
        names = outline.facts.class_names
        return {"target": names[::-1] if len(names) == 2 else names}  # of two, the second is what a sigmoid is for

    def look(self, network: Network, images: np.ndarray) -> OneAgainstRest:
        found, names = answered(network, self.part), network.facts.class_names
        at = names.index(self.target)
        scores = found.probabilities[:, at]
        return OneAgainstRest(self.target, len(names), found.positions, scores, found.labels == at, self.part)
