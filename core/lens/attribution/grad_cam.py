"""Where the maps of a layer that a class rises with are strong."""

from typing import ClassVar

import numpy as np

from core.lens import Compatibility
from core.lens.attribution import Method
from core.lens.network import Network
from core.lens.outline import Outline
from core.lens.targets import Target
from core.spec import option

POOLING = ("max", "mean")
"""What layers do that give smaller maps of the same."""


class _OfLayer(Method):
    """What both weigh."""

    reads_layer: ClassVar[bool] = True
    limits: ClassVar[str] = (
        "It is as coarse as the layer's maps, and shows what speaks for the class only. Which pixels within a square "
        "matter it cannot say, and the maps of a deep layer look at more of the image than the square they lie under."
    )
    measure: ClassVar[str] = "weighed sum of the maps"

    layer: str = option("", "Whose maps are weighed; the last ones when empty.")

    @classmethod
    def is_compatible(cls, outline: Outline) -> Compatibility:
        if outline.layers_with_maps:
            return Compatibility()
        return Compatibility(f"{cls.called} weighs the maps of a layer, and no layer of this network gives maps.")

    def attribute(self, network: Network, images: np.ndarray, target: Target) -> np.ndarray:
        name = self.layer or usual_layer(network.outline)
        found = network.slopes(images, target, [name])
        maps, slopes = found.values[name], found.gradients[name]
        return np.maximum(0, np.einsum("nyxk,nk->nyx", maps, self._weights(maps, slopes)))

    def _weights(self, maps: np.ndarray, slopes: np.ndarray) -> np.ndarray:
        """What each map counts: float32 (N, K) of maps and gradients (N, h, w, K)."""
        raise NotImplementedError


class GradCAM(_OfLayer):
    """Where those maps of the layer are strong with which the answer rises on average."""

    called: ClassVar[str] = "Grad-CAM"
    rank: ClassVar[int] = 40
    paper: ClassVar[str] = "Selvaraju et al. 2017"

    def _weights(self, maps: np.ndarray, slopes: np.ndarray) -> np.ndarray:
        return slopes.mean((1, 2))


class GradCAMPlusPlus(_OfLayer):
    """As Grad-CAM, but a map counts by the places where the answer rises with it: several small things count alike."""

    called: ClassVar[str] = "Grad-CAM++"
    rank: ClassVar[int] = 50
    paper: ClassVar[str] = "Chattopadhay et al. 2018, equations 10 and 19"

    def _weights(self, maps: np.ndarray, slopes: np.ndarray) -> np.ndarray:
        below = 2 * slopes**2 + maps.sum((1, 2), keepdims=True) * slopes**3
        shares = np.divide(slopes**2, below, out=np.zeros_like(slopes), where=below != 0)
        return (shares * np.maximum(0, slopes)).sum((1, 2))


def usual_layer(outline: Outline) -> str:
    """The layer that is weighed unless told: the last whose maps have more than one place, before any pooling."""
    maps = [row for row in outline.layers_with_maps if row.output_shape[0] * row.output_shape[1] > 1]
    before_pooling = [row for row in maps if row.layer.does not in POOLING]
    found = before_pooling or maps or list(outline.layers_with_maps)
    return found[-1].name if found else ""
