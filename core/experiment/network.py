"""What a network makes of an image: shapes, parameters, multiply-adds, receptive field; no TensorFlow."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import groupby

from core.experiment.field import Field, after, of_image
from core.experiment.node import HEAD, IMAGE, Node, inputs_of, nodes_of
from core.layers import Impossible, Layer, Shape
from core.layers.blocks import GIVEN, Block, Part
from core.layers.naming import Names
from core.layers.pretrained import Base
from core.words import counted, listed

BYTES_PER_NUMBER = 4
"""float32."""
IMAGE_LAYERS = ("Resizing", "Cropping2D", "ZeroPadding2D", "UpSampling2D")
"""What gives an image for an image: a base may stand behind them."""


@dataclass(frozen=True)
class Row:
    """One layer in its place.

    Args:
        index: position among the learner's nodes, of a layer in a block that of the block; None for the head.
        id: the node's; "head" for the head; in a block "<the block's>.<its own>", the last one the block's.
        name: its name in the Keras model: "conv2d_1".
        inputs: ids of the rows that it reads, or "image".
        input_shapes: of one image, without the batch axis, one per input; empty when one of them can't be.
        output_shape: None when it can't be.
        sees: rows and columns of the part of the image that one output value depends on, of the value with the largest.
        sees_all: whether that part is the whole image.
        comment: what the learner wrote beside it before it went into a block; outside of blocks the node has it.
        field: where that part lies for each of its values; None when it can't be.
        block: id of the block that it is a part of; empty outside.
        of: that block.
        trainable: whether gradient descent may change its weights.
        inference: whether it does, also while the network trains, what it does at inference.
        base: the base that it is a part of: layers that learnt elsewhere; None outside.
        part: its path in that base: "block_1_expand".
    """

    index: int | None
    id: str
    name: str
    kind: str
    layer: Layer
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...] = ()
    output_shape: Shape | None = None
    parameters: int = 0
    non_trainable: int = 0
    parameter_formula: str = ""
    multiply_adds: int = 0
    sees: tuple[int, int] = (1, 1)
    sees_all: bool = False
    comment: str = field(default="", compare=False)
    field: Field | None = field(default=None, compare=False)
    impossible: Impossible | None = None
    block: str = ""
    of: Block | None = None
    trainable: bool = True
    inference: bool = False
    base: Base | None = None
    part: str = ""

    @property
    def differs_in_training(self) -> bool:
        """Whether it does something else while the network trains than at inference; Keras' batch normalization that is
        frozen does not."""
        return self.layer.differs_in_training and not self.inference and (self.trainable or not self.parameters)

    @property
    def called(self) -> str:
        """It as the learner finds it in the list: "Dense #3", a layer in a block by that block."""
        return "the head" if self.index is None else f"{(self.of or self.layer).kind} #{self.index + 1}"

    @property
    def receptive_field(self) -> int:
        """Longer side in px of the part of the image that one output value sees."""
        return max(self.sees)

    @property
    def input_shape(self) -> Shape | None:
        """Shape of its first input; None when that can't be."""
        return self.input_shapes[0] if self.input_shapes else None


