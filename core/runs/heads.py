"""The head of a network for other classes than it learnt: outputs go by the names of their classes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.words import counted, listed

HALVES = (
    "The one output for two classes became one for each, with half of its weights, for and against: beside each other "
    "the two are as likely as before"
)


@dataclass(frozen=True)
class Head:
    """The numbers of a last layer.

    Args:
        kernel: float32 (inputs, units): a single unit says how much is for the second of two classes.
        bias: float32 (units).
        classes: names, in the order of the outputs.
    """

    kernel: np.ndarray
    bias: np.ndarray
    classes: tuple[str, ...]

    @property
    def is_single(self) -> bool:
        """Whether one sigmoid unit answers for two classes."""
        return self.kernel.shape[1] == 1 and len(self.classes) == 2

    def columns(self) -> dict[str, np.ndarray]:
        """For each class the weights of its sum and, as the last number, its bias: float32 (inputs + 1).

        Of a single unit each class has half: softmax of (-z/2, z/2) is sigmoid of z.
        """
        all_of_it = np.vstack([self.kernel, self.bias])
        if self.is_single:
            half = all_of_it[:, 0] / 2
            return dict(zip(self.classes, (-half, half), strict=True))
        return {name: all_of_it[:, place] for place, name in reversed(list(enumerate(self.classes)))}


def carried_over(old: Head, fresh: Head) -> tuple[Head, tuple[str, ...]]:
    """A fresh head with the outputs of an old one for the classes that both know, and what is to be said about it.

    Args:
        old: as it was learnt.
        fresh: as it would begin, for the classes from now on.
    """
    known, wanted = old.columns(), fresh.classes
    kept = [name for name in wanted if name in known]
    if len(old.kernel) != len(fresh.kernel) or not kept or (fresh.is_single and len(kept) < 2):
        return fresh, (_fresh(old, fresh, kept),)
    if fresh.is_single:  # sigmoid of the difference is what softmax of the two gives
        first, second = (known[name] for name in wanted)
        columns = (second - first)[:, None]
    else:
        own = fresh.columns()
        columns = np.stack([known.get(name, own[name]) for name in wanted], axis=1)
    new = [name for name in wanted if name not in known]
    told = [f"{counted(len(kept), 'output')} kept by the name of the class"]
    told += [f"new and fresh: {listed(new)}"] if new else []
    gone = [name for name in old.classes if name not in wanted]
    told += [f"no more asked for: {listed(gone)}"] if gone else []
    notes = ("; ".join(told), *([HALVES] if old.is_single and not fresh.is_single else []))
    columns = columns.astype(np.float32)
    return Head(columns[:-1], columns[-1], wanted), notes


def _fresh(old: Head, fresh: Head, kept: Sequence[str]) -> str:
    """Why a head begins anew."""
    if len(old.kernel) != len(fresh.kernel):
        return f"The head begins fresh: it reads {len(fresh.kernel)} values here, and read {len(old.kernel)} there"
    return f"The head begins fresh: of its classes it knows {listed(kept) if kept else 'none'}"
