"""What stands between an experiment and its training, and what a spec may need to know to find it."""

from dataclasses import dataclass
from typing import Any

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing that stands between an experiment and its training, in the learner's words.

    Args:
        where: "data", "augmentation", "network" or "training": the page that mends it.
        message: what is wrong, with the numbers.
        hint: what to do.
        index: which layer, counted from 0; None when it is not about one layer.
        fixes: changes to that layer's fields that would mend it.
        blocking: False for a warning that training may ignore.
    """

    where: str
    message: str
    hint: str
    index: int | None = None
    fixes: tuple[tuple[str, Any], ...] = ()
    blocking: bool = True


@dataclass(frozen=True)
class Facts:
    """What a network must know of its data.

    Args:
        shape: of one image: height, width, channels.
        class_names: one per label.
        count: images in all.
        has_validation, has_test: whether it came with images of its own for these.
        counts: training images of each class before any are held out; empty where that is not known beforehand.
        validation_counts, test_counts: images of each class that it came with for these; empty likewise.
        aspect: what becomes of a picture of another aspect ratio, as `core.intake.pixels.ASPECTS` has it.
        is_grouped: whether images are held out by whole groups, so that how many is known only once they are drawn.
    """

    shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    count: int
    has_validation: bool = False
    has_test: bool = False
    counts: tuple[int, ...] = ()
    validation_counts: tuple[int, ...] = ()
    test_counts: tuple[int, ...] = ()
    aspect: str = "stretch"
    is_grouped: bool = False

    @property
    def reads(self) -> tuple[int, int, int, str]:
        """What `core.intake.pixels.fit_to` is told of the network: height, width, channels, aspect."""
        return (*self.shape, self.aspect)


NO_FACTS = Facts((0, 0, 0), (), 0)
"""Of data that nobody has looked at."""


@dataclass(frozen=True)
class Dealt:
    """How many images of each class training and validation really get.

    Args:
        train, validation: one number per class.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]


@dataclass(frozen=True)
class Context:
    """What surrounds a spec: all that it may need to judge itself, or to write itself into a script.

    Args:
        facts: of the data.
        epochs: of the whole run.
        learning_rate: the optimizer's own, where a schedule begins.
        schedule: kind of the schedule that moves the learning rate; empty where none does.
        place: position of a layer, an augmentation or a stopping rule among its like, from 0; None for the others.
        shapes: what a layer is given for one image, one shape per input.
        share: 0..0.9, the part of the training images held out for validation.
        seed: of the split.
        signs: whether images are signs, which mean something else once mirrored or turned far.
        dealt: how many images are learnt from and checked on after what was mended by hand; None where nothing was.
    """

    facts: Facts = NO_FACTS
    epochs: int = 10
    learning_rate: float = 0.001
    schedule: str = ""
    place: int | None = None
    shapes: tuple[Shape, ...] = ()
    share: float = 0.2
    seed: int = 42
    signs: bool = False
    dealt: Dealt | None = None


ALONE = Context()
"""Of a spec that is looked at by itself."""
