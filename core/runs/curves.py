"""Learning curves as plain numbers: what the browser needs to draw a run, and no more."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from core.experiment import Experiment
from core.experiment.stages import stages
from core.optimization.schedules import Schedule
from core.runs.records import Metrics

T = TypeVar("T")

MAX_POINTS = 500
"""More than a chart is wide in px would only cost time."""
MANY = 4 * MAX_POINTS
"""From so many values on, means of neighbours are calm enough, and a long run is drawn as fast as a short one."""
LENGTHS = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 2000,
           3000, 5000)  # fmt: skip
"""Epochs that an axis may hold: it grows by steps, so that the curve is still between them."""
AHEAD_SECONDS = 10.0
"""What comes within that time has its place on the axis: a run of a few seconds never changes it."""
SMOOTHING = 0.85
"""Share of the past in the running mean of the batch line: calm, yet turns within about seven points."""

SAMPLES = 50_000
"""Steps of which the learning rate is looked at: all of them, but for the longest runs."""
TURNS = 200
"""Changes of the learning rate by a schedule that are drawn one by one; of more, so many values."""


def learning_curve(metrics: Metrics, quantity: str) -> dict[str, Any]:
    """Training against validation, for one quantity.

    Args:
        metrics: what was measured so far; may be empty.
        quantity: "loss" or "accuracy" (0..1).

    Returns:
        `batches` [[x], [y]] with x in epochs, smoothed; `epochs`, at most MAX_POINTS numbers of epochs; `train` and
        `validation`, what these came to (None where it was not finite); `rates` [[x, learning rate]], where somebody
        or a rule changed it, at most MAX_POINTS; `borders` [[epochs before it, what began there]].
    """
    records, rates = thinned(metrics.epochs, MAX_POINTS), thinned(metrics.rates, MAX_POINTS)
    moved = metrics.in_epochs([step for step, _, _ in rates])
    x, y = smoothed(metrics.in_epochs(metrics.step), getattr(metrics, quantity))
    return {
        "quantity": quantity,
        "batches": [np.round(x, 4).tolist(), [None if np.isnan(v) else float(f"{v:.4g}") for v in y]],
        "epochs": [record["epoch"] for record in records],
        "train": [_digits(record[quantity]) for record in records],
        "validation": [_digits(record[f"val_{quantity}"]) for record in records],
        "rates": [[round(float(x), 4), rate] for x, (_, rate, _) in zip(moved, rates, strict=True)],
        "borders": [[epoch, what] for _, epoch, _, what in metrics.borders if what],
    }


def rate_curve(
    schedule: Schedule, rate: float, steps_per_epoch: int, epochs: int, changes: Sequence[Sequence[float]] = ()
) -> list[list[float]]:
    """The learning rate from the first step to the last, as far as it is known now.

    Args:
        schedule: of the run.
        rate: the optimizer's learning rate.
        steps_per_epoch, epochs: of the run; without steps there is no curve.
        changes: (x in epochs, new learning rate), ascending, made by the user or a rule: the schedule goes on from
            there in proportion.

    Returns:
        [x in epochs], [learning rate], to be joined by straight lines.
    """
    if steps_per_epoch < 1 or epochs < 1:
        return [[], []]
    base_x, base = _base_rates(schedule, rate, steps_per_epoch, epochs)
    factor, xs, ys, start = 1.0, [], [], 0.0
    for x, value in [*changes, (float(epochs), None)]:
        at = (base_x >= start) & (base_x < x) if value is not None else base_x >= start
        here = float(np.interp(x, base_x, base))
        xs += [start, *base_x[at], x]
        ys += [float(np.interp(start, base_x, base)) * factor, *(base[at] * factor), here * factor]
        factor, start = value / here if value is not None and here > 0 else factor, x
    return [[round(float(x), 4) for x in xs], [float(f"{y:.5g}") for y in ys]]


def rate_through(
    experiment: Experiment, steps_per_epoch: int, changes: Sequence[Sequence[float]] = ()
) -> list[list[float]]:
    """The learning rate of a whole run, its phases included; as `rate_curve` of each of its stages.

    Args:
        experiment: of the run.
        steps_per_epoch, changes: as `rate_curve`.
    """
    xs, ys = [], []
    for stage in stages(experiment):
        here = [(x - stage.first, value) for x, value in changes if stage.first < x <= stage.last]
        schedule = experiment.training.schedule
        found = rate_curve(schedule, stage.rate, steps_per_epoch, stage.epochs, here)
        xs += [round(stage.first + x, 4) for x in found[0]]
        ys += found[1]
    return [xs, ys]


@lru_cache(8)
def _base_rates(schedule: Schedule, rate: float, steps: int, epochs: int) -> tuple[np.ndarray, np.ndarray]:
    """What the schedule alone gives, as few points: float64 (n,) in epochs, float64 (n,)."""
    step = np.unique(np.linspace(0, steps * epochs - 1, min(steps * epochs, SAMPLES)).astype(np.int64))
    x = step / steps
    rates = rate * schedule.shares(x, epochs, 1 / steps)
    turns = np.flatnonzero(np.diff(rates))
    places = np.union1d(turns, turns + 1) if len(turns) <= TURNS else np.linspace(0, len(rates) - 1, TURNS).astype(int)
    places = np.union1d(places, [0, len(rates) - 1]).astype(int)
    return x[places], rates[places]


def axis(lived: float, epochs: int, pace: float | None) -> float:
    """How many epochs the axis of a run at work holds: the part that was lived, and what comes soon.

    Args:
        lived: epochs so far, fractions included.
        epochs: of the whole run.
        pace: epochs per second; None while unknown: then all of them.
    """
    if not lived or not pace or not 0 < pace < math.inf:
        return epochs
    soon = lived + pace * AHEAD_SECONDS
    return min([epochs, *(length for length in LENGTHS if length >= soon)])


def thinned(values: Sequence[T], most: int) -> Sequence[T]:
    """At most so many of the values, evenly, the first and the last among them."""
    if len(values) <= most:
        return values
    return [values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)]


def _digits(value: float | None) -> float | None:
    """As many as a chart can show."""
    return None if value is None else float(f"{value:.5g}")


def smoothed(x: np.ndarray, values: Sequence[float | None]) -> tuple[np.ndarray, np.ndarray]:
    """The batch line: positions in epochs and the running mean, at most MAX_POINTS of them.

    Args:
        x: float64, where each value lies, in epochs.
        values: one each; None where the number was not finite.

    Returns:
        float64 (n,), float64 (n,).
    """
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
