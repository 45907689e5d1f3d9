"""The slopes of an answer, summed on the way from a black image to this one."""

from typing import ClassVar

import numpy as np

from core.build.model import INPUT
from core.lens.attribution import BACKWARD, FORWARD, Method
from core.lens.network import Network
from core.lens.targets import Target
from core.spec import option

MOST_STEPS = 256
"""Where the way is bent so often that more steps are needed than that, the sum is told as it is."""


class IntegratedGradients(Method):
    """How much each pixel adds as the image comes out of black: all values together are the whole difference."""

    called: ClassVar[str] = "Integrated gradients"
    rank: ClassVar[int] = 30
    limits: ClassVar[str] = (
        "It compares with a black image and no other: a pixel that is black adds nothing by definition, even where its "
        "being black is the reason."
    )
    measure: ClassVar[str] = "what the pixel adds to the answer"
    paper: ClassVar[str] = "Sundararajan, Taly, Yan 2017"
    is_signed: ClassVar[bool] = True

    steps: int = option(32, "Images on the way at first; twice as many until the sum is whole.", low=1, high=MOST_STEPS)
    gap: float = option(0.02, "How far the sum may be from the whole, as a part of it.", low=0.0001, high=1.0)

    @property
    def passes(self) -> int:
        return self.steps * (FORWARD + BACKWARD)

    def attribute(self, network: Network, images: np.ndarray, target: Target) -> np.ndarray:
        return np.stack([self._of(network, image.astype(np.float32), target) for image in images])

    def _of(self, network: Network, image: np.ndarray, target: Target) -> np.ndarray:
        """One image's map: float32 (height, width)."""
        black, here = network.scores(np.stack([np.zeros_like(image), image]), target)
        steps = self.steps
        while True:
            added = self._sum(network, image, target, steps)
            is_whole = abs(added.sum() - (here - black)) <= self.gap * abs(here - black)
            if is_whole or 2 * steps > MOST_STEPS:
                return added.sum(-1)
            steps *= 2

    def _sum(self, network: Network, image: np.ndarray, target: Target, steps: int) -> np.ndarray:
        """Riemann's sum in the middles of equal steps: float32 (height, width, channels)."""
        shares = ((np.arange(steps, dtype=np.float32) + 0.5) / steps)[:, None, None, None]
        return image * network.gradients(shares * image, target)[INPUT].mean(0)
