"""Whether something that has nothing to do with what is shown tells the classes apart."""

from typing import ClassVar

import numpy as np

from core.datasets.statistics import sizes_at
from core.inspection import Check, Finding
from core.inspection.subject import Subject
from core.words import counted, percent

SAMPLE = 5000
"""Images that are compared with each other."""
NEIGHBOURS, FOLDS = 15, 5
WORTH_TELLING, STRONG = 0.4, 0.7
"""How far the balanced accuracy is from chance (0) to perfect (1)."""
FEWEST = 50
FEWEST_OF_CLASS = 10


class Shortcuts(Check):
    """Whether brightness, size, shape or the colour of the border alone already tells the classes apart."""

    rank: ClassVar[int] = 11

    @classmethod
    def clear(cls) -> str:
        return "Neither brightness nor size nor the border alone tells the classes apart."

    def look(self, subject: Subject) -> tuple[list[Finding], int, str]:
        rows = self._rows(subject)
        labels = subject.data.labels[subject.used[rows]]
        if len(labels) < FEWEST or len(np.unique(labels)) < 2:
            few = f"It takes two classes with {FEWEST_OF_CLASS} training pictures, and {FEWEST} in all."
            return [], 0, few
        trained = int((subject.split[subject.used] == 0).sum())
        found = []
        for what, values in self._cues(subject, rows).items():
            accuracy = balanced_accuracy(values, labels)
            if one := self._finding(what, accuracy, len(np.unique(labels)), len(labels)):
                found.append(one)
        sampled = f"{len(labels)} of {trained} training pictures were drawn." if len(labels) < trained else ""
        return found, len(labels), sampled

    def _rows(self, subject: Subject) -> np.ndarray:
        """A sample of the training images, as rows of `used`, of classes that have some; in random order."""
        rows = np.flatnonzero(subject.split[subject.used] == 0)
        labels = subject.data.labels[subject.used[rows]]
        counts = np.bincount(labels, minlength=len(subject.data.class_names))
        rows = rows[counts[labels] >= FEWEST_OF_CLASS]
        return np.random.default_rng(0).permutation(rows)[:SAMPLE]

    def _cues(self, subject: Subject, rows: np.ndarray) -> dict[str, np.ndarray]:
        """What may tell classes apart, by its name: float32 (n, dimensions)."""
        sizes = sizes_at(subject.dataset, subject.used[rows]).astype(np.float32)

        def numbers(*names: str) -> np.ndarray:
            return np.stack([subject.number(name)[rows] for name in names], 1)

        is_grey = subject.data.images.shape[3] == 1
        return {
            "the mean brightness": numbers("brightness"),
            **({} if is_grey else {"the mean colour": numbers("red", "green", "blue")}),
            "the brightness of the border" if is_grey else "the colour of the border": numbers(
                *(("border_red",) if is_grey else ("border_red", "border_green", "border_blue"))
            ),
            "the size that a picture came in": sizes,
            "the ratio of width to height": sizes[:, :1] / np.maximum(1, sizes[:, 1:]),
        }

    def _finding(self, what: str, accuracy: float, classes: int, images: int) -> Finding | None:
        """None where it says little, or so few images do not tell."""
        chance = 1 / classes
        margin = 4 * (chance * (1 - chance) / images) ** 0.5
        lift = (accuracy - chance) / (1 - chance)
        if lift < WORTH_TELLING or accuracy - chance < margin:
            return None
        title = f"{what[0].upper()}{what[1:]} alone tells the classes apart"
        sentence = (
            f"From {what} alone the class is right for {percent(accuracy)} of the training pictures, each class "
            f"counted alike; by chance it would be {percent(chance)} ({NEIGHBOURS} nearest neighbours, "
            f"{FOLDS}-fold cross-validation on {counted(images, 'picture')})."
        )
        severity = "doubtful" if lift >= STRONG else "noted"
        return Finding(check=self.kind, title=title, sentence=sentence, severity=severity)


def balanced_accuracy(values: np.ndarray, labels: np.ndarray) -> float:
    """How often the nearest neighbours of other folds name the right class, each class counted alike: 0..1.

    Values are compared on the scale from their 5th to their 95th hundredth, and what is far beyond counts as just
    beyond; each class has as much to say as it has neighbours against its share.

    Args:
        values: float (n, dimensions), in random order.
        labels: int64 (n,).
    """
    kinds, labels = np.unique(labels, return_inverse=True)
    if (values == values[0]).all():
        return 1 / len(kinds)
    low, high = np.quantile(values, (0.05, 0.95), axis=0)
    scaled = np.clip((values - low) / np.maximum(high - low, 1e-6), -1, 2).astype(np.float32)
    folds = np.arange(len(labels)) % FOLDS
    right = np.zeros(len(kinds))
    for fold in range(FOLDS):
        seen, mine = folds != fold, np.flatnonzero(folds == fold)
        weights = 1 / np.maximum(1, np.bincount(labels[seen], minlength=len(kinds)))
        distances = sum((scaled[mine, None, axis] - scaled[None, seen, axis]) ** 2 for axis in range(scaled.shape[1]))
        near = np.argpartition(distances, min(NEIGHBOURS, distances.shape[1] - 1), axis=1)[:, :NEIGHBOURS]
        votes = np.zeros((len(mine), len(kinds)))
        np.add.at(votes, (np.arange(len(mine))[:, None], labels[seen][near]), weights[labels[seen][near]])
        np.add.at(right, labels[mine], votes.argmax(1) == labels[mine])
    return float((right / np.bincount(labels)).mean())
