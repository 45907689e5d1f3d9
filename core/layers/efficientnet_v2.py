"""EfficientNetV2B0 as a base."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from core.layers import Shape
from core.layers.applications import (
    ADD,
    DEVIATIONS,
    MEANS,
    MULTIPLY,
    SWISH,
    Application,
    Sketch,
    conv,
    depthwise,
    steady,
    whole_numbers,
)
from core.layers.blocks import GIVEN, Part
from core.layers.normalization import Normalization
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.pretrained import WeightsFile, keras_file
from core.layers.regularization import StochasticDepth
from core.layers.rescaling import Rescaling
from core.layers.reshaping import Reshape


class Stage(NamedTuple):
    """Blocks of one kind: table 4 of the paper, at B0's width and depth."""

    count: int
    filters: int
    strides: int
    expansion: int
    is_fused: bool


STAGES = (
    Stage(1, 16, 1, 1, True),
    Stage(2, 32, 2, 4, True),
    Stage(2, 48, 2, 4, True),
    Stage(3, 96, 2, 4, False),
    Stage(5, 112, 1, 6, False),
    Stage(8, 192, 2, 6, False),
)
DROPPED = 0.2
"""Share of the shortcuts' blocks that are left out while training, at the end; from none at the beginning on."""
STEADY = steady(0.9)


class EfficientNetV2B0(Application):
    """Width, depth and size of the image chosen together; learnt on ImageNet. The most exact for its size.

    Source: Tan and Le 2021, "EfficientNetV2: smaller models and faster training". With fresh weights its convolutions
    begin as Keras' "he_normal", in Keras' own network by the number of their outputs.
    """

    application: ClassVar[str] = "EfficientNetV2B0"
    rank: ClassVar[int] = 95
    blurb: ClassVar[str] = "most exact for its size"

    def preparation(self, channels: int) -> Sequence[Part]:
        return [*super().preparation(channels), whole_numbers()]

    def network(self, shape: Shape) -> Sequence[Part]:
        sketch = Sketch(shape)
        x = sketch.add(Rescaling(scale=1 / 255, offset=0.0), GIVEN)
        x = sketch.add(Normalization(mean=MEANS, variance=tuple(one**2 for one in DEVIATIONS)), x)
        x = _steadied(sketch, sketch.add(_conv(32, 3, strides=2), x, name="stem_conv"), "stem_")
        place, count = 0, sum(stage.count for stage in STAGES)
        for number, stage in enumerate(STAGES, 1):
            for turn in range(stage.count):
                name = f"block{number}{chr(ord('a') + turn)}_"
                step = stage if turn == 0 else stage._replace(strides=1)
                x = (_fused if stage.is_fused else _inverted)(sketch, x, step, DROPPED * place / count, name)
                place += 1
        _steadied(sketch, sketch.add(_conv(1280), x, name="top_conv"), "top_")
        return sketch.ordered()

    def published(self, shape: Shape) -> WeightsFile:
        return keras_file(
            "efficientnetv2-b0_notop.h5", "efficientnet_v2", "893217f2bb855e2983157299931e43ff", 24_274_472
        )


def _conv(filters: int, kernel_size: int = 1, **others: object) -> object:
    return conv(filters, kernel_size, padding="same", kernel_initializer="he_normal", **others)


def _steadied(sketch: Sketch, x: str, name: str, middle: str = "") -> str:
    x = sketch.add(STEADY, x, name=f"{name}{middle}bn")
    return sketch.add(SWISH, x, name=f"{name}{middle}activation")


def _fused(sketch: Sketch, given: str, stage: Stage, dropped: float, name: str) -> str:
    """A block whose depthwise and widening convolutions are one; figure 2 of the paper."""
    maps, x, is_wider = sketch.maps(given), given, stage.expansion != 1
    if is_wider:
        x = sketch.add(_conv(maps * stage.expansion, 3, strides=stage.strides), x, name=f"{name}expand_conv")
        x = _steadied(sketch, x, name, "expand_")
    last = _conv(stage.filters) if is_wider else _conv(stage.filters, 3, strides=stage.strides)
    x = sketch.add(STEADY, sketch.add(last, x, name=f"{name}project_conv"), name=f"{name}project_bn")
    if not is_wider:
        x = sketch.add(SWISH, x, name=f"{name}project_activation")
    return _joined(sketch, given, x, stage, dropped, name)


def _inverted(sketch: Sketch, given: str, stage: Stage, dropped: float, name: str) -> str:
    """A block that is wide inside, whose maps are weighed; figure 2 of the paper."""
    maps = sketch.maps(given)
    wide = maps * stage.expansion
    x = _steadied(sketch, sketch.add(_conv(wide), given, name=f"{name}expand_conv"), name, "expand_")
    x = sketch.add(depthwise(3, stage.strides, "same"), x, name=f"{name}dwconv2")
    x = _steadied(sketch, x, name)
    weight = sketch.add(GlobalAveragePooling2D(), x, name=f"{name}se_squeeze")
    weight = sketch.add(Reshape(target_shape=(1, 1, wide)), weight, name=f"{name}se_reshape")
    few = _conv(max(1, maps // 4), use_bias=True, activation="silu")
    weight = sketch.add(few, weight, name=f"{name}se_reduce")
    weight = sketch.add(_conv(wide, use_bias=True, activation="sigmoid"), weight, name=f"{name}se_expand")
    x = sketch.add(MULTIPLY, x, weight, name=f"{name}se_excite")
    x = sketch.add(_conv(stage.filters), x, name=f"{name}project_conv")
    return _joined(sketch, given, sketch.add(STEADY, x, name=f"{name}project_bn"), stage, dropped, name)


def _joined(sketch: Sketch, given: str, x: str, stage: Stage, dropped: float, name: str) -> str:
    """A block beside its shortcut, where both fit."""
    if stage.strides != 1 or sketch.maps(given) != stage.filters:
        return x
    if dropped:
        x = sketch.add(StochasticDepth(rate=dropped), x, name=f"{name}drop")
    return sketch.add(ADD, x, given, name=f"{name}add")
