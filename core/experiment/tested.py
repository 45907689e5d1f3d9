"""What is tested by itself where a run learns one thing after the other: the images of each task, or of each style."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from core.experiment.stages import styles

if TYPE_CHECKING:
    from core.experiment import Experiment


@dataclass(frozen=True)
class Tested:
    """Some validation images that say how well one thing is known.

    Args:
        name: "Task 1".
        classes: whose images.
        style: 0 for the images as they are, else one of `styles`.
        since: place of the phase that begins to learn it; 0 for the first epochs.
    """

    name: str
    classes: tuple[int, ...]
    style: int = 0
    since: int = 0

    def accuracy(self, right: np.ndarray, of: np.ndarray) -> float | None:
        """How often its images are right, 0..1; None where there are none.

        Args:
            right, of: int64 (styles, classes), right answers and images.
        """
        images = int(of[self.style, list(self.classes)].sum())
        return round(int(right[self.style, list(self.classes)].sum()) / images, 4) if images else None


@lru_cache(64)
def all_tested(experiment: "Experiment", classes: int) -> tuple[Tested, ...]:
    """All that is tested by itself, in the order in which it is learnt; nothing where no phase brings other images.

    Args:
        experiment: with its phases.
        classes: of its dataset.
    """
    phases, known = experiment.training.phases, styles(experiment)
    bringing = [(place, phase) for place, phase in enumerate(phases, 1) if phase.later(classes) or phase in known]
    if not bringing:
        return ()
    later = {one for _, phase in bringing for one in phase.later(classes)}
    shifted = {one for _, phase in bringing if phase in known for one in (phase.classes or range(classes))}
    first = set(range(classes)) - later if later else shifted
    found = [Tested(bringing[0][1].called(1), tuple(sorted(first)))]
    for number, (place, phase) in enumerate(bringing, 2):
        style = known.index(phase) if phase in known else 0
        mine = phase.later(classes) or phase.classes or tuple(range(classes))
        found.append(Tested(phase.called(number), tuple(sorted(set(mine))), style, place))
    return tuple(found)
