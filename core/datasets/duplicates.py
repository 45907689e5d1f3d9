"""Which images of a dataset repeat which, pixel for pixel."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.corrections import LEFT_OUT
from core.datasets.split import SPLITS, TRAIN
from core.words import counted


@dataclass(frozen=True)
class Group:
    """Images that are one picture.

    Args:
        positions: of two or more, ascending.
        classes: indices of their classes, ascending; with several, all labels but one are wrong.
        splits: indices into SPLITS, ascending.
    """

    positions: tuple[int, ...]
    classes: tuple[int, ...]
    splits: tuple[int, ...]

    @property
    def leaks(self) -> bool:
        """Whether it is learnt from and checked on at once."""
        return TRAIN in self.splits and len(self.splits) > 1


def groups(digests: Sequence[str], labels: np.ndarray, split: np.ndarray) -> list[Group]:
    """All groups of equal images: first those with several labels, then those that leak, then the largest.

    Args:
        digests: one per image, equal for equal ones; empty for an unknown one.
        labels: int64 (N,).
        split: int8 (N,), an index into SPLITS for each as it is dealt out now; those that are LEFT_OUT repeat nothing.
    """
    members = defaultdict(list)
    for position, digest in enumerate(digests):
        if digest and split[position] != LEFT_OUT:
            members[digest].append(position)
    found = [
        Group(tuple(some), _distinct(labels[some]), _distinct(split[some])) for some in members.values() if some[1:]
    ]
    return sorted(found, key=lambda group: (-len(group.classes), not group.leaks, -len(group.positions)))


def _distinct(values: np.ndarray) -> tuple[int, ...]:
    return tuple(np.unique(values).tolist())


def sentence(found: Sequence[Group], split: np.ndarray) -> str:
    """How many images repeat another one, and what that means; empty where none does.

    Args:
        found: all groups.
        split: as in `groups`.
    """
    if not found:
        return ""
    more = sum(len(group.positions) - 1 for group in found)
    first = f"{counted(more, 'picture')} {'repeats' if more == 1 else 'repeat'} another one, pixel for pixel"
    told = [f"{first} ({counted(len(found), 'group')})."]
    for part, name in enumerate(SPLITS):
        leaked = sum(int((split[list(group.positions)] == part).sum()) for group in found if group.leaks)
        if part != TRAIN and leaked:
            told.append(f"{counted(leaked, 'picture')} of {name} {'is' if leaked == 1 else 'are'} also trained on.")
    if several := sum(len(group.classes) > 1 for group in found):
        have = "has" if several == 1 else "have"
        told.append(f"{counted(several, 'group')} {have} more than one class: only one label can be right.")
    return " ".join(told)
