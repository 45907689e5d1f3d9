"""A run's stages: its first epochs, and each phase that comes after them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from core.datasets import Facts
from core.datasets.split import each_alike, few_of_each
from core.experiment.network import Trace
from core.phases import Phase

if TYPE_CHECKING:
    from core.experiment import Experiment


@dataclass(frozen=True)
class Stage:
    """Some epochs of a run in which the same layers learn from the same images.

    Args:
        place: 0 for the first.
        first: epochs of the run before it.
        epochs: of its own.
        experiment: as it learns in them.
        phase: what began it; None for the first.
        later: what comes after it.
    """

    place: int
    first: int
    epochs: int
    experiment: "Experiment"
    phase: Phase | None = None
    later: tuple[Phase, ...] = ()

    @property
    def last(self) -> int:
        """Epochs of the run at its end."""
        return self.first + self.epochs

    @property
    def rate(self) -> float:
        """The learning rate with which it begins."""
        rate = self.experiment.training.optimizer.learning_rate
        return self.phase.rate(rate) if self.phase else rate

    def trace(self, facts: Facts) -> Trace:
        """Its network, what learns in it and what doesn't."""
        return _held(self, facts)

    def learnt(self, labels: np.ndarray, train: np.ndarray) -> np.ndarray:
        """Positions of the images that it learns from.

        Args:
            labels: int64 (N,), of all images.
            train: int64, positions of those that may be learnt from.

        Returns:
            int64; images in another style stand behind all others, as `styles` says.
        """
        experiment = self.experiment
        if few := experiment.training.images_per_class:
            train = few_of_each(labels, train, few, experiment.seed)
        if experiment.training.sampling == "each class alike":
            train = each_alike(labels, train, experiment.seed)
        found = self.phase.learnt(labels, train, experiment.seed) if self.phase else train
        shifted = self.phase.shifted(labels, train) if self.phase else train[:0]
        for phase in self.later:
            found, shifted = phase.before(labels, found), phase.before(labels, shifted)
        if not len(shifted):
            return found
        return np.concatenate([found, shifted + styles(self.experiment).index(self.phase) * len(labels)])

    def allowed(self, classes: int) -> np.ndarray | None:
        """Among which classes an image is answered: bool (classes, classes), a row per true class; None for all.

        Args:
            classes: of the dataset.
        """
        phases = enumerate(self.experiment.training.phases, 1)
        told = [phase.allowed(classes, begun=place <= self.place) for place, phase in phases]
        known = [one for one in told if one is not None]
        return np.logical_and.reduce(known) if known else None


def styles(experiment: "Experiment") -> tuple[Phase | None, ...]:
    """What shows images otherwise: None for the images as they are, and each phase that restyles them.

    An image in style k is known by its position plus k times the number of images.
    """
    none = np.zeros((0, 1, 1, 1), np.uint8), np.zeros(0, np.int64)
    return (None, *(one for one in dict.fromkeys(experiment.training.phases) if one.restyled(*none) is not None))


@lru_cache(32)
def _held(stage: Stage, facts: Facts) -> Trace:
    traced = stage.experiment.trace(facts)
    held = stage.phase.held(traced) if stage.phase else set()
    if not held:
        return traced
    rows = (
        replace(row, trainable=False, inference=True, non_trainable=row.parameters) if row.id in held else row
        for row in traced.rows
    )
    return replace(traced, rows=tuple(rows))


@lru_cache(64)
def stages(experiment: "Experiment") -> tuple[Stage, ...]:
    """All of them in their order; one for an experiment without phases."""
    training = experiment.training
    found = [Stage(0, 0, training.epochs, experiment, None, training.phases)]
    for place, phase in enumerate(training.phases, 1):
        before = found[-1]
        changed = before.experiment.edited(nodes=tuple(phase.nodes(before.experiment.nodes)))
        found.append(Stage(place, before.last, phase.epochs, changed, phase, training.phases[place:]))
    return tuple(found)


def at(found: Sequence[Stage], epoch: int) -> Stage:
    """The stage of the epoch that follows so many finished ones; the last one where all are finished."""
    return next((stage for stage in found if epoch < stage.last), found[-1])


def written_in(found: Sequence[Stage], epoch: int, batch: int) -> Stage:
    """The stage that saved a checkpoint: at a border that is the one before it.

    Args:
        epoch, batch: epochs finished, and batches of the next one.
    """
    return at(found, epoch if batch or not epoch else epoch - 1)
