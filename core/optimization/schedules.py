"""The catalogue of schedules: how the learning rate changes from the first step to the last.

They count in epochs, as people do; Keras' own schedules count in steps.
"""

import math
from typing import ClassVar

import numpy as np

from core.problems import ALONE, Context, Problem
from core.spec import Spec, option
from core.words import counted


def alpha() -> float:
    """The field of every schedule with a floor."""
    return option(
        0.0,
        "Share of the learning rate that is left at the end.",
        advice="If the last epochs change nothing any more, leave 0.01 to 0.1 of it.",
        low=0.0,
        high=1.0,
    )


class Schedule(Spec):
    """How the learning rate changes while the network learns."""

    moves: ClassVar[bool] = True
    """Whether the learning rate does change; then nothing else may steer it."""

    def rates(self, base: float, steps_per_epoch: int, epochs: int) -> np.ndarray:
        """The learning rate of every step of a run.

        Args:
            base: the optimizer's learning rate, where the schedule begins (after a warm-up).
            steps_per_epoch: batches in an epoch, 1 or more.
            epochs: of the whole run, 1 or more.

        Returns:
            float64 (steps_per_epoch * epochs,), each 0..base.
        """
        elapsed = np.arange(steps_per_epoch * epochs) / steps_per_epoch  # (steps,), epochs
        return base * self.shares(elapsed, epochs, 1 / steps_per_epoch)

    def shares(self, elapsed: np.ndarray, epochs: int, step: float) -> np.ndarray:
        """The part of the learning rate in use: float64, 0..1, shaped as `elapsed`.

        Args:
            elapsed: float64 (N,), epochs since the start, fractions included.
            epochs: of the whole run.
            step: length of one step, in epochs.
        """
        raise NotImplementedError

    def source(self, context: Context = ALONE) -> str:
        """The Keras expression, in which `steps` stands for the steps of an epoch."""
        raise NotImplementedError


class Constant(Schedule):
    """The same learning rate from the first step to the last."""

    rank: ClassVar[int] = 1
    moves: ClassVar[bool] = False

    def shares(self, elapsed: np.ndarray, epochs: int, step: float) -> np.ndarray:
        return np.ones_like(elapsed)

    def source(self, context: Context = ALONE) -> str:
        return repr(context.learning_rate)


class ExponentialDecay(Schedule):
    """Shrinks by the same factor in every epoch: fast at first, then ever more slowly."""

    rank: ClassVar[int] = 2

    decay_rate: float = option(
        0.9,
        "What is left of the learning rate after each epoch.",
        advice="If learning dies out before the end, raise it.",
        low=0.01,
        high=1.0,
    )

    def shares(self, elapsed: np.ndarray, epochs: int, step: float) -> np.ndarray:
        return self.decay_rate**elapsed

    def words(self) -> str:
        return f"× {self.decay_rate:g} an epoch"

    def source(self, context: Context = ALONE) -> str:
        base, rate = context.learning_rate, self.decay_rate
        return f"optimizers.schedules.ExponentialDecay({base!r}, decay_steps=steps, decay_rate={rate!r})"


class StepDecay(Schedule):
    """Stays for some epochs, then falls by a factor, and so on: a staircase."""

    rank: ClassVar[int] = 3

    every: int = option(
        5,
        "Epochs between two falls.",
        advice="If the curve is flat long before a fall, take fewer.",
        low=1,
        high=1000,
        unit="epochs",
    )
    factor: float = option(
        0.5,
        "What the learning rate is multiplied by at each fall.",
        advice="0.5 is gentle; 0.1 is a clear step down.",
        low=0.01,
        high=1.0,
    )

    def shares(self, elapsed: np.ndarray, epochs: int, step: float) -> np.ndarray:
        # Steps in the middle of a step: 5 epochs of 3 steps must not end at 4.999.
        return self.factor ** np.floor((elapsed + step / 2) / self.every)

    def words(self) -> str:
        return (
            f"× {self.factor:g} every {counted(self.every, 'epoch')}"
            if self.every > 1
            else f"× {self.factor:g} every epoch"
        )

    def source(self, context: Context = ALONE) -> str:
        return (
            f"optimizers.schedules.ExponentialDecay("
            f"{context.learning_rate!r}, decay_steps={_times_steps(self.every)}, "
            f"decay_rate={self.factor!r}, staircase=True)"
        )


