"""Learning curves as plain numbers: what the browser needs to draw a run, and no more."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from core.runs.records import Metrics

T = TypeVar("T")

MAX_POINTS = 500
"""More than a chart is wide in px would only cost time."""
MANY = 4 * MAX_POINTS
"""From so many values on, means of neighbours are calm enough, and a long run is drawn as fast as a short one."""
SMOOTHING = 0.85
"""Share of the past in the running mean of the batch line: calm, yet turns within about seven points."""


def learning_curve(metrics: Metrics, quantity: str) -> dict[str, Any]:
    """Training against validation, for one quantity.

    Args:
        metrics: what was measured so far; may be empty.
        quantity: "loss" or "accuracy" (0..1).

    Returns:
        `batches` [[x], [y]] with x in epochs, smoothed; `epochs`, at most MAX_POINTS numbers of epochs; `train` and
        `validation`, what these came to (None where it was not finite); `rates` [[x, learning rate]], where somebody
        or a rule changed it, at most MAX_POINTS.
    """
    records, rates = thinned(metrics.epochs, MAX_POINTS), thinned(metrics.rates, MAX_POINTS)
    x, y = smoothed(metrics.step, getattr(metrics, quantity), max(1, metrics.steps_per_epoch))
    return {
        "quantity": quantity,
        "batches": [np.round(x, 4).tolist(), [None if np.isnan(v) else float(f"{v:.4g}") for v in y]],
        "epochs": [record["epoch"] for record in records],
        "train": [_digits(record[quantity]) for record in records],
        "validation": [_digits(record[f"val_{quantity}"]) for record in records],
        "rates": [[round(step / max(1, metrics.steps_per_epoch), 4), rate] for step, rate, _ in rates],
    }


def thinned(values: Sequence[T], most: int) -> Sequence[T]:
    """At most so many of the values, evenly, the first and the last among them."""
    if len(values) <= most:
        return values
    return [values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)]


def _digits(value: float | None) -> float | None:
    """As many as a chart can show."""
    return None if value is None else float(f"{value:.5g}")


def smoothed(
    step: Sequence[int], values: Sequence[float | None], steps_per_epoch: int
) -> tuple[np.ndarray, np.ndarray]:
    """The batch line: positions in epochs and the running mean, at most MAX_POINTS of them.

    Args:
        step: batches from the start.
        values: one each; None where the number was not finite.
        steps_per_epoch: batches in an epoch.

    Returns:
        float64 (n,), float64 (n,).
    """
    x = np.asarray(step, float) / steps_per_epoch
    y = np.array(values, float)  # None becomes NaN
    if len(y) > MANY:
        return _binned(x, y)
    mean, weight = 0.0, 0.0
    for i, value in enumerate(y):
        if np.isfinite(value):
            # Dividing by the weights so far keeps the first points from leaning towards zero.
            mean, weight = SMOOTHING * mean + (1 - SMOOTHING) * value, SMOOTHING * weight + (1 - SMOOTHING)
            y[i] = mean / weight
    keep = np.unique(np.linspace(0, len(y) - 1, min(len(y), MAX_POINTS)).astype(int)) if len(y) else np.array([], int)
    return x[keep], y[keep]


def _binned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """MAX_POINTS means of neighbours, each at the last of its positions; NaN where none of them is a number."""
    edges = np.linspace(0, len(y), MAX_POINTS + 1).astype(int)
    good = np.isfinite(y)
    counts = np.add.reduceat(good, edges[:-1], dtype=float)
    sums = np.add.reduceat(np.where(good, y, 0.0), edges[:-1])
    return x[edges[1:] - 1], np.divide(sums, counts, out=np.full(MAX_POINTS, np.nan), where=counts > 0)
