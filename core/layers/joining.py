"""Layers with several inputs: where branches of a network meet again."""

from math import prod
from typing import ClassVar

from core.layers import Impossible, Layer, Shape
from core.words import side_by_side

MOST_INPUTS = 16
"""More branches than any known block has."""


class _Join(Layer):
    """What all joins share: two inputs or more."""

    family: ClassVar[str] = "Joins"
    takes: ClassVar[tuple[int, int]] = (2, MOST_INPUTS)


class _Elementwise(_Join):
    """One number from the numbers that stand at the same place in all inputs."""

    def output_shape(self, *shapes: Shape) -> Shape:
        """The common shape; a side of 1 is stretched to the others', as Keras does."""
        if len({len(shape) for shape in shapes}) > 1:
            raise Impossible(
                f"{self.kind} needs inputs of one kind, but is given {_listed(shapes)}",
                "Put Flatten or a global pooling on the branch that still has maps.",
            )
        sides = [set(side) - {1} or {1} for side in zip(*shapes, strict=True)]
        if any(len(side) > 1 for side in sides):
            raise Impossible(
                f"{self.kind} needs inputs of one shape, but is given {_listed(shapes)}",
                "Bring both branches to one size (the same strides and padding='same') and to as many maps.",
            )
        return tuple(side.pop() for side in sides)


class Add(_Elementwise):
    """Adds what its inputs say at the same place: a shortcut beside layers, so that they only learn the difference."""

    keras: ClassVar[str] = "layers.Add"
    is_linear: ClassVar[bool] = True
    does: ClassVar[str] = "add"
    rank: ClassVar[int] = 60
    blurb: ClassVar[str] = "sum of its inputs"


class Multiply(_Elementwise):
    """Multiplies what its inputs say at the same place: one branch opens or closes the other like a tap."""

    keras: ClassVar[str] = "layers.Multiply"
    does: ClassVar[str] = "multiply"
    rank: ClassVar[int] = 61
    blurb: ClassVar[str] = "product of its inputs"

    def multiply_adds(self, *shapes: Shape) -> int:
        return prod(self.output_shape(*shapes)) * (len(shapes) - 1)


class Average(_Elementwise):
    """Takes the mean of what its inputs say at the same place."""

    keras: ClassVar[str] = "layers.Average"
    is_linear: ClassVar[bool] = True
    does: ClassVar[str] = "mean"
    rank: ClassVar[int] = 62
    blurb: ClassVar[str] = "mean of its inputs"


class Concatenate(_Join):
    """Stacks the maps of its inputs behind each other: every branch keeps its own."""

    keras: ClassVar[str] = "layers.Concatenate"
    is_linear: ClassVar[bool] = True
    does: ClassVar[str] = "concatenate"
    rank: ClassVar[int] = 63
    blurb: ClassVar[str] = "maps of all inputs"

    def output_shape(self, *shapes: Shape) -> Shape:
        if len({shape[:-1] for shape in shapes}) > 1:
            raise Impossible(
                f"{self.kind} needs maps of one size, but is given {_listed(shapes)}",
                "Bring both branches to one size: the same strides, and padding='same'.",
            )
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))


def _listed(shapes: tuple[Shape, ...]) -> str:
    """Shapes in words: "8×8×16 and 4×4×16"."""
    return " and ".join(map(side_by_side, shapes))
