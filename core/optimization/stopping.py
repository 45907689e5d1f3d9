"""The catalogue of rules that end a run early or slow it down, judged after every epoch.

A rule looks at nothing but the epochs so far, so a run that was interrupted and goes on is judged as if nothing had
happened.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from core.problems import ALONE, Context, Problem
from core.spec import Spec, option
from core.words import counted

Monitor = Literal["accuracy", "val_accuracy", "loss", "val_loss"]
Epoch = Mapping[str, Any]
"""What an epoch came to: epoch (from 1), loss, accuracy, val_loss, val_accuracy (each may be None), seconds and
learning_rate."""

MAX_RULES = 8
SMALL = (0.0, 1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1)
"""What a form offers for changes and rates that are small or none."""


@dataclass(frozen=True)
class Verdict:
    """What a rule, or all of them, ask for after an epoch.

    Args:
        stop: whether the run should end here.
        reason: why, in a few words; empty while it goes on.
        rate_factor: what the learning rate is multiplied by from the next epoch on.
        restore_epoch: the epoch whose weights the run should keep if it ended now, for whatever reason; 0 for the last.
    """

    stop: bool = False
    reason: str = ""
    rate_factor: float = 1.0
    restore_epoch: int = 0


def judge(rules: Sequence["Rule"], epochs: Sequence[Epoch], rate: float) -> Verdict:
    """What all rules together ask for: the first that stops gives the reason, and each sees the rate that is left.

    Args:
        rules: in the learner's order.
        epochs: all so far, the first one first.
        rate: the learning rate at the end of the last of them.
    """
    factor, restore, reasons = 1.0, 0, []
    for rule in rules:
        verdict = rule.judge(epochs, rate * factor)
        factor *= verdict.rate_factor
        restore = verdict.restore_epoch or restore
        reasons += [verdict.reason] if verdict.stop else []
    return Verdict(bool(reasons), next(iter(reasons), ""), factor, restore)


def time_limit(rules: Sequence["Rule"]) -> float | None:
    """Seconds of training that the rules allow; None for no limit."""
    return min((rule.seconds for rule in rules if rule.seconds is not None), default=None)


class Rule(Spec):
    """Something to watch while the network learns."""

    script: ClassVar[str] = ""
    """The class that a script needs for it, where Keras has none."""

    modules: ClassVar[tuple[str, ...]] = ()
    """What that class imports."""

    @property
    def seconds(self) -> float | None:
        """Seconds of training after which it ends the run, even inside an epoch; None when time is not its matter."""
        return None

    def judge(self, epochs: Sequence[Epoch], rate: float) -> Verdict:
        """What it asks for after the last of these epochs.

        Args:
            epochs: all so far, the first one first; at least one.
            rate: the learning rate at the end of the last of them.
        """
        raise NotImplementedError


class Target(Rule):
    """Ends the run at the first epoch that is good enough."""

    rank: ClassVar[int] = 1
    script: ClassVar[str] = '''class Target(keras.callbacks.Callback):
    """Ends the run at the first epoch that is good enough."""

    def __init__(self, monitor, value):
        super().__init__()
        self.monitor, self.value = monitor, value

    def on_epoch_end(self, epoch, logs=None):
        reached = logs[self.monitor]
        if reached <= self.value if self.monitor.endswith("loss") else reached >= self.value:
            print(f"reached {self.monitor} {reached:.4g} (target {self.value:g}) at epoch {epoch + 1}")
            self.model.stop_training = True'''

    monitor: Monitor = option(
        "accuracy",
        "What is watched: val_ means on the pictures that are held out.",
        advice="accuracy asks whether it can learn them, val_accuracy whether it has understood.",
    )
    value: float = option(
        0.99,
        "The run ends once an epoch reaches this: an accuracy of at least, or a loss of at most so much.",
        advice="If it is never reached, all epochs are run.",
        low=0.0,
        high=100.0,
    )

    def judge(self, epochs: Sequence[Epoch], rate: float) -> Verdict:
        last = epochs[-1]
        reached = last.get(self.monitor)
        if reached is None or not (reached <= self.value if _is_loss(self.monitor) else reached >= self.value):
            return Verdict()
        return Verdict(True, f"reached {self.monitor} {reached:.4g} (target {self.value:g}) at epoch {last['epoch']}")

    def problems(self, context: Context) -> list[Problem]:
        if _is_loss(self.monitor) or self.value <= 1:
            return []
        message = f"Target #{context.place + 1}: {self.monitor} {self.value:g} can't be reached: it is 0 to 1."
        return [Problem("training", message, f"Lower it. For {self.value:g} % set {self.value / 100:g}.")]

    def words(self) -> str:
        return f"{self.monitor} {'≤' if _is_loss(self.monitor) else '≥'} {self.value:g}"

    def source(self, context: Context = ALONE) -> str:
        return f'Target(monitor="{self.monitor}", value={self.value!r})'


class EarlyStopping(Rule):
    """Ends the run when it has not become better for some epochs, and can bring back the best epoch's weights."""

    keras: ClassVar[str] = "callbacks.EarlyStopping"
    rank: ClassVar[int] = 2

    monitor: Monitor = option(
        "val_loss",
        "What should become better: an accuracy higher, a loss lower.",
        advice="val_loss notices overfitting first; val_accuracy is what you want in the end, but moves in jumps.",
    )
    patience: int = option(
        3,
        "How many epochs without progress are borne.",
        advice="If it stops while the curve still wobbles downwards, double it.",
        low=0,
        high=100,
        unit="epochs",
    )
    min_delta: float = option(
        0.0,
        "The least change that counts as progress.",
        advice="If tiny gains keep it going for long, try 0.001.",
        low=0.0,
        high=1.0,
        scale="log",
        choices=SMALL,
    )
    restore_best_weights: bool = option(
        True,
        "Whether the network ends with the weights of its best epoch instead of the last.",
        advice="If the last epochs overfit, switch it on.",
    )
    start_from_epoch: int = option(
        0,
        "How many epochs pass before it begins to watch.",
        advice="If the first epochs jump about, let them pass.",
        low=0,
        high=1000,
        unit="epochs",
    )

    def judge(self, epochs: Sequence[Epoch], rate: float) -> Verdict:
        """Equals `keras.callbacks.EarlyStopping`, epoch by epoch."""
        best, waited, stop = None, 0, False
        for epoch in epochs[self.start_from_epoch :]:
            value = epoch.get(self.monitor)
            stop = False
            if value is None:
                continue
            if best is None or _is_better(self.monitor, value, best[self.monitor], self.min_delta):
                best, waited = epoch, 0
            else:
                waited += 1
                stop = waited >= self.patience
        if best is None:
            return Verdict()
        restore = best["epoch"] if self.restore_best_weights else 0
        since = f"since epoch {best['epoch']} ({best[self.monitor]:.4g})"
        return Verdict(stop, f"{self.monitor} did not improve {since}" if stop else "", restore_epoch=restore)

    def words(self) -> str:
        kept = ", best weights kept" if self.restore_best_weights else ""
        return f"{self.monitor}, patience {self.patience}{kept}"


