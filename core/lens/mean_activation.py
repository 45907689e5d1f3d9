"""Which maps of a layer a picture wakes up: the mean of each."""

from typing import ClassVar

import numpy as np

from core.lens import Compatibility, Lens, Outline
from core.lens.network import Network
from core.lens.results import Bars
from core.spec import option


class MeanActivation(Lens):
    """The mean of every feature map of one layer: which of its filters this picture wakes up."""

    question: ClassVar[str] = "mean_activation"

    layer: str = option(
        "",
        "The layer whose maps are averaged.",
        advice="If a bar is zero, its filter found nothing here; if it is for every picture, that filter is dead.",
    )

    @classmethod
    def title(cls) -> str:
        return "Mean activation of each map"

    @classmethod
    def is_compatible(cls, outline: Outline) -> Compatibility:
        return Compatibility("" if outline.layers_with_maps else "No layer of this network gives feature maps.")

    @classmethod
    def choices(cls, outline: Outline) -> dict[str, tuple[str, ...]]:
        return {"layer": tuple(row.name for row in outline.layers_with_maps)}

    def look(self, network: Network, images: np.ndarray) -> Bars:
        maps = network.outputs(images, [self.layer])[self.layer]  # (N, height, width, maps)
        means = maps.mean((0, 1, 2))
        return Bars(means, tuple(str(i + 1) for i in range(len(means))), "mean activation", f"map of {self.layer}")
