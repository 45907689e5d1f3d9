"""A block of the learner's own layers."""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from core.layers import Impossible, Layer, Shape
from core.layers.blocks import GIVEN, Block, Part, repeats, unrolled
from core.layers.naming import keras_names
from core.spec import kinds
from core.words import counted

DEEPEST, MOST_MEMBERS = 4, 100
"""Groups in groups, and layers of one: more than anybody reads."""


class Group(Block):
    """Your own layers as one step, a single path in and out: named, repeated and folded away."""

    rank: ClassVar[int] = 79
    blurb: ClassVar[str] = "layers of your own"
    repeats: int = repeats()
    # A node holds any layer, a group too: where nodes are declared, this is resolved.
    nodes: "tuple[Node, ...]" = Field(  # noqa: F821
        (),
        max_length=MOST_MEMBERS,
        description="Its layers, each reading some before it, or what the group is given.",
        json_schema_extra={"shown": False},
    )

    @field_validator("nodes", mode="before")
    @classmethod
    def _called(cls, nodes: Any) -> Any:
        """Layers of a document that say no id get Keras' names for their places, as those of a network do."""
        if not isinstance(nodes, list | tuple):
            return nodes
        names = keras_names(_kind(node) for node in nodes)
        return tuple({"id": name, **node} if isinstance(node, dict) else node
                     for node, name in zip(nodes, names, strict=True))  # fmt: skip

    @model_validator(mode="after")
    def _holds_together(self) -> "Group":
        if self.depth() > DEEPEST:
            raise ValueError(f"groups lie in each other {DEEPEST} deep at most")
        known, before = [GIVEN], GIVEN
        for node in self.nodes:
            inputs = node.inputs or (before,)
            if node.id in known:
                raise ValueError(f"two layers of a group are called {node.id}")
            if any(one not in known for one in inputs):
                raise ValueError(f"in a group, {node.id} reads what does not stand before it there")
            if not node.layer.takes[0] <= len(inputs) <= node.layer.takes[1]:
                raise ValueError(f"in a group, {node.id} is given {counted(len(inputs), 'input')}")
            known.append(node.id)
            before = node.id
        if idle := self._idle():
            raise ValueError(f"in a group, nothing reads {idle}")
        return self

    def _idle(self) -> str:
        """The first of its layers, the last one apart, that none of it reads; empty without one."""
        before = [GIVEN, *(node.id for node in self.nodes)]
        read = {one for node, last in zip(self.nodes, before, strict=False) for one in node.inputs or (last,)}
        return next((node.id for node in self.nodes[:-1] if node.id not in read), "")

    def depth(self) -> int:
        """How deep groups lie in each other, 1 for one without."""
        return 1 + max((node.layer.depth() for node in self.nodes if isinstance(node.layer, Group)), default=0)

    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        return [Part(node.id, node.layer, node.inputs, node.comment) for node in self.nodes]

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


def _kind(node: Any) -> str:
    """The kind of a layer, as a document or a node says it; "layer" where it is none."""
    kind = node.get("kind") if isinstance(node, dict) else getattr(node, "kind", None)
    return kind if isinstance(kind, str) and kind in kinds(Layer) else "layer"
