"""Whether an image is like any of the classes at all: by its energy, and by how far its features are from all known."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from core import datasets
from core.errors import UserError
from core.lens import Lens, Result
from core.lens.last_sum import last_features
from core.lens.network import Network
from core.lens.of_set import MOMENT
from core.lens.outline import Outline
from core.lens.progress import tell
from core.lens.sampled import sample
from core.spec import option

KNOWN, JUDGED = 1_000, 800
"""Training images whose features are known images', and validation images that say what is usual, at most."""
NUMBERS = 8_000_000
"""Of all known features together, at most: 32 MB."""
PORTION = 100
SEED = 16
"""Of which training images are taken."""
Score = Literal["distance", "energy"]


@dataclass(frozen=True, eq=False)
class Usual:
    """What is usual for a network.

    Args:
        features: float32 (T, D), of training images.
        positions, labels: int64 (T,), which they are, and their classes.
        distances, energies: float32 (V,), of validation images; no energies where there are no logits.
    """

    features: np.ndarray
    positions: np.ndarray
    labels: np.ndarray
    distances: np.ndarray
    energies: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Likeness(Result):
    """How like the known images some images are; of both scores a higher one is less like them.

    Args:
        by, keeps: which score decides, and how many percent of the validation images it keeps.
        usual: by name of a score float32 (V,), of validation images, ascending.
        scores: by name of a score float32 (N,), of the images.
        nearest: uint8 (N, height, width, channels), the training image whose features are nearest to each.
        labels: N classes, of those.
        probabilities: float32 (N, classes).
    """

    by: str
    keeps: float
    usual: dict[str, np.ndarray]
    scores: dict[str, np.ndarray]
    nearest: np.ndarray
    labels: tuple[int, ...]
    probabilities: np.ndarray

    @property
    def deciding(self) -> str:
        """The score that decides: the wanted one where the network has it."""
        return self.by if self.by in self.scores else "distance"

    @property
    def threshold(self) -> float:
        """Above this an image is like none of the classes."""
        return threshold(self.usual[self.deciding], self.keeps)

    @property
    def are_unknown(self) -> np.ndarray:
        """Which images are like none of the classes: bool (N,)."""
        return self.scores[self.deciding] > self.threshold

    def beyond(self, score: str, place: int) -> float:
        """Of how many validation images the score is lower: 0..1."""
        return float((self.usual[score] < self.scores[score][place]).mean())


class Unknown(Lens):
    """Whether the image is like any of the classes: a network names one even for noise."""

    question: ClassVar[str] = "unknown"
    many: ClassVar[bool] = True
    rank: ClassVar[int] = 60

    by: Score = option(
        "distance",
        "What decides: how far its features are from those of all training images, or its energy.",
        advice="If the network is sure of nonsense, distance finds it; energy needs no training images.",
    )
    keeps: float = option(
        95.0,
        "How many of the validation images stay known.",
        advice="If too much is called unknown, raise it; if nonsense passes, lower it.",
        low=50.0,
        high=99.9,
        unit="%",
    )

    @classmethod
    def title(cls) -> str:
        return "None of the classes?"

    def is_long(self, outline: Outline) -> bool:
        return outline.trace.multiply_adds * (KNOWN + JUDGED) > MOMENT

    def look(self, network: Network, images: np.ndarray) -> Likeness:
        if not len(images):
            raise UserError("There is no image to look at.", "Choose one.", "NO_PICTURE")
        usual = usual_for(network)
        features, energies, probabilities = read(network, images)
        distances, nearest = nearest_of(features, usual.features)
        names = {"distance": (usual.distances, distances), "energy": (usual.energies, energies)}
        told = {name: pair for name, pair in names.items() if pair[0] is not None}
        stored = datasets.load(network.experiment.dataset).images
        return Likeness(
            self.by,
            self.keeps,
            {name: np.sort(known) for name, (known, _) in told.items()},
            {name: found for name, (_, found) in told.items()},
            np.stack([np.array(stored[one]) for one in usual.positions[nearest]]),
            tuple(usual.labels[nearest].tolist()),
            probabilities,
        )


def threshold(usual: np.ndarray, keeps: float) -> float:
    """The score up to which so many percent of the validation images lie, or one image more.

    Args:
        usual: float32 (V,), their scores.
        keeps: 0..100.
    """
    return float(np.quantile(usual, keeps / 100, method="higher"))


def energy(logits: np.ndarray) -> np.ndarray:
    """-log(sum(exp(logits))): low where a network has something to say (Liu et al. 2020, arXiv 2010.03759).

    Args:
        logits: float32 (N, units); a single one z stands for -z/2 and z/2, whose softmax it is the sigmoid of.

    Returns:
        float32 (N,).
    """
    z = np.concatenate([-logits / 2, logits / 2], axis=1) if logits.shape[1] == 1 else logits
    most = z.max(1, keepdims=True)
    return -(np.log(np.exp(z - most).sum(1)) + most[:, 0]).astype(np.float32)


def nearest_of(features: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of the known features to each (Sun et al. 2022, arXiv 2204.06507, with one neighbour).

    Args:
        features: float32 (N, D).
        known: float32 (T, D).

    Returns:
        Euclidean distances float32 (N,), and which it is, int64 (N,).
    """
    squares = (features**2).sum(1)[:, None] + (known**2).sum(1) - 2 * features @ known.T
    nearest = squares.argmin(1)
    return np.linalg.norm(features - known[nearest], axis=1).astype(np.float32), nearest


def read(network: Network, images: np.ndarray) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """The last features (N, D), the energies (N,) where there are logits, and the probabilities (N, classes)."""
    name = last_features(network.rows)
    values = network.outputs(images, [name])[name]
    if values.ndim > 2:  # of maps their means
        values = values.mean(tuple(range(1, values.ndim - 1)))
    logits, probabilities = network.answer(images)
    return values.reshape(len(images), -1), None if logits is None else energy(logits), probabilities


def usual_for(network: Network) -> Usual:
    """What is usual for a network; found out once, as long as it is open."""
    if "usual" not in network.kept:
        network.kept["usual"] = _usual(network)
    return network.kept["usual"]


def _usual(network: Network) -> Usual:
    experiment = network.experiment
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    judged = sample(data, JUDGED)
    if not len(judged) or not len(data.train):
        what = "Without training and validation images there is nothing that is usual."
        raise UserError(what, "Train with a part of the images kept for validation.", "NO_PICTURES")
    (one, _, _) = read(network, np.array(data.images[judged[:1]]))
    count = int(np.clip(NUMBERS // one.shape[1], 50, KNOWN))
    known = np.sort(np.random.default_rng(SEED).permutation(data.train)[:count])
    total = len(known) + len(judged)
    features, _ = _in_portions(network, data.images, known, 0, total)
    of_judged, energies = _in_portions(network, data.images, judged, len(known), total)
    distances, _ = nearest_of(of_judged, features)
    return Usual(features, known, data.labels[known], distances, energies)


def _in_portions(
    network: Network, images: np.ndarray, positions: np.ndarray, done: int, total: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Features and energies of images of the dataset."""
    features, energies = [], []
    for start in range(0, len(positions), PORTION):
        tell(done + start, total)
        found, cold, _ = read(network, np.array(images[positions[start : start + PORTION]]))
        features.append(found)
        energies.append(cold)
    return np.concatenate(features), None if energies[0] is None else np.concatenate(energies)
