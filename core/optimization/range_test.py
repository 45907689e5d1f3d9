"""The range test of the learning rate: it grows at every step, and the loss tells which rates learn and which diverge.

Source: Smith 2017, "Cyclical learning rates for training neural networks" (arXiv 1506.01186); the range, the number of
steps, the smoothing, the end and the proposals are those of fastai's `lr_find`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

LOW, HIGH, STEPS = 1e-7, 10.0, 100
"""The first rate and the last, and the steps between them where a step is quick."""
SMOOTHING = 0.98
"""Share of the past in the smoothed loss, in a test of STEPS steps."""
DIVERGED = 4.0
"""The test ends where the smoothed loss is so many times its lowest."""
FIRST, LAST = 0.1, 0.05
"""Shares of the steps that are left out of the judgement: the average has just begun, the loss is exploding."""
LEAST_FALL, NOISE = 0.01, 1.0
"""A loss that falls by less is flat: a share of it, and a share of how much the losses of batches differ anyway."""


def growing(steps: int = STEPS) -> np.ndarray:
    """The learning rate of every step, each the same factor above the one before.

    Args:
        steps: 2 or more.

    Returns:
        float64 (steps,), LOW..HIGH.
    """
    return np.geomspace(LOW, HIGH, steps)


def smoothed(losses: Sequence[float], share: float) -> np.ndarray:
    """The running mean of the losses, in which what lies further back counts ever less.

    Args:
        losses: of the steps, 1 or more.
        share: 0..1, of the past in each mean. The first ones, which have little past, are means of what there is.

    Returns:
        float64, shaped as `losses`.
    """
    mean, means = 0.0, []
    for step, loss in enumerate(losses, 1):
        mean = share * mean + (1 - share) * loss
        means.append(mean / (1 - share**step))
    return np.array(means)


def share_of_past(steps: int) -> float:
    """Smooths a test of so many steps as one of STEPS: over the same range of rates.

    Args:
        steps: that are planned.
    """
    return SMOOTHING ** (STEPS / steps)


def diverging(losses: Sequence[float], steps: int) -> int | None:
    """The step at which the test ends, counted from 0: the loss is no number there, or the smoothed one DIVERGED times
    its lowest so far; None where it goes on.

    Args:
        losses: of the steps so far.
        steps: that are planned.
    """
    values = np.asarray(losses, np.float64)
    bad = np.flatnonzero(~np.isfinite(values))
    end = int(bad[0]) if len(bad) else len(values)
    means = smoothed(values[:end], share_of_past(steps))
    above = np.flatnonzero(means > DIVERGED * np.minimum.accumulate(means)) if end else []
    if len(above):
        return int(above[0])
    return end if end < len(values) else None


def valley(rates: np.ndarray, losses: np.ndarray) -> float:
    """The rate in the middle of the longest way down: of the longest row of steps, not all of them neighbours, of which
    each has a lower loss than the one before.

    Args:
        rates: float64 (N,), ascending.
        losses: float64 (N,), smoothed.

    Returns:
        half the length of the way before its end; of several ways the first.
    """
    lengths = np.ones(len(losses), int)  # of the longest way down that ends at each step
    for step in range(1, len(losses)):
        lengths[step] += max(lengths[:step][losses[:step] > losses[step]], default=0)
    end, length = int(lengths.argmax()), int(lengths.max())
    return float(rates[max(0, end - length + length // 3 + length // 6)])


def steepest(rates: np.ndarray, losses: np.ndarray) -> float:
    """The rate at which the loss falls fastest, from one step to the next, on a logarithmic axis of the rate.

    Args:
        rates: float64 (N,), ascending, N 2 or more.
        losses: float64 (N,), smoothed.
    """
    return float(rates[np.argmin(np.diff(losses) / np.diff(np.log(rates)))])


def tenth_of_lowest(rates: np.ndarray, losses: np.ndarray) -> float:
    """A tenth of the rate at which the loss is lowest, where steps are about to be too long.

    Args:
        rates: float64 (N,), ascending.
        losses: float64 (N,), smoothed.
    """
    return float(rates[np.argmin(losses)] / 10)


@dataclass(frozen=True)
class RangeTest:
    """What a range test found.

    Args:
        losses: of the steps that were taken, each a finite number, 1 or more.
        steps: that were planned.
        diverged: whether it ended before its last step, as the loss grew too large or was no number any more.
    """

    losses: tuple[float, ...]
    steps: int
    diverged: bool

    @property
    def rates(self) -> np.ndarray:
        """float64, the learning rate of each step that was taken."""
        return growing(self.steps)[: len(self.losses)]

    @cached_property
    def smoothed(self) -> np.ndarray:
        """float64, shaped as `losses`."""
        return smoothed(self.losses, share_of_past(self.steps))

    @property
    def judged(self) -> slice:
        """The steps that proposals are read from; all of them where too few are left."""
        first, last = round(FIRST * self.steps), len(self.losses) - round(LAST * self.steps)
        return slice(first, last) if last - first >= 2 else slice(0, len(self.losses))

    @property
    def limit(self) -> float | None:
        """The rate at which it diverged: that of the step after which the loss was too large; None where it did not."""
        return float(self.rates[-1]) if self.diverged else None

    @property
    def is_flat(self) -> bool:
        """Whether the loss fell so little that no rate is better than another."""
        losses = self.smoothed[self.judged]
        if len(losses) < 2:
            return True
        lowest = int(losses.argmin())
        noise = float(np.std(self.losses[: max(2, self.judged.start)]))
        fall = float(losses[: lowest + 1].max() - losses[lowest])
        return fall <= max(LEAST_FALL * abs(float(losses[0])), NOISE * noise)

    def proposals(self) -> dict[str, float]:
        """Rates to train with, by the name of how they are found; the first is the one to take. None of a flat loss."""
        if self.is_flat:
            return {}
        rates, losses = self.rates[self.judged], self.smoothed[self.judged]
        return {rule.__name__: two_digits(rule(rates, losses)) for rule in (valley, steepest, tenth_of_lowest)}


def two_digits(rate: float) -> float:
    """A rate to two significant digits: more of them say nothing."""
    return float(f"{rate:.1e}")
