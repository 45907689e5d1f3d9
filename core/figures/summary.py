"""What Keras' `summary()` prints for a network, written from its trace: TensorFlow is not needed for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.build.model import INPUT, SCALING
from core.experiment.network import BYTES_PER_NUMBER, Trace
from core.experiment.node import HEAD, IMAGE
from core.layers import Shape

if TYPE_CHECKING:
    from rich.console import RenderableType

NAME = "network"
CHAIN, BRANCHED = (0.45, 0.80, 1.0), (0.3, 0.56, 0.74, 1.0)
"""Where Keras lets its columns end, of a chain and of a network with branches."""
WIDTHS = {CHAIN: 88, BRANCHED: 108}
"""Letters of a line."""


@dataclass(frozen=True)
class _Line:
    """One layer of the Keras model."""

    name: str
    kind: str
    shape: Shape
    parameters: int
    inputs: tuple[str, ...]


def summary(traced: Trace) -> str:
    """The text, line for line as Keras prints it in a window that is wide enough.

    Args:
        traced: of a network that can be built.

    Source: keras/src/utils/summary_utils.py.
    """
    lines = _lines(traced)
    depth = _depths(lines)
    is_chain = len(set(depth.values())) == len(depth) and all(len(line.inputs) < 2 for line in lines)
    ends = CHAIN if is_chain else BRANCHED
    trained, fixed = traced.trainable, traced.parameters - traced.trainable
    counts = [("Total", traced.parameters), ("Trainable", trained), ("Non-trainable", fixed)]
    return _printed([
        f'Model: "{NAME}"',
        _table(lines, ends),
        *(f" {name} params: {count:,} ({_size(count * BYTES_PER_NUMBER)})" for name, count in counts),
    ])  # fmt: skip


def _lines(traced: Trace) -> list[_Line]:
    """The layers in Keras' order: by their distance from the end, and of one distance as they are met from there."""
    rows = {row.id: row for row in traced.rows}
    names = {IMAGE: SCALING} | {row.id: row.name for row in traced.rows}
    found = {
        INPUT: _Line(INPUT, "InputLayer", traced.input_shape, 0, ()),
        SCALING: _Line(SCALING, "Rescaling", traced.input_shape, 0, (INPUT,)),
    }
    met, waiting = {}, [HEAD]
    while waiting:
        one = waiting.pop()
        if one not in met:
            met[one] = None
            waiting += reversed(rows[one].inputs if one in rows else ())
    for one in met:
        if row := rows.get(one):
            kind = row.layer.keras.rpartition(".")[2] or row.kind
            inputs = tuple(names[source] for source in row.inputs)
            found[row.name] = _Line(row.name, kind, row.output_shape, row.parameters, inputs)
    order = [names[one] for one in met] + [INPUT]
    lines = [found[name] for name in order]
    depth = _depths(lines)
    return sorted(lines, key=lambda line: -depth[line.name])


def _depths(lines: Sequence[_Line]) -> dict[str, int]:
    """Layers on the longest way from each to the end, by its name."""
    readers: dict[str, list[str]] = {line.name: [] for line in lines}
    for line in lines:
        for one in line.inputs:
            readers[one].append(line.name)
    depth: dict[str, int] = {}
    waiting = [line.name for line in lines]
    while waiting:
        name = waiting[-1]
        missing = [one for one in readers[name] if one not in depth]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        depth[name] = max((depth[one] + 1 for one in readers[name]), default=0)
    return depth


def _table(lines: Sequence[_Line], ends: tuple[float, ...]) -> "RenderableType":
    from rich.markup import escape
    from rich.table import Column, Table

    width = WIDTHS[ends]
    places = [int(end * width) for end in ends]
    widths = [place - before for place, before in zip(places, [0, *places], strict=False)]
    names = ("Layer (type)", "Output Shape", "Param #", "Connected to")
    sides = ("left", "left", "right", "left")
    columns = [Column(name, justify=side, width=one) for name, side, one in zip(names, sides, widths, strict=False)]
    table = Table(*columns, width=width, show_lines=True)
    for line in lines:
        shape = f"({', '.join(map(str, (None, *line.shape)))})"
        read = ", ".join(f"{one}[0][0]" for one in line.inputs) or "-"
        cells = (escape(f"{line.name} ({line.kind})"), shape, f"{line.parameters:,}", escape(read))
        table.add_row(*cells[: len(columns)])
    return table


def _size(count: float) -> str:
    """Bytes as Keras tells them."""
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if count / 1024 < 1:
            return f"{count:.2f} {unit}"
        count /= 1024
    return f"{count:.2f} PB"


def _printed(parts: "Sequence[RenderableType]") -> str:
    """What a console of letters alone shows."""
    from rich.console import Console

    console = Console(highlight=False, force_terminal=False, color_system=None, width=120, markup=True)
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return capture.get()
