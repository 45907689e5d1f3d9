"""What may be asked of a layer's weights beside fitting the data: how they begin, how large they get."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from core.problems import ALONE, Context
from core.spec import Spec, one_of, option

Initializer = Literal[
    *("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal"),
    *("random_uniform", "random_normal", "truncated_normal", "orthogonal", "zeros", "ones"),
]
"""Keras' names for the numbers that weights begin with."""


class Regularizer(Spec):
    """What is added to the loss for large weights."""

    def source(self, context: Context = ALONE) -> str:
        return f"keras.{super().source(context)}"

    def words(self) -> str:
        """Its name and its strength: "L2 0.01"; empty where nothing is asked."""
        strengths = "/".join(f"{getattr(self, name):g}" for name in type(self).model_fields)
        return f"{self.title()} {strengths}" if self.keras else ""


class NoRegularizer(Regularizer):
    """Nothing is added: large weights cost nothing."""

    rank: ClassVar[int] = 1

    @classmethod
    def title(cls) -> str:
        return "none"


class L1(Regularizer):
    """Adds the sum of the absolute weights: many of them become zero."""

    keras: ClassVar[str] = "regularizers.L1"
    rank: ClassVar[int] = 2
    l1: float = option(
        0.01,
        "Strength: by what the sum of |w| is multiplied.",
        advice="If training loss stays high, divide it by 10.",
        low=0.0,
        high=1.0,
        scale="log",
        choices=(1e-5, 1e-4, 0.001, 0.01, 0.1),
    )


class L2(Regularizer):
    """Adds the sum of the squared weights: all of them stay small."""

    keras: ClassVar[str] = "regularizers.L2"
    rank: ClassVar[int] = 3
    l2: float = option(
        0.01,
        "Strength: by what the sum of w² is multiplied.",
        advice="If training loss stays high, divide it by 10; if validation loss rises, multiply it by 10.",
        low=0.0,
        high=1.0,
        scale="log",
        choices=(1e-5, 1e-4, 0.001, 0.01, 0.1),
    )


class L1L2(Regularizer):
    """Adds both sums, each with its strength."""

    keras: ClassVar[str] = "regularizers.L1L2"
    rank: ClassVar[int] = 4
    l1: float = option(
        0.001,
        "Strength of the sum of |w|.",
        advice="If many weights should become zero, multiply it by 10.",
        low=0.0,
        high=1.0,
        scale="log",
        choices=(1e-5, 1e-4, 0.001, 0.01, 0.1),
    )
    l2: float = option(
        0.001,
        "Strength of the sum of w².",
        advice="If validation loss rises while training loss falls, multiply it by 10.",
        low=0.0,
        high=1.0,
        scale="log",
        choices=(1e-5, 1e-4, 0.001, 0.01, 0.1),
    )


class Constraint(Spec):
    """What weights are held to after every step."""

    def source(self, context: Context = ALONE) -> str:
        return f"keras.{super().source(context)}"

    def along(self, axes: tuple[int, ...]) -> Self:
        """The same, its lengths measured along the axes of a kernel that lead to one unit, unless it names others."""
        return self


Axes = tuple[Annotated[int, Field(ge=0, le=3)], ...]


class _Length(Constraint):
    """One that measures the length of each unit's weights."""

    def along(self, axes: tuple[int, ...]) -> Self:
        return self if self.axis else self.edited(axis=axes)


class NoConstraint(Constraint):
    """The weights are free."""

    rank: ClassVar[int] = 1

    @classmethod
    def title(cls) -> str:
        return "none"


class MaxNorm(_Length):
    """Shortens the weights of a unit or filter that are together longer than this."""

    keras: ClassVar[str] = "constraints.MaxNorm"
    rank: ClassVar[int] = 2
    max_value: float = option(
        2.0,
        "Largest length of the weights of one unit.",
        advice="If training jumps about, lower it.",
        low=0.01,
        high=100.0,
    )
    axis: Axes = option(
        (), "Axes of the kernel that belong to one unit; empty: all but the last.", shown=False, rare=True
    )


class UnitNorm(_Length):
    """Brings the weights of each unit or filter to length 1."""

    keras: ClassVar[str] = "constraints.UnitNorm"
    rank: ClassVar[int] = 3
    axis: Axes = option(
        (), "Axes of the kernel that belong to one unit; empty: all but the last.", shown=False, rare=True
    )


class NonNeg(Constraint):
    """Sets weights below zero to zero."""

    keras: ClassVar[str] = "constraints.NonNeg"
    rank: ClassVar[int] = 4


AnyRegularizer, AnyConstraint = one_of(Regularizer), one_of(Constraint)


BEGINNING_ADVICE = "If a deep network with relu does not start to learn, use he_normal; zeros never starts."


def initializer(
    what: str = "Numbers that the weights begin with.", default: str = "glorot_uniform", advice: str = BEGINNING_ADVICE
) -> Any:
    """The field for how weights begin."""
    return option(default, what, advice=advice, rare=True)


def regularizer(what: str = "What large weights add to the loss.") -> Any:
    """The field for what large weights cost."""
    return option(
        NoRegularizer(), what, advice="If validation loss rises while training loss falls, try L2.", rare=True
    )


def constraint(what: str = "What the weights are held to after every step.") -> Any:
    """The field for what weights are held to."""
    return option(NoConstraint(), what, advice="If weights grow without end, MaxNorm.", rare=True)