class PolynomialDecay(Schedule):
    """Falls to its floor just at the last step: in a straight line, or bent by a power."""

    rank: ClassVar[int] = 4

    power: float = option(
        1.0,
        "1 is a straight line; more falls early, less falls late.",
        advice="If learning dies out too early, lower it.",
        low=0.1,
        high=5.0,
    )
    alpha: float = alpha()

    def shares(self, elapsed: np.ndarray, epochs: int, step: float) -> np.ndarray:
        return (1 - self.alpha) * (1 - elapsed / epochs) ** self.power + self.alpha

    def words(self) -> str:
        return f"{'in a straight line' if self.power == 1 else f'power {self.power:g}'} to {_share(self.alpha)}"

    def source(self, context: Context = ALONE) -> str:
        base = context.learning_rate
        return (
            f"optimizers.schedules.PolynomialDecay({base!r}, decay_steps={_times_steps(context.epochs)}, "
            f"end_learning_rate={base * self.alpha!r}, power={self.power!r})"
        )


class CosineDecay(Schedule):
    """Falls like a wave from crest to trough: slow, fast, slow; may first warm up from almost nothing."""

    rank: ClassVar[int] = 5

    warmup_epochs: int = option(
        0,
        "Epochs in which the learning rate grows to its full size.",
        advice="If the first steps make the loss jump, warm up for 1 to 3 epochs.",
        low=0,
        high=100,
        unit="epochs",
    )
    alpha: float = alpha()

    def shares(self, elapsed: np.ndarray, epochs: int, step: float) -> np.ndarray:
        """Source: Loshchilov and Hutter, SGDR (2017), equation 5, for a single period."""
        fallen = np.clip((elapsed - self.warmup_epochs) / (epochs - self.warmup_epochs), 0, 1)
        cosine = (1 - self.alpha) * (1 + np.cos(math.pi * fallen)) / 2 + self.alpha
        if not self.warmup_epochs:
            return cosine
        # From the share of a single step, not from 0: a first step of no length would teach nothing.
        first = step / self.warmup_epochs
        growing = first + (1 - first) * elapsed / self.warmup_epochs
        return np.where(elapsed < self.warmup_epochs, growing, cosine)

    def problems(self, context: Context) -> list[Problem]:
        if self.warmup_epochs < context.epochs:
            return []
        warm, all_of_them = self.warmup_epochs, context.epochs
        message = f"{self.kind}: A warm-up of {counted(warm, 'epoch')} leaves none of the {all_of_them} for the decay."
        return [Problem("training", message, "Take fewer, or more epochs in all.")]

    def words(self) -> str:
        warm = f"{self.warmup_epochs} to warm up, then " if self.warmup_epochs else ""
        return f"{warm}to {_share(self.alpha)}"

    def source(self, context: Context = ALONE) -> str:
        base, left = context.learning_rate, _times_steps(context.epochs - self.warmup_epochs)
        if not self.warmup_epochs:
            return f"optimizers.schedules.CosineDecay({base!r}, decay_steps={left}, alpha={self.alpha!r})"
        warm = _times_steps(self.warmup_epochs)
        return (
            f"optimizers.schedules.CosineDecay({base!r} / ({warm}), decay_steps={left}, alpha={self.alpha!r}, "
            f"warmup_target={base!r}, warmup_steps={warm})"
        )


def _times_steps(epochs: int) -> str:
    """Epochs in steps, as source code."""
    return "steps" if epochs == 1 else f"{epochs} * steps"


def _share(alpha: float) -> str:
    """A floor in words: 0.05 -> "5 %"."""
    return f"{100 * alpha:g} %" if alpha else "0"
