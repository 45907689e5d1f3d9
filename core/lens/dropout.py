"""Dropout taken apart: whom a mask silences, and what is left of it in the mean of many."""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from core.experiment.network import Row
from core.layers.regularization import SpatialDropout2D
from core.lens import Compatibility, Lens, Outline, Result
from core.lens.batch_norm import first_batch
from core.lens.network import Network
from core.spec import option

PICTURES, VALUES = 12, 48
"""Rows and columns of what is drawn: pictures of a batch, and the first values of each."""
MOST_MASKS = 200


@dataclass(frozen=True, eq=False)
class DropoutStory(Result):
    """One layer and one batch.

    Args:
        layer: its name.
        rate: share that is silenced.
        whole_maps: whether all values of a map go together.
        masks: how many the mean is of.
        given, kept, after, mean: float32 (pictures, values): what the layer reads; 0 or 1, whom the first mask leaves;
            what the layer gives under it; the mean of what it gives under all masks.
        misses: float32 (MOST_MASKS,), how far the mean of 1, 2 ... masks is from what was given: root of the mean
            square.
        expected: float32 (MOST_MASKS,), the same by arithmetic.
    """

    layer: str
    rate: float
    whole_maps: bool
    masks: int
    given: np.ndarray
    kept: np.ndarray
    after: np.ndarray
    mean: np.ndarray
    misses: np.ndarray
    expected: np.ndarray


class DropoutOpened(Lens):
    """The mask of one batch: who is silenced, how the others are scaled, and the mean over many masks."""

    question: ClassVar[str] = "dropout"
    needs_images: ClassVar[bool] = False
    rank: ClassVar[int] = 41

    layer: str = option("", "The dropout that is opened.")
    masks: int = option(
        10,
        "How many masks the mean is taken over.",
        advice="If the mean still differs from what was given, take four times as many: it will be half as far off.",
        low=1,
        high=MOST_MASKS,
        unit="masks",
    )

    @classmethod
    def title(cls) -> str:
        return "Dropout, opened"

    @classmethod
    def is_compatible(cls, outline: Outline) -> Compatibility:
        return Compatibility("" if _layers(outline) else "This network has no Dropout that drops anything.")

    @classmethod
    def choices(cls, outline: Outline) -> dict[str, tuple[str, ...]]:
        return {"layer": tuple(row.name for row in _layers(outline))}

    def look(self, network: Network, images: np.ndarray) -> DropoutStory:
        import keras

        row = next(row for row in network.rows if row.name == self.layer)
        given = network.up_to(network.model.get_layer(row.name).input, first_batch(network, PICTURES))
        keras.utils.set_random_seed(network.experiment.seed)  # the same masks whatever was looked at before
        layer, ones = row.layer.build(), np.ones_like(given)
        seen = _columns(given)
        sums, misses, means = np.zeros_like(seen), [], None
        first = None
        for count in range(1, MOST_MASKS + 1):
            mask = _columns(np.asarray(layer(ones, training=True)))  # 0, or 1 / (1 - rate)
            first = mask if first is None else first
            sums = sums + mask * seen
            misses.append(np.sqrt(np.mean((sums / count - seen) ** 2, dtype=np.float64)))
            means = sums / count if count == self.masks else means
        spread = np.sqrt(np.mean(seen**2, dtype=np.float64) * row.layer.rate / (1 - row.layer.rate))
        return DropoutStory(
            row.name,
            row.layer.rate,
            isinstance(row.layer, SpatialDropout2D),
            self.masks,
            seen,
            (first > 0).astype(np.float32),
            first * seen,
            means,
            np.array(misses, np.float32),
            (spread / np.sqrt(np.arange(1, MOST_MASKS + 1))).astype(np.float32),
        )


def _layers(outline: Outline) -> tuple[Row, ...]:
    return tuple(row for row in outline.trace.rows if row.layer.silences and row.layer.rate > 0)


def _columns(values: np.ndarray) -> np.ndarray:
    """Values spread over each picture, so that all maps are seen: float32 (N, columns)."""
    count = prod(values.shape[1:])
    step = max(1, count // VALUES)
    return values.reshape(len(values), count)[:, ::step][:, :VALUES]
