"""A block of the learner's own layers."""

from collections.abc import Sequence
from typing import ClassVar

from core.layers import Impossible, Shape
from core.layers.blocks import Part, repeats, unrolled
from core.layers.holding import Holding


class Group(Holding):
    """Your own layers as one step, a single path in and out: named, repeated and folded away."""

    rank: ClassVar[int] = 79
    blurb: ClassVar[str] = "layers of your own"
    repeats: int = repeats()

    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        return self.held()

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        """As `Block.expand`; it does not hang on the shape, so each layer can say itself what is wrong."""
        return unrolled([self.unit(shape, turn) for turn in range(self.turns)])

    def output_shape(self, shape: Shape) -> Shape:
        if not self.nodes:
            raise Impossible("it holds no layer", "Remove it.")
        return super().output_shape(shape)

    def words(self) -> str:
        told = [node.layer.short() for node in self.nodes[:6]]
        more = f" and {len(self.nodes) - 6} more" if len(self.nodes) > 6 else ""
        return f"{' · '.join(told)}{more}{self.times()}"

    def short(self) -> str:
        return f"{self.name or 'Group'}{self.times()}"
