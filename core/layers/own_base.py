"""A base out of a network of the learner's own: one that a run trained, or that a `.keras` file holds."""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator

from core.layers import Impossible, Shape, need_image
from core.layers.blocks import GIVEN, Block, Part, followed, size_of
from core.layers.hand_made import HandMadeConv2D
from core.layers.holding import Holding
from core.layers.pretrained import COLOURS, FIRST, Base, up_to
from core.words import counted, side_by_side, text_of

ORIGIN_LENGTH, MOST_NODES, LARGEST = 120, 400, 4096
"""Letters of what people read, layers, and px or channels of an image."""
TAKEN = {GIVEN, "head", "scaling", "logits"}
"""What other layers and lenses are called."""
GREY = HandMadeConv2D(kernels=((((0.299,),), ((0.587,),), ((0.114,),)),), padding="valid")
"""The luma of a colour. Source: ITU-R BT.601."""
CHOOSE = "Choose one of your runs, or a .keras file, under Open a file or a run."

Side = Annotated[int, Field(ge=1, le=LARGEST)]


class OwnBase(Base, Holding):
    """The layers of a network that you trained, or opened from a file, with what they learnt."""

    rank: ClassVar[int] = 99
    blurb: ClassVar[str] = "a network of your own"
    learnt_from: ClassVar[str] = "What the run, or the file, that you chose learnt from."
    noun: ClassVar[str] = "base"
    silent: ClassVar[tuple[str, ...]] = ("name", "origin")

    nodes: "tuple[Node, ...]" = Field(  # noqa: F821
        (),
        max_length=MOST_NODES,
        description="Its layers, each reading some before it, or the image.",
        json_schema_extra={"shown": False},
    )
    weights: str = Field(
        "",
        pattern=r"^([0-9a-f]{64})?$",
        description="The digest of what it learnt; empty for fresh weights.",
        json_schema_extra={"shown": False},
    )
    images: tuple[Side, Side, Side] = Field(
        (28, 28, 1),
        description="Rows, columns and channels of the images that it learnt from.",
        json_schema_extra={"shown": False},
    )
    origin: Annotated[str, AfterValidator(text_of(ORIGIN_LENGTH))] = Field(
        "",
        max_length=ORIGIN_LENGTH,
        description="Where it comes from, for people.",
        json_schema_extra={"shown": False},
    )

    @model_validator(mode="after")
    def _called_apart(self) -> "OwnBase":
        if wrong := next((node.id for node in self.nodes if node.id in TAKEN or node.id.startswith(FIRST)), ""):
            raise ValueError(f"no layer of a base can be called {wrong}")
        return self

    @property
    def usual(self) -> Shape:
        """The shape of the images that it learnt from."""
        return self.images

    @property
    def digest(self) -> str:
        return self.weights

    @property
    def is_fresh(self) -> bool:
        return not self.weights

    def begun_fresh(self) -> "OwnBase":
        return self.edited(weights="")

    def network(self, shape: Shape) -> Sequence[Part]:
        return list(unfolded(self.held(), shape))

    def all_parts(self, shape: Shape) -> list[Part]:
        if not self.nodes:
            raise Impossible("it has no layers yet", CHOOSE)
        *sides, channels = need_image(shape, self.kind)
        colours = self._colours(channels)
        read = {GIVEN: colours[0].id} if colours else {}
        parts = self.network((*sides, self.images[2]))
        return [*colours, *(part._replace(inputs=tuple(read.get(one, one) for one in part.inputs)) for part in parts)]

    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        parts = super().unit(shape, turn)
        self._check_sizes((*shape[:2], self.images[2]))
        return parts

    def _colours(self, channels: int) -> list[Part]:
        """What makes of the channels that are given those that its layers read."""
        wanted = self.images[2]
        if channels == wanted:
            return []
        if {channels, wanted} != {1, 3}:
            raise Impossible(
                f"it learnt from images of {counted(wanted, 'channel')}, these have {channels}",
                "Put it first, right on the image, or choose other images on the Data page.",
            )
        return [Part(f"{FIRST}colours", COLOURS if wanted == 3 else GREY)]

    def _check_sizes(self, shape: Shape) -> None:
        """Refuses images of a size for which a layer in use would need other weights than it learnt.

        Args:
            shape: of what its layers are given.
        """
        learnt, here = (
            {part.id: part.layer.parameters(*given) for part, given, _ in followed(self._used(one), one)}
            for one in (self.images, shape)
        )
        if wrong := next((id for id, size in here.items() if learnt.get(id) != size), ""):
            raise Impossible(
                f"{wrong} learnt from images of {side_by_side(self.images[:2])} px, these are "
                f"{side_by_side(shape[:2])}",
                "Put Resizing before it, choose images of that size, or cut it before that layer.",
            )

    def _used(self, shape: Shape) -> list[Part]:
        return up_to(self.network(shape), self.cut)

    def size(self) -> int:
        return sum(size_of(node.layer) for node in self.nodes)

    def words(self) -> str:
        return ", ".join(filter(None, [self.origin, "with fresh weights" * self.is_fresh, super().words()]))

    def short(self) -> str:
        called = self.name or self.origin.rpartition(", epoch ")[0] or self.origin or self.kind
        return f"{called}{f' to {self.cut}' if self.cut else ''}"


def unfolded(parts: Sequence[Part], shape: Shape) -> Iterator[Part]:
    """Parts with the layers of the blocks among them in their places, each called by its path and naming what it reads.

    Whether they learn was a choice of the network that they come from.

    Args:
        parts: of a block.
        shape: of what that block is given.

    Raises:
        Impossible: one of them can't be.
    """
    ids, before = {GIVEN: GIVEN}, GIVEN
    for part, given, _ in followed(parts, shape):
        inputs = tuple(ids[one] for one in part.inputs or (before,))
        before, last = part.id, part.id
        if isinstance(part.layer, Block):
            for inner in unfolded(part.layer.expand(given[0]), given[0]):
                last = f"{part.id}.{inner.id}"
                read = tuple(inputs[0] if one == GIVEN else f"{part.id}.{one}" for one in inner.inputs)
                yield inner._replace(id=last, inputs=read)
        else:
            yield Part(part.id, part.layer, inputs, part.comment)
        ids[part.id] = last
