"""A few hundred validation images that stand for all: what is asked about them is answered in moments."""

import numpy as np

from core.datasets import ImageData

MOST, FEWEST = 300, 40
"""Images, fewer of a large network: each question about them takes a second or two."""
WORK = 6 * 10**9
"""Multiply-adds that their answers may take: about half a second of a slow core's time."""
PORTION = 64
"""Images that are asked about at once."""
SEED = 16
"""Of which images are taken: the same for every network."""


def sample(data: ImageData, count: int) -> np.ndarray:
    """Some of the validation images, each class with the same share of them as among all.

    Args:
        data: of the run.
        count: how many at most.

    Returns:
        int64 positions; classes take turns, the first of fewer are the first of more.
    """
    order = np.random.default_rng(SEED).permutation(data.validation)
    labels = data.labels[order]
    place = np.empty(len(order))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return order[np.argsort(place, kind="stable")[:count]]


def most(multiply_adds: int) -> int:
    """How many images are asked about.

    Args:
        multiply_adds: of the network, for one image.
    """
    return int(np.clip(WORK // max(1, multiply_adds), FEWEST, MOST))
