"""How images are dealt out to training, validation and test, and what is wrong with that in a given dataset."""

import numpy as np

from core.errors import UserError
from core.intake import remarks
from core.problems import Dealt, Facts, Problem
from core.words import counted

TRAIN, VALIDATION, TEST = 0, 1, 2
SPLITS = ("train", "validation", "test")
NONE_LEFT = Problem(
    "data",
    "No picture is left to learn from, or none to check on.",
    "Take pictures back in, or move some to the split that has none.",
)


def held_out(members: int, share: float) -> int:
    """How many of a class's training images validation gets: the share, one at least, and never the last one.

    Args:
        members: images of the class, from 0.
        share: 0..0.9.
    """
    return min(max(1, round(share * members)), max(0, members - 1)) if share > 0 else 0


def stratified_split(
    labels: np.ndarray, split: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Deals the images out to training, validation and test; each class gives the same share, and keeps one at least.

    Images that came with a validation folder keep it. Without one, a share of each class's training images is drawn by
    the seed; with a share of 0 the test images are watched instead.

    Args:
        labels: int64 (N,).
        split: int8 (N,), 0 train, 1 validation, 2 test, as the data came.
        share: 0..0.9, the part of the training images held out.
        seed: the same seed holds out the same images.

    Returns:
        positions (train, validation, test), int64, ascending.
    """
    train, validation, test = (np.flatnonzero(split == part) for part in (0, 1, 2))
    if len(validation) == 0 and share > 0:
        order = np.random.default_rng(seed).permutation(train)
        held = [order[labels[order] == label] for label in np.unique(labels[train])]
        held = [members[: held_out(len(members), share)] for members in held]
        validation = np.sort(np.concatenate(held)) if held else validation
        train = np.setdiff1d(train, validation)
    elif len(validation) == 0:
        validation = test
    return train, validation, test


def few_of_each(labels: np.ndarray, train: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Some of the training images, equally many of each class where it has so many; fewer are always among more.

    Args:
        labels: int64 (N,).
        train: int64, positions.
        count: images of each class, 1 or more.
        seed: decides which.

    Returns:
        int64 positions, ascending.
    """
    order = np.random.default_rng(seed).permutation(train)
    kept = [order[labels[order] == label][:count] for label in np.unique(labels[train])]
    return np.sort(np.concatenate(kept)) if kept else train


def each_alike(labels: np.ndarray, train: np.ndarray, seed: int) -> np.ndarray:
    """Training images of smaller classes repeated until each class has as many as the largest.

    Every image is there equally often, but for a rest that the seed draws.

    Args:
        labels: int64 (N,).
        train: int64, positions.
        seed: decides which are there once more than others.

    Returns:
        int64 positions, ascending, of which some are there several times.
    """
    order = np.random.default_rng(seed).permutation(train)
    members = [order[labels[order] == label] for label in np.unique(labels[train])]
    most = max(map(len, members), default=0)
    return np.sort(np.concatenate([np.resize(some, most) for some in members])) if members else train


def is_test_watched(facts: Facts, share: float) -> bool:
    """Whether validation and test are the same images, as `stratified_split` deals them out.

    Args:
        facts: of the dataset.
        share: 0..0.9.
    """
    return share == 0 and facts.has_test and not facts.has_validation


def deal(facts: Facts, share: float) -> Dealt | None:
    """What `stratified_split` will make of a dataset, by its numbers alone; None where these are not known beforehand.

    Args:
        facts: of the dataset.
        share: 0..0.9.
    """
    if not facts.counts or (facts.is_grouped and share > 0 and not facts.has_validation):
        return None
    none = (0,) * len(facts.counts)
    if facts.has_validation or share == 0:
        given = facts.validation_counts if facts.has_validation else facts.test_counts
        return Dealt(facts.counts, given or none)
    held = tuple(held_out(members, share) for members in facts.counts)
    return Dealt(tuple(members - some for members, some in zip(facts.counts, held, strict=True)), held)


def problems(facts: Facts, dealt: Dealt | None) -> list[Problem]:
    """Classes that have too few images to learn from, and those that nobody checks.

    Args:
        facts: of the dataset.
        dealt: how its images are dealt out; None where that is not known beforehand.
    """
    if dealt is None:
        return []
    few = [
        Problem("data", f"The class {name} has {'one training picture only' if count else 'no training picture'}.",
                "The network can hardly learn it: add pictures of it, or hold out fewer.", blocking=False)
        for name, count in zip(facts.class_names, dealt.train, strict=True)
        if count < 2
    ]  # fmt: skip
    unchecked = [name for name, count in zip(facts.class_names, dealt.validation, strict=True) if not count]
    if not unchecked or not any(dealt.validation):  # with none at all, the training settings say so
        return few
    what = remarks.lacking(unchecked, SPLITS[VALIDATION])
    hint = "Its accuracy says nothing about that: add some, or leave the class out."
    return [*few, Problem("data", what, hint, blocking=False)]


def repeats(digests: tuple[str, ...], trained: np.ndarray, checked: np.ndarray) -> int:
    """How many of the checked images are among the trained ones, pixel for pixel.

    Args:
        digests: one per image; empty for an unknown one.
        trained, checked: positions.
    """
    known = {digests[position] for position in trained} - {""}
    return sum(digests[position] in known for position in checked)


def check_labels(labels: np.ndarray, class_names: tuple[str, ...]) -> None:
    """A label without a class would end the training in a dump, or teach nonsense.

    Args:
        labels: int64 (N,).
        class_names: of all classes, in the order of the labels.

    Raises:
        UserError: there is one.
    """
    wrong = labels[(labels < 0) | (labels >= len(class_names))]
    if len(wrong):
        raise UserError(
            f"{counted(len(wrong), 'picture has', 'pictures have')} no class, such as label {wrong[0]} "
            f"of {counted(len(class_names), 'class', 'classes')}.",
            "Prepare or upload this dataset again.",
            "DATASET_LABELS",
        )
