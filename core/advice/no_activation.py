"""Two learned layers with nothing between them that bends."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from core.advice import Advice, AdviceRule, Fix, Situation, called
from core.advice.edits import changed, with_layer_behind
from core.experiment.network import Row
from core.layers.activation import Activation
from core.layers.pooling import AveragePooling2D
from core.layers.regularization import BatchNormalization

BETWEEN: dict[type, str] = {
    AveragePooling2D: "AveragePooling2D between them is linear too: it takes means (MaxPooling2D would bend).",
    BatchNormalization: "BatchNormalization between them is linear too: once trained it scales and shifts.",
}
"""What is worth saying of a linear layer that may look as if it bent."""


class NoActivation(AdviceRule):
    """Finds layers whose sums go into the next sums as they are."""

    name: ClassVar[str] = "no_activation"
    rank: ClassVar[int] = 10

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        for row in situation.own_rows:
            if _learns(row) and not row.layer.bends and (found := _next_learner(situation, row)):
                path, second = found
                if not _saves(row, second):
                    yield cls._advice(situation, row, path, second)

    @classmethod
    def _advice(cls, situation: Situation, first: Row, path: Sequence[Row], second: Row) -> Advice:
        told = [words for kind, words in BETWEEN.items() if any(isinstance(row.layer, kind) for row in path)]
        return Advice(
            cls.name,
            first.id,
            f"Nothing bends the values between {called(first)} and {called(second)}: {_together(first, path, second)}.",
            " ".join(["A linear map of a linear map is linear: both can learn no more than that one.", *told]),
            "Goodfellow, Bengio and Courville 2016, Deep Learning, section 6.1",
            tuple(_fixes(situation, first, path)),
        )


def _learns(row: Row) -> bool:
    """Whether it is a linear map with weights of its own that are trained, not just a scale for every channel."""
    return row.layer.is_linear and row.layer.reads != "own value" and row.parameters > row.non_trainable


def _next_learner(situation: Situation, row: Row) -> tuple[list[Row], Row] | None:
    """The next learned layer and what lies on the way; None where something bends before, or the path parts."""
    path: list[Row] = []
    for one in situation.behind(row):
        if _learns(one):
            return path, one
        if one.layer.bends or one.block:
            return None
        path.append(one)
    return None


def _saves(first: Row, second: Row) -> bool:
    """Whether leaving out the activation is a known way to spare weights: a large kernel as two small ones."""
    if second.block:
        return True
    points = [_is_point(first), _is_point(second)]
    if any(points) and "own map" in (first.layer.reads, second.layer.reads):
        return True  # a depthwise and a 1x1 convolution are one separable one
    if {_thin(first), _thin(second)} == {"row", "column"}:
        return True
    middle = first.output_shape[-1]  # fewer than on both sides: a product of two thin matrices
    return any(points) and middle < min(first.input_shape[-1], second.output_shape[-1])


def _sides(row: Row) -> tuple[int, int]:
    size = getattr(row.layer, "kernel_size", 1)
    return size if isinstance(size, tuple) else (size, size)


def _is_point(row: Row) -> bool:
    return hasattr(row.layer, "kernel_size") and _sides(row) == (1, 1)


def _thin(row: Row) -> str:
    """Whether its kernel is one pixel high or one wide."""
    height, width = _sides(row)
    return "row" if height == 1 < width else "column" if width == 1 < height else ""


def _together(first: Row, path: Sequence[Row], second: Row) -> str:
    """What both are together, in words."""
    if len(second.input_shape) == len(first.input_shape) == 1:
        return "together they are one Dense layer"
    slide = first.layer.does == second.layer.does == "convolve" and second.layer.reads == "all maps"
    if path or not slide:
        return "together they are one linear step"
    height, width = (one + (two - 1) * step for one, two, step in zip(*_reaches(first, second), strict=True))
    border = " (but for the border)" if (height, width) != _reaches(first, second)[0] and _pads(second) else ""
    return f"together they are one {height}x{width} convolution{border}"


def _pads(row: Row) -> bool:
    return getattr(row.layer, "padding", "valid") == "same"


def _reaches(first: Row, second: Row) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Sides of both kernels, spread by dilation, and the steps of the first: rows, columns."""

    def pair(value: int | tuple[int, int]) -> tuple[int, int]:
        return value if isinstance(value, tuple) else (value, value)

    def spread(row: Row) -> tuple[int, int]:
        gaps = pair(getattr(row.layer, "dilation_rate", 1))
        return tuple((side - 1) * gap + 1 for side, gap in zip(_sides(row), gaps, strict=True))

    return spread(first), spread(second), pair(first.layer.strides)


def _fixes(situation: Situation, first: Row, path: Sequence[Row]) -> Iterator[Fix]:
    experiment = situation.experiment
    nodes = experiment.nodes
    if "activation" in type(first.layer).model_fields:
        yield Fix("Use activation='relu'", lambda: experiment.edited(nodes=changed(nodes, first, activation="relu")))
    normalized = path[0] if path and isinstance(path[0].layer, BatchNormalization) else None
    if normalized or "activation" not in type(first.layer).model_fields:
        at = normalized or first
        yield Fix(
            f"Add Activation relu behind {called(at)}",
            lambda: experiment.edited(nodes=with_layer_behind(nodes, at.id, Activation())),
        )
