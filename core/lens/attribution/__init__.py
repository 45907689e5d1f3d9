"""The catalogue of attributions: ways of saying which pixels of an image an answer comes from, each one class.

None knows the truth: each answers a question of its own, which it says, and what its answer does not mean.
"""

from typing import ClassVar

import numpy as np

from core.lens import Compatibility
from core.lens.network import Network
from core.lens.outline import Outline
from core.lens.targets import Target
from core.spec import Spec

FORWARD, BACKWARD = 1, 2
"""What it takes to ask a network about one image, and to find its gradient besides, in passes of the same work."""


class Method(Spec):
    """One way of saying which pixels an answer comes from; the first line of its docstring says what its map means."""

    called: ClassVar[str] = ""
    """What people call it."""

    limits: ClassVar[str] = ""
    """What its map does not mean."""

    measure: ClassVar[str] = ""
    """What a value of its map is, with its unit."""

    paper: ClassVar[str] = ""
    """Where it comes from."""

    is_signed: ClassVar[bool] = False
    """Whether values below zero speak against; else zero says nothing and all others count the more the larger."""

    reads_layer: ClassVar[bool] = False
    """Whether it weighs the maps of a layer, which its field `layer` names."""

    @classmethod
    def title(cls) -> str:
        return cls.called

    @classmethod
    def is_compatible(cls, outline: Outline) -> Compatibility:
        """Whether it can explain this network; asked by the server, so without Keras."""
        return Compatibility()

    @property
    def passes(self) -> int:
        """How much work it is for one image, in passes forward."""
        return FORWARD + BACKWARD

    def attribute(self, network: Network, images: np.ndarray, target: Target) -> np.ndarray:
        """Which places of some images a number comes from.

        Args:
            network: trained, with its weights.
            images: uint8 (N, height, width, channels), 0..255.
            target: the number that is explained, one for each image.

        Returns:
            float32 (N, h, w); of the size of the images, or smaller, as of a layer's maps, and then stretched.
        """
        raise NotImplementedError
