"""What every layer makes of one picture."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.build.model import SCALING
from core.lens import Lens, Place, Result
from core.lens.last_sum import last_sum
from core.lens.network import LOGITS, Network
from core.spec import option

BUDGET = 1_500_000
"""Values that one answer may hold: 6 MB as float32, which a browser takes in well under a second."""


@dataclass(frozen=True, eq=False)
class LayerMaps(Result):
    """A whole network for one picture.

    Args:
        layers: for each its `name`, `kind`, `words`, full `shape`, and `values` float32 (height, width, maps) or (n,):
            the first maps, or the first values of a flat layer.
        pixels: uint8 (height, width, channels), 0..255, as the network saw them.
        scaled: float32 (height, width, channels), 0..1.
        logits: float32 (units,); None for a network that has none.
        probabilities: float32 (classes,).
        last_sum: how the logits come about, see `core.lens.last_sum`; None where that can't be told.
    """

    layers: tuple[dict[str, Any], ...]
    pixels: np.ndarray
    scaled: np.ndarray
    logits: np.ndarray | None
    probabilities: np.ndarray
    last_sum: dict[str, Any] | None = None


class FeatureMaps(Lens):
    """The output of every layer for one picture, from the scaled pixels to the probabilities."""

    question: ClassVar[str] = "feature_maps"
    place: ClassVar[Place] = "overview"
    rank: ClassVar[int] = 10

    maps: int = option(64, "Largest number of maps shown of each layer.", low=1, high=1024, unit="maps")
    values: int = option(16_384, "Largest number of values shown of each flat layer.", low=1, high=100_000)

    def look(self, network: Network, images: np.ndarray) -> LayerMaps:
        names = [row.name for row in network.rows]
        found = network.outputs(images[:1], [SCALING, *names, *([LOGITS] if network.has_logits else [])])
        logits = found[LOGITS][0] if network.has_logits else None
        probabilities = np.asarray(network.per_class(found[names[-1]]))[0]
        drawn = [_drawable(found[name][0]) for name in names]
        most = self._maps_within_budget(drawn)
        layers = tuple(
            {
                "name": row.name,
                "kind": row.kind,
                "words": row.layer.words(),
                "shape": list(values.shape),
                "values": self._shown(values, most),
            }
            for row, values in zip(network.rows, drawn, strict=True)
        )
        last = last_sum(network, found) if logits is not None else None
        return LayerMaps(layers, images[0], found[SCALING][0], logits, probabilities, last)

    def _maps_within_budget(self, maps: list[np.ndarray]) -> int:
        """How many maps of every layer may be shown."""
        most = self.maps
        while most > 1 and sum(self._shown(values, most).size for values in maps) > BUDGET:
            most //= 2
        return most

    def _shown(self, values: np.ndarray, most: int) -> np.ndarray:
        """The first maps, or the first values of a flat layer."""
        return values[..., :most] if values.ndim == 3 else values[: self.values]


def _drawable(values: np.ndarray) -> np.ndarray:
    """Maps as they are; anything else laid out in one row."""
    return values if values.ndim == 3 else values.reshape(-1)
