"""Layers that make an image smaller without learning anything."""

from typing import Annotated, ClassVar

from core.layers import Layer, Reads, Shape, Window
from core.layers.windows import Padding, border_2d, by, need_image, slide_2d, steps
from core.options import Sides
from core.spec import option

POOL_ADVICE = "If small detail matters, keep 2; if the maps are still large at the end, use 3 or add another pooling."
STRIDE_ADVICE = "Left empty, windows stand side by side; 1 makes them overlap and keeps the size."

PoolSize = Annotated[int | tuple[int, int], Sides(1, 16)]


class _Pooling(Layer):
    """A window that slides and keeps one number."""

    family: ClassVar[str] = "Pooling"
    reads: ClassVar[Reads] = "own map"

    pool_size: PoolSize = option(2, "Side of the window.", advice=POOL_ADVICE, unit="px")
    strides: PoolSize | None = option(
        None, "Step of the window; empty means as long as the window.", advice=STRIDE_ADVICE, unit="px"
    )
    padding: Padding = option(
        "valid", "What happens at the border.", advice="If a row or column would be cut off, 'same' keeps it."
    )

    def window(self, shape: Shape) -> Window:
        return Window(self.pool_size, self.pool_size if self.strides is None else self.strides)

    def border(self, shape: Shape) -> tuple[int, int]:
        return border_2d(shape, self.window(shape), self.padding)

    def output_shape(self, shape: Shape) -> Shape:
        shape = need_image(shape, self.kind)
        return (*slide_2d(shape, self.window(shape), self.padding, "window"), shape[2])

    def words(self) -> str:
        stride = f" stride {steps(self.strides)}" if self.strides not in (None, self.pool_size) else ""
        same = " same" if self.padding == "same" else ""
        return f"{by(self.pool_size)}{stride}{same}"

    def short(self) -> str:
        return "Pool"


class MaxPooling2D(_Pooling):
    """Keeps the largest value of each window: the answer stays, its exact place is forgotten."""

    keras: ClassVar[str] = "layers.MaxPooling2D"
    does: ClassVar[str] = "max"
    rank: ClassVar[int] = 20
    blurb: ClassVar[str] = "the largest of each window"


class AveragePooling2D(_Pooling):
    """Keeps the mean of each window: a smaller, smoother map."""

    keras: ClassVar[str] = "layers.AveragePooling2D"
    does: ClassVar[str] = "mean"
    is_linear: ClassVar[bool] = True
    rank: ClassVar[int] = 21
    blurb: ClassVar[str] = "the mean of each window"


class _GlobalPooling(Layer):
    """One number for a whole map."""

    reads: ClassVar[Reads] = "whole map"
    family: ClassVar[str] = "Pooling"

    keepdims: bool = option(
        False,
        "Gives maps of 1x1 px instead of a flat list.",
        advice="If the numbers shall weigh the maps they came from (squeeze and excite), on; before Dense, off.",
        rare=True,
    )

    def output_shape(self, shape: Shape) -> Shape:
        maps = need_image(shape, self.kind)[2]
        return (1, 1, maps) if self.keepdims else (maps,)

    def window(self, shape: Shape) -> Window:
        return Window(whole=True)

    def words(self) -> str:
        return "1x1 maps" if self.keepdims else ""


class GlobalAveragePooling2D(_GlobalPooling):
    """Replaces every feature map by its mean: one number per map, whatever the size of the image."""

    keras: ClassVar[str] = "layers.GlobalAveragePooling2D"
    does: ClassVar[str] = "mean"
    is_linear: ClassVar[bool] = True
    rank: ClassVar[int] = 22
    blurb: ClassVar[str] = "one mean per map"

    def short(self) -> str:
        return "Global average"


class GlobalMaxPooling2D(_GlobalPooling):
    """Replaces every feature map by its largest value: whether a pattern was anywhere."""

    keras: ClassVar[str] = "layers.GlobalMaxPooling2D"
    does: ClassVar[str] = "max"
    rank: ClassVar[int] = 23
    blurb: ClassVar[str] = "one largest value per map"

    def short(self) -> str:
        return "Global max"
