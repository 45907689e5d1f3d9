"""How fast each way of augmenting is: `python -m core.training.augmentation_speed`, one process for all.

Every way does the same job on the same images, in turns, so that what else the machine does befalls all alike.
"""

import functools
import os
import time
from collections.abc import Callable, Generator, Sequence
from typing import Any

import numpy as np

from core import child, datasets
from core.augmentation import Augmentation
from core.build.augmentation_ways import GENERATOR, MODEL, OURS, PIPELINE, WRAPPED, Way, job, ways
from core.child import Progress
from core.experiment import Experiment
from core.experiment.reading import read_experiment

SECONDS = 0.5
"""Of one turn of one way."""
TURNS = 3
SLOWEST = 300.0
"""Seconds after which it is given up: large photos on a slow machine take a minute."""
FEWEST = 4
"""Batches of a turn: what a pipeline makes ahead counts little among them."""
BYTES, MOST = 48_000_000, 2_000
"""Of the images that are changed, and how many they are at most."""

Clock = Callable[[], float]
Batches = Callable[[], Generator[Any, None, None]]


def measure(
    experiment: Experiment,
    on_progress: Progress = lambda done, total: None,
    seconds: float = SECONDS,
    clock: Clock = time.perf_counter,
) -> dict[str, float]:
    """Lets every way change training images of an experiment.

    Args:
        experiment: its dataset, its batch size, and of its changes those that every way can do.
        on_progress: told the turns taken and planned.
        seconds: of one turn of one way.
        clock: tells seconds.

    Returns:
        images/s by the names of the ways, the median of their turns; without those that lack SciPy here.
    """
    x_train, y_train = _images(experiment)
    changes, _ = job(experiment.applied)
    found = ways(changes, x_train.shape[1:], experiment.training.batch_size)
    each = {way.name: begun(way, changes, x_train, y_train, experiment) for way in found}
    running = {name: batches for name, batches in each.items() if batches is not None}
    total, paces = len(running) * TURNS, {name: [] for name in running}
    for turn in range(TURNS):
        for place, (name, batches) in enumerate(running.items(), 1):
            paces[name].append(_pace(batches(), seconds, clock))
            on_progress(turn * len(running) + place, total)
    return {name: float(np.median(taken)) for name, taken in paces.items()}


def _images(experiment: Experiment) -> tuple[np.ndarray, np.ndarray]:
    """Some training images: uint8 (N, H, W, C), int64 (N,)."""
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    each = int(np.prod(data.images.shape[1:]))
    count = int(np.clip(BYTES // each, experiment.training.batch_size, MOST))
    at = np.sort(np.random.default_rng(experiment.seed).permutation(data.train)[:count])
    return np.array(data.images[at]), data.labels[at].astype(np.int64)


def begun(
    way: Way, changes: Sequence[Augmentation], x_train: np.ndarray, y_train: np.ndarray, experiment: Experiment
) -> Batches | None:
    """What begins an endless run of changed batches, compiled already; None where it needs SciPy, and that is missing.

    Args:
        way: which.
        changes: as `job` gives them.
        x_train, y_train: uint8 (N, H, W, C), int64 (N,).
        experiment: its batch size counts.
    """
    names: dict[str, Any] = {"x_train": x_train, "y_train": y_train, "experiment": _Applied(tuple(changes))}
    exec(way.code, names)  # what is shown is what runs
    batches = functools.partial(_BATCHES[way.name], names, experiment.training.batch_size)
    try:
        next(batches())
    except ImportError:
        return None
    return batches


class _Applied:
    """Stands for the experiment in the lines of our own way: with the changes that are timed."""

    def __init__(self, applied: tuple[Augmentation, ...]) -> None:
        self.applied = applied


def _in_steps(change: Callable[[Any], Any], images: np.ndarray, size: int) -> Generator[Any, None, None]:
    """Batches that are changed within the training step, whole ones, as a graph has them."""
    size = min(size, len(images))
    while True:
        for start in range(0, len(images) - size + 1, size):
            yield np.asarray(change(images[start : start + size]))


def _in_model(names: dict[str, Any], size: int) -> Generator[Any, None, None]:
    import tensorflow as tf

    augment = names["augment"]
    if "step" not in names:  # as fit compiles it, once
        names["step"] = tf.function(lambda images: augment(tf.cast(images, tf.float32), training=True))
    return _in_steps(names["step"], names["x_train"], size)


def _again(names: dict[str, Any], _size: int) -> Generator[Any, None, None]:
    """Epoch after epoch of what ends."""
    while True:
        yield from (images for images, _ in names["train"])


def _generated(names: dict[str, Any], _size: int) -> Generator[Any, None, None]:
    """What never ends."""
    return (images for images, _ in names["train"])


def _in_our_step(names: dict[str, Any], size: int) -> Generator[Any, None, None]:
    return _in_steps(names["change"], names["x_train"], size)


_BATCHES: dict[str, Callable[[dict[str, Any], int], Generator[Any, None, None]]] = {
    MODEL: _in_model,
    PIPELINE: _again,
    GENERATOR: _generated,
    WRAPPED: _generated,
    OURS: _in_our_step,
}


def _pace(batches: Generator[Any, None, None], seconds: float, clock: Clock) -> float:
    """Images a second over so many seconds, from its second batch on.

    Each turn begins a pipeline anew: one that waited would have stored batches while others were timed, and taken
    their time to do so.
    """
    next(batches)
    began, images, count = clock(), 0, 0
    while clock() - began < seconds or count < FEWEST:
        images, count = images + len(next(batches)), count + 1
    passed = clock() - began
    batches.close()
    return images / max(passed, 1e-9)


def find(experiment: Experiment, on_progress: Progress = lambda done, total: None) -> dict[str, float]:
    """Measures in a process of its own.

    Raises:
        UserError: the data can't be had, or the process broke off.
    """
    return child.ask("core.training.augmentation_speed", {"experiment": experiment.to_json()}, on_progress, SLOWEST)


def _work(told: dict[str, Any], progress: Progress) -> dict[str, float]:
    """The process' side: an experiment's JSON in, images a second out."""
    if hasattr(os, "nice"):
        os.nice(5)  # a run that is being trained keeps its pace
    return measure(read_experiment(told["experiment"].encode()), progress)


if __name__ == "__main__":
    child.answer(_work)
