"""Random changes that tell what they did: to each picture in words, and where what is seen came from outside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.augmentation import Augmentation
from core.augmentation.random_changes import KerasChange, Movements, RandomChanges
from core.augmentation.resampling import resampled

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True, eq=False)
class Told:
    """A batch that was changed, and what was done to it.

    Args:
        images: float32 (N, H, W, C), 0..255.
        shares: float32 (N, classes), how much of each picture is of each class, its sum 1.
        words: what was done to each, change by change, those that did nothing left out.
        outside: bool (N, H, W), where what is seen came from outside the picture and is filled in.
    """

    images: np.ndarray
    shares: np.ndarray
    words: tuple[tuple[str, ...], ...]
    outside: np.ndarray


def told(changes: RandomChanges, images: np.ndarray, shares: np.ndarray | None = None, *, whole: bool = False) -> Told:
    """Makes the draws that `changes` would make now, and tells them.

    Args:
        changes: whose random state goes on by one batch.
        images: (N, H, W, C), 0..255.
        shares: float32 (N, classes), as in `Told`; without them each picture is a class of its own.
        whole: movements go all the way one way or the other, and flips are made, instead of anything in between.
    """
    images = np.asarray(images, np.float32)
    shares = np.eye(len(images), dtype=np.float32) if shares is None else np.asarray(shares, np.float32)
    done = Told(images, shares, ((),) * len(images), np.zeros(images.shape[:3], bool))
    for part in changes.parts:
        done = _moved(part, done, whole) if isinstance(part, Movements) else _changed(part, done)
    return done


def alone(change: Augmentation, images: np.ndarray, seed: int, value: float | None = None, whole: bool = False) -> Told:
    """What one change does by itself, whether it is switched on or not.

    Args:
        change: which.
        images: (N, H, W, C), 0..255; each has draws of its own.
        seed: of the draws.
        value: its strength in Keras' unit; as it is set when left out.
        whole: as in `told`.
    """
    chosen = change if value is None else change.at(value)
    return told(RandomChanges([chosen], seed), images, whole=whole)


def _moved(part: Movements, done: Told, whole: bool) -> Told:
    """After changes that move pixels."""
    height, width = done.images.shape[1:3]
    numbers = part.drawn(done.images)["numbers"]
    if whole:
        numbers = np.concatenate([_ends(change, drawn) for change, drawn in part.split(numbers)], axis=1)
    split = [(change, {"numbers": np.asarray(drawn)}) for change, drawn in part.split(numbers)]
    matrices = part.matrix(numbers, height, width)
    beyond = _outside(np.asarray(matrices), height, width)
    before = done.outside[..., None].astype(np.float32)
    before = np.asarray(resampled(before, matrices, part.fill_mode))[..., 0] > 0.5
    said = _added(done.words, split, (height, width))
    return replace(done, images=np.asarray(part.moved(done.images, numbers)), words=said, outside=beyond | before)


def _ends(change: Augmentation, numbers: "tf.Tensor") -> np.ndarray:
    """Numbers 0..1 as 0 or 1, whichever is nearer; of what has no strength 0, which makes it."""
    return np.rint(np.asarray(numbers)) * (change.strength() is not None)


def _outside(matrices: np.ndarray, height: int, width: int) -> np.ndarray:
    """Where pixels come from outside: bool (N, H, W); half a pixel beyond the middle of the last one is outside."""
    y, x = np.mgrid[:height, :width]
    places = np.einsum("nij,jhw->nihw", matrices[:, :2], np.stack([x, y, np.ones_like(x)]).astype(np.float32))
    size = np.array([width, height], np.float32)[None, :, None, None]
    reach = 0.5 + 1e-3  # a turn by nothing comes within a rounding error of the edge
    return ((places < -reach) | (places > size - 1 + reach)).any(axis=1)


def _changed(part: KerasChange, done: Told) -> Told:
    """After a change that is a Keras layer."""
    [change] = part.changes
    drawn = part.drawn(done.images)
    images, shares = np.asarray(part.moved(done.images, drawn)), done.shares
    plain: dict[str, Any] = {name: one if isinstance(one, dict) else np.asarray(one) for name, one in drawn.items()}
    if change.mixes:
        shares = np.asarray(part.layer.transform_labels(shares, drawn, training=True))
    return replace(done, images=images, shares=shares, words=_added(done.words, [(change, plain)], images.shape[1:3]))


def _added(
    words: tuple[tuple[str, ...], ...], drawn: Sequence[tuple[Augmentation, Any]], shape: tuple[int, int]
) -> tuple[tuple[str, ...], ...]:
    """What was done so far, and what these did."""
    more = [[change.told(one, place, shape) for change, one in drawn] for place in range(len(words))]
    return tuple((*before, *filter(None, added)) for before, added in zip(words, more, strict=True))
