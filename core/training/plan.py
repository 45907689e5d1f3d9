"""What each stage of a run comes to: which images, how many steps, at which rates."""

import math
from dataclasses import dataclass

import numpy as np

from core.datasets import Facts, ImageData
from core.experiment.memory import EVALUATION_BYTES
from core.experiment.network import Trace
from core.experiment.stages import Stage


@dataclass(frozen=True)
class Planned:
    """A stage of a run on its images.

    Args:
        stage: which.
        train: int64, positions of the images that it learns from.
        steps_per_epoch: batches in one of its epochs.
        rates: float64 (steps,), the learning rate of each of its steps, as long as nobody changes it.
    """

    stage: Stage
    train: np.ndarray
    steps_per_epoch: int
    rates: np.ndarray

    @classmethod
    def of(cls, stage: Stage, data: ImageData) -> "Planned":
        """A stage on some images."""
        train, settings = stage.learnt(data.labels, data.train), stage.experiment.training
        steps = math.ceil(len(train) / settings.batch_size)
        return cls(stage, train, steps, settings.schedule.rates(stage.rate, steps, stage.epochs))

    def images_after(self, epoch: int) -> int:
        """Images that it still learns from once so many epochs of the run are finished."""
        return min(max(self.stage.last - epoch, 0), self.stage.epochs) * len(self.train)


def evaluation_batch(traced: Trace, facts: Facts) -> int:
    """Images per validation batch: as many as keep the largest layer below EVALUATION_BYTES, 512 at most."""
    largest = max(math.prod(shape) for shape in [facts.shape, *(row.output_shape for row in traced.rows)])
    return int(np.clip(EVALUATION_BYTES // (largest * 4), 1, 512))
