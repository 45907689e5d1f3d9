"""Figures that judge many answers at once, in NumPy alone: of each class, of one class against the rest, of how sure
a network is."""

from dataclasses import dataclass

import numpy as np

BINS = 15
"""Of a reliability diagram, as Guo et al. (2017), "On Calibration of Modern Neural Networks", use."""
COLDEST, HOTTEST = 0.05, 20.0
"""Temperatures among which the best one is looked for."""
TINY = 1e-12


def confusion(labels: np.ndarray, chosen: np.ndarray, classes: int) -> np.ndarray:
    """How many images of each class are answered as each class.

    Args:
        labels: int64 (N,), the true classes.
        chosen: int64 (N,), the answered ones.
        classes: how many there are.

    Returns:
        int64 (classes, classes): rows actual, columns predicted.
    """
    return np.bincount(labels * classes + chosen, minlength=classes**2).reshape(classes, classes)


def share(parts: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Parts of wholes, float64; NaN where there is no whole."""
    parts, of = np.broadcast_arrays(np.asarray(parts, np.float64), np.asarray(of, np.float64))
    return np.divide(parts, of, out=np.full(parts.shape, np.nan), where=of > 0)


@dataclass(frozen=True, eq=False)
class Scores:
    """How well each class is told from the others; NaN where a figure has nothing to be counted on.

    Args:
        precision: float64 (C,), 0..1: of the answers that name the class, how many are right.
        recall: float64 (C,), 0..1: of the images of the class, how many are found.
        f1: float64 (C,), 0..1: 2 TP / (2 TP + FP + FN), the harmonic mean of both.
        support: int64 (C,), images of the class.
        accuracy: 0..1, of all images.
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    accuracy: float

    @classmethod
    def of(cls, counts: np.ndarray) -> "Scores":
        """The scores that a confusion matrix, rows actual and columns predicted, comes to."""
        right, actual, predicted = np.diag(counts), counts.sum(1), counts.sum(0)
        accuracy = float(share(right.sum(), actual.sum()))
        f1 = share(2 * right, actual + predicted)
        return cls(share(right, predicted), share(right, actual), f1, actual, accuracy)

    def macro(self, name: str) -> float:
        """The mean of "precision", "recall" or "f1" over the classes that have it, all counting alike."""
        values = getattr(self, name)
        return float(values[~np.isnan(values)].mean()) if not np.isnan(values).all() else np.nan

    def weighted(self, name: str) -> float:
        """The same, each class counting as often as it has images; where none that has it has any, as `macro`."""
        values = getattr(self, name)
        known = ~np.isnan(values)
        weights = self.support[known]
        return float((values[known] * weights).sum() / weights.sum()) if weights.any() else self.macro(name)


@dataclass(frozen=True, eq=False)
class Thresholds:
    """One class against the rest, for every threshold that changes something.

    Args:
        at: float64 (T,), descending; an image counts as the class from this score on; the first, infinite, takes none.
        hits, alarms: int64 (T,), images of the class that are taken, and others that are.
        positives, negatives: how many images are of the class, and how many of others.
    """

    at: np.ndarray
    hits: np.ndarray
    alarms: np.ndarray
    positives: int
    negatives: int

    @classmethod
    def of(cls, scores: np.ndarray, is_class: np.ndarray) -> "Thresholds":
        """All thresholds; equal scores are taken together.

        Args:
            scores: float (N,), how much each image is for the class.
            is_class: bool (N,), whether it is of it.
        """
        order = np.argsort(-scores, kind="stable")
        ranked, truth = scores[order], is_class[order]
        last = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1) if len(ranked) else np.zeros(0, np.int64)
        hits, alarms = np.cumsum(truth)[last], np.cumsum(~truth)[last]
        at = np.concatenate([[np.inf], ranked[last]])
        positives = int(is_class.sum())
        return cls(at, np.append(0, hits), np.append(0, alarms), positives, len(scores) - positives)

    def roc(self) -> tuple[np.ndarray, np.ndarray]:
        """False and true positive rate of each threshold, float64 (T,) 0..1; NaN where there are none to count on."""
        return share(self.alarms, self.negatives), share(self.hits, self.positives)

    def auc(self) -> float:
        """Area under the ROC curve: how often an image of the class scores higher than another; NaN without either."""
        false, true = self.roc()
        return float(np.trapezoid(true, false)) if self.positives and self.negatives else np.nan

    def average_precision(self) -> float:
        """The precision where each image of the class is found, on average; NaN without any."""
        precision, recall = share(self.hits, self.hits + self.alarms)[1:], share(self.hits, self.positives)
        return float((np.diff(recall) * precision).sum()) if self.positives else np.nan


