"""Precision, recall and F1 of each class."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.lens.confusion import Confusion, ConfusionMatrix
from core.lens.network import Network


@dataclass(frozen=True, eq=False)
class Scorecard(ConfusionMatrix):
    """The answers for the images of a split, read class by class: `core.lens.scoring.Scores` of its counts."""


class ClassByClass(Confusion):
    """How many of a class are found, and how many answers that name it are right: precision, recall and F1."""

    question: ClassVar[str] = "class_scores"
    rank: ClassVar[int] = 20

    @classmethod
    def title(cls) -> str:
        return "Scores"

    def look(self, network: Network, images: np.ndarray) -> Scorecard:
        return Scorecard(**vars(super().look(network, images)))
