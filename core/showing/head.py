"""The classifier that is learnt from what was shown: softmax regression on the features of a frozen base.

A few hundred images have fewer dimensions than their features, so all is done on the images' inner products: weights
are sums of images, W = X'A, and gradient descent on W is gradient descent on A (kernel logistic regression; Hastie,
Tibshirani, Friedman, The Elements of Statistical Learning, 12.3.3). A fold of the estimate is then a part of a matrix
that is there already.
"""

from dataclasses import dataclass

import numpy as np

STRENGTH = 0.001
"""Of the penalty on the weights, beside the mean cross-entropy; found on photos of three datasets."""
STEPS, CLOSE = 600, 1e-4
"""Steps at most, and the largest change in one step (in logits) after which nothing worth seeing follows."""
FOLDS = 5
"""Parts into which what was shown is split for the estimate: each is asked about once, by what the others taught."""


@dataclass(frozen=True, eq=False)
class Head:
    """A trained head: one Dense layer with softmax on standardized features.

    Args:
        mean, scale: float32 (D,): features are standardized as (features - mean) / scale.
        weights: float32 (D, C).
        bias: float32 (C,).
    """

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """What it says: float32 (N, C), each row sums to 1.

        Args:
            features: float32 (N, D).
        """
        return softmax((features - self.mean) / self.scale @ self.weights + self.bias)


@dataclass(frozen=True, eq=False)
class Learnt:
    """A head with what is known of how good it is.

    Args:
        head: the classifier.
        asked: float32 (N, C): of each image what a head says that learnt from neither it nor those taken with it.
        labels: int64 (N,): what is right.
    """

    head: Head
    asked: np.ndarray
    labels: np.ndarray

    @property
    def right(self) -> int:
        """How many images are right though nothing was learnt from them."""
        return int((self.asked.argmax(1) == self.labels).sum())

    def confusion(self) -> np.ndarray:
        """How many images of each class (row) were taken for each class (column): int64 (C, C)."""
        count = self.asked.shape[1]
        return np.bincount(self.labels * count + self.asked.argmax(1), minlength=count**2).reshape(count, count)


def learn(features: np.ndarray, labels: np.ndarray, presses: np.ndarray, classes: int) -> Learnt:
    """Trains a head and estimates how good it is; the same images give the same head.

    Every class counts the same, however many images it has: what was shown more often need not come more often.

    Args:
        features: float32 (N, D) of the images that were shown.
        labels: int64 (N,): the class of each, 0 to `classes` - 1; two images of each class at least.
        presses: int64 (N,): equal for images that were taken in one go.
        classes: two or more.
    """
    mean, scale = features.mean(0), features.std(0)
    # A feature that never changes says nothing; the root of D makes the inner products about 1.
    scale = np.where(scale > 1e-6, scale, 1.0) * np.sqrt(features.shape[1], dtype=np.float32)
    standardized = ((features - mean) / scale).astype(np.float32)  # (N, D)
    products = (standardized @ standardized.T).astype(np.float64)  # (N, N)
    sums, bias = solve(products, labels, classes)
    head = Head(mean, scale.astype(np.float32), (standardized.T @ sums).astype(np.float32), bias.astype(np.float32))
    return Learnt(head, _asked(products, labels, folds(labels, presses), classes), labels)


def solve(products: np.ndarray, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Softmax regression: minimises the mean cross-entropy plus STRENGTH / 2 times the sum of the squared weights.

    Nesterov's gradient descent with restarts (O'Donoghue and Candes, 2015); the step is one over a bound of the
    curvature, so it never overshoots.

    Args:
        products: float64 (N, N): inner products of the images.
        labels: int64 (N,).
        classes: how many.

    Returns:
        float64 (N, C), by which the images are summed to weights, and the bias, float64 (C,).
    """
    counts = np.bincount(labels, minlength=classes)
    share = 1 / (classes * counts[labels])  # of each image: every class counts the same
    target = np.eye(classes)[labels]
    step = 1 / (0.5 * _largest(np.sqrt(share)[:, None] * (products + 1) * np.sqrt(share)) + STRENGTH)
    now = ahead = np.zeros((len(labels) + 1, classes))  # the last row is the bias
    speed = 1.0
    for _ in range(STEPS):
        error = (softmax(products @ ahead[:-1] + ahead[-1]) - target) * share[:, None]
        slope = np.vstack([error + STRENGTH * ahead[:-1], error.sum(0)])
        after = ahead - step * slope
        change = products @ (after[:-1] - now[:-1]) + after[-1] - now[-1]
        if (slope * (after - now)).sum() > 0:  # it went past the lowest point: begin anew from here
            speed = 1.0
        faster = (1 + np.sqrt(1 + 4 * speed**2)) / 2
        ahead = after + (speed - 1) / faster * (after - now)
        now, speed = after, faster
        if np.abs(change).max() < CLOSE:
            break
    return now[:-1], now[-1]


def _largest(matrix: np.ndarray) -> float:
    """A bound from above of the largest eigenvalue, by the power method and a margin."""
    vector = np.ones(len(matrix))
    for _ in range(20):
        vector = matrix @ vector
        vector /= np.linalg.norm(vector)
    return 1.2 * float(np.linalg.norm(matrix @ vector))


def _asked(products: np.ndarray, labels: np.ndarray, fold: np.ndarray, classes: int) -> np.ndarray:
    """What heads say of images that they did not learn from: float32 (N, C)."""
    found = np.zeros((len(labels), classes), np.float32)
    for part in np.unique(fold):
        out = fold == part
        sums, bias = solve(products[np.ix_(~out, ~out)], labels[~out], classes)
        found[out] = softmax(products[np.ix_(out, ~out)] @ sums + bias)
    return found


def folds(labels: np.ndarray, presses: np.ndarray) -> np.ndarray:
    """The part in which each image is asked about, 0 to 4: int64 (N,).

    Images of one press are alike, so they stay together; a class of a single press is cut into stretches of time.

    Args:
        labels: int64 (N,).
        presses: int64 (N,).
    """
    found = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        _, turn = np.unique(presses[members], return_inverse=True)
        if turn.max(initial=0) == 0:
            turn = np.arange(len(members))
        parts = min(FOLDS, int(turn.max(initial=0)) + 1)
        found[members] = turn * parts // (turn.max(initial=0) + 1)
    return found


def softmax(logits: np.ndarray) -> np.ndarray:
    """Each row as probabilities: e to the power of each number, divided by their sum."""
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)
