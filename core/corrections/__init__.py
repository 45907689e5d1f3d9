"""The catalogue of corrections: what the owner of a dataset mended in it, step by step, each to be taken back.

Images and their prepared views never change. A correction changes what is said about them: their label, their split,
the names of the classes. Images are dealt out first and corrected afterwards, so that what was held out for validation
stays held out, whatever is mended.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated, ClassVar

import numpy as np
from pydantic import AfterValidator

from core.spec import Spec
from core.words import text_of

LEFT_OUT = -1
"""The split of an image that is in none."""
MOST_STEPS = 500
"""Corrections of one dataset: a hundred afternoons of mending."""
MOST_LETTERS = 400_000
"""Of the positions in one step: about 60 000 scattered images."""
MOST_IN_ALL = 800_000
"""Of the positions in all steps: with these an experiment stays as small as one may be that is read."""
NAME_LENGTH = 120
"""Letters of a class's name, as of the folder that it was."""
MOST_CLASSES = 1000
_RUN = re.compile(r"[0-9]{1,8}(-[0-9]{1,8})?")
_WRAPPED = 20
"""Runs of positions in a line of a script."""


def _check(text: str) -> str:
    """Runs that overlap could stand for the same image many thousand times, and take the room of so many."""
    if text and (
        len(text) > MOST_LETTERS or not all(map(_RUN.fullmatch, text.split(","))) or not _is_each_once(_runs(text))
    ):
        raise ValueError('it is a list of positions, each once, such as "3,7-12,80"')
    return text


def _is_each_once(runs: list[tuple[int, int]]) -> bool:
    return all(low <= high for low, high in runs) and all(
        before[1] < after[0] for before, after in pairwise(sorted(runs))
    )


def _runs(text: str) -> list[tuple[int, int]]:
    """First and last position of each run: "3,7-12" -> [(3, 3), (7, 12)]."""
    found = [run.partition("-") for run in text.split(",")] if text else []
    return [(int(low), int(high or low)) for low, _, high in found]


Images = Annotated[str, AfterValidator(_check)]
"""Positions of images in a dataset as it is prepared, ascending: "3,7-12,80"."""
ClassName = Annotated[str, AfterValidator(text_of(NAME_LENGTH))]


def written(positions: Iterable[int]) -> str:
    """Positions as a correction keeps them: [7, 3, 8, 9] -> "3,7-9"."""
    found = np.unique(np.fromiter(positions, np.int64))
    breaks = np.flatnonzero(np.diff(found) != 1) + 1
    runs = [(run[0], run[-1]) for run in np.split(found, breaks) if len(run)]
    return ",".join(f"{low}" if low == high else f"{low}-{high}" for low, high in runs)


def positions(images: str, count: int) -> np.ndarray:
    """What `written` wrote: int64, ascending, none of them `count` or more.

    Args:
        images: as `Images`.
        count: images that there are.
    """
    found = [np.arange(low, min(high + 1, count)) for low, high in _runs(images)]
    return np.sort(np.concatenate(found)).astype(np.int64) if found else np.zeros(0, np.int64)


def together(one: str, other: str) -> str:
    """The positions of both, as `written`; none of them is counted out, however far they reach.

    Args:
        one, other: as `Images`.
    """
    runs: list[tuple[int, int]] = []
    for low, high in sorted(_runs(one) + _runs(other)):
        if runs and low <= runs[-1][1] + 1:
            runs[-1] = runs[-1][0], max(runs[-1][1], high)
        else:
            runs.append((low, high))
    return ",".join(f"{low}" if low == high else f"{low}-{high}" for low, high in runs)


@dataclass(frozen=True)
class Labelled:
    """What is said about the images of a dataset.

    Args:
        labels: int64 (N,), an index into `class_names`; of an image that is left out it means nothing.
        split: int8 (N,), 0 train, 1 validation, 2 test, LEFT_OUT in none.
        class_names: one per label.
    """

    labels: np.ndarray
    split: np.ndarray
    class_names: tuple[str, ...]