@dataclass(frozen=True, eq=False)
class Reliability:
    """How sure a network is against how often it is right, in equal bins of its confidence.

    Args:
        counts: int64 (B,), images in each bin; a bin holds its upper edge.
        confidence, accuracy: float64 (B,), means 0..1; NaN in an empty bin.
    """

    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray

    @classmethod
    def of(cls, confidence: np.ndarray, is_right: np.ndarray, bins: int = BINS) -> "Reliability":
        """Sorts answers into bins.

        Args:
            confidence: float (N,), 0..1, the probability of each answered class.
            is_right: bool (N,).
            bins: equal ones from 0 to 1.
        """
        at = bins_of(confidence, bins)
        counts = np.bincount(at, minlength=bins)
        sure, right = (np.bincount(at, weights, bins) for weights in (confidence, is_right.astype(np.float64)))
        return cls(counts, share(sure, counts), share(right, counts))

    @property
    def ece(self) -> float:
        """Expected calibration error: how far both are apart, each bin counting by its images; NaN without any."""
        filled = self.counts > 0
        gaps = np.abs(self.accuracy - self.confidence)[filled]
        return float(share((gaps * self.counts[filled]).sum(), self.counts.sum()))


def bins_of(confidence: np.ndarray, bins: int = BINS) -> np.ndarray:
    """The bin of each: int64 (N,), the first holds ]0, 1/bins]."""
    edges = np.linspace(0, 1, bins + 1)
    return np.clip(np.searchsorted(edges, np.asarray(confidence, np.float64), side="left") - 1, 0, bins - 1)


def per_class(logits: np.ndarray) -> np.ndarray:
    """Logits float64 (N, classes): a sigmoid's single one z becomes (0, z), of which softmax makes the same."""
    wide = np.asarray(logits, np.float64)
    return np.concatenate([np.zeros_like(wide), wide], axis=1) if wide.shape[1] == 1 else wide


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities float64 (N, classes)."""
    exponents = np.exp(logits - logits.max(1, keepdims=True))
    return exponents / exponents.sum(1, keepdims=True)


def losses(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The cross-entropy of each answer, -log of the probability of the true class: float64 (N,).

    Args:
        logits: float (N, classes).
        labels: int64 (N,).
    """
    wide = np.asarray(logits, np.float64)
    top = wide.max(1)
    return top + np.log(np.exp(wide - top[:, None]).sum(1)) - wide[np.arange(len(labels)), labels]


def temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """What all logits are divided by so that the mean loss is least; the answers stay as they are.

    The loss is convex in 1/T, so that a zero of its slope is found by halving (Guo et al. 2017, section 4.2).

    Args:
        logits: float (N, classes).
        labels: int64 (N,).

    Returns:
        `COLDEST`..`HOTTEST`; 1 without images.
    """
    if not len(labels):
        return 1.0
    wide = np.asarray(logits, np.float64)
    wide = wide - wide.max(1, keepdims=True)
    own = wide[np.arange(len(labels)), labels]
    low, high = 1 / HOTTEST, 1 / COLDEST
    for _ in range(60):
        middle = (low + high) / 2
        slope = ((softmax(middle * wide) * wide).sum(1) - own).mean()
        low, high = (low, middle) if slope > 0 else (middle, high)
    return float(2 / (low + high))


def as_logits(logits: np.ndarray | None, probabilities: np.ndarray) -> np.ndarray:
    """One logit per class, float64 (N, classes); of a network without any the logarithms of its probabilities, which
    softmax turns into the same."""
    if logits is not None:
        return per_class(logits)
    return np.log(np.maximum(np.asarray(probabilities, np.float64), TINY))
