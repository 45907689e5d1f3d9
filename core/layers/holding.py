"""A block that holds nodes: the learner's own layers, each with a name and what it reads."""

from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from core.layers import Layer
from core.layers.blocks import GIVEN, Block, Part
from core.layers.naming import keras_names
from core.spec import kinds
from core.words import counted

DEEPEST, MOST_MEMBERS = 4, 100
"""Blocks that hold nodes in each other, and layers of one: more than anybody reads."""


class Holding(Block):
    """Layers of the learner's own as one step."""

    noun: ClassVar[str] = "group"
    """What it is called where one of its nodes is wrong."""

    # A node holds any layer, one that holds nodes too: where nodes are declared, this is resolved.
    nodes: "tuple[Node, ...]" = Field(  # noqa: F821
        (),
        max_length=MOST_MEMBERS,
        description="Its layers, each reading some before it, or what it is given.",
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
    def _holds_together(self) -> "Holding":
        what = self.noun
        if self.depth() > DEEPEST:
            raise ValueError(f"groups lie in each other {DEEPEST} deep at most")
        known, before = [GIVEN], GIVEN
        for node in self.nodes:
            inputs = node.inputs or (before,)
            if node.id in known:
                raise ValueError(f"two layers of a {what} are called {node.id}")
            if any(one not in known for one in inputs):
                raise ValueError(f"in a {what}, {node.id} reads what does not stand before it there")
            if not node.layer.takes[0] <= len(inputs) <= node.layer.takes[1]:
                raise ValueError(f"in a {what}, {node.id} is given {counted(len(inputs), 'input')}")
            known.append(node.id)
            before = node.id
        if idle := self._idle():
            raise ValueError(f"in a {what}, nothing reads {idle}")
        return self

    def _idle(self) -> str:
        """The first of its layers, the last one apart, that none of it reads; empty without one."""
        before = [GIVEN, *(node.id for node in self.nodes)]
        read = {one for node, last in zip(self.nodes, before, strict=False) for one in node.inputs or (last,)}
        return next((node.id for node in self.nodes[:-1] if node.id not in read), "")

    def depth(self) -> int:
        """How deep such blocks lie in each other, 1 for one without."""
        return 1 + max((node.layer.depth() for node in self.nodes if isinstance(node.layer, Holding)), default=0)

    def held(self) -> list[Part]:
        """Its nodes as the parts of a block."""
        return [Part(node.id, node.layer, node.inputs, node.comment) for node in self.nodes]


def _kind(node: Any) -> str:
    """The kind of a layer, as a document or a node says it; "layer" where it is none."""
    kind = node.get("kind") if isinstance(node, dict) else getattr(node, "kind", None)
    return kind if isinstance(kind, str) and kind in kinds(Layer) else "layer"
