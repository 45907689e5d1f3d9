"""Preprocessing inside the model or outside: the same image through both, and what happens when it is forgotten."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core import datasets
from core.build.model import SCALING
from core.lens import Lens, Result
from core.lens.network import Network
from core.lens.sampled import PORTION, most, sample

WHITE = 255.0
INSIDE, OUTSIDE, FORGOTTEN, TWICE = range(4)
"""Rows of what is found: raw pixels into the model that scales them; scaled ones into the model that does not; raw ones
into the model that does not; scaled ones into the model that scales them again."""


@dataclass(frozen=True, eq=False)
class Preprocessed(Result):
    """Two models with the same weights, each given what it expects and what it does not.

    Args:
        probabilities: float32 (4, classes), for the image, in the order INSIDE, OUTSIDE, FORGOTTEN, TWICE.
        highest: float32 (4,), the largest number that the first layer behind the scaling was given.
        right: int64 (4,), how many validation images are answered rightly each way.
        images: how many these are; each class has the same share of them as among all.
    """

    probabilities: np.ndarray
    highest: np.ndarray
    right: np.ndarray
    images: int


class PreprocessingInOrOut(Lens):
    """The same raw image through a model that scales pixels itself and through one that leaves that to you."""

    question: ClassVar[str] = "preprocessing"
    rank: ClassVar[int] = 44

    @classmethod
    def title(cls) -> str:
        return "Preprocessing, inside or outside"

    def look(self, network: Network, images: np.ndarray) -> Preprocessed:
        ways = _Ways(network)
        experiment = network.experiment
        data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
        chosen = sample(data, most(network.outline.trace.multiply_adds))
        right = np.zeros(4, np.int64)
        for start in range(0, len(chosen), PORTION):
            at = chosen[start : start + PORTION]
            answers = ways.answers(np.array(data.images[at])).argmax(2)  # (4, n)
            right += (answers == data.labels[at]).sum(1)
        top = images[:1].max() / WHITE
        highest = np.array([top, top, top * WHITE, top / WHITE], np.float32)
        return Preprocessed(ways.answers(images[:1])[:, 0], highest, right, len(chosen))


class _Ways:
    """The two models, and the four ways of giving them an image.

    Args:
        network: whose weights both have.
    """

    def __init__(self, network: Network) -> None:
        import keras

        self._network = network
        self._inside = network.model
        self._outside = keras.Model(network.model.get_layer(SCALING).output, network.model.output)

    def answers(self, images: np.ndarray) -> np.ndarray:
        """float32 (4, N, classes).

        Args:
            images: uint8 (N, height, width, channels), 0..255.
        """
        raw = images.astype(np.float32)
        scaled = raw / WHITE
        given = ((self._inside, raw), (self._outside, scaled), (self._outside, raw), (self._inside, scaled))
        found = [self._network.per_class(model(pixels, training=False)) for model, pixels in given]
        return np.stack([np.asarray(one, np.float32) for one in found])
