"""What phases of other classes and other images share: the remedies against forgetting what was learnt before."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from core.phases import Phase
from core.problems import Problem
from core.spec import option
from core.words import counted

if TYPE_CHECKING:
    from core.experiment.network import Trace

MOST_CLASSES = 1000
"""Numbers of classes that a phase may name."""
EVERY = 100_000
"""Old images per class: as many as there are."""

ClassNumbers = tuple[Annotated[int, Field(ge=0, le=MOST_CLASSES - 1)], ...]
"""Places of classes in their dataset, from 0."""


class _Remedied(Phase):
    """A phase in which something new is learnt, and what was learnt before may be forgotten."""

    rate_divisor: float = option(
        1.0,
        "By what the learning rate of the run is divided from here on.",
        advice="With 10, less is forgotten and what is new is learnt more slowly; how much, the comparison tells.",
        low=0.01,
        high=1e4,
        scale="log",
        choices=(1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
    )
    rehearsal: int = option(
        0,
        "How many old images per class are learnt on, beside the new ones.",
        advice="If what came first is forgotten, 20; 0 is no remedy.",
        low=0,
        high=EVERY,
        unit="images per class",
    )
    frozen: bool = option(
        False,
        "Whether only dense layers learn on, and all layers before them keep still.",
        advice="Features are kept; the dense layers that read them may forget all the same.",
    )

    def held(self, traced: "Trace") -> set[str]:
        if not self.frozen:
            return set()
        last = traced.rows[-1].id
        rows = [row for row in traced.rows if row.parameters and row.id != last]
        still = [row for row in rows if row.kind != "Dense"]
        return {row.id for row in still or rows}

    def rehearsed(self, labels: np.ndarray, positions: np.ndarray, seed: int) -> np.ndarray:
        """So many of some images per class as rehearsal says, the same for the same seed; of more the first are those
        of fewer.

        Args:
            labels: int64 (N,), of all images.
            positions: int64, among which it chooses.
            seed: of the experiment.
        """
        chosen = [
            np.random.default_rng([seed, label]).permutation(positions[labels[positions] == label])[: self.rehearsal]
            for label in np.unique(labels[positions])
        ]
        return np.sort(np.concatenate(chosen)) if chosen else positions

    def shortage(self, counts: Sequence[int]) -> list[Problem]:
        least = min(counts, default=0)
        if not self.rehearsal or self.rehearsal == EVERY or self.rehearsal <= least:
            return []
        what = f"{type(self).title()}: {self.rehearsal} old images per class are more than a class has, {least}."
        return [Problem("training", what, "Of such a class all are learnt on.", blocking=False)]


class _OfClasses(_Remedied):
    """A phase that brings classes of the dataset that were not learnt before."""

    classes: ClassNumbers = option((), "Numbers of the classes that are learnt from here on, counted from 0.")

    def later(self, classes: int) -> tuple[int, ...]:
        return self.classes

    def before(self, labels: np.ndarray, train: np.ndarray) -> np.ndarray:
        return train[~np.isin(labels[train], self.classes)]

    def learnt(self, labels: np.ndarray, train: np.ndarray, seed: int) -> np.ndarray:
        new = train[np.isin(labels[train], self.classes)]
        return np.concatenate([new, self.rehearsed(labels, self.before(labels, train), seed)])

    def trouble(self, nodes: Sequence[Any], classes: int) -> list[Problem]:
        called, mine = type(self).title(), set(self.classes)
        if classes == 2:
            what = f"{called}: this dataset has two classes; divided, each part would have one."
            return [Problem("training", what, "Choose a dataset of three classes or more.")]
        if not mine:
            what = f"{called}: no class is learnt in it."
            return [Problem("training", what, f"Name classes, from 0 to {classes - 1}.")]
        if lost := sorted(one for one in mine if one >= classes):
            what = f"{called}: there is no class {lost[0]}; this dataset has {counted(classes, 'class', 'classes')}."
            return [Problem("training", what, f"Name classes from 0 to {classes - 1}.")]
        if len(mine) == classes:
            what = f"{called}: it has all classes, and before it nothing is left to learn."
            return [Problem("training", what, "Leave some out.")]
        return []