@dataclass(frozen=True)
class Trace:
    """All rows of a network in topological order; what reads a layer that can't be is not judged."""

    input_shape: Shape
    rows: tuple[Row, ...]

    @cached_property
    def broken(self) -> Row | None:
        """The first layer that can't be, or None."""
        return next((row for row in self.rows if row.impossible), None)

    @cached_property
    def is_chain(self) -> bool:
        """Whether every layer reads the one before it, and nothing else."""
        before = [IMAGE, *(row.id for row in self.rows)]
        return all(row.inputs == (last,) for row, last in zip(self.rows, before, strict=False))

    @cached_property
    def unread(self) -> list[Row]:
        """Layers whose output nothing reads; the head's is the answer."""
        read = {one for row in self.rows for one in row.inputs}
        return [row for row in self.rows if row.index is not None and row.id not in read]

    @cached_property
    def parameters(self) -> int:
        """Numbers in the whole network."""
        return sum(row.parameters for row in self.rows)

    @cached_property
    def trainable(self) -> int:
        """Those that gradient descent changes."""
        return self.parameters - sum(row.non_trainable for row in self.rows)

    @cached_property
    def multiply_adds(self) -> int:
        """Multiply-adds for one image."""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def weight_bytes(self) -> int:
        """Memory of the weights."""
        return self.parameters * BYTES_PER_NUMBER

    def folded(self) -> "Trace":
        """The same network with a single row for each block, as the learner's list has it."""
        return self._folded

    @cached_property
    def _folded(self) -> "Trace":
        found = (list(rows) for _, rows in groupby(self.rows, key=lambda row: row.block or row.id))
        return Trace(self.input_shape, tuple(map(_as_one, found)))

    def inside(self, block: str) -> list[Row]:
        """The layers of a block, by its id."""
        return self._inside.get(block, [])

    @cached_property
    def _inside(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.block:
                found.setdefault(row.block, []).append(row)
        return found

    def sources(self, row: Row) -> list[int]:
        """Places among the rows of what a row reads; -1 for the image."""
        return [self.places[one] for one in row.inputs]

    @cached_property
    def places(self) -> dict[str, int]:
        """Place among the rows by id; -1 for the image."""
        return {IMAGE: -1} | {one.id: place for place, one in enumerate(self.rows)}

    @cached_property
    def largest(self) -> tuple[int, int]:
        """The longest side of all maps in px, and the most maps or values in a row."""
        shapes = [self.input_shape, *(row.output_shape for row in self.rows if row.output_shape)]
        return max(max(one[:2]) for one in shapes if len(one) == 3), max(one[-1] for one in shapes)


def trace(shape: Shape, network: Sequence[Node | Layer], head: Layer) -> Trace:
    """Follows one image through the nodes and the head.

    A node may read those before it only, so the list is a topological order and nothing can feed itself.

    Args:
        shape: (height, width, channels) of the images.
        network: the learner's nodes; plain layers for a chain.
        head: the last layer, which follows from the dataset.
    """
    nodes = nodes_of(network)
    given = inputs_of(nodes)
    is_begun = bool(nodes) and isinstance(nodes[0].layer, Base) and tuple(given[0]) == (IMAGE,)
    walk = _begun(shape, nodes[0].id, nodes[0].layer).copy() if is_begun else _at_image(shape)
    walk.known = {node.id for node in nodes}
    for place, (node, inputs) in list(enumerate(zip(nodes, given, strict=True)))[is_begun:]:
        walk.add(Row(place, node.id, "", node.kind, node.layer, inputs))
    walk.add(Row(None, HEAD, HEAD, head.kind, head, (nodes[-1].id if nodes else IMAGE,)))
    return Trace(shape, tuple(walk.rows))


@dataclass
class _Walk:
    """What is known while rows are added one after another: ids of all nodes, and what each row before gives."""

    known: set[str]
    shapes: dict[str, Shape | None]
    fields: dict[str, Field]
    names: Names = field(default_factory=Names)
    rows: list[Row] = field(default_factory=list)
    images: set[str] = field(default_factory=lambda: {IMAGE})
    """Ids of what is an image still."""

    def add(self, row: Row, path: str = "") -> None:
        """One more layer, a block as its layers.

        Args:
            path: how its layers are called before their own names; the row's id unless told.
        """
        if isinstance(row.layer, Block):
            row = replace(row, block=row.block or row.id, of=row.of or row.layer)
            if misplaced := self._misplaced(row):
                row = replace(row, impossible=misplaced)
            elif parts := self._parts(row):
                self._unfold(row, parts, path or row.id)
                return
        name = self.names.own(row.name) if row.name else self.names.next(row.kind)
        row = replace(row, name=name)
        row = row if row.impossible else _row(row, self.shapes, self.fields, self.known)
        self.shapes[row.id] = row.output_shape
        if row.kind in IMAGE_LAYERS and self.images.issuperset(row.inputs):
            self.images.add(row.id)
        self.rows.append(row)

    def _misplaced(self, row: Row) -> Impossible | None:
        """Why a base can't stand where it does; None for other blocks, and where it can."""
        if not isinstance(row.layer, Base):
            return None
        if first := next((one for one in self.rows if one.base or isinstance(one.layer, Base)), None):
            return Impossible(f"the network has a base already, {first.called}", "Keep one of the two.")
        if self.images.issuperset(row.inputs):
            return None
        reads = next((one.called for one in self.rows if one.id in row.inputs), "what is not above it")
        return Impossible(
            f"it learnt to read images, and what it reads here is {reads}",
            "Put it first, right on the image; Resizing alone may stand before it.",
        )

    def copy(self) -> "_Walk":
        """The same, to go on from."""
        names, images = deepcopy(self.names), set(self.images)
        return _Walk(set(self.known), dict(self.shapes), dict(self.fields), names, list(self.rows), images)

    def _parts(self, row: Row) -> tuple[Part, ...]:
        """What a block stands for; nothing where that hangs on what is not known, or can't be."""
        shape = self.shapes.get(row.inputs[0])
        if len(row.inputs) > 1 or shape is None:
            return ()
        try:
            return row.layer.expand(shape)
        except Impossible:
            return ()

    def _unfold(self, block: Row, parts: Sequence[Part], path: str) -> None:
        """The layers of a block; whoever reads the block reads the last of them, which has its id."""
        ids, before = {GIVEN: block.inputs[0]}, block.inputs[0]
        is_base = isinstance(block.layer, Base)
        base = block.base or (block.layer if is_base else None)
        for part in parts:
            inner = f"{path}.{part.id}"
            own = block.id if part is parts[-1] else inner
            row = replace(
                block,
                id=own,
                name=part.id.replace(".", "_") if is_base and not isinstance(part.layer, Block) else "",
                kind=part.layer.kind,
                layer=part.layer,
                inputs=tuple(ids[one] for one in part.inputs) or (before,),
                trainable=block.trainable and part.trainable,
                inference=block.inference or part.inference,
                base=base,
                part=".".join(filter(None, (block.part, part.id))) if base else "",
                comment=part.comment,
            )
            self.add(row, inner)
            ids[part.id] = before = own


def _at_image(shape: Shape) -> _Walk:
    return _Walk(set(), {IMAGE: shape}, {IMAGE: of_image(shape)})


@lru_cache(maxsize=64)
def _begun(shape: Shape, id: str, base: Base) -> _Walk:
    """What is known behind a base: hundreds of rows, the same whatever is changed after it."""
    walk = _at_image(shape)
    walk.known = {id}
    walk.add(Row(0, id, "", base.kind, base, (IMAGE,)))
    return walk


def _as_one(rows: Sequence[Row]) -> Row:
    """The rows of a block as one; a single row stays."""
    first, last = rows[0], rows[-1]
    if not last.of:
        return last
    return replace(
        last,
        impossible=_of_block(rows),
        kind=last.of.kind,
        layer=last.of,
        inputs=first.inputs[:1] if len(rows) > 1 else last.inputs,
        input_shapes=first.input_shapes[:1],
        parameters=sum(row.parameters for row in rows),
        non_trainable=sum(row.non_trainable for row in rows),
        multiply_adds=sum(row.multiply_adds for row in rows),
        parameter_formula="",
        comment="",
    )


def _of_block(rows: Sequence[Row]) -> Impossible | None:
    """Why a block can't be: on its own account, or for the first of its layers; no field of the block mends those."""
    row = next((row for row in rows if row.impossible), None)
    if row is None or isinstance(row.layer, Block):
        return row and row.impossible
    return Impossible(f"{row.kind} in it: {row.impossible.reason}", row.impossible.hint)


def _row(row: Row, shapes: dict[str, Shape | None], fields: dict[str, Field], known: set[str]) -> Row:
    """The row with everything that follows from what it reads; `fields` learns its receptive field."""
    try:
        _check_inputs(row, shapes, known)
        given = [shapes[one] for one in row.inputs]
        if None in given:
            return row
        row = replace(row, input_shapes=tuple(given))
        row = replace(row, output_shape=_output(row))
    except Impossible as impossible:
        # What was raised holds all that was at work then; what is kept is only what it says.
        return replace(row, impossible=impossible.with_traceback(None))
    layer, given = row.layer, row.input_shapes
    seen = after(layer, [fields[one] for one in row.inputs], given, row.output_shape)
    fields[row.id] = seen
    sees = (seen[0].size, seen[1].size)
    return replace(
        row,
        parameters=layer.parameters(*given),
        non_trainable=layer.non_trainable(*given) if row.trainable else layer.parameters(*given),
        parameter_formula=layer.parameter_formula(*given),
        multiply_adds=layer.multiply_adds(*given),
        sees=sees,
        sees_all=sees == shapes[IMAGE][:2],
        field=seen,
    )


def _check_inputs(row: Row, shapes: dict[str, Shape | None], known: set[str]) -> None:
    """Whether all that it reads is there, before it, and as many as it takes.

    Raises:
        Impossible: it isn't.
    """
    for one in row.inputs:
        if one not in shapes:
            where = "comes later" if one in known else "is not in the network"
            raise Impossible(
                f"it reads {one}, which {where}",
                "Let it read a layer above it, or move it below the one that it reads.",
            )
    least, most = row.layer.takes
    if not least <= len(row.inputs) <= most:
        reads = counted(len(row.inputs), "input")
        takes = "two or more" if most > 1 else "one only"
        raise Impossible(f"it is given {reads}, but takes {takes}", "Change what it reads, or remove it.")


def _output(row: Row) -> Shape:
    """Shape that it gives."""
    first = row.input_shapes[0]
    if row.index is None and len(first) != 1:
        raise Impossible(
            f"the answer needs a flat list of values, but the last layer gives {'x'.join(map(str, first))} maps",
            "Add Flatten or GlobalAveragePooling2D at the end.",
            append="Flatten",
        )
    return row.layer.output_shape(*row.input_shapes)


def wires(row: Row, traced: Trace) -> str:
    """What a row reads, where that is not just the layer before it: "MaxPooling2D #2 + Conv2D #4"; else empty."""
    place = traced.places[row.id]
    before = traced.rows[place - 1].id if place else IMAGE
    return "" if row.inputs == (before,) else " + ".join(_source(one, traced) for one in row.inputs)


def _source(id: str, traced: Trace) -> str:
    """One of the things that a row reads, as the learner finds it."""
    place = traced.places.get(id, -1)
    return traced.rows[place].called if place >= 0 else "the image" if id == IMAGE else id


def inner_wires(rows: Sequence[Row]) -> list[str]:
    """What each layer of a block reads, where that is not just the one before it: "reads 5 and 7", counted from 1.

    Args:
        rows: of one block, in their order; what the first one reads is what the block is given.
    """
    places = {row.id: str(place) for place, row in enumerate(rows, 1)}
    told = []
    for before, row in zip(["", *(row.id for row in rows)], rows, strict=False):
        read = [places.get(one, "the block's input") for one in row.inputs]
        told.append("" if row.inputs == (before,) or row is rows[0] else f"reads {listed(read)}")
    return told
