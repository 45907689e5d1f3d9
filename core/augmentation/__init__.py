"""The catalogue of augmentations: random changes, drawn anew for every picture and epoch.

They work on pixels 0..255, before scaling, in training only. A change that moves pixels says where each pixel comes
from, as a matrix, so that several in a row are one look-up per picture; any other is its Keras layer. Most leave the
label true; what mixes pictures mixes their labels, and where one makes a label untrue its `problems` say so.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import model_serializer

from core.options import Option
from core.problems import Context, Problem
from core.spec import Spec, option

if TYPE_CHECKING:
    import tensorflow as tf

Drawn = Mapping[str, Any]
"""What was drawn for a batch, arrays by name: what moves pixels has `numbers`, others what Keras' layer drew."""


WEAKER = "Switch it off, or make it weaker."
_LETTERS = re.compile(r"[^\W\d_]+")


class Augmentation(Spec):
    """A random change of the picture, drawn anew each time it is seen."""

    draws: ClassVar[int] = 0
    """How many random numbers decide its `matrix`; 0 for a change that has none and is applied as its Keras layer."""

    mixes: ClassVar[bool] = False
    """Whether it puts another picture of the batch into each, so that labels become shares of classes."""

    strengths: ClassVar[tuple[str, ...]] = ()
    """The options that say how strong it is, all set to one number by `at`; without any it is the first number."""

    rungs: ClassVar[tuple[float, ...]] = ()
    """Strengths at which a trained network is tried, ascending; without any, ten even steps up to the strongest."""

    either_way: ClassVar[tuple[str, ...]] = ()
    """Numbers that are drawn from minus to plus what is set."""

    passes: ClassVar[float] = 1.0
    """What it takes, in times of one look-up of moved pixels; the predicted seconds count it."""

    on: bool = option(True, "Whether training applies it; what is switched off keeps its values.", shown=False)

    @model_serializer(mode="wrap")
    def _with_kind(self, handler: Any) -> dict[str, Any]:
        """As every spec; that it is on goes without saying, so that files and links say what they always said."""
        told, unsaid = {"kind": self.kind, **handler(self)}, self.unsaid()
        return {name: value for name, value in told.items() if name not in unsaid and (name != "on" or not value)}

    def keras_arguments(self) -> dict[str, Any]:
        return {name: value for name, value in super().keras_arguments().items() if name != "on"}

    @classmethod
    def of_keras(cls, name: str, value: Any) -> Any:
        """What an argument of the Keras layer is here: the other way round than `keras_arguments`.

        Args:
            name: of an option.
            value: as a config has it, lists for pairs.

        Returns:
            the value of the option; None for what it can't be.
        """
        return value

    def build(self, seed: int | None = None) -> Any:
        """Makes the Keras layer; the same seed makes the same draws."""
        import keras

        return getattr(keras.layers, self.keras.rpartition(".")[2])(**self.keras_arguments(), seed=seed)

    def seeded(self, seed: str) -> str:
        """Its line of a script, with the seed that is written there: `layers.RandomFlip(mode="vertical", seed=7)`."""
        return f"{self.source().removesuffix(')')}, seed={seed})".replace("(, ", "(")

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        """Where the pixels of the changed pictures come from: what the Keras layer of this name does, as a matrix.

        Args:
            numbers: float32 (N, draws), uniform in 0..1.
            height, width: of the pictures in px.

        Returns:
            float32 (N, 3, 3), from (x, y, 1) in the result to (x, y, 1) in the picture, px from the upper left pixel.
        """
        raise NotImplementedError

    def told(self, drawn: Drawn, place: int, shape: tuple[int, int]) -> str:
        """What a draw did to one picture, in a few words and numbers: "turned 12° left"; empty where it did nothing.

        Args:
            drawn: for the batch.
            place: of the picture in it.
            shape: height and width in px.
        """
        return ""

    # ---- how strong it is

    @classmethod
    def strength(cls) -> Option | None:
        """The option that says how strong it is, with its range; None for one that is there or not, as a flip."""
        options = cls.options()
        names = cls.strengths or tuple(name for name, one in options.items() if one.is_number and one.shown)
        return options[names[0]] if names else None

    @classmethod
    def ladder(cls) -> tuple[float, ...]:
        """Strengths from nothing to the most at which it is tried alone, in Keras' own unit; none without a strength,
        and for what mixes pictures."""
        main = cls.strength()
        if main is None or cls.mixes or main.low is None or main.high is None:
            return ()
        return cls.rungs or tuple(round(main.low + (main.high - main.low) * step / 10, 6) for step in range(11))

    def at(self, value: float) -> "Augmentation":
        """The same change at another strength, switched on, its other options as they are.

        Args:
            value: in Keras' unit, within the range of `strength`.
        """
        main = self.strength()
        names = self.strengths or ((main.name,) if main else ())
        return self.edited(on=True, **dict.fromkeys(names, value))

    # ---- where it makes a label untrue

    def problems(self, context: Context) -> list[Problem]:
        """Warnings where it makes of a picture of one class one that its label does not say."""
        return [Problem("augmentation", f"{self.kind}: {what}", hint, blocking=False)
                for what, hint in self.untrue(context)]  # fmt: skip

    def tells(self) -> Mapping[str, str]:
        """Words in names of classes that it makes untrue, each with what becomes of such a picture."""
        return {}

    def untrue(self, context: Context) -> list[tuple[str, str]]:
        """How it makes labels untrue here, each with what to do.

        Args:
            context: whose classes have names; signs are written one way only.
        """
        tells, classes = self.tells(), context.facts.class_names
        said = [(name, tells[word]) for name in classes for word in _LETTERS.findall(name.lower()) if word in tells]
        return [(f"{becomes}, and its label stays “{name}”.", WEAKER) for name, becomes in said[:1]]


def number(drawn: Drawn, name: str, place: int) -> float:
    """One number of what was drawn for a picture.

    Args:
        drawn: for the batch.
        name: of an array with one number for each picture, however it is shaped.
        place: of the picture.
    """
    return float(np.asarray(drawn[name]).reshape(-1)[place])


def upper(value: Any) -> Any:
    """The upper end of a pair whose lower one is 0, as Keras keeps a single number; None for any other pair."""
    if not isinstance(value, list):
        return value
    return value[1] if len(value) == 2 and value[0] == 0 else None


def are_signs(context: Context) -> bool:
    """Whether pictures are signs, which are written one way only: their dataset says so, or its classes are digits."""
    return context.signs or {"6", "9"} <= set(context.facts.class_names)


def turned(context: Context, turns: float) -> list[tuple[str, str]]:
    """How a turn makes labels of signs untrue, and what to do.

    Args:
        context: whose classes have names.
        turns: the largest turn either way, in full turns.
    """
    if not are_signs(context) or turns <= LYING:
        return []
    if turns > ON_ITS_HEAD and {"6", "9"} <= set(context.facts.class_names):
        return [
            ("turned by more than 90°, a 6 is nearer to a 9 than to a 6, and its label stays 6.", "Stay below 45°.")
        ]
    return [
        ("turned by more than 45°, a sign lies rather than stands, as hardly anybody writes it.", "Stay below 45°.")
    ]


LYING, ON_ITS_HEAD = 0.125, 0.25
"""Of a full turn."""
