"""Layers that bring maps to another size without learning anything."""

from math import gcd
from typing import Annotated, ClassVar, Literal

from core.layers import Layer, Reach, Reads, Shape
from core.layers.windows import by, need_image
from core.options import Sides, both
from core.spec import option

Interpolation = Literal["nearest", "bilinear", "bicubic"]
ADVICE = "If edges should stay sharp, nearest; if steps show, bilinear or bicubic."


def reach_of(length: int, made: int, interpolation: str) -> Reach:
    """Which values an output place reads when a side of `length` values is drawn anew with `made`.

    Args:
        interpolation: "nearest" reads the value whose cell holds the place's middle, "bilinear" the two beside that
            middle, "bicubic" two more on each side.
    """
    shared = gcd(length, made)
    old, new = length // shared, made // shared
    if interpolation == "nearest":  # (p + 1/2) * old / new, rounded down
        return Reach(2 * old, old, old, 2 * new)
    more = 2 * new * (interpolation == "bicubic")
    # The middle lies at (p + 1/2) * old / new - 1/2: from the value below it to the value above it.
    return Reach(2 * old, old - new - more, old + new - 1 + more, 2 * new)


class _Redrawn(Layer):
    """What the layers that interpolate share."""

    family: ClassVar[str] = "Shape"
    reads: ClassVar[Reads] = "own map"
    does: ClassVar[str] = "interpolate"
    is_linear: ClassVar[bool] = True

    def reach(self, shape: Shape) -> tuple[Reach, Reach]:
        sides = zip(shape[:2], self.output_shape(shape), strict=False)
        down, across = (reach_of(length, made, self.interpolation) for length, made in sides)
        return down, across


class UpSampling2D(_Redrawn):
    """Makes maps larger by repeating every value, or by drawing smooth values between."""

    keras: ClassVar[str] = "layers.UpSampling2D"
    rank: ClassVar[int] = 43
    blurb: ClassVar[str] = "larger maps, nothing learned"

    size: Annotated[int | tuple[int, int], Sides(1, 8)] = option(
        2, "By what the sides grow.", advice="If a second branch has larger maps, what brings both to one size."
    )
    interpolation: Interpolation = option("nearest", "How values between are found.", advice=ADVICE)

    def output_shape(self, shape: Shape) -> Shape:
        height, width, maps = need_image(shape, self.kind)
        down, across = both(self.size)
        return (height * down, width * across, maps)

    def words(self) -> str:
        return f"{by(self.size)} {self.interpolation}"

    def short(self) -> str:
        return "Upsample"


class Resizing(_Redrawn):
    """Brings maps to one size, whatever they had."""

    keras: ClassVar[str] = "layers.Resizing"
    rank: ClassVar[int] = 44
    blurb: ClassVar[str] = "any size to one size"

    height: int = option(32, "Rows it gives.", advice="If detail is lost, more; if it is slow, fewer.",
                         low=1, high=512, unit="px")  # fmt: skip
    width: int = option(32, "Columns it gives.", advice="If detail is lost, more; if it is slow, fewer.",
                        low=1, high=512, unit="px")  # fmt: skip
    interpolation: Interpolation = option("bilinear", "How values between are found.", advice=ADVICE)

    def output_shape(self, shape: Shape) -> Shape:
        return (self.height, self.width, need_image(shape, self.kind)[2])

    def words(self) -> str:
        return f"to {by((self.height, self.width))} {self.interpolation}"

    def short(self) -> str:
        return "Resize"
