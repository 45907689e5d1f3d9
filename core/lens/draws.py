"""Random changes of one picture, made by what training uses."""

from functools import lru_cache

import numpy as np

from core import datasets
from core.augmentation import Augmentation
from core.augmentation.random_changes import RandomChanges
from core.build.model import build_augmentation
from core.experiment import Experiment
from core.lens import Answer

ALONE = 8
"""Draws of one change of which the strongest is shown: a single one may be next to none."""


def augment(experiment: Experiment, position: int, draws: int, seed: int) -> Answer:
    """Draws a picture several times.

    Args:
        experiment: its dataset and its augmentations.
        position: of the picture among the prepared images; taken modulo their number.
        draws: 1..64.
        seed: the same seed gives the same draws.

    Returns:
        `original` uint8 (H, W, C), `images` uint8 (draws, H, W, C); `each` uint8 (augmentations, H, W, C): what every
        one of them does alone, switched off or not, of a few draws the one that changes most.
    """
    images = _images(experiment.dataset.key(), experiment.dataset.as_brought())
    original = np.array(images[position % len(images)])
    each = [_strongest(original, change, seed) for change in experiment.augmentations]
    return {
        "original": original,
        "images": _drawn(original, build_augmentation(experiment, seed), min(max(draws, 1), 64)),
        "each": np.stack(each) if each else np.zeros((0, *original.shape), np.uint8),
    }


def _drawn(original: np.ndarray, change: RandomChanges | None, draws: int) -> np.ndarray:
    """The picture changed so many times: uint8 (draws, H, W, C)."""
    batch = np.repeat(original[None].astype(np.float32), draws, axis=0)
    changed = np.asarray(change(batch)) if change else batch
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8)


def _strongest(original: np.ndarray, change: Augmentation, seed: int) -> np.ndarray:
    """Of a few draws of one change the one that differs most from the picture: uint8 (H, W, C)."""
    drawn = _drawn(original, RandomChanges([change], seed), ALONE)
    return drawn[np.abs(drawn.astype(np.int16) - original).reshape(ALONE, -1).sum(1, dtype=np.int64).argmax()]


@lru_cache(maxsize=4)
def _images(key: str, dataset: datasets.Dataset) -> np.ndarray:
    """The memory map of a dataset's images."""
    return datasets.load(dataset).images
