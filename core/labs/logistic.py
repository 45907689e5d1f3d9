"""Logistic regression on pixels: a picture flattened into one column, one weight for each of its entries."""

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from core.datasets import Dataset, ImageData, images_at, is_prepared
from core.datasets.digits import Digits
from core.datasets.keras_datasets import CIFAR10, MNIST, FashionMNIST
from core.datasets.own_images import OwnImages, uploads
from core.datasets.shapes import Shapes
from core.labs import Check, Lab
from core.labs.activations import softmax
from core.labs.chance import Chance
from core.labs.images import fashion_is_here
from core.labs.networks import sigmoid
from core.spec import option

MOST_BYTES = 1_030_000
"""Of all pictures of a lab together: as text on their way to the browser they take a third more."""
MOST_OF_A_CLASS = 250
"""Pictures of one class against another: more would make every step slower and the weights no clearer."""
MOST_IN_ALL = 2000
"""Pictures of one class and all others together."""
OWN, OWN_SIDE, OWN_RATE = "own-", 64, 0.001
"""Own images: what their names here begin with, their side in px, as such pictures are often taught, and the rate."""
ALL_OTHERS = "all others"
MOST_STEPS = 2000
LARGEST_LOGIT = 10.0


@dataclass(frozen=True)
class Choice:
    """A dataset that the lab offers, and how it begins there.

    Args:
        dataset: where the pictures come from.
        first, second: the classes that stand for y = 0 and y = 1 at the start.
        rate: a learning rate that suits so many inputs.
    """

    dataset: Dataset
    first: int
    second: int
    rate: float

    @property
    def most(self) -> int:
        """How many pictures of a class are taken at most, where it stands against another."""
        return min(MOST_OF_A_CLASS, self._room // 2)

    @property
    def most_in_all(self) -> int:
        """How many are taken at most, where a class stands against all others."""
        return min(MOST_IN_ALL, self._room)

    @property
    def _room(self) -> int:
        return MOST_BYTES // int(np.prod(self.dataset.facts().shape))

    def to_json(self) -> dict[str, object]:
        """As the browser takes it."""
        facts = self.dataset.facts()
        own = isinstance(self.dataset, OwnImages)
        return {
            "title": self.dataset.upload().title if own else "",
            "shape": list(facts.shape),
            "classes": list(facts.class_names),
            "first": self.first,
            "second": self.second,
            "rate": self.rate,
            "script": self.dataset.source(),
        }


CHOICES = {
    "Digits": Choice(Digits(), 1, 8, 0.2),
    "Colour shapes": Choice(Shapes(count=328, image_size=64, classes=8), 0, 6, 0.0015),
    "Fashion-MNIST": Choice(FashionMNIST(), 2, 4, 0.02),
    "MNIST": Choice(MNIST(), 4, 9, 0.05),
    "CIFAR-10": Choice(CIFAR10(), 8, 3, 0.0025),
}
"""By the name people read."""


def choice_of(name: str) -> Choice:
    """The dataset of that name, of ours or of the reader's own.

    Raises:
        UserError: own images that are not in this workspace.
    """
    if not name.startswith(OWN):
        return CHOICES[name]
    dataset = OwnImages(images_id=name.removeprefix(OWN), image_size=OWN_SIDE)
    dataset.facts()
    return Choice(dataset, 0, 1, OWN_RATE)


def choices() -> dict[str, Choice]:
    """All that the lab knows: ours, then own images of two classes or more, the latest first."""
    own = [f"{OWN}{upload.images_id}" for upload in uploads() if len(upload.class_names) > 1]
    return CHOICES | {name: choice_of(name) for name in own}


def offered(known: dict[str, Choice]) -> list[str]:
    """Names of those that are on this machine; the others stand here once the Data page has fetched them."""
    return [name for name, choice in known.items() if not choice.dataset.megabytes or _is_here(choice.dataset)]


def _is_here(dataset: Dataset) -> bool:
    return is_prepared(dataset) or (isinstance(dataset, FashionMNIST) and fashion_is_here())


def sample(data: ImageData, labels: tuple[int, int], most: int) -> tuple[np.ndarray, list[int]]:
    """The first pictures of two classes.

    Args:
        data: a dataset that is ready.
        labels: of the class that stands for y = 0, then of that for y = 1.
        most: pictures of one class at most.

    Returns:
        uint8 (N, H, W, C), the class of y = 0 first, and how many there are of each.
    """
    return _taken(data, [np.flatnonzero(data.labels == label)[:most] for label in labels])


def one_against_rest(data: ImageData, label: int, most: int) -> tuple[np.ndarray, list[int], list[int]]:
    """A class and all others: the whole dataset, or where it has too many, the first of every class.

    Args:
        data: a dataset that is ready.
        label: of the class that stands for y = 1.
        most: pictures at most, the class itself half of them.

    Returns:
        as `sample` does, the others first; and how many of each other class and of this one are taken at most.
    """
    counts = np.bincount(data.labels, minlength=len(data.class_names))
    caps = [int(counts.max()), int(counts[label])]
    if len(data.labels) > most:
        mine = min(int(counts[label]), most // 2)
        caps = [max(1, (most - mine) // (len(counts) - 1)), mine]
    others = [np.flatnonzero(data.labels == other)[: caps[0]] for other in range(len(counts)) if other != label]
    others = np.sort(np.concatenate(others))  # as they stand in the dataset, so that all classes are seen
    return *_taken(data, [others, np.flatnonzero(data.labels == label)[: caps[1]]]), caps


def _taken(data: ImageData, places: list[np.ndarray]) -> tuple[np.ndarray, list[int]]:
    """The pictures at these places, and how many there are of each kind."""
    images = list(images_at(data.images, np.concatenate(places)))
    return np.stack(images) if images else data.images[:0], [len(members) for members in places]


def flat_index(row: int, column: int, channel: int, width: int, channels: int) -> int:
    """Where one value of a picture stands in its column: row by row, pixel by pixel, the channels side by side."""
    return (row * width + column) * channels + channel


def flattened(pictures: np.ndarray) -> np.ndarray:
    """X: every picture is one column, its pixels scaled to 0..1.

    Args:
        pictures: uint8 (m, H, W, C).

    Returns:
        float64 (n_x, m), n_x = H * W * C.
    """
    return pictures.reshape(len(pictures), -1).T / 255.0


def split(counts: list[int], share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Deals the pictures of each class out to training and to what is held out.

    Args:
        counts: pictures of each class; those of the first class come first.
        share: 0.1..0.9 of each class that is trained on; at least one picture on either side.
        seed: the same one deals alike here and in the browser.

    Returns:
        positions for training, and positions held out, ascending.
    """
    chance, train, start = Chance(seed), [], 0
    for count in counts:
        taken = min(max(1, int(count * share + 0.5)), count - 1)
        train += [start + place for place in chance.order(count)[:taken]]
        start += count
    return np.sort(train), np.setdiff1d(np.arange(start), train)


def logits(w: np.ndarray, b: float, x: np.ndarray) -> np.ndarray:
    """Z = w^T X + b, (1, m).

    Args:
        w: float64 (n_x, 1).
        b: the bias.
        x: float64 (n_x, m).
    """
    return w.T @ x + b


def loss(z: np.ndarray, y: np.ndarray) -> float:
    """Mean binary cross-entropy, from the logits, so that no sure answer overflows.

    Args:
        z: float64 (1, m).
        y: float64 (1, m), 0 or 1.
    """
    return float(np.mean(np.maximum(z, 0.0) - z * y + np.log1p(np.exp(-np.abs(z)))))


def gradient(w: np.ndarray, b: float, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """How the loss changes with every weight, (1/m) X (A - Y)^T, (n_x, 1), and with the bias, mean(A - Y).

    Source: Cox 1958, "The regression analysis of binary sequences".
    """
    difference = sigmoid(logits(w, b, x)) - y  # (1, m)
    return x @ difference.T / x.shape[1], float(difference.mean())


def finite_differences(w: np.ndarray, b: float, x: np.ndarray, y: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """The gradient of every weight from the loss a little right and a little left of it, (n_x, 1)."""
    nudges = h * np.eye(len(w))[:, :, None]  # (n_x, n_x, 1)
    sides = [[loss(logits(w + sign * nudge, b, x), y) for sign in (1, -1)] for nudge in nudges]
    return np.array([[(right - left) / (2 * h)] for right, left in sides])


def descend(x: np.ndarray, y: np.ndarray, rate: float, steps: int) -> tuple[np.ndarray, float, list[float]]:
    """Gradient descent from w = 0 on all pictures at once.

    Args:
        x: float64 (n_x, m).
        y: float64 (1, m), 0 or 1.
        rate: how far each step goes against the gradient.
        steps: 0 or more.

    Returns:
        w (n_x, 1), b, and the loss before each step and after the last.
    """
    w, b = np.zeros((len(x), 1)), 0.0
    losses = [loss(logits(w, b, x), y)]
    for _ in range(steps):
        dw, db = gradient(w, b, x, y)
        w, b = w - rate * dw, b - rate * db
        losses.append(loss(logits(w, b, x), y))
    return w, b, losses


def largest_rate(x: np.ndarray) -> float:
    """The learning rate below which every step on these pictures brings the loss down: 2 over its largest curvature.

    Args:
        x: float64 (n_x, m).

    Source: Boehning 1992: the curvature is at most a quarter of that of least squares.
    """
    with_bias = np.vstack([x, np.ones((1, x.shape[1]))])
    return 8.0 * x.shape[1] / float(np.linalg.norm(with_bias, 2) ** 2)


class LogisticRegression(Lab):
    """Tell two kinds of pictures apart with one weight for each pixel."""

    dataset: Annotated[str, Field(pattern=rf"^({'|'.join(CHOICES)}|{OWN}[0-9a-f]{{32}})$")] = option(
        "Digits",
        "Where the pictures come from.",
        advice="If pixels alone do too well, take colour shapes. Own images stand here once they are uploaded on the "
        "Data page; Fashion-MNIST, MNIST and CIFAR-10 once it has fetched them.",
    )
    against: Literal["one class", ALL_OTHERS] = option(
        "one class",
        "What the class of y = 1 is told from: one other class, or all the others together, as in cat / not cat.",
    )
    first: int = option(1, "The class that stands for y = 0.", low=0, high=9999)
    second: int = option(8, "The class that stands for y = 1.", low=0, high=9999)
    rate: float = option(
        0.2,
        "Learning rate: how far each step goes against the gradient.",
        advice="If the loss creeps, triple it; if it jumps up and down, divide it by three.",
        low=0.00001,
        high=100.0,
        scale="log",
        choices=tuple(float(f"{digit}e{power}") for power in range(-5, 2) for digit in (1, 2, 5)) + (100.0,),
    )
    share: float = option(
        0.7,
        "Share of the pictures that it learns from; the others are held out, to test it.",
        advice="If it learns all by heart, give it more pictures.",
        low=0.1,
        high=0.9,
        unit="of all",
    )
    seed: int = option(1, "Draws which pictures are held out.", low=0, high=99)
    shown: Literal["held out", "training", "wrong"] = option(
        "held out", "Which pictures are shown; wrong shows those held out that it takes for the other class."
    )
    picture: int = option(0, "The picture that is taken apart.", low=0, high=MOST_IN_ALL - 1)
    step: int = option(30, "Steps that it has learned.", low=0, high=MOST_STEPS)
    z1: float = option(0.0, "Logit of the first class.", low=-LARGEST_LOGIT, high=LARGEST_LOGIT)
    z2: float = option(1.0, "Logit of the second class.", low=-LARGEST_LOGIT, high=LARGEST_LOGIT)

    @model_validator(mode="after")
    def _two_classes(self) -> Self:
        """One class cannot be told from itself, and a dataset has only its own classes."""
        told = [self.second] if self.is_against_all else [self.first, self.second]
        if len(set(told)) < len(told) or max(told) >= len(self.choice.dataset.facts().class_names):
            raise ValueError("two different classes of the dataset are needed")
        return self

    @classmethod
    def title(cls) -> str:
        return "Logistic regression"

    @property
    def choice(self) -> Choice:
        """The dataset that is chosen."""
        return choice_of(self.dataset)

    @property
    def is_against_all(self) -> bool:
        """Whether one class stands against all others."""
        return self.against == ALL_OTHERS

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        return (
            Check("inputs", "Inputs of a picture of 64×64×3", 12_288, lambda: len(flattened(_cats(1)))),
            Check(
                "index",
                "Place of row 2, column 5, channel 1 in its column",
                400,
                lambda: flat_index(2, 5, 1, 64, 3),
            ),
            Check(
                "shapes",
                "Shapes of X, Y, w and Z for 209 such pictures",
                [[12_288, 209], [1, 209], [12_288, 1], [1, 209]],
                shapes,
            ),
            Check("unsure", "Loss at w = 0 and b = 0: ln 2", 0.693147, lambda: round(descend(X, Y, 1.0, 0)[2][0], 6)),
            Check(
                "gradient",
                "Gradient (1/m) X (A − Y)ᵀ at w = 0 of two pictures, [1, 2] of y = 1 and [3, 4] of y = 0",
                [0.5, 0.5],
                lambda: gradient(np.zeros((2, 1)), 0.0, X, Y)[0][:, 0],
            ),
            Check(
                "differences",
                "The same by finite differences, to six digits",
                [0.5, 0.5],
                lambda: np.round(finite_differences(np.zeros((2, 1)), 0.0, X, Y)[:, 0], 6),
            ),
            Check(
                "softmax",
                "Softmax of the logits 1 and 3, for the second class: sigmoid(3 − 1)",
                0.880797,
                lambda: round(float(softmax(np.array([1.0, 3.0]))[1]), 6),
            ),
        )


X, Y = np.array([[1.0, 3.0], [2.0, 4.0]]), np.array([[1.0, 0.0]])
"""Two pictures of two pixels, whose gradient can be followed with a pencil."""


def _cats(count: int) -> np.ndarray:
    """Empty pictures as large as those with which this is often taught."""
    return np.zeros((count, 64, 64, 3), np.uint8)


def shapes() -> list[list[int]]:
    """Shapes of X, Y, w and Z for 209 pictures of 64x64x3."""
    x = flattened(_cats(209))
    w, y = np.zeros((len(x), 1)), np.zeros((1, 209))
    return [list(part.shape) for part in (x, y, w, logits(w, 0.0, x))]
