"""Groups of images that belong together by what their files are called: of one patient, one video, one burst.

Such images are alike; who learns from some of them knows the others, and checking on those tells nothing.
"""

import re
from collections.abc import Sequence

import numpy as np

from core.datasets.split import held_out

LEAST = 2
"""Groups of each class, and images of a group on average, from which on a grouping is plain."""
SHOWN = 3


def group_of(name: str) -> str:
    """What the name of a file calls its group: "a/patient12_03.png" -> "patient12", "b/IMG_1 (2).jpg" -> "b/IMG_1".

    Args:
        name: relative, with `/` between its parts.

    Returns:
        empty where it says none.
    """
    folder, _, file = name.rpartition("/")
    stem = file.rpartition(".")[0] or file
    before, _, turn = stem.removesuffix(")").rpartition("(")
    copy = bool(before) and stem.endswith(")") and turn.isdecimal()  # of a burst, or of a copy
    stem = before.removesuffix(" ") if copy else stem
    numbered = re.match(r"(\D*[^\W\d_][-_ ]?\d{1,5})[-_ .](?=.*\d)", stem)  # words and a number, then another number
    return numbered[1] if numbered else f"{folder}/{stem}" if copy else ""


def groups_of(names: Sequence[str]) -> np.ndarray:
    """The number of each image's group, in the order in which the groups are met: int64 (N,); alone where it has none.

    Args:
        names: of the files, relative.
    """
    found = {group_of(name) for name in names}
    keys = []
    for place, name in enumerate(names):
        stem = name.rpartition(".")[0] or name  # the first of a burst has no number: IMG_1, IMG_1 (2)
        keys.append(group_of(name) or (stem if stem in found else f"/{place}"))
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def are_plain(groups: np.ndarray, labels: np.ndarray) -> bool:
    """Whether each class has several groups, and these several images on average.

    Args:
        groups, labels: int64 (N,), of the images among which some are held out.
    """
    classes = [groups[labels == label] for label in np.unique(labels)]
    counts = [(len(members), len(np.unique(members))) for members in classes]
    return bool(counts) and all(held >= LEAST and members >= LEAST * held for members, held in counts)


def examples(names: Sequence[str]) -> list[str]:
    """What the first groups are called."""
    found = dict.fromkeys(group for name in names if (group := group_of(name)))
    return [group.rpartition("/")[2] for group in list(found)[:SHOWN]]


def grouped_split(
    labels: np.ndarray, split: np.ndarray, groups: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `stratified_split`, whole groups at a time: no group is learnt from and checked on at once.

    Groups are drawn by the seed and held out while at least half of their images are wanted and each of their classes
    keeps some; a class that still has none held out then gives its smallest group.

    Args:
        labels: int64 (N,).
        split: int8 (N,), 0 train, 1 validation, 2 test, as the data came.
        groups: int64 (N,), equal for images that belong together.
        share: 0..0.9, the part of the training images held out.
        seed: the same seed holds out the same groups.

    Returns:
        positions (train, validation, test), int64, ascending.
    """
    train, validation, test = (np.flatnonzero(split == part) for part in (0, 1, 2))
    if len(validation) or share == 0 or not len(train):
        return train, validation if len(validation) else test, test
    classes = int(labels.max()) + 1
    left = np.bincount(labels[train], minlength=classes)
    wanted = np.array([held_out(int(members), share) for members in left])
    order = np.random.default_rng(seed).permutation(np.unique(groups[train]))
    counts = {group: np.zeros(classes, np.int64) for group in order.tolist()}
    for group, label in zip(groups[train].tolist(), labels[train].tolist(), strict=True):
        counts[group][label] += 1
    held, chosen = np.zeros(classes, np.int64), []

    def take(group: int) -> None:
        chosen.append(group)
        held[:] += counts[group]
        left[:] -= counts[group]

    def is_spared(group: int) -> bool:
        return group not in chosen and bool((left - counts[group])[counts[group] > 0].all())

    for group in order.tolist():
        useful = np.minimum(counts[group], np.maximum(wanted - held, 0)).sum()
        if 2 * useful >= counts[group].sum() and is_spared(group):
            take(group)
    for label in np.flatnonzero((held == 0) & (wanted > 0)).tolist():
        others = [group for group in order.tolist() if counts[group][label] and is_spared(group)]
        if others and not held[label]:
            take(min(others, key=lambda group: counts[group].sum()))
    is_held = np.isin(groups, chosen) & (split == 0)
    return train[~is_held[train]], np.flatnonzero(is_held), test
