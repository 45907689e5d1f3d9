"""Ways of looking at what a network says about many images at once: all of one split."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from core import datasets
from core.lens import Lens, Place, Result
from core.lens.network import Network
from core.lens.outline import Outline
from core.lens.progress import tell
from core.spec import option

PORTION = 1_000
"""Images that are read at once: of large ones 70 MB."""
MOMENT = 10**10
"""Multiply-adds in about a second of a slow core."""
Part = Literal["validation", "train", "test"]
"""Which images: those that are judged by, those that were learnt from, those that were kept apart."""


@dataclass(frozen=True, eq=False)
class Answered:
    """What a network says about the images of one split.

    Args:
        positions: int64 (N,), in the dataset.
        labels: int64 (N,), the true classes.
        logits: float32 (N, units); None for a network that has none.
        probabilities: float32 (N, classes), rows that sum to 1.
    """

    positions: np.ndarray
    labels: np.ndarray
    logits: np.ndarray | None
    probabilities: np.ndarray

    @property
    def chosen(self) -> np.ndarray:
        """The class that each answer names: int64 (N,)."""
        return self.probabilities.argmax(1)


def answered(network: Network, part: Part = "validation") -> Answered:
    """Asks a network about all images of a split; what it said is kept as long as it is open."""
    if part not in network.kept:
        network.kept[part] = _asked(network, part)
    return network.kept[part]


def _asked(network: Network, part: Part) -> Answered:
    experiment = network.experiment
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    positions = data.positions(part)
    logits, probabilities = [], [np.zeros((0, len(data.class_names)), np.float32)]
    for start in range(0, len(positions), PORTION):
        tell(start, len(positions))
        sums, shares = network.answer(np.array(data.images[positions[start : start + PORTION]]))
        probabilities.append(shares)
        if sums is not None:
            logits.append(sums)
    return Answered(
        positions,
        data.labels[positions],
        np.concatenate(logits) if logits else None,
        np.concatenate(probabilities),
    )


class OfSet(Lens):
    """A way of looking at the answers for all images of a split."""

    needs_images: ClassVar[bool] = False
    place: ClassVar[Place] = "set"

    part: Part = option("validation", "Which images are asked about.", shown=False)

    def is_long(self, outline: Outline) -> bool:
        share = outline.experiment.training.validation_split if self.part == "validation" else 1.0
        return outline.trace.multiply_adds * outline.facts.count * (share or 1.0) > MOMENT

    @abstractmethod
    def look(self, network: Network, images: np.ndarray) -> Result: ...
