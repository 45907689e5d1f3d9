"""The slope of an answer, averaged over noisy copies of an image."""

from typing import ClassVar

import numpy as np

from core.build.model import INPUT
from core.lens.attribution import BACKWARD, FORWARD, Method
from core.lens.attribution.saliency import steepest
from core.lens.network import Network
from core.lens.targets import Target
from core.spec import option

SEED = 17
"""Of the noise: the same for every class and every network, so that their maps can be compared."""


class SmoothGrad(Method):
    """Saliency, averaged over copies of the image with noise: what stays is not the chance of one exact image."""

    called: ClassVar[str] = "SmoothGrad"
    rank: ClassVar[int] = 20
    limits: ClassVar[str] = (
        "It is cleaner to look at, not truer: it is about images near this one, and says no more than Saliency "
        "whether a pixel speaks for the class or against it."
    )
    measure: ClassVar[str] = "size of the average slope, per grey value"
    paper: ClassVar[str] = "Smilkov et al. 2017"

    copies: int = option(25, "Noisy copies that are averaged.", low=1, high=200)
    noise: float = option(0.15, "Spread of the noise, as a part of the image's range of values.", low=0.0, high=1.0)

    @property
    def passes(self) -> int:
        return self.copies * (FORWARD + BACKWARD)

    def attribute(self, network: Network, images: np.ndarray, target: Target) -> np.ndarray:
        rng = np.random.default_rng(SEED)
        noise = rng.standard_normal((self.copies, *images.shape[1:])).astype(np.float32)
        return np.stack([steepest(self._mean(network, one, noise, target)[None])[0] for one in images])

    def _mean(self, network: Network, image: np.ndarray, noise: np.ndarray, target: Target) -> np.ndarray:
        """The average gradient of one image: float32 (height, width, channels)."""
        spread = self.noise * float(np.ptp(image))
        return network.gradients(image + spread * noise, target)[INPUT].mean(0)
