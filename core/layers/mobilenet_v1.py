"""MobileNet as a base."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from core.layers import Shape
from core.layers.applications import RELU6, Application, Sketch, around_zero, conv, depthwise, steady
from core.layers.blocks import GIVEN, Part
from core.layers.mobilenet_v2 import ALPHA_ADVICE
from core.layers.pretrained import WeightsFile, keras_file
from core.layers.reshaping import ZeroPadding2D
from core.spec import option

STAGES = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))
"""Filters and stride of each pair: table 1 of the paper."""
SIDES = (128, 160, 192, 224)
"""px of square images for which there are weights; those of 224 serve all others."""
SIZES = {1.0: 17_225_924}
"""Bytes of the file, where they are known; else the parameters tell them."""


class MobileNet(Application):
    """86 layers, each convolution taken apart into one per map and one that mixes, that learnt on ImageNet.

    Source: Howard and others 2017, "MobileNets: efficient convolutional neural networks for mobile vision
    applications".
    """

    application: ClassVar[str] = "MobileNet"
    module: ClassVar[str] = "mobilenet"
    rank: ClassVar[int] = 91
    blurb: ClassVar[str] = "quick and plain, ImageNet"

    alpha: Literal[0.25, 0.5, 0.75, 1.0] = option(
        1.0, "How wide it is: all its filters times this.", advice=ALPHA_ADVICE
    )

    def preparation(self, channels: int) -> Sequence[Part]:
        return [*super().preparation(channels), around_zero()]

    def network(self, shape: Shape) -> Sequence[Part]:
        sketch = Sketch(shape)
        x = sketch.add(conv(int(32 * self.alpha), 3, strides=2, padding="same"), GIVEN, name="conv1")
        x = sketch.add(RELU6, sketch.add(steady(), x, name="conv1_bn"), name="conv1_relu")
        for number, (filters, strides) in enumerate(STAGES, 1):
            if strides == 2:
                x = sketch.add(UNEVEN, x, name=f"conv_pad_{number}")
            own = depthwise(3, strides, "valid" if strides == 2 else "same")
            for layer, name in ((own, "dw"), (conv(int(filters * self.alpha), padding="same"), "pw")):
                x = sketch.add(layer, x, name=f"conv_{name}_{number}")
                x = sketch.add(steady(), x, name=f"conv_{name}_{number}_bn")
                x = sketch.add(RELU6, x, name=f"conv_{name}_{number}_relu")
        return sketch.ordered()

    def published(self, shape: Shape) -> WeightsFile:
        side = shape[0] if shape[0] == shape[1] and shape[0] in SIDES else 224
        width = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5"}[self.alpha]
        return keras_file(f"mobilenet_{width}_{side}_tf_no_top.h5", "mobilenet", "", SIZES.get(self.alpha, 0))


UNEVEN = ZeroPadding2D(padding=((0, 1), (0, 1)))
