"""Random changes of pictures, made by what training uses, and what each draw did."""

from functools import lru_cache

import numpy as np

from core import datasets
from core.augmentation import Augmentation
from core.augmentation.random_changes import RandomChanges
from core.augmentation.told import Told, alone, told
from core.build.model import build_augmentation
from core.datasets.split import NONE_LEFT
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.stages import stages
from core.lens import Answer

ALONE = 8
"""Draws of one change of which the strongest is shown: a single one may be next to none."""
PARTNERS = 31
"""Other pictures beside the one that is drawn, for changes that mix pictures of a batch."""
LAST_BATCH = 200
"""Batches of an epoch that can be looked at: for a later one all draws before it would have to be made."""


def augment(experiment: Experiment, position: int, draws: int, seed: int) -> Answer:
    """Draws a picture several times.

    Args:
        experiment: its dataset and its augmentations.
        position: of the picture among the prepared images; taken modulo their number.
        draws: 1..64.
        seed: the same seed gives the same draws.

    Returns:
        `original` uint8 (H, W, C), `images` uint8 (draws, H, W, C), `words` of each, `outside` uint8 (draws, H, W), 1
        where what is seen came from outside the picture; `each` uint8 (augmentations, H, W, C): what every one of
        them does alone, switched off or not, of a few draws the one that changes most, with `each_words` and
        `each_outside`.
    """
    images = _images(experiment.dataset.key(), experiment.dataset.as_brought())
    original, others = np.array(images[position % len(images)]), _others(images, position)
    count = min(max(draws, 1), 64)
    repeated = np.repeat(original[None], count, axis=0)
    done = _drawn(build_augmentation(experiment, seed), repeated, others)
    each = [_strongest(original, others, change, seed) for change in experiment.augmentations]
    shape, kept = original.shape, [one[0] for one in each]
    return {
        "original": original,
        **_answer(done, count),
        "each": np.stack(kept) if each else np.zeros((0, *shape), np.uint8),
        "each_words": [one[1] for one in each],
        "each_outside": np.stack([one[2] for one in each]) if each else np.zeros((0, *shape[:2]), np.uint8),
    }


def by_itself(
    change: Augmentation, images: np.ndarray, seed: int, value: float | None = None, whole: bool = False
) -> Answer:
    """Changes pictures by one change alone.

    Args:
        change: which, switched on or not.
        images: uint8 (N, H, W, C); each has draws of its own, and a change that mixes mixes these with one another.
        seed: the same seed gives the same draws.
        value: its strength in Keras' unit, as `Augmentation.at` takes it; as it is set when left out.
        whole: movements go all the way one way or the other instead of anything in between.

    Returns:
        `images` uint8 (N, H, W, C), `words` of each, `outside` uint8 (N, H, W), `shares` float32 (N, N): how much of
        each is of each picture that was given.
    """
    done = alone(change, images, seed, value, whole)
    return {**_answer(done, len(images)), "shares": done.shares}


def next_batch(experiment: Experiment, number: int) -> Answer:
    """A batch of the first epoch as the network will see it: the very draws of a run, where it keeps no features.

    Args:
        experiment: its dataset, augmentations, batch size and seed.
        number: of the batch, 0 for the first; taken modulo the batches of an epoch, LAST_BATCH at most.

    Returns:
        `number`, `count` of batches that can be looked at, `positions` int64 (B,) of the pictures, `originals` and
        `images` uint8 (B, H, W, C), `labels` int64 (B,), `shares` float32 (B, classes): how much of each is of each
        class, `words` of each and `outside` uint8 (B, H, W).

    Raises:
        UserError: all training images are left out, or the data can't be had.
    """
    settings, seed = experiment.training, experiment.seed
    data = datasets.load(experiment.dataset, settings.validation_split, seed)
    learnt = stages(experiment)[0].learnt(data.labels, data.train)
    if not len(learnt):
        raise UserError(NONE_LEFT.message, NONE_LEFT.hint, "NO_PICTURES")
    order = np.random.default_rng([seed, 1]).permutation(learnt)
    count = min(-(-len(order) // settings.batch_size), LAST_BATCH)
    number %= count
    at = order[number * settings.batch_size :][: settings.batch_size]
    originals, labels = np.array(data.images[at]), data.labels[at]
    shares = np.eye(len(data.class_names), dtype=np.float32)[labels]
    changes = build_augmentation(experiment)
    if changes:
        _go_on(changes, originals[:1], number)
    done = _drawn(changes, originals, shares=shares)
    told = {"number": number, "count": count, "positions": at, "originals": originals, "labels": labels}
    return {**told, **_answer(done, len(at)), "shares": done.shares}


def _go_on(changes: RandomChanges, image: np.ndarray, batches: int) -> None:
    """Brings the random state to where it is after so many batches: how much each takes of it hangs on nothing else."""
    for _ in range(batches):
        changes(image.astype(np.float32))


def _drawn(
    changes: RandomChanges | None,
    images: np.ndarray,
    others: np.ndarray | None = None,
    shares: np.ndarray | None = None,
) -> Told:
    """A batch changed, with others beside it where pictures are mixed."""
    if changes is None:
        eye = np.eye(len(images), dtype=np.float32) if shares is None else shares
        return Told(images.astype(np.float32), eye, ((),) * len(images), np.zeros(images.shape[:3], bool))
    if changes.mixes and others is not None:
        images = np.concatenate([images, others])
    return told(changes, images, shares)


def _answer(done: Told, count: int) -> Answer:
    """The first pictures of a batch, as they are sent."""
    return {
        "images": _pixels(done.images[:count]),
        "words": [list(one) for one in done.words[:count]],
        "outside": done.outside[:count].astype(np.uint8),
    }


def _pixels(images: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(images), 0, 255).astype(np.uint8)


def _strongest(
    original: np.ndarray, others: np.ndarray, change: Augmentation, seed: int
) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Of a few draws of one change the one that differs most: uint8 (H, W, C), its words, uint8 (H, W)."""
    done = _drawn(RandomChanges([change], seed), np.repeat(original[None], ALONE, axis=0), others)
    drawn = _pixels(done.images[:ALONE])
    most = np.abs(drawn.astype(np.int16) - original).reshape(ALONE, -1).sum(1, dtype=np.int64).argmax()
    return drawn[most], list(done.words[most]), done.outside[most].astype(np.uint8)


def _others(images: np.ndarray, position: int) -> np.ndarray:
    """Pictures to mix one with, spread over all: uint8 (n, H, W, C)."""
    step = max(1, len(images) // (PARTNERS + 1))
    places = (position + step * np.arange(1, PARTNERS + 1)) % len(images)
    return np.stack([images[one] for one in places])


@lru_cache(maxsize=4)
def _images(key: str, dataset: datasets.Dataset) -> np.ndarray:
    """The memory map of a dataset's images."""
    return datasets.load(dataset).images
