"""The images that are hardest for a network, wrong ones that it is sure of, right ones that it is not sure of."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from core.lens import Result
from core.lens.network import Network
from core.lens.of_set import Answered, OfSet, answered
from core.lens.scoring import as_logits, losses
from core.spec import option

MOST = 600
"""Images that are told: ten pages."""
LOSS, SURE, UNSURE = "highest loss", "surest mistakes", "right but unsure"


@dataclass(frozen=True, eq=False)
class HardestImages(Result):
    """The hardest images of a split, the hardest first.

    Args:
        which: in what sense.
        positions: int64 (N,), in the dataset.
        losses: float64 (N,), the cross-entropy of each.
        of: images of the split.
        share: 0..1, their part of the whole loss.
        part: the split.
    """

    which: str
    positions: np.ndarray
    losses: np.ndarray
    of: int
    share: float
    part: str


class Hardest(OfSet):
    """The images that are hardest for it: a wrong label is often among the first."""

    question: ClassVar[str] = "hardest"
    rank: ClassVar[int] = 50

    which: Literal["highest loss", "surest mistakes", "right but unsure"] = option(LOSS, "In what sense they are hard.")

    @classmethod
    def title(cls) -> str:
        return "Hardest"

    def look(self, network: Network, images: np.ndarray) -> HardestImages:
        found = answered(network, self.part)
        each = losses(as_logits(found.logits, found.probabilities), found.labels)
        rows = self._rows(found, each)[:MOST]
        whole = each.sum()
        share = float(each[rows].sum() / whole) if whole > 0 else 0.0
        return HardestImages(self.which, found.positions[rows], each[rows], len(each), share, self.part)

    def _rows(self, found: Answered, each: np.ndarray) -> np.ndarray:
        """Rows of the answers, the hardest first."""
        sure, is_right = found.probabilities.max(1, initial=0), found.chosen == found.labels
        if self.which == LOSS:
            return np.argsort(-each, kind="stable")
        rows = np.flatnonzero(is_right == (self.which == UNSURE))
        return rows[np.argsort(sure[rows] if self.which == UNSURE else -sure[rows], kind="stable")]
