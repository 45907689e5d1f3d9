"""InceptionV3 as a base."""

from collections.abc import Sequence
from typing import ClassVar

from core.layers import Shape
from core.layers.applications import CONCATENATE, RELU, Application, Sketch, around_zero, conv, steady
from core.layers.blocks import GIVEN, Part
from core.layers.pooling import AveragePooling2D, MaxPooling2D
from core.layers.pretrained import WeightsFile, keras_file

STEADY = steady(scale=False)
SMALLER, SMOOTHED = MaxPooling2D(pool_size=3, strides=2), AveragePooling2D(pool_size=3, strides=1, padding="same")
Step = tuple[int, int | tuple[int, int]]
"""Filters and sides of a kernel."""


class InceptionV3(Application):
    """Branches with kernels of several sizes side by side, which meet as 'mixed0' to 'mixed10'; learnt on ImageNet.

    Source: Szegedy, Vanhoucke, Ioffe, Shlens and Wojna 2015, "Rethinking the Inception architecture for computer
    vision".
    """

    application: ClassVar[str] = "InceptionV3"
    module: ClassVar[str] = "inception_v3"
    usual: ClassVar[Shape] = (299, 299, 3)
    least: ClassVar[int] = 75
    rank: ClassVar[int] = 97
    blurb: ClassVar[str] = "branches of kernels, ImageNet"

    def preparation(self, channels: int) -> Sequence[Part]:
        return [*super().preparation(channels), around_zero()]

    def network(self, shape: Shape) -> Sequence[Part]:
        sketch = Sketch(shape)
        x = _step(sketch, GIVEN, (32, 3), strides=2)
        x = _steps(sketch, _step(sketch, x, (32, 3)), (64, 3))
        x = _step(sketch, sketch.add(SMALLER, x), (80, 1))
        x = sketch.add(SMALLER, _step(sketch, x, (192, 3)))
        for place, maps in enumerate((32, 64, 64)):
            branches = [((64, 1),), ((48, 1), (64, 5)), ((64, 1), (96, 3), (96, 3))]
            x = _mixed(sketch, x, branches, maps, f"mixed{place}")
        x = _halved(sketch, x, (), (384, 3), ((64, 1), (96, 3)), (96, 3), "mixed3")
        for place, maps in enumerate((128, 160, 160, 192), 4):
            narrow = ((maps, 1), (maps, (1, 7)), (192, (7, 1)))
            deep = ((maps, 1), (maps, (7, 1)), (maps, (1, 7)), (maps, (7, 1)), (192, (1, 7)))
            x = _mixed(sketch, x, [((192, 1),), narrow, deep], 192, f"mixed{place}")
        x = _halved(sketch, x, ((192, 1),), (320, 3), ((192, 1), (192, (1, 7)), (192, (7, 1))), (192, 3), "mixed8")
        for place in range(2):
            x = _widest(sketch, x, place)
        return sketch.ordered()

    def published(self, shape: Shape) -> WeightsFile:
        name = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
        return keras_file(name, "inception_v3", "bcbd6486424b2319ff4ef7d526e38f63", 87_910_968)


def _step(sketch: Sketch, given: str, step: Step, strides: int = 1, padding: str = "valid") -> str:
    """A convolution, batch normalization, relu."""
    x = sketch.add(conv(*step, strides=strides, padding=padding), given)
    return sketch.add(RELU, sketch.add(STEADY, x))


def _steps(sketch: Sketch, given: str, *steps: Step) -> str:
    """Several of them one after another that keep the size."""
    for step in steps:
        given = _step(sketch, given, step, padding="same")
    return given


def _mixed(sketch: Sketch, given: str, branches: Sequence[Sequence[Step]], pooled: int, name: str) -> str:
    """Branches side by side, the last one of smoothed maps; figures 5 and 6 of the paper."""
    found = [_steps(sketch, given, *steps) for steps in branches]
    return sketch.add(CONCATENATE, *found, _steps(sketch, sketch.add(SMOOTHED, given), (pooled, 1)), name=name)


def _halved(
    sketch: Sketch, given: str, before: Sequence[Step], last: Step, deep: Sequence[Step], deep_last: Step, name: str
) -> str:
    """Branches that halve the size side by side; figure 10 of the paper."""
    first = _step(sketch, _steps(sketch, given, *before), last, strides=2)
    second = _step(sketch, _steps(sketch, given, *deep), deep_last, strides=2)
    return sketch.add(CONCATENATE, first, second, sketch.add(SMALLER, given), name=name)


def _widest(sketch: Sketch, given: str, place: int) -> str:
    """Branches that part once more, for maps that are small already; figure 7 of the paper."""
    alone = _steps(sketch, given, (320, 1))
    narrow = _parted(sketch, _steps(sketch, given, (384, 1)), f"mixed9_{place}")
    deep = _parted(sketch, _steps(sketch, given, (448, 1), (384, 3)), "")
    pooled = _steps(sketch, sketch.add(SMOOTHED, given), (192, 1))
    return sketch.add(CONCATENATE, alone, narrow, deep, pooled, name=f"mixed{9 + place}")


def _parted(sketch: Sketch, given: str, name: str) -> str:
    """A 1x3 and a 3x1 kernel side by side."""
    return sketch.add(CONCATENATE, *(_steps(sketch, given, (384, sides)) for sides in ((1, 3), (3, 1))), name=name)
