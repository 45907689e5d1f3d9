"""The range test of an experiment's learning rate: `python -m core.training.rate_search`, a network of its own.

What is trained is the experiment itself, data, augmentations, batches, optimizer, loss and precision, by the functions
that train its runs; only the rate grows from step to step.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from core import child, datasets
from core.build.model import build_augmentation, build_model
from core.child import Progress
from core.errors import UserError
from core.experiment import Experiment, memory
from core.experiment.reading import read_experiment
from core.experiment.stages import stages
from core.optimization import range_test
from core.optimization.range_test import RangeTest
from core.runs.work import spread_of
from core.training import first, threads
from core.training.feed import ImageFeed
from core.workspace import current

BUDGET = 12.0
"""Seconds that the steps may take: where a step is slow there are fewer."""
FEWEST = 25
"""Of them the curve can still be read: three for each power of ten."""
CHUNK_SECONDS = 0.2

Clock = Callable[[], float]


def search(
    experiment: Experiment, on_progress: Progress = lambda done, total: None, clock: Clock = time.monotonic
) -> RangeTest:
    """Trains a network for a moment while its learning rate grows, and tells its losses.

    Args:
        experiment: which, as it learns in its first epochs; its schedule and rules play no part.
        on_progress: told the steps taken and planned.
        clock: tells seconds.

    Raises:
        UserError: it can't be trained on this machine, its data can't be had, or its first loss is no number.
    """
    memory.require(experiment)
    facts, settings, stage = experiment.dataset.facts(), experiment.training, stages(experiment)[0]
    spread = spread_of(experiment, stage.trace(facts))
    threads.suit(spread)
    data = datasets.load(experiment.dataset, settings.validation_split, experiment.seed)
    learnt = stage.learnt(data.labels, data.train)
    model = build_model(experiment, facts, settings.precision)
    first.give_weights(experiment, model, current())
    steps = first.steps_of(stage, data.labels, model, learnt, build_augmentation(experiment), spread.parts)
    images, size = ImageFeed(data.images), min(settings.batch_size, len(learnt))

    def train(start: int, rates: np.ndarray) -> list[float]:
        at = positions(learnt, start * size, len(rates) * size, experiment.seed)
        return steps.train_chunk(images.at(at), data.labels[at], size, rates.astype(np.float32))[0].numpy().tolist()

    before = train(0, np.zeros(1))  # compiles, and changes no weight
    if not np.isfinite(before[0]):
        raise _no_loss(experiment)
    began = clock()
    train(1, np.zeros(1))
    pace = clock() - began
    return _grown(train, planned(pace), max(1, int(CHUNK_SECONDS / max(pace, 1e-6))), on_progress)


def planned(pace: float) -> int:
    """How many steps a test has.

    Args:
        pace: seconds that one takes, above 0.
    """
    return int(np.clip(BUDGET / max(pace, 1e-6), FEWEST, range_test.STEPS))


def positions(train: np.ndarray, start: int, count: int, seed: int) -> np.ndarray:
    """Training images in the order in which the epochs of a run show them, one epoch right behind the other.

    Args:
        train: int64 (N,), N 1 or more: all of them.
        start: images that were shown before.
        count: how many are wanted.
        seed: of the experiment.
    """
    epochs = range(start // len(train), (start + count - 1) // len(train) + 1)
    order = np.concatenate([np.random.default_rng([seed, epoch + 1]).permutation(train) for epoch in epochs])
    return order[start % len(train) :][:count]


def _grown(train: Callable[[int, np.ndarray], list[float]], steps: int, chunk: int, on_progress: Progress) -> RangeTest:
    """Lets the rate grow to its end, or until the network diverges.

    Args:
        train: takes steps at some rates, the first of them the so manieth, and tells the losses.
        steps: planned.
        chunk: steps that are taken in one go.
        on_progress: told the steps taken and planned.
    """
    rates, losses = range_test.growing(steps), []
    while len(losses) < steps:
        on_progress(len(losses), steps)
        losses += train(len(losses), rates[len(losses) :][:chunk])
        end = range_test.diverging(losses, steps)
        if end is not None:
            return RangeTest(tuple(losses[: end + bool(np.isfinite(losses[end]))]), steps, diverged=True)
    return RangeTest(tuple(losses), steps, diverged=False)


def _no_loss(experiment: Experiment) -> UserError:
    """Refuses a network whose loss is no number before it was trained: no rate is to blame, and none would help."""
    if experiment.weights:
        remedy = "The weights that it begins with were taken over; begin with fresh ones."
    elif experiment.training.precision != memory.FULL:
        remedy = "Choose float32: half as many bits hold smaller numbers only."
    else:
        remedy = "Look for a layer on the Network page that makes numbers too large, or divides by zero."
    return UserError(
        "The loss is no number at the first step, before any learning rate had an effect.", remedy, "RATE_NO_LOSS"
    )


def _work(job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The process' side: an experiment's JSON in, what was found out."""
    if hasattr(os, "nice"):
        os.nice(5)  # a run that is being trained keeps its pace
    found = search(read_experiment(job["experiment"].encode()), progress)
    return {"losses": found.losses, "steps": found.steps, "diverged": found.diverged}


if __name__ == "__main__":
    child.answer(_work)
