"""Layers that move values without changing them."""

from math import prod
from typing import ClassVar

from core.layers import Layer, Reads, Shape, need_image
from core.spec import option


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
    is_linear: ClassVar[bool] = True
    family: ClassVar[str] = "Shape"
    rank: ClassVar[int] = 41
    blurb: ClassVar[str] = "a border of zeros"

    padding: int = option(
        1,
        "Width of the border.",
        advice="If a kernel does not fit or the border is lost, widen it.",
        low=1,
        high=32,
        unit="px",
    )

    def output_shape(self, shape: Shape) -> Shape:
        height, width, channels = need_image(shape, self.kind)
        return (height + 2 * self.padding, width + 2 * self.padding, channels)

    def border(self, shape: Shape) -> tuple[int, int]:
        return self.padding, self.padding

    def words(self) -> str:
        return f"{self.padding} px"

    def short(self) -> str:
        return "Pad"
