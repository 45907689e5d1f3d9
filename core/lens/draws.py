"""Random changes of one picture, made by what training uses."""

from functools import lru_cache

import numpy as np

from core import datasets
from core.build.model import build_augmentation
from core.experiment import Experiment
from core.lens import Answer


def augment(experiment: Experiment, position: int, draws: int, seed: int) -> Answer:
    """Draws a picture several times.

    Args:
        experiment: its dataset and its augmentations.
        position: of the picture among the prepared images; taken modulo their number.
        draws: 1..64.
        seed: the same seed gives the same draws.

    Returns:
        `original` uint8 (H, W, C), `images` uint8 (draws, H, W, C).
    """
    images = _images(experiment.dataset.key(), experiment.dataset)
    original = np.array(images[position % len(images)])
    batch = np.repeat(original[None].astype(np.float32), min(max(draws, 1), 64), axis=0)
    change = build_augmentation(experiment, seed)
    if change:
        batch = np.asarray(change(batch))
    return {"original": original, "images": np.clip(np.rint(batch), 0, 255).astype(np.uint8)}


@lru_cache(maxsize=4)
def _images(key: str, dataset: datasets.Dataset) -> np.ndarray:
    """The memory map of a dataset's images."""
    return datasets.load(dataset).images
