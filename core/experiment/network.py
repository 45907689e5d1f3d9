"""What a stack of layers makes of an image: shapes, parameters, multiply-adds, receptive field; no TensorFlow."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.layers import Impossible, Layer, Shape

BYTES_PER_NUMBER = 4
"""float32."""


@dataclass(frozen=True)
class Row:
    """One layer in its place.

    Args:
        index: position in the learner's stack; None for the head.
        name: its name in the Keras model: "conv2d_1".
        input_shape, output_shape: of one image, without the batch axis; output None when it can't be.
        receptive_field: side in px of the part of the picture that one output value sees.
        sees_all: whether that part is the whole picture.
    """

    index: int | None
    name: str
    kind: str
    layer: Layer
    input_shape: Shape | None
    output_shape: Shape | None = None
    parameters: int = 0
    non_trainable: int = 0
    parameter_formula: str = ""
    multiply_adds: int = 0
    receptive_field: int = 1
    sees_all: bool = False
    impossible: Impossible | None = None


@dataclass(frozen=True)
class Trace:
    """All rows of a network, up to and including the first layer that can't be."""

    input_shape: Shape
    rows: tuple[Row, ...]

    @property
    def broken(self) -> Row | None:
        """The first layer that can't be, or None."""
        return next((row for row in self.rows if row.impossible), None)

    @property
    def parameters(self) -> int:
        """Numbers in the whole network."""
        return sum(row.parameters for row in self.rows)

    @property
    def trainable(self) -> int:
        """Those that gradient descent changes."""
        return self.parameters - sum(row.non_trainable for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds for one image."""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def weight_bytes(self) -> int:
        """Memory of the weights."""
        return self.parameters * BYTES_PER_NUMBER


def trace(shape: Shape, stack: Sequence[Layer], head: Layer) -> Trace:
    """Follows one image through the stack and the head; after a layer that can't be, the rest is not judged.

    Args:
        shape: (height, width, channels) of the images.
        stack: the learner's layers.
        head: the last layer, which follows from the dataset.
    """
    rows: list[Row] = []
    field, jump, side = 1, 1, max(shape[:2])
    current: Shape | None = shape
    names = _names([*stack, head])
    for place, layer in enumerate([*stack, head]):
        index = place if place < len(stack) else None
        row = Row(index, names[place], layer.kind, layer, current)
        if current is not None:
            window = layer.window(current)
            field = max(field, side) if window.whole else field + (window.reach - 1) * jump
            jump *= window.stride
            row = _judge(row, current, field, side)
            current = row.output_shape
        rows.append(row)
    return Trace(shape, tuple(rows))


def _judge(row: Row, shape: Shape, field: int, side: int) -> Row:
    """The row with everything that follows from its input shape."""
    layer = row.layer
    try:
        if row.index is None and len(shape) != 1:
            raise Impossible(
                f"the answer needs a flat list of values, but the last layer gives {'x'.join(map(str, shape))} maps",
                "Add Flatten or GlobalAveragePooling2D at the end.",
                append="Flatten",
            )
        output = layer.output_shape(shape)
    except Impossible as impossible:
        return Row(row.index, row.name, row.kind, layer, shape, impossible=impossible)
    return Row(
        row.index,
        row.name,
        row.kind,
        layer,
        shape,
        output,
        layer.parameters(shape),
        layer.non_trainable(shape),
        layer.parameter_formula(shape),
        layer.multiply_adds(shape),
        field,
        field >= side,
    )


def _names(stack: Sequence[Layer]) -> list[str]:
    """Keras' way of naming, counted from 1 per kind; the last is "head"."""
    seen: Counter[str] = Counter()
    names = []
    for layer in stack[:-1]:
        # Conv2D -> conv2d, MaxPooling2D -> max_pooling2d: a capital after a small letter starts a word.
        base = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", layer.kind).lower()
        seen[base] += 1
        names.append(f"{base}_{seen[base]}")
    return [*names, "head"]
