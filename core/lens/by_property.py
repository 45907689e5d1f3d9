"""How often a network is right by what images are like: their size as they came, brightness, contrast, class.

Intervals are Wilson's, at 95 %. A difference is told where a chi-square test of all groups says that chance alone would
make one as large in less than 1 of 100 cases.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core import datasets
from core.datasets import ImageData
from core.datasets.statistics import sizes_at
from core.experiment import Experiment
from core.lens import Result
from core.lens.network import Network
from core.lens.of_set import PORTION, OfSet, answered
from core.lens.progress import tell
from core.words import percent

BINS = 5
"""Groups of about as many images each."""
Z = 1.959964
"""Standard deviations of 95 %."""
CHANCE = 0.01
EXPECTED = 5.0
"""Right and wrong answers that a group must be expected to have, so that the test may be trusted with it."""


@dataclass(frozen=True, eq=False)
class ByProperty(Result):
    """Accuracy in groups of images, for several properties.

    Args:
        names: of the properties.
        groups: for each property the names of its groups.
        members: for each property int64 arrays of positions, one a group.
        right: for each property int64 (groups,), right answers in each.
        said: for each property a sentence about a difference that is larger than chance; empty where there is none.
        part: "validation", "train" or "test".
    """

    names: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    members: tuple[tuple[np.ndarray, ...], ...]
    right: tuple[np.ndarray, ...]
    said: tuple[str, ...]
    part: str

    def counts(self, place: int) -> np.ndarray:
        """int64 (groups,), images in each group of a property."""
        return np.array([len(one) for one in self.members[place]], np.int64)


class AccuracyByProperty(OfSet):
    """Whether it is right as often on small, dark or pale images as on others, and in every class."""

    question: ClassVar[str] = "by_property"
    rank: ClassVar[int] = 70

    @classmethod
    def title(cls) -> str:
        return "By size, brightness, class"

    def look(self, network: Network, images: np.ndarray) -> ByProperty:
        found, experiment = answered(network, self.part), network.experiment
        data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
        right = found.chosen == found.labels
        told = [
            _grouped(name, groups, found.positions, right)
            for name, groups in _properties(experiment, data, found.positions, found.labels)
        ]
        return ByProperty(*(tuple(one[place] for one in told) for place in range(5)), self.part)


def wilson(right: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Between what an accuracy lies with 95 % certainty: Wilson's score interval (1927).

    Args:
        right, of: right answers and images, int64 (N,).

    Returns:
        low and high, float64 (N,), 0..1; 0 and 1 where there are no images.
    """
    n = np.maximum(of, 1)
    share, add = right / n, Z * Z / n
    middle, spread = share + add / 2, Z * np.sqrt(share * (1 - share) / n + add / (4 * n))
    low, high = (middle - spread) / (1 + add), (middle + spread) / (1 + add)
    return np.where(of > 0, low.clip(0, 1), 0.0), np.where(of > 0, high.clip(0, 1), 1.0)


def by_chance(right: np.ndarray, of: np.ndarray) -> float:
    """How likely chance alone makes accuracies differ as much: a chi-square test without Yates' correction, 0..1.

    Groups too small to be judged are left out.

    Args:
        right, of: right answers and images of each group, int64 (N,).
    """
    from scipy.stats import chi2_contingency

    large = _large_enough(right, of)
    if large.sum() < 2:
        return 1.0
    table = np.stack([right[large], (of - right)[large]])
    return float(chi2_contingency(table, correction=False).pvalue) if table.sum(1).all() else 1.0


def _large_enough(right: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Groups of which enough right and enough wrong answers are to be expected: bool (N,)."""
    share = right.sum() / max(1, of.sum())
    return of * min(share, 1 - share) >= EXPECTED


def brightness(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the values of images, in grey: two of float64 (N,), 0..1.

    Args:
        images: uint8 (N, height, width, channels), 0..255.
    """
    grey = images.astype(np.float32).mean(-1).reshape(len(images), -1) / 255
    return grey.mean(1, dtype=np.float64), grey.std(1, dtype=np.float64)


def _properties(
    experiment: Experiment, data: ImageData, positions: np.ndarray, labels: np.ndarray
) -> list[tuple[str, list[tuple[str, np.ndarray]]]]:
    """Every property with its groups: a name, and which images are in it: bool (N,)."""
    portions = []
    for start in range(0, len(positions), PORTION):
        tell(start, len(positions))
        portions.append(brightness(np.array(data.images[positions[start : start + PORTION]])))
    means, contrasts = (np.concatenate(parts) for parts in zip(*portions, strict=True)) if portions else ([], [])
    classes = [(name, labels == label) for label, name in enumerate(data.class_names)]
    found = [
        ("size as it came", _quantiles(_longest(experiment, positions), lambda px: f"{px:.0f} px")),
        ("brightness", _quantiles(np.asarray(means), _as_percent)),
        ("contrast", _quantiles(np.asarray(contrasts), _as_percent)),
        ("class", [(name, members) for name, members in classes if members.any()]),
    ]
    return [(name, groups) for name, groups in found if len(groups) > 1]


def _longest(experiment: Experiment, positions: np.ndarray) -> np.ndarray:
    """The longer side in px that each image came in."""
    return sizes_at(experiment.dataset, positions).max(1, initial=0)


def _as_percent(share: float) -> str:
    return percent(share, 1)


def _quantiles(values: np.ndarray, words: Callable[[float], str]) -> list[tuple[str, np.ndarray]]:
    """Groups of about as many images each by a number; those with equal numbers stay together."""
    if not len(values):
        return []
    edges = np.unique(np.quantile(values, np.arange(1, BINS) / BINS))
    place = np.searchsorted(edges, values, side="left")
    found = []
    for group in np.unique(place):
        members = place == group
        low, high = (words(float(end)) for end in (values[members].min(), values[members].max()))
        found.append((low if low == high else f"{low} to {high}", members))
    return found


def _grouped(
    name: str, groups: list[tuple[str, np.ndarray]], positions: np.ndarray, right: np.ndarray
) -> tuple[str, tuple[str, ...], tuple[np.ndarray, ...], np.ndarray, str]:
    """One property as the result tells it."""
    words = tuple(group for group, _ in groups)
    # Wrong ones first: they are what is looked for.
    members = tuple(positions[members][np.argsort(right[members], kind="stable")] for _, members in groups)
    hits = np.array([int(right[members].sum()) for _, members in groups], np.int64)
    return name, words, members, hits, _said(name, words, hits, np.array([len(one) for one in members]))


def _said(name: str, words: tuple[str, ...], right: np.ndarray, of: np.ndarray) -> str:
    """What there is to say about a difference."""
    if by_chance(right, of) >= CHANCE:
        return ""
    share, large = right / np.maximum(1, of), _large_enough(right, of)
    worst, best = int(np.where(large, share, 2).argmin()), int(np.where(large, share, -1).argmax())
    of_what = "" if name == "class" else f"a {name} of "
    return (
        f"By {name} it differs by more than chance: right {percent(share[worst], 1)} of the time for "
        f"{of_what}{words[worst]}, {percent(share[best], 1)} for {words[best]}."
    )
