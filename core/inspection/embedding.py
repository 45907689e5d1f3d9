"""What the small base sees in images: the one network that is on every machine, its last maps averaged over places."""

from typing import ClassVar

import numpy as np

from core.intake.pixels import fit_to
from core.layers.small_base import SHA256, STAGES

DEPTH = STAGES[-1][0]
"""Numbers that it makes of an image."""
SIDES = (48, 96)
"""px: small images are enlarged to the first, all others are brought to the second, which the base is used to."""
ENLARGED = 40
"""px: sides up to this are small."""


class Embedding:
    """The base, compiled for images of one side; made when it is asked first, as TensorFlow takes its seconds.

    Args:
        side: the longer side of the images, in px.
    """

    KEY: ClassVar[str] = f"{SHA256} {SIDES} {ENLARGED}"
    """All that decides its numbers beside the images."""

    def __init__(self, side: int) -> None:
        self.side = SIDES[0] if side <= ENLARGED else SIDES[1]
        self._extraction = None

    def of(self, images: np.ndarray) -> np.ndarray:
        """Features of images of any size: uint8 (n, H, W, C) -> float32 (n, DEPTH); n at most 64."""
        if self._extraction is None:
            self._extraction = _extraction(self.side)
        return self._extraction.of(np.stack([fit_to(image, self.side, self.side, 3) for image in images]))


def _extraction(side: int):  # noqa: ANN202  its class imports TensorFlow
    from core.build.model import build_model
    from core.datasets.shapes import Shapes
    from core.experiment import Experiment
    from core.layers.pooling import GlobalAveragePooling2D
    from core.layers.small_base import SmallBase
    from core.training.extraction import Extraction

    experiment = Experiment(dataset=Shapes(image_size=side), layers=(SmallBase(), GlobalAveragePooling2D()))
    facts = experiment.dataset.facts()
    rows = experiment.trace(facts).rows
    last = max(place for place, row in enumerate(rows) if row.kind == GlobalAveragePooling2D().kind)
    return Extraction(build_model(experiment, facts), rows[: last + 1])