class ReduceLROnPlateau(Rule):
    """Shortens the steps when it has not become better for some epochs; often the last bit of accuracy."""

    keras: ClassVar[str] = "callbacks.ReduceLROnPlateau"
    rank: ClassVar[int] = 3

    monitor: Monitor = option(
        "val_loss",
        "What should become better: an accuracy higher, a loss lower.",
        advice="loss asks whether learning has stalled, val_loss whether understanding has.",
    )
    factor: float = option(
        0.5,
        "What the learning rate is multiplied by.",
        advice="0.5 is gentle; 0.1 is a clear step down.",
        low=0.01,
        high=0.99,
    )
    patience: int = option(
        2,
        "How many epochs without progress are borne.",
        advice="Keep it below the patience of EarlyStopping, or that one comes first.",
        low=0,
        high=100,
        unit="epochs",
    )
    min_delta: float = option(
        0.0001,
        "The least change that counts as progress.",
        advice="If it waits although the curve is flat, raise it.",
        low=0.0,
        high=1.0,
        scale="log",
        choices=SMALL,
    )
    cooldown: int = option(
        0,
        "How many epochs it rests after a reduction.",
        advice="If it reduces several times in a row, let it rest.",
        low=0,
        high=100,
        unit="epochs",
    )
    min_lr: float = option(
        1e-6,
        "The learning rate is never made smaller than this.",
        advice="If learning dies out, raise it.",
        low=0.0,
        high=10.0,
        scale="log",
        choices=SMALL,
    )

    def judge(self, epochs: Sequence[Epoch], rate: float) -> Verdict:
        """Equals `keras.callbacks.ReduceLROnPlateau`, epoch by epoch."""
        best, waited, rest, factor = None, 0, 0, 1.0
        for epoch, before in _with_rates(epochs, rate):
            value, factor = epoch.get(self.monitor), 1.0
            if value is None:
                continue
            if rest:
                rest, waited = rest - 1, 0
            if best is None or _is_better(self.monitor, value, best, self.min_delta):
                best, waited = value, 0
            elif not rest:
                waited += 1
                if waited >= self.patience and np.float32(before) > np.float32(self.min_lr):
                    factor, rest, waited = max(self.factor, self.min_lr / before), self.cooldown, 0
        return Verdict(rate_factor=factor)

    def problems(self, context: Context) -> list[Problem]:
        if not context.schedule:
            return []
        message = f"{context.schedule} and ReduceLROnPlateau both steer the learning rate."
        return [Problem("training", message, "Choose the schedule Constant, or remove that rule.")]

    def words(self) -> str:
        return f"rate × {self.factor:g} after {counted(self.patience, 'epoch')} without better {self.monitor}"


