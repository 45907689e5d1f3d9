"""Batch normalization taken apart: what it has learned, and one batch in training and at inference."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, ClassVar

import numpy as np

from core import datasets
from core.build.weights import of_layer
from core.experiment.network import Row
from core.layers.regularization import BatchNormalization
from core.lens import Compatibility, Lens, Outline, Result
from core.lens.network import Network
from core.spec import option

NUMBERS = ("gamma", "beta", "moving_mean", "moving_variance")
"""What it owns for every channel, by Keras' names: two that are trained, two that are only measured."""
MOST_PICTURES, MOST_VALUES = 128, 4000
"""Of a batch, and of a channel in it that are drawn."""


@dataclass(frozen=True, eq=False)
class BatchNormStory(Result):
    """One layer through its epochs, and what it makes of one batch.

    Args:
        layer: its name.
        epsilon: under its root.
        channel: the chosen one, 0 for the first.
        epochs: int32 (E,), those that are kept.
        numbers: float32 (4, E, channels): gamma, beta, moving mean, moving variance.
        given, training, inference: float32 (N,), values of the chosen channel before it, and after it both ways.
        moments: float32 (3, 2), mean and variance of all these.
        pictures: in the batch.
        now: float32 (4,), its numbers for the chosen channel in the network that is looked at.
        trained: how many of all its numbers are trained.
        is_frozen: whether its gamma and beta are kept as they were learnt elsewhere.
    """

    layer: str
    epsilon: float
    channel: int
    epochs: np.ndarray
    numbers: np.ndarray
    given: np.ndarray
    training: np.ndarray
    inference: np.ndarray
    moments: np.ndarray
    pictures: int
    now: np.ndarray
    trained: int
    is_frozen: bool = False


def normalized(values: np.ndarray, mean: float, variance: float, epsilon: float, gamma: float, beta: float) -> Any:
    """gamma · (x − mean) / √(variance + epsilon) + beta.

    Source: Ioffe and Szegedy 2015, "Batch Normalization", algorithm 1.

    Args:
        values: of one channel, any shape.
        mean, variance: of the batch in training, the moving ones at inference.
        epsilon, gamma, beta: of the layer.
    """
    return gamma * (values - mean) / sqrt(variance + epsilon) + beta


class BatchNormOpened(Lens):
    """What batch normalization has learned for a channel, and one batch in training beside the same at inference."""

    question: ClassVar[str] = "batch_norm"
    needs_images: ClassVar[bool] = False
    through_time: ClassVar[bool] = True
    rank: ClassVar[int] = 40

    layer: str = option("", "The batch normalization that is opened.")
    channel: int = option(
        1,
        "Which of its channels is drawn strongly and taken apart.",
        advice="If its lines still move at the end, more epochs or a smaller momentum bring inference closer.",
        low=1,
        high=4096,
    )

    @classmethod
    def title(cls) -> str:
        return "Batch normalization, opened"

    @classmethod
    def is_compatible(cls, outline: Outline) -> Compatibility:
        return Compatibility("" if _layers(outline) else "This network has no BatchNormalization.")

    @classmethod
    def choices(cls, outline: Outline) -> dict[str, tuple[str, ...]]:
        return {"layer": tuple(row.name for row in _layers(outline))}

    def look(self, network: Network, images: np.ndarray) -> BatchNormStory:
        row = next(row for row in network.rows if row.name == self.layer)
        history = {epoch: _numbers(of_layer(weights, row.name)) for epoch, weights in network.moments()}
        history = {epoch: numbers for epoch, numbers in history.items() if numbers is not None}
        now, channels = _numbers(network.weights(row.name)), row.output_shape[-1]
        channel = min(self.channel, channels) - 1
        batch = first_batch(network, MOST_PICTURES)
        given = network.up_to(network.model.get_layer(row.name).input, batch)
        ways = [given, *(_applied(network, row.name, given, training) for training in (True, False))]
        values = [way[..., channel].ravel().astype(np.float64) for way in ways]
        step = max(1, len(values[0]) // MOST_VALUES)
        return BatchNormStory(
            row.name,
            row.layer.epsilon,
            channel,
            np.array(list(history), np.int32),
            np.stack(list(history.values()), 1) if history else np.zeros((4, 0, channels), np.float32),
            *(one[::step].astype(np.float32) for one in values),
            np.array([(one.mean(), one.var()) for one in values], np.float32),
            len(batch),
            now[:, channel],
            row.parameters - row.non_trainable,
            row.parameters == row.non_trainable and bool(row.layer.center or row.layer.scale),
        )


def _layers(outline: Outline) -> tuple[Row, ...]:
    return tuple(row for row in outline.trace.rows if isinstance(row.layer, BatchNormalization))


def _numbers(found: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """float32 (4, channels), 1 and 0 for a gamma and a beta that it does without; None where nothing is known."""
    if not set(NUMBERS[2:]) <= set(found):
        return None
    ones = np.ones_like(found["moving_mean"])
    return np.stack([found.get(name, without * ones) for name, without in zip(NUMBERS, (1, 0, 0, 1), strict=True)])


def first_batch(network: Network, most: int) -> np.ndarray:
    """The first training pictures, as many as a batch has and at most so many: uint8 (N, height, width, channels)."""
    experiment = network.experiment
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    return np.array(data.images[data.train[: min(experiment.training.batch_size, most)]])


def _applied(network: Network, name: str, given: np.ndarray, training: bool) -> np.ndarray:
    """The layer by Keras itself, on a copy: in training it would move its averages."""
    layer = network.model.get_layer(name)
    copy = type(layer).from_config(layer.get_config())
    copy.build(given.shape)
    copy.set_weights(layer.get_weights())
    return np.asarray(copy(given, training=training))
