"""Confident learning: labels that a classifier, which never saw them, would hardly give.

Source: Northcutt, Jiang, Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels (2021), arXiv 1911.00068,
section 3. The classifier is linear and solved, not trained: least squares on what the small base sees and on coarse
waves, its answers made probabilities by one temperature. All sums are made once for each fold, so a fold is left out by
a subtraction, and what lies in memory does not grow with the number of images.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.inspection.measuring import Measured
from core.inspection.similarity import waves

FOLDS = 5
STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)
"""Of the penalty on large weights; the one by which the labels of one fold were likeliest is taken."""
TEMPERATURES = np.geomspace(0.5, 50.0, 40)
PIECE, SAMPLE = 4096, 20_000
"""Images at a time, and images by which scales, penalty and temperature are found."""
TIMES = 20.0
"""A label is suspicious from another one being so many times as likely: the linear classifier is no expert."""


@dataclass(frozen=True)
class Suspect:
    """A label that is probably wrong.

    Args:
        position: of the image.
        given, likely: its label, and the one that the classifier would give.
        given_share, likely_share: their probabilities, 0..1, by a classifier that did not see the image.
    """

    position: int
    given: int
    likely: int
    given_share: float
    likely_share: float


@dataclass(frozen=True)
class Judged:
    """What a cross-validated classifier says of labels.

    Args:
        accuracy: how often it gives the label that an image has, 0..1, out of sample.
        suspects: the surest first.
    """

    accuracy: float
    suspects: list[Suspect]


class CrossValidated:
    """A linear classifier that judges each image without having seen it or a copy of it.

    Args:
        known: what was measured of the images.
        used: positions that count.
        labels: int64 (n,), of each of them.
        classes: how many there are.
        folds: int (n,), the fold of each, 0..FOLDS - 1; copies of one picture share theirs.
    """

    def __init__(self, known: Measured, used: np.ndarray, labels: np.ndarray, classes: int, folds: np.ndarray) -> None:
        self.known, self.used, self.labels, self.classes, self.folds = known, used, labels, classes, folds
        sample = used[:: max(1, len(used) // SAMPLE)]
        features = self.known.features[sample].astype(np.float32)
        self._mean, self._scale = features.mean(0), 1 / np.maximum(features.std(0), 1e-4)
        coarse = waves(self.known.small[sample])
        self._middle, self._spread = coarse.mean(0), 1 / np.maximum(coarse.std(0), 1.0)

    def _inputs(self, positions: np.ndarray) -> np.ndarray:
        """What the classifier reads of some images: float32 (n, D), the last one 1."""
        features = (self.known.features[positions].astype(np.float32) - self._mean) * self._scale
        coarse = (waves(self.known.small[positions]) - self._middle) * self._spread
        return np.concatenate([features, coarse, np.ones((len(positions), 1), np.float32)], 1)

    @cached_property
    def _sums(self) -> tuple[np.ndarray, np.ndarray]:
        """Of each fold, the products of its inputs with each other and with its labels."""
        size = self._inputs(self.used[:1]).shape[1]
        products, answers = np.zeros((FOLDS, size, size)), np.zeros((FOLDS, size, self.classes))
        for fold in range(FOLDS):
            members = np.flatnonzero(self.folds == fold)
            for start in range(0, len(members), PIECE):
                some = members[start : start + PIECE]
                inputs = self._inputs(self.used[some])
                products[fold] += inputs.T @ inputs
                answers[fold] += inputs.T @ np.eye(self.classes, dtype=np.float32)[self.labels[some]]
        return products, answers

    def _weights(self, strength: float, fold: int) -> np.ndarray:
        """Of the classifier that did not see a fold: float32 (D, classes)."""
        products, answers = self._sums
        left = products.sum(0) - products[fold]
        seen = max(1.0, left[-1, -1])  # images: the last input is 1
        left[np.diag_indices(len(left))] += strength * seen
        return np.linalg.solve(left, answers.sum(0) - answers[fold]).astype(np.float32)

    def _scores(self, weights: dict[int, np.ndarray], rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The classifier's scores, a piece at a time: the rows of `used`, and float32 (n, classes)."""
        for start in range(0, len(rows), PIECE):
            some = rows[start : start + PIECE]
            inputs = self._inputs(self.used[some])
            scores = np.empty((len(some), self.classes), np.float32)
            for fold, own in weights.items():
                mine = self.folds[some] == fold
                scores[mine] = inputs[mine] @ own
            yield some, scores

    @cached_property
    def _best(self) -> tuple[dict[int, np.ndarray], float]:
        """The weights of all folds, by the penalty under which one fold was likeliest, and the temperature."""
        rows = np.arange(0, len(self.used), max(1, len(self.used) // SAMPLE))
        first = rows[self.folds[rows] == 0]
        losses = []
        for strength in STRENGTHS:
            weights = {0: self._weights(strength, 0)}
            losses.append(_best_temperature(self._all_scores(weights, first), self.labels[first])[0])
        strength = STRENGTHS[int(np.argmin(losses))]
        weights = {fold: self._weights(strength, fold) for fold in range(FOLDS)}
        return weights, _best_temperature(self._all_scores(weights, rows), self.labels[rows])[1]

    def _all_scores(self, weights: dict[int, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Scores of a sample: float32 (n, classes)."""
        return np.concatenate([scores for _, scores in self._scores(weights, rows)])

    def probabilities(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Out of sample, a piece at a time: the rows of `used`, and float32 (n, classes), each row sums to 1."""
        weights, temperature = self._best
        for rows, scores in self._scores(weights, np.arange(len(self.used))):
            yield rows, np.exp(_log_softmax(scores, temperature))

    def judge(self) -> Judged:
        """Which labels are suspicious, by the confident joint."""
        sums, right = np.zeros(self.classes), 0
        for rows, shares in self.probabilities():
            given = self.labels[rows]
            np.add.at(sums, given, shares[np.arange(len(rows)), given])
            right += int((shares.argmax(1) == given).sum())
        counts = np.bincount(self.labels, minlength=self.classes)
        thresholds = np.where(counts, sums / np.maximum(1, counts), np.inf)
        suspects = [one for rows, shares in self.probabilities() for one in self._suspects(rows, shares, thresholds)]
        suspects.sort(key=lambda one: one.given_share - one.likely_share)
        return Judged(right / max(1, len(self.used)), suspects)

    def _suspects(self, rows: np.ndarray, shares: np.ndarray, thresholds: np.ndarray) -> Iterator[Suspect]:
        """Those of some images that stand off the diagonal of the confident joint."""
        for place, likely in confident_labels(shares, thresholds):
            given = int(self.labels[rows[place]])
            mine, other = float(shares[place, given]), float(shares[place, likely])
            if likely != given and other >= TIMES * mine:
                yield Suspect(int(self.used[rows[place]]), given, likely, mine, other)


def confident_labels(shares: np.ndarray, thresholds: np.ndarray) -> Iterator[tuple[int, int]]:
    """The label that the confident joint counts each image under; those without one are passed over.

    It is the likeliest of those classes whose probability is at least the class's threshold, the mean probability that
    images with that label are given for it.

    Args:
        shares: float32 (n, classes), probabilities out of sample.
        thresholds: float64 (classes,).

    Source: arXiv 1911.00068, equations 1 and 2.
    """
    among = np.where(shares >= thresholds, shares, -1.0)
    likely = among.argmax(1)
    for place in np.flatnonzero(among.max(1) >= 0):
        yield int(place), int(likely[place])


def _log_softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    scaled = scores * np.float32(temperature)
    scaled = scaled - scaled.max(1, keepdims=True)
    return scaled - np.log(np.exp(scaled).sum(1, keepdims=True))


def _best_temperature(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """The least mean negative log-likelihood of the labels, and the temperature that has it."""
    places = np.arange(len(labels))
    return min((-float(_log_softmax(scores, one)[places, labels].mean()), float(one)) for one in TEMPERATURES)
