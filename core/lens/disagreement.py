"""Where two networks disagree about the same images: which of them is right, and whether that can be chance."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar

import numpy as np

from core import datasets
from core.errors import UserError
from core.lens import Place, Result
from core.lens.network import Network, open_network
from core.lens.of_set import Answered, OfSet, answered
from core.lens.outline import Outline
from core.runs.collection import Runs
from core.spec import option
from core.workspace import current


@dataclass(frozen=True, eq=False)
class Disagreed(Result):
    """What two networks say about the images that both were judged by and neither learnt from.

    Args:
        positions: int64 (N,), in the first network's dataset.
        labels: int64 (N,), its true classes.
        first, second: int64 (N,), the classes that they name, among those of the first; -1 for one that it lacks.
        first_sure, second_sure: float32 (N,), the probabilities of these.
        judged: how many images each was judged by.
        same: whether both have the same dataset.
        foreign: classes of the second network that the first does not know.
    """

    positions: np.ndarray
    labels: np.ndarray
    first: np.ndarray
    second: np.ndarray
    first_sure: np.ndarray
    second_sure: np.ndarray
    judged: tuple[int, int]
    same: bool
    foreign: tuple[str, ...] = ()

    def cell(self, first_right: bool, second_right: bool) -> np.ndarray:
        """Places of the images about which each is right, or wrong: int64."""
        is_it = ((self.first == self.labels) == first_right) & ((self.second == self.labels) == second_right)
        return np.flatnonzero(is_it)

    @property
    def counts(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Images by (first right, first wrong), in each by (second right, second wrong)."""
        return tuple(tuple(len(self.cell(one, other)) for other in (True, False)) for one in (True, False))

    @property
    def differ(self) -> np.ndarray:
        """Places of the images about which they say different things."""
        return np.flatnonzero(self.first != self.second)


class Disagreement(OfSet):
    """Which images two networks answer differently, and which of them is right."""

    question: ClassVar[str] = "disagreement"
    place: ClassVar[Place] = "elsewhere"

    other: str = option("", "The run of the other network, by its id.", shown=False)
    other_epoch: int = option(0, "After which epoch; 0 for the one that the run ended with.", low=0, high=10**9)

    other_is_long: bool = option(False, "Whether the other network takes longer than a moment.", shown=False)

    @classmethod
    def title(cls) -> str:
        return "Where they disagree"

    def is_long(self, outline: Outline) -> bool:
        return self.other_is_long or super().is_long(outline)

    def look(self, network: Network, images: np.ndarray) -> Disagreed:
        beside = open_network(Runs(current()).find(self.other), self.other_epoch or None)
        same = network.experiment.dataset.key() == beside.experiment.dataset.key()
        own, theirs = answered(network), answered(beside)
        here, there = _shared(own.positions, theirs.positions) if same else _alike(network, beside, own, theirs)
        names = network.facts.class_names
        known = np.array([names.index(name) if name in names else -1 for name in beside.facts.class_names], np.int64)
        foreign = tuple(name for name in beside.facts.class_names if name not in names)
        return Disagreed(
            own.positions[here],
            own.labels[here],
            own.chosen[here].astype(np.int64),
            known[theirs.chosen[there]],
            own.probabilities[here].max(1, initial=0),
            theirs.probabilities[there].max(1, initial=0),
            (len(own.positions), len(theirs.positions)),
            same,
            foreign,
        )


def _shared(own: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of the same positions in both."""
    _, here, there = np.intersect1d(own, theirs, return_indices=True)
    return here, there


def _alike(network: Network, beside: Network, own: Answered, theirs: Answered) -> tuple[np.ndarray, np.ndarray]:
    """Places of images that are the same, pixel for pixel, in two datasets and that neither network learnt from."""
    if network.facts.shape != beside.facts.shape:
        raise UserError(
            "These networks read images of different sizes, so no image is the same for both.",
            "Compare networks of one dataset here.",
            "LENS_DOES_NOT_FIT",
        )
    ours, learnt = _digests(network, own.positions)
    others, learnt_there = _digests(beside, theirs.positions)
    place_of = {digest: at for at, digest in enumerate(others)}
    pairs = [
        (at, place_of[digest])
        for at, digest in enumerate(ours)
        if digest in place_of and digest not in learnt and digest not in learnt_there
    ]
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _digests(network: Network, positions: np.ndarray) -> tuple[list[bytes], set[bytes]]:
    """Of each of these images a word that only the same pixels have, and those of the images that it learnt from."""
    experiment = network.experiment
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    told = [[blake2b(np.ascontiguousarray(data.images[at]).tobytes(), digest_size=16).digest() for at in places]
            for places in (positions, data.train)]  # fmt: skip
    return told[0], set(told[1])


def mcnemar(only_first: int, only_second: int) -> float:
    """How probable it is, if both networks were equally good, that the images which only one of them gets right are
    split at least as unevenly: McNemar's exact test, two-sided, 0..1.

    Of n = only_first + only_second images each would fall to either side like a coin, so
    p = min(1, 2 · Σ C(n, i) / 2ⁿ) for i from 0 to the smaller count.

    Args:
        only_first, only_second: images that only one of them gets right.

    McNemar (1947), Psychometrika 12, 153-157; exact as in Fagerland et al. (2013).
    """
    count = only_first + only_second
    tail, ways = 0, 1
    for i in range(min(only_first, only_second) + 1):
        tail += ways  # C(n, i)
        ways = ways * (count - i) // (i + 1)
    return min(1.0, 2 * tail / 2**count)
