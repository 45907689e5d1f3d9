"""What a network has learned to look for: the kernels of its convolutions."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.experiment.network import Row
from core.figures.film import Shot, grid_columns
from core.lens import Lens, Place, Result
from core.lens.network import Network
from core.spec import option


@dataclass(frozen=True, eq=False)
class LayerKernels(Result):
    """The kernels of every layer that slides some.

    Args:
        layers: for each its `name`, `kernels_are` as the layer says it, whether each kernel reads its `own` map, how
            many `filters` and `channels` there are in all, `planes` float32 (filters, channels, rows, columns), the
            first ones, whether the channels are the image's three `colours`, and `bias` float32 (filters,), None
            without one.
    """

    layers: tuple[dict[str, Any], ...]

    def shots(self) -> dict[str, Shot]:
        return {layer["name"]: _shot(layer["planes"], layer["colours"]) for layer in self.layers}


def _shot(planes: np.ndarray, colours: bool) -> Shot:
    """A row per filter and a column per input map, as the page draws them; of one input side by side, and so of those
    that read colours, each a small colour picture."""
    filters, channels, rows, columns = planes.shape
    if colours:
        return Shot(np.moveaxis(planes, 1, -1), grid_columns(filters))
    laid = planes.reshape(filters * channels, rows, columns)
    return Shot(laid, channels if channels > 1 else grid_columns(filters))


class Kernels(Lens):
    """The weights of every convolution, raw."""

    question: ClassVar[str] = "kernels"
    needs_images: ClassVar[bool] = False
    place: ClassVar[Place] = "overview"
    rank: ClassVar[int] = 20

    filters: int = option(64, "Largest number of filters shown of each layer.", low=1, high=1024, unit="filters")
    channels: int = option(64, "Largest number of input maps shown of each filter.", low=1, high=1024, unit="maps")

    def look(self, network: Network, images: np.ndarray) -> LayerKernels:
        found = [layer for row in network.rows if (layer := self._of(row, network.weights(row.name)))]
        if found and network.facts.shape[2] == found[0]["channels"] == found[0]["planes"].shape[1] == 3:
            found[0]["colours"] = True  # the first kernels of a network that reads colour are small colour pictures
        return LayerKernels(tuple(found))

    def _of(self, row: Row, weights: dict[str, np.ndarray]) -> dict[str, Any] | None:
        """One layer's; None when it says that it has none."""
        planes = row.layer.kernel_planes(weights, self.filters, self.channels)
        if planes is None:
            return None
        own = row.layer.reads == "own map"
        return {
            "name": row.name,
            "kernels_are": row.layer.kernels_are,
            "own": own,
            "colours": False,
            "filters": row.output_shape[-1],
            "channels": 1 if own else row.input_shape[-1],
            "planes": np.ascontiguousarray(planes, np.float32),
            "bias": weights.get("bias"),
        }
