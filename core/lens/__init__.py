"""The catalogue of lenses: ways of looking at a trained network. Each is one class that asks it one question.

They run in the lens process, which holds Keras; pages reach them through `core.lens.client`.
"""

from typing import Any, ClassVar

import numpy as np

from core.lens.network import Network
from core.spec import Spec

Answer = dict[str, Any]
"""Arrays and JSON values by name."""


class Lens(Spec):
    """One way of looking at a trained network."""

    question: ClassVar[str] = ""
    """What the pages ask for it by."""

    needs_images: ClassVar[bool] = True
    """Whether it looks at pictures, or at the network alone."""

    def look(self, network: Network, images: np.ndarray) -> Answer:
        """Asks the network.

        Args:
            network: trained, with its weights.
            images: uint8 (N, height, width, channels), 0..255, as the network takes them; N = 0 without pictures.
        """
        raise NotImplementedError
