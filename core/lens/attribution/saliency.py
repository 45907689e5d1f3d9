"""How steeply an answer changes with each pixel."""

from typing import ClassVar

import numpy as np

from core.build.model import INPUT
from core.lens.attribution import Method
from core.lens.network import Network
from core.lens.targets import Target


class Saliency(Method):
    """How much the answer would change if this pixel became a little brighter or darker."""

    called: ClassVar[str] = "Saliency"
    rank: ClassVar[int] = 10
    limits: ClassVar[str] = (
        "It does not say whether the pixel speaks for the class or against it, nor what a large change would do: where "
        "the answer is sure the slope may be small although the pixel matters."
    )
    measure: ClassVar[str] = "size of the slope, per grey value"
    paper: ClassVar[str] = "Simonyan, Vedaldi, Zisserman 2013"

    def attribute(self, network: Network, images: np.ndarray, target: Target) -> np.ndarray:
        return steepest(network.gradients(images, target)[INPUT])


def steepest(gradients: np.ndarray) -> np.ndarray:
    """The largest size among the colours of each pixel: (N, height, width) of (N, height, width, channels)."""
    return np.abs(gradients).max(-1)
