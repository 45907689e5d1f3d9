"""A block stands as one layer in the learner's list, and as the layers that it is made of in the network."""

import contextlib
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import AfterValidator

from core.layers import ActivationName, Impossible, Layer, Shape
from core.layers.activation import Activation
from core.layers.regularization import BatchNormalization
from core.spec import option
from core.words import text_of

GIVEN = "image"
"""What stands among inner inputs for what the block is given, as it stands for the image in a network."""
NAME_LENGTH, MOST_TURNS = 40, 50
TURNS_ADVICE = "If the network can't learn enough, repeat it more often; every turn makes training slower."

BlockName = Annotated[str, AfterValidator(text_of(NAME_LENGTH))]


class Part(NamedTuple):
    """One layer in a block.

    Args:
        id: names it in its block.
        layer: what stands there; another block too.
        inputs: ids of parts before it that it reads, or GIVEN; empty for the part before.
        comment: what the learner wrote beside it.
        trainable: whether gradient descent may change its weights.
        inference: whether it does, also while the network trains, what it does at inference.
    """

    id: str
    layer: Layer
    inputs: tuple[str, ...] = ()
    comment: str = ""
    trainable: bool = True
    inference: bool = False


class Block(Layer):
    """Several layers as one step of the network: one input, one output."""

    family: ClassVar[str] = "Blocks"

    silent: ClassVar[tuple[str, ...]] = ("name",)
    """Fields that people read and training does not."""

    name: BlockName = option(
        "",
        "What you call it; empty for the name of its kind.",
        advice="If there are several of a kind, say what each is for.",
    )

    @abstractmethod
    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        """The layers of one turn, in topological order; the last one's output is the block's.

        Args:
            shape: of what this turn is given for one image.
            turn: 0 for the first of its repeats.

        Raises:
            Impossible: the block cannot take that shape.
        """

    @property
    def turns(self) -> int:
        """How often its layers stand one after another."""
        return getattr(self, "repeats", 1)

    def size(self) -> int:
        """How many layers it stands for at most, told without looking at a shape."""
        return self.turns * _largest_unit(self)

    def expand(self, shape: Shape) -> tuple[Part, ...]:
        """All layers that it stands for, repeats included.

        Args:
            shape: of what it is given for one image.

        Raises:
            Impossible: the block cannot take that shape.
        """
        return _expanded(self, shape)

    def suited(self, shape: Shape) -> Self:
        """The block as it goes best with what it would be given; as it is where nothing is better.

        Args:
            shape: of one image.
        """
        return self

    def output_shape(self, shape: Shape) -> Shape:
        *_, (_, _, last) = followed(self.expand(shape), shape)
        return last

    def parameters(self, shape: Shape) -> int:
        return sum(part.layer.parameters(*given) for part, given, _ in followed(self.expand(shape), shape))

    def non_trainable(self, shape: Shape) -> int:
        found = followed(self.expand(shape), shape)
        return sum(
            part.layer.non_trainable(*given) if part.trainable else part.layer.parameters(*given)
            for part, given, _ in found
        )

    def multiply_adds(self, shape: Shape) -> int:
        return sum(part.layer.multiply_adds(*given) for part, given, _ in followed(self.expand(shape), shape))

    def times(self) -> str:
        """ " ×3" for one that is repeated three times."""
        return f" ×{self.turns}" if self.turns > 1 else ""


def size_of(layer: Layer) -> int:
    """How many layers of Keras a layer of the learner stands for at most."""
    return layer.size() if isinstance(layer, Block) else 1


@lru_cache(maxsize=512)
def _largest_unit(block: Block) -> int:
    """The most layers of a turn; given as many maps as it gives, one has a sum more or a shortcut less."""
    found = [0]
    for maps, turn in product({1, 2, getattr(block, "filters", 1)}, range(min(block.turns, 2))):
        with contextlib.suppress(Impossible):
            found.append(sum(size_of(part.layer) for part in block.unit((1, 1, maps), turn)))
    return max(found)


@lru_cache(maxsize=512)
def _expanded(block: Block, shape: Shape) -> tuple[Part, ...]:
    """The parts of all turns; each is given what the one before it gives."""
    units = []
    for turn in range(block.turns):
        units.append(block.unit(shape, turn))
        *_, (_, _, shape) = followed(units[-1], shape)
    return unrolled(units)


def unrolled(units: Sequence[Sequence[Part]]) -> tuple[Part, ...]:
    """Turns of a block one after another, each reading the last layer of the one before.

    Args:
        units: the layers of each turn; where there are several, ids say the turn.
    """
    if len(units) == 1:
        return tuple(units[0])
    parts: list[Part] = []
    for turn, unit in enumerate(units, 1):
        names = {part.id: f"{part.id}_{turn}" for part in unit} | {GIVEN: parts[-1].id if parts else GIVEN}
        parts += [one._replace(id=names[one.id], inputs=tuple(names[read] for read in one.inputs)) for one in unit]
    return tuple(parts)


def followed(parts: Sequence[Part], shape: Shape) -> Iterator[tuple[Part, tuple[Shape, ...], Shape]]:
    """Each part with what it is given and what it makes of that.

    Args:
        parts: of a block, in topological order.
        shape: of what the block is given for one image.

    Raises:
        Impossible: one can't be; no field of the block is known to mend it.
    """
    shapes, before = {GIVEN: shape}, GIVEN
    for part in parts:
        given = tuple(shapes[one] for one in part.inputs or (before,))
        before = part.id
        try:
            shapes[part.id] = part.layer.output_shape(*given)
        except Impossible as impossible:
            raise Impossible(f"{part.layer.kind} in it: {impossible.reason}", impossible.hint) from impossible
        yield part, given, shapes[part.id]


def as_many_maps(block: Block, shape: Shape, least: int = 8, most: int = 1024) -> Block:
    """A block that gives as many maps as it is given, so that its shortcut needs no convolution; few stay few."""
    fits = len(shape) == 3 and least <= shape[2] <= most
    return block.edited(filters=shape[2]) if fits else block


def repeats(what: str = "How often it stands one after another.") -> Any:
    """The field of a block that can be repeated."""
    return option(1, what, advice=TURNS_ADVICE, low=1, high=MOST_TURNS, unit="times")


def steadied(id: str, layer: Layer, activation: ActivationName, is_steadied: bool, given: str = "") -> list[Part]:
    """A layer with weights and its activation, with batch normalization between them or without.

    Args:
        id: names the layer in its block; what follows is called after it.
        layer: a convolution.
        activation: "linear" for none.
        is_steadied: whether batch normalization follows, which makes the layer's bias idle.
        given: the part that it reads; empty for the one before.
    """
    inputs = (given,) if given else ()
    if not is_steadied:
        return [Part(id, layer.edited(activation=activation), inputs)]
    parts = [
        Part(id, layer.edited(activation="linear", use_bias=False), inputs),
        Part(f"{id}_norm", BatchNormalization()),
    ]
    return parts if activation == "linear" else [*parts, Part(f"{id}_act", Activation(activation=activation))]
