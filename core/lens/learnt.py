"""When each image was learnt, and whether it was forgotten again: told by what is stored of every epoch, without Keras.

After "An Empirical Study of Example Forgetting during Deep Neural Network Learning" (Toneva et al., 2019): an image is
forgotten whenever it was answered right after one epoch and wrong after the next.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from core.errors import UserError
from core.lens import Lens, Place, Result
from core.lens.network import Network, no_numbers
from core.lens.outline import Outline
from core.runs import epoch_predictions
from core.runs.epoch_predictions import Images
from core.runs.run import Run

STORIES = (
    "right after every epoch",
    "learnt later, never forgotten",
    "forgotten, and learnt again",
    "forgotten in the end",
    "never right",
)
"""Each image has one of them."""
ALWAYS, KEPT, AGAIN, LOST, NEVER = range(len(STORIES))
MOST_TOLD = 5
"""Turns of an image that are told one by one."""


@dataclass(frozen=True, eq=False)
class Learnt(Result):
    """What became of N images in E epochs.

    Args:
        positions: int64 (N,), in the dataset.
        labels: int64 (N,), their true classes.
        epochs: int64 (E,), ascending; those that could not be read are missing.
        right: bool (E, N), whether each was answered right.
        lost: epochs after which answers were no numbers: the network had diverged, and they are not among the E.
    """

    positions: np.ndarray
    labels: np.ndarray
    epochs: np.ndarray
    right: np.ndarray
    lost: tuple[int, ...] = ()

    @cached_property
    def learnt(self) -> np.ndarray:
        """bool (E, N), whether each became right: it was wrong after the epoch before, or this is the first."""
        return self.right & ~self._before

    @cached_property
    def forgotten(self) -> np.ndarray:
        """bool (E, N), whether each became wrong again."""
        return ~self.right & self._before

    @cached_property
    def _before(self) -> np.ndarray:
        """The epoch before each, nothing right before the first."""
        return np.concatenate([np.zeros_like(self.right[:1]), self.right[:-1]])

    @cached_property
    def forgettings(self) -> np.ndarray:
        """int64 (N,), how often each was forgotten."""
        return self.forgotten.sum(0)

    @cached_property
    def first(self) -> np.ndarray:
        """int64 (N,), the epoch after which each was right first; 0 for those that never were."""
        return np.where(self.right.any(0), self.epochs[self.right.argmax(0)], 0)

    @cached_property
    def story(self) -> np.ndarray:
        """int64 (N,), a place in STORIES each."""
        told = np.select(
            [self.right.all(0), ~self.right.any(0), self.forgettings == 0, self.right[-1]],
            [ALWAYS, NEVER, KEPT, AGAIN],
            LOST,
        )
        return told.astype(np.int64)

    def always_right(self) -> np.ndarray:
        """int64 (E,), images that were right after every epoch so far."""
        return np.logical_and.accumulate(self.right, 0).sum(1)

    def never_right(self) -> np.ndarray:
        """int64 (E,), images that were right after no epoch so far."""
        return (~np.logical_or.accumulate(self.right, 0)).sum(1)

    def sentence(self, image: int) -> str:
        """The story of one image: "learnt at epoch 3, forgotten at 7".

        Args:
            image: 0..N-1.
        """
        if self.story[image] in (ALWAYS, NEVER):
            return STORIES[self.story[image]]
        turns = np.flatnonzero(self.learnt[:, image] | self.forgotten[:, image])
        if len(turns) > MOST_TOLD:
            last = "right" if self.right[-1, image] else "wrong"
            times = f"forgotten {self.forgettings[image]} times"
            return f"learnt at epoch {self.first[image]}, {times}, {last} since {self.epochs[turns[-1]]}"
        words = ["learnt", *("learnt again" if self.right[turn, image] else "forgotten" for turn in turns[1:])]
        told = [f"{word} at {self.epochs[turn]}" for word, turn in zip(words, turns, strict=True)]
        return ", ".join([told[0].replace(" at ", " at epoch "), *told[1:]])


class LearntAndForgotten(Lens):
    """After which epoch each validation image was answered right, and which were forgotten again."""

    question: ClassVar[str] = "learnt"
    needs_images: ClassVar[bool] = False
    needs_network: ClassVar[bool] = False
    place: ClassVar[Place] = "set"
    rank: ClassVar[int] = 60

    @classmethod
    def title(cls) -> str:
        return "Learnt and forgotten"

    def look(self, network: Network, images: np.ndarray) -> Learnt:
        return self.read(network.run, network.outline)

    def read(self, run: Run, outline: Outline) -> Learnt:
        found = epoch_predictions.of_run(run.path)
        if found is None or not len(found.epochs):
            what = "Nothing is kept about the epochs of this run: an older version trained it, or a file is damaged."
            raise UserError(what, "Train its experiment again: every epoch's predictions are kept then.", "NO_EPOCHS")
        if found.lost.all():
            raise no_numbers("answers", "count")
        told, lost = ~found.lost, tuple(map(int, found.epochs[found.lost]))
        return Learnt(found.images.positions, found.images.labels, found.epochs[told], found.right[told], lost)


def are_the_same(found: Learnt, positions: np.ndarray, labels: np.ndarray, classes: int) -> bool:
    """Whether a dataset still holds out the images that a run told of.

    Args:
        found: what is known of the run.
        positions: int64, of the images that are held out by now, ascending.
        labels: int64, theirs.
        classes: how many there are.
    """
    return Images(found.positions, found.labels, classes).are_among(Images(positions, labels, classes))
