"""Where each of many answers comes from: one quick attribution of every image, to be seen side by side."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.lens import Lens, Place, Result
from core.lens.attribution import Method
from core.lens.attribution.grad_cam import GradCAM, usual_layer
from core.lens.attribution.saliency import Saliency
from core.lens.network import Network
from core.lens.of_set import MOMENT
from core.lens.outline import Outline
from core.lens.targets import ClassScore
from core.lens.why import DEEP

USUAL = 60
"""Images that stand on a page."""


@dataclass(frozen=True, eq=False)
class WhereFrom(Result):
    """A map for each of N images.

    Args:
        maps: float32 (N, h, w), 0 or more: what counts for the class that the image is taken for.
        method: what people call the method.
        layer: whose maps it weighed; empty for the pixels.
    """

    maps: np.ndarray
    method: str
    layer: str


class WhereAnswersComeFrom(Lens):
    """The places of many images that count for the class that each is taken for."""

    question: ClassVar[str] = "where_from"
    many: ClassVar[bool] = True
    place: ClassVar[Place] = "elsewhere"

    def is_long(self, outline: Outline) -> bool:
        passes = USUAL * _method(outline).passes
        return len(outline.trace.rows) > DEEP or outline.trace.multiply_adds * passes > MOMENT

    def look(self, network: Network, images: np.ndarray) -> WhereFrom:
        method, found = _method(network.outline), {}
        chosen = network.answer(images)[1].argmax(1)
        for label in np.unique(chosen):
            (rows,) = np.nonzero(chosen == label)
            found |= dict(zip(rows, method.attribute(network, images[rows], ClassScore(int(label))), strict=True))
        maps = np.nan_to_num(np.stack([found[row] for row in range(len(images))])) if found else np.zeros((0, 1, 1))
        return WhereFrom(maps.astype(np.float32), method.called, getattr(method, "layer", ""))


def _method(outline: Outline) -> Method:
    """Grad-CAM, which shows where rather than which pixels; the slopes for a network without maps."""
    return GradCAM(layer=usual_layer(outline)) if GradCAM.is_compatible(outline) else Saliency()
