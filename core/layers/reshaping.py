"""Layers that move values without changing them."""

from math import prod
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from core.layers import Impossible, Layer, Reach, Reads, Shape
from core.layers.windows import by, need_image
from core.options import Sides, all_round
from core.spec import option
from core.words import number, side_by_side

Border = Annotated[int | tuple, Sides(0, 64, 4)]


def border_words(value: object) -> str:
    """A border in words: "1 px", or "0, 1, 2, 2 px" from the top, the bottom, the left and the right."""
    (top, bottom), (left, right) = all_round(value)
    return f"{top} px" if len({top, bottom, left, right}) == 1 else f"{top}, {bottom}, {left}, {right} px"


class Flatten(Layer):
    """Lays all values of the maps out in one row, so that Dense layers can read them."""

    keras: ClassVar[str] = "layers.Flatten"
    reads: ClassVar[Reads] = "flattened"
    is_linear: ClassVar[bool] = True
    family: ClassVar[str] = "Shape"
    rank: ClassVar[int] = 40
    blurb: ClassVar[str] = "maps to one long row"

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)


class ZeroPadding2D(Layer):
    """Adds a border of zeros around every map."""

    keras: ClassVar[str] = "layers.ZeroPadding2D"
    reads: ClassVar[Reads] = "own map"
    is_linear: ClassVar[bool] = True
    family: ClassVar[str] = "Shape"
    rank: ClassVar[int] = 41
    blurb: ClassVar[str] = "a border of zeros"

    padding: Border = option(
        1, "Width of the border.", advice="If a kernel does not fit or the border is lost, widen it.", unit="px"
    )

    def output_shape(self, shape: Shape) -> Shape:
        height, width, channels = need_image(shape, self.kind)
        rows, columns = all_round(self.padding)
        return (height + sum(rows), width + sum(columns), channels)

    def border(self, shape: Shape) -> tuple[int, int]:
        (top, _), (left, _) = all_round(self.padding)
        return top, left

    def reach(self, shape: Shape) -> tuple[Reach, Reach]:
        down, across = (Reach(1, -before, -before, behind=behind) for before, behind in all_round(self.padding))
        return down, across

    def words(self) -> str:
        return border_words(self.padding)

    def short(self) -> str:
        return "Pad"


class Cropping2D(Layer):
    """Cuts rows and columns off the border of every map."""

    keras: ClassVar[str] = "layers.Cropping2D"
    reads: ClassVar[Reads] = "own map"
    is_linear: ClassVar[bool] = True
    family: ClassVar[str] = "Shape"
    rank: ClassVar[int] = 42
    blurb: ClassVar[str] = "cuts the border off"

    cropping: Border = option(
        1, "Width of what is cut off.", advice="If what matters stands in the middle, cut more.", unit="px"
    )

    def output_shape(self, shape: Shape) -> Shape:
        height, width, channels = need_image(shape, self.kind)
        rows, columns = all_round(self.cropping)
        if sum(rows) >= height or sum(columns) >= width:
            raise Impossible(
                f"cutting {sum(rows)} rows and {sum(columns)} columns off leaves nothing of {by((height, width))} px",
                "Cut less off.",
                cropping=0,
            )
        return (height - sum(rows), width - sum(columns), channels)

    def border(self, shape: Shape) -> tuple[int, int]:
        (top, _), (left, _) = all_round(self.cropping)
        return -top, -left

    def words(self) -> str:
        return border_words(self.cropping)

    def short(self) -> str:
        return "Crop"


def _one_left_open(target: tuple[int, ...]) -> tuple[int, ...]:
    """A shape of maps or of a flat list, at most one side of it left open."""
    if len(target) not in (1, 3) or target.count(-1) > 1 or 0 in target:
        raise ValueError("a shape is one number (a flat list) or three (maps); one of them may be -1")
    return target


class Reshape(Layer):
    """Lays the same values out in another shape, in reading order."""

    keras: ClassVar[str] = "layers.Reshape"
    reads: ClassVar[Reads] = "reshaped"
    is_linear: ClassVar[bool] = True
    family: ClassVar[str] = "Shape"
    rank: ClassVar[int] = 45
    blurb: ClassVar[str] = "same values, another shape"

    target_shape: Annotated[tuple[Annotated[int, Field(ge=-1, le=1_000_000)], ...], AfterValidator(_one_left_open)] = (
        option(
            (1, 1, -1),
            "Height, width and maps, or one number for a flat list; -1 for what follows from the others.",
            advice="If flat values should become maps again: 1, 1, -1.",
        )
    )

    def output_shape(self, shape: Shape) -> Shape:
        values, told = prod(shape), prod(side for side in self.target_shape if side > 0)
        rest, is_left = divmod(values, told)
        if is_left or (-1 not in self.target_shape and rest != 1):
            target = side_by_side(self.target_shape)
            raise Impossible(
                f"{number(values)} values ({side_by_side(shape)}) can't be laid out as {target}",
                "Take numbers whose product is the number of values; -1 leaves one of them open.",
                target_shape=(1, 1, -1),
            )
        return tuple(rest if side == -1 else side for side in self.target_shape)

    def words(self) -> str:
        return "to " + side_by_side(self.target_shape).replace("-1", "?")


def _an_order(dims: tuple[int, ...]) -> tuple[int, ...]:
    """1, 2 and 3 in any order."""
    if sorted(dims) != [1, 2, 3]:
        raise ValueError("the order names 1 (rows), 2 (columns) and 3 (maps), each once")
    return dims


class Permute(Layer):
    """Exchanges rows, columns and maps: with 2, 1, 3 the image is mirrored at its diagonal."""

    keras: ClassVar[str] = "layers.Permute"
    reads: ClassVar[Reads] = "permuted"
    is_linear: ClassVar[bool] = True
    family: ClassVar[str] = "Shape"
    rank: ClassVar[int] = 46
    blurb: ClassVar[str] = "exchanges rows, columns, maps"

    dims: Annotated[tuple[Annotated[int, Field(ge=1, le=3)], ...], AfterValidator(_an_order)] = option(
        (2, 1, 3),
        "The new order of 1 (rows), 2 (columns) and 3 (maps).",
        advice="If maps should become rows, put 3 first.",
    )

    def output_shape(self, shape: Shape) -> Shape:
        given = need_image(shape, self.kind)
        return tuple(given[place - 1] for place in self.dims)

    def words(self) -> str:
        return ", ".join(map(str, self.dims))
