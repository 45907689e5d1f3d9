"""What every layer makes of one picture."""

from typing import ClassVar

import numpy as np

from core.lens import Answer, Lens
from core.lens.network import Network
from core.spec import option

BUDGET = 1_500_000
"""Values that one answer may hold: 6 MB as float32, which a browser takes in well under a second."""


class FeatureMaps(Lens):
    """The output of every layer for one picture, from the scaled pixels to the probabilities."""

    question: ClassVar[str] = "feature_maps"

    maps: int = option(64, "Largest number of maps shown of each layer.", low=1, high=1024, unit="maps")
    values: int = option(16_384, "Largest number of values shown of each flat layer.", low=1, high=100_000)

    def look(self, network: Network, images: np.ndarray) -> Answer:
        """`layers` (name, kind, words, shape of each), `map_0` ... float32 (H, W, maps) or (n,), the first maps of each
        as far as the limits allow, `input` float32 (H, W, C) 0..1, `logits` float32 (1, units), `probabilities`
        float32 (1, classes)."""
        scaled, maps = network.everything(images[:1])
        # What the head reads is the output of the layer before it, or the pixels themselves when it stands alone.
        read = maps[-2] if len(maps) > 1 else scaled
        layers = [
            {"name": row.name, "kind": row.kind, "words": row.layer.words(), "shape": list(values.shape[1:])}
            for row, values in zip(network.rows, maps, strict=True)
        ]
        most = self._maps_within_budget(maps)
        return {
            "layers": layers,
            "input": scaled[0],
            "logits": network.logits(read),
            "probabilities": network.per_class(maps[-1]),
            **{f"map_{i}": self._shown(values[0], most) for i, values in enumerate(maps)},
        }

    def _maps_within_budget(self, maps: list[np.ndarray]) -> int:
        """How many maps of every layer may be shown."""
        most = self.maps
        while most > 1 and sum(self._shown(values[0], most).size for values in maps) > BUDGET:
            most //= 2
        return most

    def _shown(self, values: np.ndarray, most: int) -> np.ndarray:
        """The first maps, or the first values of a flat layer."""
        return values[..., :most] if values.ndim == 3 else values[: self.values]
