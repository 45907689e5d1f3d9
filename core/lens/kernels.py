"""What a network has learned to look for: the kernels of its convolutions."""

from typing import ClassVar

import numpy as np

from core.lens import Answer, Lens
from core.lens.network import Network


class Kernels(Lens):
    """The weights of every convolution, raw."""

    question: ClassVar[str] = "kernels"
    needs_pictures: ClassVar[bool] = False

    def look(self, network: Network, images: np.ndarray) -> Answer:
        """`layers` (name, kind of each convolution), and for the i-th `kernel_i` float32 (k, k, channels, filters), or
        (k, k, channels, multiplier) where channels are filtered alone, `pointwise_i` (1, 1, middle, filters) of a
        separable one, `bias_i` (maps,) where it has one."""
        answer: Answer = {"layers": []}
        for row, layer in zip(network.rows, network.layers, strict=True):
            weights = layer.get_weights()
            if not weights or weights[0].ndim != 4:
                continue
            i = len(answer["layers"])
            answer["layers"].append({"name": row.name, "kind": row.kind})
            answer[f"kernel_{i}"] = weights[0]
            for more in weights[1:]:
                answer[f"{'pointwise' if more.ndim == 4 else 'bias'}_{i}"] = more
        return answer
