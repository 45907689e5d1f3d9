"""A classifier of what was shown: its answers, how good it is, and what is missing, said in words."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.showing.embedding import Embedder, Features
from core.showing.head import Learnt, learn
from core.showing.shown import Shown, ShownClass, presses_of
from core.showing.store import Showing
from core.words import counted, listed, number

LEAST, FEW = 2, 10
"""Images without which a class can't be learnt, and below which it is said to have few."""
MARGIN = 1.1
"""By how much farther than another class's images a picture must be to be called unlike everything."""
SURE = 0.6
"""A probability below which the answer is said to be unsure."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What is said of one picture.

    Args:
        shares: float32 (C,): probabilities of the classes that were learnt.
        nearest: the image that was shown and is most like it, by its features.
        is_unlike: whether it is less like everything that was shown than the classes are like each other.
    """

    shares: np.ndarray
    nearest: str
    is_unlike: bool


@dataclass(frozen=True, eq=False)
class Classifier:
    """A head, and what it learnt from.

    Args:
        embedder: the base whose features it reads.
        classes: those that were learnt, in the order of the head's answers.
        learnt: the head, and the estimate of how good it is.
        images: names of all images that it learnt from.
        directions: float32 (N, D): their features, each of length 1.
        far: from this distance (1 - cosine) to the nearest of them on, a picture is unlike everything that was shown.
    """

    embedder: Embedder
    classes: tuple[ShownClass, ...]
    learnt: Learnt
    images: tuple[str, ...]
    directions: np.ndarray
    far: float

    def answer(self, features: np.ndarray) -> Answer:
        """What it says of one picture.

        Args:
            features: float32 (1, D), by its embedder.
        """
        likeness = self.directions @ directions(features)[0]
        at = int(likeness.argmax())
        shares = self.learnt.head.probabilities(features)[0]
        return Answer(shares, self.images[at], bool(1 - likeness[at] > self.far))

    def estimate(self) -> str:
        """How good it is, in sentences: asked of images that it did not learn from."""
        right, count = self.learnt.right, len(self.images)
        found = [f"{number(right)} of {counted(count, 'picture')} right, each asked of a classifier that never saw it."]
        return " ".join([*found, *self._mistakes(), *self._too_good()])

    def _mistakes(self) -> list[str]:
        wrong = self.learnt.confusion()
        np.fill_diagonal(wrong, 0)
        most = int(wrong.max())
        if not most:
            return []
        one, other = np.unravel_index(wrong.argmax(), wrong.shape)
        times = "once" if most == 1 else f"{number(most)} times"
        return [f"Most often {self.classes[one].name} was taken for {self.classes[other].name} ({times})."]

    def _too_good(self) -> list[str]:
        """Frames of one press are alike: who learnt from some of them knows the others."""
        alone = [one.name for one in self.classes if len(set(presses_of(one.images))) == 1]
        if not alone:
            return []
        verb = "was" if len(alone) == 1 else "were"
        return [f"{listed(alone)} {verb} shown in one go, so this may be too good: show from another side too."]


def directions(features: np.ndarray) -> np.ndarray:
    """Features of length 1: float32 (N, D)."""
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)


def learnable(shown: Shown) -> tuple[ShownClass, ...]:
    """The classes that can be learnt: with two images or more, if two classes have them; else none."""
    found = tuple(one for one in shown.classes if len(one.images) >= LEAST)
    return found if len(found) > 1 else ()


def train(shown: Shown, showing: Showing, embedder: Embedder, features: Features) -> Classifier:
    """Learns from what was shown; there are classes that can be learnt.

    Raises:
        UserError: a picture is gone, or the base does not answer.
    """
    classes = learnable(shown)
    images = tuple(image for one in classes for image in one.images)
    labels = np.repeat(np.arange(len(classes)), [len(one.images) for one in classes])
    found = features.of(embedder, showing, images)
    presses = np.array(presses_of(images))
    units = directions(found)
    return Classifier(
        embedder, classes, learn(found, labels, presses, len(classes)), images, units, far_from(units, labels)
    )


def far_from(units: np.ndarray, labels: np.ndarray) -> float:
    """From which distance (1 - cosine) on a picture is unlike everything: a tenth more than the median distance of an
    image to the nearest image of another class.

    With MobileNetV2 and 60 photos of each class of three datasets 74 to 100 of 100 pictures of quite other things lie
    farther, and 0 to 17 of 100 new pictures of the same things do.

    Args:
        units: float32 (N, D), of length 1.
        labels: int64 (N,), two classes or more.
    """
    likeness = units @ units.T
    likeness[labels[:, None] == labels] = -1
    return MARGIN * float(np.median(1 - likeness.max(1)))


def missing(shown: Shown) -> list[str]:
    """What stands in the way of a classifier, or of a good one, in sentences with a way on."""
    filled = [one for one in shown.classes if one.images]
    found = []
    if len(filled) == 1:
        found.append(f"{filled[0].name} alone can't be told from anything: show a second class.")
    found += [
        f"{one.name} has one picture and is left out: show one more at least."
        for one in filled
        if len(one.images) < LEAST and len(filled) > 1
    ]
    found += _repeats(filled)
    few = [one for one in learnable(shown) if len(one.images) < FEW]
    if few:
        has = f"{few[0].name} has few pictures" if len(few) == 1 else f"{listed([x.name for x in few])} have few"
        found.append(f"{has}: from about 20 on, from several sides, it gets surer.")
    return found


def _repeats(classes: list[ShownClass]) -> list[str]:
    """Equal pictures under two names ask for two answers to one question."""
    return [
        f"{counted(len(shared), 'picture is', 'pictures are')} in {one.name} and in {other.name}: nothing can tell "
        "them apart. Remove them from one of the two."
        for one, other in combinations(classes, 2)
        if (shared := one.digests & other.digests)
    ]