class Correction(Spec):
    """One step of mending."""

    of_classes: ClassVar[bool] = False
    """Whether it changes what classes there are, for every image, rather than what is said about some."""

    def applied(self, now: Labelled) -> Labelled:
        """What is said about the images from this step on; where it names what is not there, as before.

        Args:
            now: what was said until then.
        """
        raise NotImplementedError

    def told(self, class_names: Sequence[str]) -> str:
        """What it did, in a few words: "12 pictures labelled cat".

        Args:
            class_names: before it.
        """
        raise NotImplementedError

    def lines(self, now: Labelled) -> list[str]:
        """Lines of Python that do the same to `labels`, `part` (the split) and `class_names`.

        Args:
            now: what is said before it.
        """
        raise NotImplementedError

    def touched(self, count: int) -> np.ndarray:
        """Positions of the images that it is about: int64; empty for one about classes."""
        images = getattr(self, "images", "")
        return positions(images, count)


def applied(steps: Sequence[Correction], now: Labelled) -> Labelled:
    """All steps, one after the other."""
    for step in steps:
        now = step.applied(now)
    return now


def class_steps(steps: Sequence[Correction]) -> tuple[Correction, ...]:
    """Those steps that change what classes there are."""
    return tuple(step for step in steps if step.of_classes)


def mended(
    steps: Sequence[Correction], brought: Labelled, *, learns_as_brought: bool = False, is_watched: bool = False
) -> tuple[Labelled, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """What a training is given after all steps.

    Args:
        steps: in order.
        brought: what came, already dealt out to train, validation and test.
        learns_as_brought: whether training images keep what was said about them, and only what is checked on is
            mended: with and without the steps, both are then judged on the same images.
        is_watched: whether test images are checked on after each epoch, so that validation and test are one.

    Returns:
        what is said about the images in the end, and the positions (train, validation, test), int64, ascending.
    """
    now = applied(steps, brought)
    if is_watched:
        now = replace(now, split=np.where(now.split == 2, np.int8(1), now.split))
    train, validation, test = (np.flatnonzero(now.split == part) for part in range(3))
    if learns_as_brought:
        before = applied(class_steps(steps), brought)
        train = np.flatnonzero(before.split == 0)
        only_learnt = np.setdiff1d(train, np.concatenate([validation, test]))
        labels = now.labels.copy()
        labels[only_learnt] = before.labels[only_learnt]
        now = replace(now, labels=labels)
    return now, (train, validation, validation if is_watched else test)


def source(steps: Sequence[Correction], brought: Labelled, *, learns_as_brought: bool = False) -> str:
    """Lines of a script that do what `mended` does to `labels`, `train`, `validation`, `test` and `class_names`.

    Args:
        steps, brought, learns_as_brought: as there.
    """
    begin = [
        'part = np.full(len(labels), -1, "int8")  # -1: in no split',
        "for number, chosen in ((2, test), (1, validation), (0, train)):",
        "    part[chosen] = number",
        "is_watched = test is validation",
        "class_names = list(class_names)",
    ]
    end = ["if is_watched:", "    part[part == 2] = 1",
           "train, validation = np.flatnonzero(part == 0), np.flatnonzero(part == 1)",
           "test = validation if is_watched else np.flatnonzero(part == 2)"]  # fmt: skip
    if not learns_as_brought:
        return "\n".join([*begin, *_lines(steps, brought), *end])
    kept = [
        "given = labels.copy(), part.copy(), list(class_names)",
        *_lines(class_steps(steps), brought),
        "brought, learnt = labels, np.flatnonzero(part == 0)  # training images as they came",
        "labels, part, class_names = given",
    ]
    last = [
        "train = learnt",
        "only_learnt = np.setdiff1d(train, np.concatenate([validation, test]))",
        "labels[only_learnt] = brought[only_learnt]",
    ]
    return "\n".join([*begin, *kept, *_lines(steps, brought), *end, *last])


def _lines(steps: Sequence[Correction], now: Labelled) -> list[str]:
    found = []
    for step in steps:
        found += step.lines(now)
        now = step.applied(now)
    return found


def as_python(images: str) -> str:
    """Positions as an index of NumPy: "3,7-12" -> "np.r_[3, 7:13]"."""
    runs = [run.partition("-") for run in images.split(",") if run]
    told = [f"{int(low)}:{int(high) + 1}" if high else str(int(low)) for low, _, high in runs]
    rows = [", ".join(told[start : start + _WRAPPED]) for start in range(0, len(told), _WRAPPED)]
    inside = rows[0] if len(rows) == 1 else "\n    " + ",\n    ".join(rows) + ",\n" if rows else "0:0"
    return f"np.r_[{inside}]"
