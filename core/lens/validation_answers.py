"""What a network says about all pictures that it is judged by."""

from typing import ClassVar

import numpy as np

from core import datasets
from core.lens import Lens, Place
from core.lens.network import Network
from core.lens.predictions import ClassScores

PORTION = 1_000
"""Pictures that are read at once: of large ones 70 MB."""


class ValidationAnswers(Lens):
    """The answers for every picture that was held out for validation, in the order in which the dataset holds them."""

    question: ClassVar[str] = "validation_answers"
    needs_images: ClassVar[bool] = False
    place: ClassVar[Place] = "elsewhere"

    def look(self, network: Network, images: np.ndarray) -> ClassScores:
        experiment = network.experiment
        data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
        found = [np.zeros((0, len(data.class_names)), np.float32)]
        for start in range(0, len(data.validation), PORTION):
            found.append(network.answer(np.array(data.images[data.validation[start : start + PORTION]]))[1])
        return ClassScores(None, np.concatenate(found))


def mistakes(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Which pictures are answered wrongly, the surest mistake first.

    Args:
        probabilities: float32 (N, classes).
        labels: int64 (N,), the true classes.

    Returns:
        int64 (mistakes,), places among the N.
    """
    wrong = np.flatnonzero(probabilities.argmax(1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(1), kind="stable")]
