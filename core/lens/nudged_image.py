"""What a network says about one image when every pixel is nudged the way that fools it most."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.lens import Lens, Place, Result
from core.lens.network import Network
from core.lens.of_set import MOMENT
from core.lens.outline import Outline
from core.lens.progress import tell
from core.lens.targets import LOGITS
from core.spec import option

LARGEST = 64
"""Grey values of a nudge at most: a quarter of all, which anybody sees."""
PORTION = 16
"""Nudges that are asked about at once."""
ANY = "any other class"


@dataclass(frozen=True)
class Loss:
    """What training makes small, the cross-entropy of a class, up to a growing function: log(sum over the other classes
    of exp(their logit - its logit)), which changes the same way and does not vanish where a network is very sure.

    Args:
        index: of the class.
    """

    index: int
    form = ("loss",)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The class."""
        return (self.index,)

    def end(self, network: Network) -> str:
        """The layer whose output holds the logits, or the probabilities of a network that has none."""
        return LOGITS if network.has_logits else network.rows[-1].name

    def read(self, network: Network, values: Any, numbers: Any) -> Any:
        """As `ClassScore.read`."""
        import tensorflow as tf

        if not network.has_logits:
            values = tf.math.log(network.per_class(values))
        if values.shape[1] == 1:
            values = tf.concat([tf.zeros_like(values), values], axis=1)
        own = tf.gather(values, numbers[:1], axis=1)
        others = tf.one_hot(numbers[0], values.shape[1], on_value=-np.inf, off_value=0.0)
        return tf.reduce_logsumexp(values - own + others, axis=1)


@dataclass(frozen=True, eq=False)
class Nudged(Result):
    """One image, and what is said of it under nudges of every size.

    Args:
        image: uint8 (height, width, channels).
        direction: int8 of the same shape, -1, 0 or 1: which way each value is nudged.
        probabilities: float32 (`LARGEST` + 1, classes), by how many grey values it is nudged.
        target: the class that it is nudged towards; None for any other than the answer.
    """

    image: np.ndarray
    direction: np.ndarray
    probabilities: np.ndarray
    target: int | None

    @property
    def smallest(self) -> int | None:
        """The smallest nudge that fools, in grey values: under which the answer is the target, or any other than it
        was; None where none does."""
        answers = self.probabilities.argmax(1)
        fooled = answers == self.target if self.target is not None else answers != answers[0]
        return int(fooled.argmax()) if fooled.any() else None


class NudgedImage(Lens):
    """Nudge every pixel by a few grey values, each the way that fools the network most (fast gradient sign method)."""

    question: ClassVar[str] = "nudged_image"
    place: ClassVar[Place] = "break"
    rank: ClassVar[int] = 3

    towards: str = option(
        ANY, "What it should be taken for.", advice="If it gives way easily, choose a class that is far from it."
    )

    @classmethod
    def title(cls) -> str:
        return "Nudge it"

    @classmethod
    def choices(cls, outline: Outline) -> dict[str, tuple[str, ...]]:
        return {"towards": (ANY, *outline.facts.class_names)}

    def is_long(self, outline: Outline) -> bool:
        return outline.trace.multiply_adds * LARGEST > MOMENT

    def look(self, network: Network, images: np.ndarray) -> Nudged:
        names, image = network.facts.class_names, images[0]
        target = names.index(self.towards) if self.towards in names else None
        direction = direction_of(network, image, target)
        shares = []
        for start in range(0, LARGEST + 1, PORTION):
            tell(start, LARGEST + 1)
            sizes = range(start, min(start + PORTION, LARGEST + 1))
            shares.append(network.answer(np.stack([nudged(image, direction, size) for size in sizes]))[1])
        return Nudged(image, direction, np.concatenate(shares), target)


def direction_of(network: Network, image: np.ndarray, target: int | None) -> np.ndarray:
    """The sign of the loss' gradient by every value (Goodfellow, Shlens and Szegedy, arXiv 1412.6572): up the loss of
    the answer, or down that of a class.

    Args:
        network: that is to be fooled.
        image: uint8 (height, width, channels).
        target: a class; None to lead away from the answer.

    Returns:
        int8 of the image's shape: -1, 0 or 1.
    """
    of = int(network.answer(image[None])[1][0].argmax()) if target is None else target
    (gradient,) = network.gradients(image[None], Loss(of)).values()
    return np.sign(gradient[0] if target is None else -gradient[0]).astype(np.int8)


def nudged(image: np.ndarray, direction: np.ndarray, size: int) -> np.ndarray:
    """An image whose values are nudged by so many grey values, within black and white: uint8, as a file would hold it.

    Args:
        image: uint8.
        direction: int8 of its shape.
        size: 0..255.
    """
    return np.clip(image.astype(np.int16) + size * direction.astype(np.int16), 0, 255).astype(np.uint8)
