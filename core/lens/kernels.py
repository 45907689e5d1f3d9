"""What a network has learned to look for: the kernels of its convolutions."""

from typing import Any, ClassVar

import numpy as np

from core.lens import Answer, Lens
from core.lens.network import Network
from core.spec import option


class Kernels(Lens):
    """The weights of every convolution, raw."""

    question: ClassVar[str] = "kernels"
    needs_images: ClassVar[bool] = False

    filters: int = option(64, "Largest number of filters shown of each layer.", low=1, high=1024, unit="filters")
    channels: int = option(64, "Largest number of input maps shown of each filter.", low=1, high=1024, unit="maps")

    def look(self, network: Network, images: np.ndarray) -> Answer:
        """`layers` (name, kind, full shape of the kernel), and for the i-th convolution, its first channels and filters
        as far as the limits allow: `kernel_i` float32 (k, k, channels, filters), or (k, k, channels, multiplier) where
        channels are filtered alone, `pointwise_i` (1, 1, channels * multiplier, filters) of a separable one, `bias_i`
        (maps,) where it has one."""
        answer: Answer = {"layers": []}
        for row, layer in zip(network.rows, network.layers, strict=True):
            weights = layer.get_weights()
            if not weights or weights[0].ndim != 4:
                continue
            i = len(answer["layers"])
            kernel, multiplier = weights[0], weights[0].shape[3]
            answer["layers"].append({"name": row.name, "kind": row.kind, "shape": list(kernel.shape)})
            answer[f"kernel_{i}"] = kernel[:, :, : self.channels, : self.filters]
            for more in weights[1:]:
                if more.ndim == 4:
                    answer[f"pointwise_{i}"] = more[:, :, : self.channels * multiplier, : self.filters]
                else:
                    answer[f"bias_{i}"] = more
        return answer


def as_planes(kernels: dict[str, Any], i: int) -> np.ndarray:
    """The i-th convolution's kernels as float32 (filters, channels, k, k).

    A separable convolution equals one with the kernel depthwise times pointwise; one that filters channels alone has
    one channel for each of its maps.
    """
    kernel = kernels[f"kernel_{i}"]  # (k, k, channels, filters or multiplier)
    size, _, channels, last = kernel.shape
    if f"pointwise_{i}" in kernels:
        mixing = kernels[f"pointwise_{i}"].reshape(channels, last, -1)
        return np.einsum("yxcm,cmf->fcyx", kernel, mixing)
    if kernels["layers"][i]["kind"] == "DepthwiseConv2D":
        return np.moveaxis(kernel.reshape(size, size, channels * last), -1, 0)[:, None]
    return np.transpose(kernel, (3, 2, 0, 1))
