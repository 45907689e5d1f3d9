"""A network as the learner builds it: a list of nodes, each a layer with a name and the nodes that it reads.

A node that names no inputs reads the one before it, so a chain is a plain list of layers, in JSON too.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_serializer, model_validator

from core.layers import Layer
from core.layers.blocks import Block
from core.layers.group import Group
from core.layers.holding import Holding
from core.layers.naming import keras_names
from core.layers.own_base import OwnBase
from core.spec import kinds, one_of
from core.words import text_of

IMAGE, HEAD = "image", "head"
"""What stands for the scaled image among inputs, and the name of the last layer."""

NOWHERE = "nowhere"
"""Stands for an input that is not in the network, so that a new name can't mend it by chance."""

COMMENT_LENGTH = 200
"""Letters of what a learner may write beside a layer."""

NodeId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


class Node(BaseModel):
    """One layer in its place.

    Args:
        id: names it among the nodes of its network; edits and inputs go by it, so it never changes.
        layer: what stands there.
        inputs: the nodes that it reads, or "image"; empty for the node before.
        comment: what the learner wrote beside it, one line; it changes nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: NodeId
    layer: one_of(Layer)
    inputs: tuple[NodeId, ...] = Field((), max_length=16)
    comment: Annotated[str, AfterValidator(text_of(COMMENT_LENGTH))] = Field("", max_length=COMMENT_LENGTH)

    @model_validator(mode="before")
    @classmethod
    def _from_flat(cls, data: Any) -> Any:
        """JSON writes a node as its layer, with what else it has beside the layer's own fields."""
        if not isinstance(data, dict) or isinstance(data.get("layer"), Layer):
            return data
        own = {name: data[name] for name in ("id", "inputs", "comment") if name in data}
        if isinstance(own.get("inputs"), list):
            own["inputs"] = tuple(own["inputs"])
        return {**own, "layer": {name: value for name, value in data.items() if name not in own}}

    @model_serializer(mode="wrap")
    def _flat(self, handler: Any) -> dict[str, Any]:
        told = handler(self)
        more = {name: told[name] for name in ("inputs", "comment") if told[name]}
        return {**told["layer"], "id": self.id, **more}

    @property
    def kind(self) -> str:
        """The kind of its layer."""
        return self.layer.kind

    def edited(self, **changes: Any) -> "Node":
        """A copy with some parts changed, checked like a new one."""
        return Node(**{name: getattr(self, name) for name in type(self).model_fields} | changes)


for _kind_that_holds in (Group, OwnBase):
    _kind_that_holds.model_rebuild(_types_namespace={"Node": Node})
Node.model_rebuild(force=True)


def nodes_of(given: Iterable[Any]) -> tuple[Any, ...]:
    """Layers, nodes or their JSON as nodes; one without an id gets Keras' name for its place.

    What is neither is left as it is, for the check that follows.
    """
    items = list(given)
    known = kinds(Layer)
    names = keras_names(kind if isinstance(kind := _kind(item), str) and kind in known else "layer" for item in items)
    return tuple(map(_named, items, names))


def _kind(item: Any) -> Any:
    return item.get("kind") if isinstance(item, dict) else getattr(item, "kind", None)


def _named(item: Any, name: str) -> Any:
    if isinstance(item, Layer):
        return Node(id=name, layer=item)
    return {"id": name, **item} if isinstance(item, dict) else item


def as_json(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """The nodes as JSON says them: an id that is Keras' name for its place goes without saying."""
    names = keras_names(node.kind for node in nodes)
    told = [node.model_dump(mode="json") for node in nodes]
    return [
        {key: value for key, value in one.items() if key != "id" or value != name}
        for one, name in zip(told, names, strict=True)
    ]


def canonical(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The same network with Keras' names as ids, and no input named that goes without saying."""
    names = dict(zip((node.id for node in nodes), keras_names(node.kind for node in nodes), strict=True))
    found: list[Node] = []
    for node in nodes:
        inputs = tuple(names.get(one, one if one == IMAGE else NOWHERE) for one in node.inputs)
        before = found[-1].id if found else IMAGE
        layer = node.layer.edited(nodes=canonical(node.layer.nodes)) if isinstance(node.layer, Group) else node.layer
        found.append(node.edited(id=names[node.id], inputs=() if inputs == (before,) else inputs, layer=layer))
    return tuple(found)


def uncommented(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The same network without what the learner wrote beside its layers, and without the names of its blocks."""
    return tuple(node.edited(comment="", layer=_unnamed(node.layer)) for node in nodes)


def _unnamed(layer: Layer) -> Layer:
    if not isinstance(layer, Block):
        return layer
    inner = {"nodes": uncommented(layer.nodes)} if isinstance(layer, Holding) else {}
    return layer.edited(**dict.fromkeys(layer.silent, ""), **inner)


def inputs_of(nodes: Sequence[Node]) -> list[tuple[str, ...]]:
    """For each node the ids of what it reads, the node before it spelled out."""
    before = [IMAGE, *(node.id for node in nodes)]
    return [node.inputs or (last,) for node, last in zip(nodes, before, strict=False)]


def fresh_id(kind: str, nodes: Iterable[Node]) -> str:
    """A name for one more node of a kind that no node has."""
    taken = {node.id for node in nodes}
    base = keras_names([kind])[0].removesuffix("_1")
    return next(name for i in range(1, len(taken) + 2) if (name := f"{base}_{i}") not in taken)


def rewired(nodes: Sequence[Node], instead: Mapping[str, tuple[str, ...]]) -> tuple[Node, ...]:
    """The nodes reading other things than those named, each input in its place and none twice.

    Args:
        instead: id -> what is read in its place.
    """
    return tuple(
        node.edited(inputs=tuple(dict.fromkeys(new for one in node.inputs for new in instead.get(one, (one,)))))
        if any(one in instead for one in node.inputs)
        else node
        for node in nodes
    )
