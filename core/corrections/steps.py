"""The list of steps as it grows: one more recorded, one taken out, images taken back in; values in, values out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal

import numpy as np

from core.corrections import (
    LEFT_OUT,
    MOST_IN_ALL,
    MOST_LETTERS,
    MOST_STEPS,
    Correction,
    Labelled,
    applied,
    positions,
    together,
    written,
)
from core.corrections.images import SPLITS, Exclude, Move, Relabel
from core.errors import UserError
from core.words import counted

Steps = tuple[Correction, ...]
Split = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Told:
    """A step in words.

    Args:
        place: among all steps, 0 for the first.
        words: what it did: "12 pictures labelled cat".
    """

    place: int
    words: str


def told(steps: Sequence[Correction], class_names: Sequence[str]) -> list[Told]:
    """All steps in words, in their order.

    Args:
        steps: of a dataset.
        class_names: as they came.
    """
    now, found = _nothing(class_names), []
    for place, step in enumerate(steps):
        found.append(Told(place, step.told(now.class_names)))
        now = step.applied(now)
    return found


def recorded(steps: Sequence[Correction], *more: Correction) -> Steps:
    """The steps with some more behind them; one that says the same of other images as the last one becomes part of it.

    Args:
        steps: until now.
        more: in their order.

    Raises:
        UserError: there is no room for so many.
    """
    found = reduce(_joined, more, tuple(steps))
    if len(found) > MOST_STEPS:
        raise UserError(
            f"{counted(len(found), 'step')} of mending are more than a dataset keeps: {MOST_STEPS}.",
            "Mend more pictures at once, or take steps out.",
            "TOO_MANY_STEPS",
        )
    return _of_bounded_size(found)


def _of_bounded_size(steps: Steps) -> Steps:
    """The steps, unless they name more images than a file of an experiment may hold.

    Raises:
        UserError: they do.
    """
    if sum(len(getattr(step, "images", "")) for step in steps) > MOST_IN_ALL:
        what = "All steps of mending together name more single pictures than an experiment can hold."
        raise UserError(what, "Take steps out, or bring the pictures again without those left out.", "TOO_MANY_STEPS")
    return steps


def _joined(steps: Steps, step: Correction) -> Steps:
    """The steps with one more; positions of both lie in one text."""
    last = steps[-1] if steps else None
    both = (last, step)
    if any(not hasattr(one, "images") for one in both) or last.edited(images="") != step.edited(images=""):
        return (*steps, step)
    images = together(last.images, step.images)
    return (*steps, step) if len(images) > MOST_LETTERS else (*steps[:-1], last.edited(images=images))


def identities(steps: Sequence[Correction], classes: int) -> tuple[int, ...]:
    """Which class each of the last classes is: that of the same number as it came, or one that was added later.

    Args:
        steps: of a dataset.
        classes: how many came.

    Returns:
        one number a class; `classes` plus the place of the step that added it for those that were added.
    """
    return _followed(steps, classes, range(len(steps)))[-1]


def _followed(steps: Sequence[Correction], classes: int, places: Sequence[int]) -> list[tuple[int, ...]]:
    """The identities before the first step, and after each; each step is known by its place."""
    names, ids = tuple(f"class {label}" for label in range(classes)), tuple(range(classes))
    found = [ids]
    for place, step in zip(places, steps, strict=True):
        if step.of_classes:
            # An image of each class tells where the class goes, and whether it stays.
            after = step.applied(Labelled(np.arange(len(ids)), np.zeros(len(ids), np.int8), names))
            names, ids = after.class_names, _identities_after(ids, after, classes + place)
        found.append(ids)
    return found


def _identities_after(ids: tuple[int, ...], after: Labelled, added: int) -> tuple[int, ...]:
    first: dict[int, int] = {}
    for one, label, split in zip(ids, after.labels.tolist(), after.split.tolist(), strict=True):
        if split != LEFT_OUT:
            first.setdefault(label, one)
    return tuple(first.get(label, added) for label in range(len(after.class_names)))


def without(steps: Sequence[Correction], place: int, classes: int) -> Steps:
    """The steps without one; later ones go on meaning the classes that they meant, and go where these are no more.

    Args:
        steps: of a dataset.
        place: of the one that is taken out.
        classes: how many came.
    """
    before = _followed(steps, classes, range(len(steps)))
    kept, places = tuple(steps[:place]), list(range(place))
    for old, step in enumerate(steps[place + 1 :], place + 1):
        now = _followed(kept, classes, places)[-1]
        if (meant := _meaning(step, before[old], now)) is not None:
            kept, places = (*kept, meant), [*places, old]
    return kept


def _meaning(step: Correction, old: tuple[int, ...], now: tuple[int, ...]) -> Correction | None:
    """The step with the numbers that its classes have now; None where one of them is not there any more."""
    labels = getattr(step, "labels", None)
    label = getattr(step, "label", None)
    if labels is not None:
        found = [now.index(old[one]) for one in labels if one < len(old) and old[one] in now]
        return step.edited(labels=tuple(sorted(found))) if len(found) > 1 else None
    if label is None:
        return step
    if label >= len(old) or old[label] not in now:
        return None
    return step.edited(label=now.index(old[label]))


def taken_back(steps: Sequence[Correction], chosen: np.ndarray, brought: Labelled) -> Steps:
    """The steps without leaving some images out; one that is about nothing else any more goes.

    Args:
        steps: of a dataset.
        chosen: int64, positions of images that are left out.
        brought: what came, already dealt out.

    Raises:
        UserError: the class of one was taken away with its images.
    """
    count = len(brought.labels)
    kept = tuple(changed for step in steps if (changed := _without_images(step, chosen, count)) is not None)
    still = chosen[applied(kept, brought).split[chosen] == LEFT_OUT]
    if len(still):
        raise UserError(
            f"The class of {counted(len(still), 'picture')} was taken away.",
            "Give them a class that is there, or take that step out.",
            "CLASS_TAKEN_AWAY",
        )
    return _of_bounded_size(kept)


def _without_images(step: Correction, chosen: np.ndarray, count: int) -> Correction | None:
    if not isinstance(step, Exclude):
        return step
    left = np.setdiff1d(positions(step.images, count), chosen)
    return step.edited(images=written(left)) if len(left) else None


def labelled(steps: Sequence[Correction], chosen: np.ndarray, label: int, brought: Labelled) -> Steps:
    """The steps with a class for some images; those of them that were left out come back with it.

    Args:
        steps: of a dataset.
        chosen: int64, positions.
        label: their class from now on.
        brought: what came, already dealt out.

    Raises:
        UserError: there is no room for more steps.
    """
    out = chosen[applied(steps, brought).split[chosen] == LEFT_OUT]
    count = len(brought.labels)
    kept = tuple(changed for step in steps if (changed := _without_images(step, out, count)) is not None)
    kept = recorded(kept, Relabel(images=written(chosen), label=label))
    still = out[applied(kept, brought).split[out] == LEFT_OUT]
    return recorded(kept, *returned(still, brought))


def moved(steps: Sequence[Correction], chosen: np.ndarray, split: Split, brought: Labelled) -> Steps:
    """The steps with another split for some images; those of them that were left out come back with it.

    Args:
        steps: of a dataset.
        chosen: int64, positions.
        split: where they go.
        brought: what came, already dealt out.

    Raises:
        UserError: as `taken_back`, or there is no room for more steps.
    """
    out = chosen[applied(steps, brought).split[chosen] == LEFT_OUT]
    return recorded(taken_back(steps, out, brought), Move(images=written(chosen), split=split))


def returned(chosen: np.ndarray, brought: Labelled) -> Steps:
    """Steps that put images back into the splits to which they were dealt.

    Args:
        chosen: int64, their positions.
        brought: what came, already dealt out.
    """
    parts = [(name, chosen[brought.split[chosen] == part]) for part, name in enumerate(SPLITS)]
    return tuple(Move(images=written(some), split=name) for name, some in parts if len(some))


def differs(one: Labelled, other: Labelled, ids: tuple[int, ...], other_ids: tuple[int, ...]) -> np.ndarray:
    """Of which images something else is said in one than in the other: bool (N,).

    Args:
        one, other: what is said about the same images.
        ids, other_ids: which class each of their classes is, as `identities`.
    """
    classes = np.array(ids, np.int64)[one.labels] != np.array(other_ids, np.int64)[other.labels]
    out = (one.split == LEFT_OUT) & (other.split == LEFT_OUT)
    return (classes | (one.split != other.split)) & ~out


def _nothing(class_names: Sequence[str]) -> Labelled:
    return Labelled(np.zeros(0, np.int64), np.zeros(0, np.int8), tuple(class_names))