class TimeBudget(Rule):
    """Ends the run when its time is used up, even inside an epoch; pauses don't count."""

    rank: ClassVar[int] = 4
    modules: ClassVar[tuple[str, ...]] = ("time",)
    script: ClassVar[str] = '''class TimeBudget(keras.callbacks.Callback):
    """Ends the run when its time is used up."""

    def __init__(self, minutes):
        super().__init__()
        self.minutes = minutes

    def on_train_begin(self, logs=None):
        self.end = time.monotonic() + 60 * self.minutes

    def on_train_batch_end(self, batch, logs=None):
        if time.monotonic() >= self.end:
            self.model.stop_training = True'''

    minutes: float = option(
        5.0,
        "Minutes of training after which the run ends.",
        advice="If curves still improve when it ends, allow more.",
        low=0.1,
        high=1440.0,
        scale="log",
        choices=(0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 240.0, 480.0,
                 1440.0),
    )  # fmt: skip

    @property
    def seconds(self) -> float:
        return 60 * self.minutes

    def judge(self, epochs: Sequence[Epoch], rate: float) -> Verdict:
        if sum(epoch.get("seconds") or 0.0 for epoch in epochs) < self.seconds:
            return Verdict()
        return Verdict(True, f"used up its time of {self.words()} at epoch {epochs[-1]['epoch']}")

    def words(self) -> str:
        return f"{self.minutes:g} min"

    def source(self, context: Context = ALONE) -> str:
        return f"TimeBudget(minutes={self.minutes!r})"


def _is_loss(monitor: str) -> bool:
    """Whether less of it is better."""
    return monitor.endswith("loss")


def _is_better(monitor: str, value: float, best: float, min_delta: float) -> bool:
    """Whether a value beats the best so far by more than `min_delta`; compared in float32, as Keras compares."""
    if _is_loss(monitor):
        return bool(np.float32(value + min_delta) < np.float32(best))
    return bool(np.float32(value - min_delta) > np.float32(best))


def _with_rates(epochs: Sequence[Epoch], rate: float) -> Iterator[tuple[Epoch, float]]:
    """Each epoch with the learning rate at its end; of the last one `rate` is known better than its record."""
    for epoch in epochs[:-1]:
        yield epoch, epoch.get("learning_rate") or rate
    yield from ((epoch, rate) for epoch in epochs[-1:])
