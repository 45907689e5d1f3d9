"""What every layer makes of one picture."""

from typing import ClassVar

import numpy as np

from core.lens import Answer, Lens
from core.lens.network import Network


class FeatureMaps(Lens):
    """The output of every layer for one picture, from the scaled pixels to the probabilities."""

    question: ClassVar[str] = "feature_maps"

    def look(self, network: Network, images: np.ndarray) -> Answer:
        """`layers` (name, kind, words of each), `map_0` ... float32 (H, W, C) or (n,), `input` float32 (H, W, C) 0..1,
        `logits` float32 (1, units), `probabilities` float32 (1, classes)."""
        scaled, maps = network.everything(images[:1])
        # What the head reads is the output of the layer before it, or the pixels themselves when it stands alone.
        read = maps[-2] if len(maps) > 1 else scaled
        layers = [{"name": row.name, "kind": row.kind, "words": row.layer.words()} for row in network.rows]
        return {
            "layers": layers,
            "input": scaled[0],
            "logits": network.logits(read),
            "probabilities": network.per_class(maps[-1]),
            **{f"map_{i}": values[0] for i, values in enumerate(maps)},
        }
