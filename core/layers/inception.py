"""The block that looks with several kernels at once."""

from collections.abc import Sequence
from typing import ClassVar

from core.layers import ActivationName, Shape, need_image
from core.layers.blocks import GIVEN, Block, Part, repeats, steadied
from core.layers.convolution import Conv2D
from core.layers.joining import Concatenate
from core.layers.pooling import MaxPooling2D
from core.spec import option

MOST = 1024
NARROW_ADVICE = "If the block is slow, halve it: the larger kernels then read fewer maps."
PATH_ADVICE = "If the network can't learn enough, double it on all paths."


class InceptionBlock(Block):
    """Looks at the same place with 1x1, 3x3 and 5x5 kernels and a maximum, and keeps the maps of all four paths.

    Source: Szegedy and others 2014, "Going deeper with convolutions", figure 2b.
    """

    rank: ClassVar[int] = 71
    blurb: ClassVar[str] = "four paths side by side"

    path_1x1: int = option(16, "Maps of the path of 1x1 kernels.", advice=PATH_ADVICE, low=1, high=MOST)
    narrow_3x3: int = option(24, "Maps that its 3x3 kernels are given.", advice=NARROW_ADVICE, low=1, high=MOST)
    path_3x3: int = option(32, "Maps of the path of 3x3 kernels.", advice=PATH_ADVICE, low=1, high=MOST)
    narrow_5x5: int = option(4, "Maps that its 5x5 kernels are given.", advice=NARROW_ADVICE, low=1, high=MOST)
    path_5x5: int = option(8, "Maps of the path of 5x5 kernels.", advice=PATH_ADVICE, low=1, high=MOST)
    path_pool: int = option(8, "Maps of the path of maxima.", advice=PATH_ADVICE, low=1, high=MOST)
    batch_normalization: bool = option(
        False, "Steadies every convolution.", advice="If training is slow to start or jumps about, switch it on."
    )
    activation: ActivationName = option(
        "relu", "Function after every convolution.", advice="If many maps stay black, try leaky_relu."
    )
    repeats: int = repeats()

    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        need_image(shape, self.kind)
        paths = [
            self._convolution("one", self.path_1x1, 1, GIVEN),
            self._convolution("narrow3", self.narrow_3x3, 1, GIVEN) + self._convolution("three", self.path_3x3, 3),
            self._convolution("narrow5", self.narrow_5x5, 1, GIVEN) + self._convolution("five", self.path_5x5, 5),
            [
                Part("pool", MaxPooling2D(pool_size=3, strides=1, padding="same"), (GIVEN,)),
                *self._convolution("pooled", self.path_pool, 1),
            ],
        ]
        parts = [part for path in paths for part in path]
        return [*parts, Part("join", Concatenate(), tuple(path[-1].id for path in paths))]

    def _convolution(self, id: str, filters: int, size: int, given: str = "") -> list[Part]:
        layer = Conv2D(filters=filters, kernel_size=size, padding="same")
        return steadied(id, layer, self.activation, self.batch_normalization, given)

    @property
    def filters(self) -> int:
        """Maps that all paths give together."""
        return self.path_1x1 + self.path_3x3 + self.path_5x5 + self.path_pool

    def words(self) -> str:
        paths = "+".join(map(str, (self.path_1x1, self.path_3x3, self.path_5x5, self.path_pool)))
        return f"{paths} maps{self.times()}"

    def short(self) -> str:
        return f"Inception {self.filters}{self.times().strip()}"
