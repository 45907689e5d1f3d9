"""The block that weighs feature maps against each other."""

from collections.abc import Sequence
from typing import ClassVar

from core.layers import ActivationName, Shape, need_image
from core.layers.blocks import GIVEN, Block, Part
from core.layers.dense import Dense
from core.layers.joining import Multiply
from core.layers.pooling import GlobalAveragePooling2D
from core.spec import option


class SqueezeExcite(Block):
    """Looks at the mean of every map and learns which maps count for this image: the others are turned down.

    Source: Hu, Shen and Sun 2017, "Squeeze-and-excitation networks", figure 3.
    """

    rank: ClassVar[int] = 75
    blurb: ClassVar[str] = "a weight for every map"

    ratio: int = option(
        16,
        "By what the number of maps is divided for the narrow layer in between; one unit stays at least.",
        advice="If there are fewer than 64 maps, take 4; a larger one costs less.",
        low=1,
        high=64,
    )
    activation: ActivationName = option(
        "relu", "Function of the narrow layer; the last one is a sigmoid.", advice="If many units stay 0, try silu."
    )

    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        maps = need_image(shape, self.kind)[2]
        return [
            Part("mean", GlobalAveragePooling2D(keepdims=True), (GIVEN,)),
            Part("squeeze", Dense(units=max(1, maps // self.ratio), activation=self.activation)),
            Part("excite", Dense(units=maps, activation="sigmoid")),
            Part("weigh", Multiply(), (GIVEN, "excite")),
        ]

    def words(self) -> str:
        return f"ratio {self.ratio}"

    def short(self) -> str:
        return "Squeeze-excite"
