"""How far the weights of each layer moved since a phase of the run began."""

from typing import ClassVar

import numpy as np

from core.build.weights import of_layer
from core.errors import UserError
from core.experiment.stages import stages
from core.lens import Compatibility, Lens, Outline
from core.lens.network import Network
from core.lens.results import Bars
from core.spec import option

STATISTICS = ("moving_mean", "moving_variance")
"""What batch normalization notes; it is no weight."""


class WeightsMoved(Lens):
    """How far the weights of each layer moved: the length of their change, as a share of their own length before."""

    question: ClassVar[str] = "weights_moved"
    needs_images: ClassVar[bool] = False
    through_time: ClassVar[bool] = True

    since: str = option(
        "",
        "The epoch from which on it is counted.",
        advice="After fine-tuning, the last epoch before it: only layers that were let learn have moved since.",
    )

    @classmethod
    def title(cls) -> str:
        return "How far the weights moved"

    @classmethod
    def is_compatible(cls, outline: Outline) -> Compatibility:
        return Compatibility("" if any(row.parameters for row in outline.trace.rows) else "No layer of it has weights.")

    @classmethod
    def choices(cls, outline: Outline) -> dict[str, tuple[str, ...]]:
        borders = [str(stage.first) for stage in stages(outline.experiment)[1:]]
        return {"since": tuple(dict.fromkeys([*reversed(borders), "1"]))}

    def look(self, network: Network, images: np.ndarray) -> Bars:
        kept = {epoch: weights for epoch, weights in network.moments() if epoch >= int(self.since or 1)}
        if len(kept) < 2:
            what = f"Since epoch {self.since or 1} no other one is kept: nothing has moved yet."
            raise UserError(what, "Choose an earlier epoch, or look again later.", "LENS_ONE_EPOCH")
        before, after = kept[min(kept)], kept[max(kept)]
        named = [(row.name, distance(of_layer(before, row.name), of_layer(after, row.name))) for row in network.rows]
        found = [(name, moved) for name, moved in named if moved is not None]
        measure = f"moved from epoch {min(kept)} to {max(kept)}, share of its length"
        return Bars(
            np.array([moved for _, moved in found], np.float32), tuple(name for name, _ in found), measure, "layer"
        )


def distance(before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> float | None:
    """|after - before| / |before| over all weights of a layer; None where it has none.

    Args:
        before, after: float32 arrays by Keras' names; statistics of batch normalization are left out.
    """
    names = [name for name in before if name not in STATISTICS]
    if not names:
        return None
    moved = sum(float(np.sum((after[name].astype(float) - before[name]) ** 2)) for name in names)
    length = sum(float(np.sum(before[name].astype(float) ** 2)) for name in names)
    return float(np.sqrt(moved / length)) if length else float(np.sqrt(moved))
