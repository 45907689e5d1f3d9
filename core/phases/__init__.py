"""The catalogue of phases: what comes after the first epochs of a run, in the same run.

In a phase other layers learn, or other images are learnt from; the network, its data and the epochs so far stay. The
optimizer begins anew, as after Keras' `compile`, and a border in the curves says where.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from core.problems import Facts, Problem
from core.spec import Spec, option

if TYPE_CHECKING:
    from core.experiment.network import Trace

MOST_PHASES = 4
"""Of a run: more than anybody can tell apart in its curves."""


class Phase(Spec):
    """What is done otherwise from some epoch on."""

    blurb: ClassVar[str] = ""
    """What the border in the curves says: "fine-tuning"."""

    epochs: int = option(
        10,
        "How many more epochs it takes.",
        advice="If both curves still improve at the end, more.",
        low=1,
        high=1000,
    )
    rate_divisor: float = option(
        10.0,
        "By what the learning rate of the run is divided from here on.",
        advice="If the loss jumps at the border, more; if nothing moves any more, less.",
        low=0.01,
        high=1e4,
        scale="log",
        choices=(1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
    )

    def nodes(self, nodes: Sequence[Any]) -> Sequence[Any]:
        """The network as it learns from here on.

        Args:
            nodes: as it learnt before (`core.experiment.node.Node`).
        """
        return nodes

    def choices(self, nodes: Sequence[Any], facts: Facts) -> dict[str, dict[str, str]]:
        """Values of its text fields that depend on the network, and what each is in words.

        Args:
            nodes: the network as it learnt before.
            facts: of the dataset.
        """
        return {}

    def fitted(self, nodes: Sequence[Any], facts: Facts) -> Self:
        """The same with what suits this network where a field says nothing that it has; arguments as `choices`."""
        return self

    def held(self, traced: "Trace") -> set[str]:
        """Ids of rows that do not learn any more, beside those that the network itself holds."""
        return set()

    def rate(self, rate: float) -> float:
        """The learning rate from here on.

        Args:
            rate: with which the run began.
        """
        return rate / self.rate_divisor

    def slower(self, traced: "Trace") -> dict[str, float]:
        """By what the rate is divided once more for layers, by their names in Keras; 1 for those not named."""
        return {}

    def learnt(self, labels: np.ndarray, train: np.ndarray, seed: int) -> np.ndarray:
        """Which images are learnt from.

        Args:
            labels: int64 (N,), of all images.
            train: int64, positions of those that may be learnt from.
            seed: of the experiment.
        """
        return train

    def before(self, labels: np.ndarray, train: np.ndarray) -> np.ndarray:
        """Which images are learnt from in what comes before it; arguments as `learnt`."""
        return train

    def shifted(self, labels: np.ndarray, train: np.ndarray) -> np.ndarray:
        """Which images are learnt from in another style (`restyled`), beside those of `learnt`."""
        return train[:0]

    def restyled(self, images: np.ndarray, seeds: np.ndarray) -> np.ndarray | None:
        """Images in the style that it brings; None where it brings none.

        Args:
            images: uint8 (N, height, width, channels), 0..255.
            seeds: int64 (N,), of what is drawn for each.
        """
        return None

    def called(self, number: int) -> str:
        """What is tested by itself, in words: "Task 2".

        Args:
            number: 1 for what was learnt before it, else its own, counted on.
        """
        return ""

    def later(self, classes: int) -> tuple[int, ...]:
        """Classes that are learnt from here on and not before.

        Args:
            classes: of the dataset.
        """
        return ()

    def allowed(self, classes: int, begun: bool) -> np.ndarray | None:
        """Among which classes an image is answered: bool (classes, classes), a row per true class; None for all.

        Args:
            classes: of the dataset.
            begun: whether it has begun; asked of what comes before it, too.
        """
        return None

    def trouble(self, nodes: Sequence[Any], classes: int) -> list[Problem]:
        """What is wrong with it in its place.

        Args:
            nodes: the network as it learnt before.
            classes: of the dataset.
        """
        return []

    def shortage(self, counts: Sequence[int]) -> list[Problem]:
        """What is wrong with it for want of images.

        Args:
            counts: of each class, those that may be learnt from.
        """
        return []
