"""MobileNetV3 as a base, in both sizes."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from core.layers import Impossible, Shape
from core.layers.activation import Activation
from core.layers.applications import (
    ADD,
    MULTIPLY,
    RELU,
    Application,
    Sketch,
    conv,
    depthwise,
    steady,
    whole_numbers,
)
from core.layers.blocks import GIVEN, Part
from core.layers.mobilenet_v2 import ALPHA_ADVICE, uneven
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.pretrained import WeightsFile, divisible, keras_file
from core.layers.rescaling import Rescaling
from core.layers.reshaping import ZeroPadding2D
from core.spec import option

Stage = tuple[float, int, int, int, bool, bool]
"""Expansion, filters, kernel size, stride, whether maps are weighed, whether its activation is relu."""
SMALL: tuple[Stage, ...] = (
    (1, 16, 3, 2, True, True),
    (72 / 16, 24, 3, 2, False, True),
    (88 / 24, 24, 3, 1, False, True),
    (4, 40, 5, 2, True, False),
    *((6, 40, 5, 1, True, False),) * 2,
    *((3, 48, 5, 1, True, False),) * 2,
    (6, 96, 5, 2, True, False),
    *((6, 96, 5, 1, True, False),) * 2,
)
"""Table 2 of the paper."""
LARGE: tuple[Stage, ...] = (
    (1, 16, 3, 1, False, True),
    (4, 24, 3, 2, False, True),
    (3, 24, 3, 1, False, True),
    (3, 40, 5, 2, True, True),
    *((3, 40, 5, 1, True, True),) * 2,
    (6, 80, 3, 2, False, False),
    (2.5, 80, 3, 1, False, False),
    *((2.3, 80, 3, 1, False, False),) * 2,
    *((6, 112, 3, 1, True, False),) * 2,
    (6, 160, 5, 2, True, False),
    *((6, 160, 5, 1, True, False),) * 2,
)
"""Table 1 of the paper."""
STEADY = steady(0.999)
HARD_SWISH, HARD_SIGMOID = Activation(activation="hard_silu"), Activation(activation="hard_sigmoid")
WHOLE = GlobalAveragePooling2D(keepdims=True)


class _MobileNetV3(Application):
    """What both sizes share."""

    stages: ClassVar[tuple[Stage, ...]] = ()
    published_files: ClassVar[dict[str, tuple[str, int]]] = {}
    """MD5 and bytes of each file, by what its name has between the size and "_224": bytes 0 where not known."""

    alpha: Literal[0.75, 1.0] = option(1.0, "How wide it is: all its filters times this.", advice=ALPHA_ADVICE)
    minimalistic: bool = option(
        False,
        "Leaves out what not every chip can do fast: 5x5 kernels, weighed maps, hard_swish.",
        advice="Only for such a chip; it is less accurate.",
        rare=True,
    )

    def preparation(self, channels: int) -> Sequence[Part]:
        return [*super().preparation(channels), whole_numbers()]

    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        if self.minimalistic and self.alpha != 1.0 and not self.is_fresh:
            raise Impossible(
                "there are no weights for a minimalistic one that is narrower", "Set alpha to 1.", alpha=1.0
            )
        parts = super().unit(shape, turn)
        if parts[-1].layer is HARD_SIGMOID:  # Keras' layer of that name is only a part of it
            raise Impossible(f"it can't be cut at {self.cut}, within a gate", "Cut it before or behind.", cut="")
        return parts

    def network(self, shape: Shape) -> Sequence[Part]:
        sketch = Sketch(shape)
        x = sketch.add(Rescaling(scale=1 / 127.5, offset=-1.0), GIVEN)
        x = sketch.add(conv(16, 3, strides=2, padding="same"), x, name="conv")
        x = self._bent(sketch, sketch.add(STEADY, x, name="conv_bn"))
        for number, stage in enumerate(self.stages):
            x = self._inverted(sketch, x, number, stage)
        x = sketch.add(conv(divisible(sketch.maps(x) * 6), padding="same"), x, name="conv_1")
        self._bent(sketch, sketch.add(STEADY, x, name="conv_1_bn"))
        return sketch.ordered()

    def _bent(self, sketch: Sketch, x: str, *, is_relu: bool = False) -> str:
        is_relu = is_relu or self.minimalistic
        return sketch.add(RELU if is_relu else HARD_SWISH, x, keras="ReLU" if is_relu else "")

    def _inverted(self, sketch: Sketch, given: str, number: int, stage: Stage) -> str:
        """One inverted residual whose maps may be weighed."""
        expansion, filters, kernel_size, strides, is_weighed, is_relu = stage
        filters, kernel_size = divisible(filters * self.alpha), 3 if self.minimalistic else kernel_size
        name = f"expanded_conv_{number}_" if number else "expanded_conv_"
        maps, x = sketch.maps(given), given
        wide = divisible(maps * expansion)
        if number:
            x = sketch.add(conv(wide, padding="same"), x, name=f"{name}expand")
            x = self._bent(sketch, sketch.add(STEADY, x, name=f"{name}expand_bn"), is_relu=is_relu)
        if strides == 2:
            border = uneven(sketch.shapes[x], kernel_size)
            x = sketch.add(ZeroPadding2D(padding=border), x, name=f"{name}depthwise_pad")
        own = depthwise(kernel_size, strides, "valid" if strides == 2 else "same")
        x = sketch.add(own, x, name=f"{name}depthwise")
        x = self._bent(sketch, sketch.add(STEADY, x, name=f"{name}depthwise_bn"), is_relu=is_relu)
        if is_weighed and not self.minimalistic:
            x = _weighed(sketch, x, wide, f"{name}squeeze_excite_")
        x = sketch.add(conv(filters, padding="same"), x, name=f"{name}project")
        x = sketch.add(STEADY, x, name=f"{name}project_bn")
        return sketch.add(ADD, given, x, name=f"{name}add") if strides == 1 and maps == filters else x

    def published(self, shape: Shape) -> WeightsFile:
        size = "small" if self.stages is SMALL else "large"
        model = f"{'minimalistic_' if self.minimalistic else ''}224_{self.alpha}_float"
        md5, bytes_ = self.published_files.get(model, ("", 0))
        return keras_file(f"weights_mobilenet_v3_{size}_{model}_no_top_v2.h5", "mobilenet_v3", md5, bytes_)


def _weighed(sketch: Sketch, given: str, maps: int, name: str) -> str:
    """Maps, each multiplied with what the means of all of them make of it.

    Keras writes the hard sigmoid at its end as relu6(x + 3) / 6, and lists only the relu6 in it as a layer; here that
    layer is the whole function.
    """
    x = sketch.add(WHOLE, given, name=f"{name}avg_pool")
    x = sketch.add(conv(divisible(maps * 0.25), padding="same", use_bias=True), x, name=f"{name}conv")
    x = sketch.add(RELU, x, name=f"{name}relu")
    x = sketch.add(conv(maps, padding="same", use_bias=True), x, name=f"{name}conv_1")
    return sketch.add(MULTIPLY, given, sketch.add(HARD_SIGMOID, x, keras="ReLU"), name=f"{name}mul")


class MobileNetV3Small(_MobileNetV3):
    """The smallest of the family, found by a search for what a telephone's chip does fast; learnt on ImageNet.

    Source: Howard and others 2019, "Searching for MobileNetV3".
    """

    application: ClassVar[str] = "MobileNetV3Small"
    rank: ClassVar[int] = 93
    blurb: ClassVar[str] = "smallest and quickest, ImageNet"
    stages: ClassVar[tuple[Stage, ...]] = SMALL
    published_files: ClassVar[dict[str, tuple[str, int]]] = {
        "224_0.75_float": ("ebdb5cc8e0b497cd13a7c275d475c819", 0),
        "224_1.0_float": ("d3e8ec802a04aa4fc771ee12a9a9b836", 4_334_752),
        "minimalistic_224_1.0_float": ("cde8136e733e811080d9fcd8a252f7e4", 0),
    }


class MobileNetV3Large(_MobileNetV3):
    """Found by a search for what a telephone's chip does fast; learnt to tell 1 000 kinds of things apart on ImageNet.

    Source: Howard and others 2019, "Searching for MobileNetV3".
    """

    application: ClassVar[str] = "MobileNetV3Large"
    rank: ClassVar[int] = 94
    blurb: ClassVar[str] = "quick, more exact, ImageNet"
    stages: ClassVar[tuple[Stage, ...]] = LARGE
    published_files: ClassVar[dict[str, tuple[str, int]]] = {
        "224_0.75_float": ("40af19a13ebea4e2ee0c676887f69a2e", 0),
        "224_1.0_float": ("07fb09a5933dd0c8eaafa16978110389", 12_683_000),
        "minimalistic_224_1.0_float": ("ec5221f64a2f6d1ef965a614bdae7973", 0),
    }
