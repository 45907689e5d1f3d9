"""Whether a network is as sure as it is right, and the temperature that makes it so."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.lens import Result
from core.lens.network import Network
from core.lens.of_set import OfSet, answered
from core.lens.scoring import as_logits, losses, softmax, temperature


@dataclass(frozen=True, eq=False)
class Calibration(Result):
    """How sure the answers for N images of a split are, as they are and at the best temperature.

    Args:
        positions: int64 (N,), in the dataset.
        is_right: bool (N,); no temperature changes it.
        before, after: float32 (N,), 0..1, the probability of each answered class.
        temperature: that all logits are divided by, which makes the loss of the validation images least.
        losses: the mean cross-entropy of the N, before and after.
        part: the split.
    """

    positions: np.ndarray
    is_right: np.ndarray
    before: np.ndarray
    after: np.ndarray
    temperature: float
    losses: tuple[float, float]
    part: str


class HowSure(OfSet):
    """Whether a network that is 90 % sure is right in 90 of 100 cases, and the temperature that mends it."""

    question: ClassVar[str] = "calibration"
    rank: ClassVar[int] = 40

    @classmethod
    def title(cls) -> str:
        return "Calibration"

    def look(self, network: Network, images: np.ndarray) -> Calibration:
        found, judged = answered(network, self.part), answered(network)
        best = temperature(as_logits(judged.logits, judged.probabilities), judged.labels)
        logits = as_logits(found.logits, found.probabilities)
        each = [losses(logits / degree, found.labels) for degree in (1.0, best)]
        means = tuple(float(one.mean()) if len(one) else 0.0 for one in each)
        before, after = (softmax(logits / degree).max(1, initial=0) for degree in (1.0, best))
        is_right = found.chosen == found.labels
        return Calibration(
            found.positions, is_right, before.astype(np.float32), after.astype(np.float32), best, means, self.part
        )
