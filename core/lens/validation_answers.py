"""What a network says about all pictures that it is judged by."""

from typing import ClassVar

import numpy as np

from core.lens import Lens, Place
from core.lens.network import Network
from core.lens.of_set import answered
from core.lens.predictions import ClassScores


class ValidationAnswers(Lens):
    """The answers for every picture that was held out for validation, in the order in which the dataset holds them."""

    question: ClassVar[str] = "validation_answers"
    needs_images: ClassVar[bool] = False
    place: ClassVar[Place] = "elsewhere"

    def look(self, network: Network, images: np.ndarray) -> ClassScores:
        return ClassScores(None, answered(network).probabilities)


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
