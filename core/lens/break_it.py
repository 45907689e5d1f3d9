"""How a trained network stands one operation of augmentation at one strength."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core import datasets
from core.augmentation import Augmentation
from core.augmentation.random_changes import RandomChanges
from core.lens import Lens, Place, Result
from core.lens.network import Network
from core.lens.sampled import PORTION, most, sample
from core.spec import kinds, option

EXAMPLES = 4
"""Images that are shown."""
SEED = 16
"""Of the draws: the same at every strength and for every network."""


@dataclass(frozen=True, eq=False)
class Broken(Result):
    """What a network answers for images that were changed.

    Args:
        right, images: how many are answered rightly, and how many there are.
        examples: uint8 (E, height, width, channels), the first of them as the network saw them.
        answers, truth: E classes each.
    """

    right: int
    images: int
    examples: np.ndarray
    answers: tuple[int, ...]
    truth: tuple[int, ...]


class BreakIt(Lens):
    """How many validation images a network still answers rightly when one operation changes them."""

    question: ClassVar[str] = "break_it"
    needs_images: ClassVar[bool] = False
    place: ClassVar[Place] = "elsewhere"

    operation: str = option("", "Which operation changes the images; none when empty.", shown=False)
    strength: float = option(0.0, "How far it may go, as its main knob counts.", shown=False)

    def look(self, network: Network, images: np.ndarray) -> Broken:
        experiment = network.experiment
        data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
        chosen = sample(data, most(network.outline.trace.multiply_adds))
        change = self._change()
        right, shown, answers = 0, [], []
        for start in range(0, len(chosen), PORTION):
            at = chosen[start : start + PORTION]
            seen = np.array(data.images[at])
            if change is not None:
                seen = _changed(change, seen)
            found = network.answer(seen)[1].argmax(1)
            right += int((found == data.labels[at]).sum())
            if start < EXAMPLES:
                shown, answers = seen[:EXAMPLES], found[:EXAMPLES].tolist()
        truth = tuple(data.labels[chosen[:EXAMPLES]].tolist())
        return Broken(right, len(chosen), np.asarray(shown), tuple(answers), truth)

    def _change(self) -> RandomChanges | None:
        """The operation alone, beginning with the same random numbers whatever its strength."""
        if not self.operation or not self.strength:
            return None
        return RandomChanges([kinds(Augmentation)[self.operation]().at(self.strength)], SEED)


def _changed(change: RandomChanges, images: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, C), each changed by draws of its own."""
    return np.clip(np.rint(np.asarray(change(images.astype(np.float32)))), 0, 255).astype(np.uint8)
