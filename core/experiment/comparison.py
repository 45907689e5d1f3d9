"""What differs between experiments, and what a family of runs found: values in, values out."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.experiment import Experiment
from core.experiment.node import IMAGE, Node, inputs_of
from core.layers.blocks import Block
from core.layers.group import Group
from core.spec import Spec
from core.words import number

NOTHING = "–"
"""Stands where an experiment has no such layer or field."""
SAME, SAME_KIND, SAME_FAMILY = 4, 2, 1
"""How much two specs want to share a row; an unchanged one outweighs any number of lookalikes beside it."""
LONGEST = 60
"""Letters of a value that a cell shows."""
WIDE = 20
"""Numbers that span such a factor are read by their factors: on a logarithmic axis."""


@dataclass(frozen=True)
class Difference:
    """One row of the comparison.

    Args:
        field: what differs, as a path: "training.batch_size", "layer 2".
        values: one text per experiment, in their order; "–" where it has no such thing.
    """

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Findings:
    """What the runs of a sweep reached.

    Args:
        fields: the one or two fields that were varied, as paths.
        values: for each field the values tried, ascending.
        accuracy: best validation accuracy 0..1 by the values of all fields; None where no run has an epoch yet.
    """

    fields: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    accuracy: Mapping[tuple[float, ...], float | None]


def differences(experiments: Sequence[Experiment]) -> list[Difference]:
    """The rows in which experiments differ, from the data to the seed; names are not compared.

    Args:
        experiments: two or more, for there to be a row.
    """
    rows = [
        *_fields("dataset", [one.dataset for one in experiments]),
        *_stacks("augmentation", [one.augmentations for one in experiments]),
        *_networks([one.nodes for one in experiments]),
        *_fields("training", [one.training for one in experiments]),
        Difference("seed", tuple(number(one.seed) for one in experiments)),
        Difference(
            "first weights", tuple(f"taken over {w[:8]}" if (w := one.weights) else "fresh" for one in experiments)
        ),
    ]
    return [row for row in rows if len(set(row.values)) > 1]


def aligned(stacks: Sequence[Sequence[Spec]]) -> list[tuple[Spec | None, ...]]:
    """Stacks of specs side by side: rows in which like stands beside like, None where a stack has nothing there.

    Args:
        stacks: of layers, say; each keeps its order. Only unchanged ones, the same kind or the same family share a row.
    """
    rows: list[tuple[Spec | None, ...]] = [(one,) for one in stacks[0]] if stacks else []
    for width, stack in enumerate(stacks[1:], 1):
        rows = _joined(rows, stack, width)
    return rows


def findings(runs: Sequence[tuple[Mapping[str, float], float | None]]) -> Findings:
    """The results of a family of runs, by what was varied.

    Args:
        runs: what each run varied (path: value), and its best validation accuracy 0..1 or None; of several runs with
            the same values the best counts.
    """
    fields = tuple(dict.fromkeys(field for varied, _ in runs for field in varied))[:2]
    found: dict[tuple[float, ...], float | None] = {}
    for varied, accuracy in runs:
        if all(field in varied for field in fields):
            place = tuple(varied[field] for field in fields)
            known = found.get(place)
            found[place] = accuracy if known is None else known if accuracy is None else max(known, accuracy)
    values = tuple(tuple(sorted({place[i] for place in found})) for i in range(len(fields)))
    return Findings(fields, values, found)


def is_wide(values: Sequence[float]) -> bool:
    """Whether numbers span so much that a logarithmic axis shows them better: (0.001, 0.1) does, (10, 20) does not."""
    return len(values) > 1 and min(values) > 0 and max(values) / min(values) >= WIDE


def _joined(rows: list[tuple[Spec | None, ...]], stack: Sequence[Spec], width: int) -> list[tuple[Spec | None, ...]]:
    """The rows with one more stack in them, by the order-keeping match whose likeness adds up to most.

    Source: Needleman and Wunsch 1970, with gaps that cost nothing.
    """
    likeness = [[_likeness(row, one) for one in stack] for row in rows]
    best = [[0] * (len(stack) + 1) for _ in range(len(rows) + 1)]
    for i in reversed(range(len(rows))):
        for j in reversed(range(len(stack))):
            together = best[i + 1][j + 1] + likeness[i][j] if likeness[i][j] else 0
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    joined, i, j = [], 0, 0
    while i < len(rows) or j < len(stack):
        both = i < len(rows) and j < len(stack)
        if both and likeness[i][j] and best[i][j] == best[i + 1][j + 1] + likeness[i][j]:
            joined.append((*rows[i], stack[j]))
            i, j = i + 1, j + 1
        elif j == len(stack) or (both and best[i][j] == best[i + 1][j]):
            joined.append((*rows[i], None))
            i += 1
        else:
            joined.append((*(None,) * width, stack[j]))
            j += 1
    return joined


def _likeness(row: tuple[Spec | None, ...], spec: Spec) -> int:
    """How well a spec goes into a row; 0 where it must not."""
    return max((_alike(other, spec) for other in row if other is not None), default=0)


def _alike(one: Spec, other: Spec) -> int:
    if one.kind == other.kind:
        return SAME if one == other else SAME_KIND
    return SAME_FAMILY if one.family and one.family == other.family else 0


def _stacks(name: str, stacks: Sequence[Sequence[Spec]]) -> Iterator[Difference]:
    """A row for each place of the aligned stacks: "layer 2"."""
    for place, row in enumerate(aligned(stacks), 1):
        yield Difference(f"{name} {place}", _lines(row))


def _networks(networks: Sequence[Sequence[Node]], name: str = "layer ") -> Iterator[Difference]:
    """A row for each place of the aligned layers, and for those within groups; what one reads is told by places."""
    rows = aligned([[node.layer for node in nodes] for nodes in networks])
    # The i-th layer of a network is the i-th in its column that is there.
    columns = [[place for place, row in enumerate(rows) if row[i] is not None] for i in range(len(networks))]
    wires = [_wires(nodes, column) for nodes, column in zip(networks, columns, strict=True)]
    for place, row in enumerate(rows):
        lines = zip(_lines(row), wires, strict=True)
        yield Difference(f"{name}{place + 1}", tuple(f"{line}{told.get(place, '')}" for line, told in lines))
        if sum(isinstance(one, Group) for one in row) > 1:
            yield from _networks([one.nodes if isinstance(one, Group) else () for one in row], f"{name}{place + 1}.")


def _wires(nodes: Sequence[Node], column: Sequence[int]) -> dict[int, str]:
    """What the node in a row of the comparison reads, by such rows; who just reads the node before is left out."""
    names = {IMAGE: "the image"} | {node.id: f"layer {row + 1}" for node, row in zip(nodes, column, strict=True)}
    before = [IMAGE, *(node.id for node in nodes)]
    return {
        row: f" ← {' + '.join(names.get(one, one) for one in inputs)}"
        for row, inputs, last in zip(column, inputs_of(nodes), before, strict=False)
        if inputs != (last,)
    }


def _lines(row: tuple[Spec | None, ...]) -> tuple[str, ...]:
    """Each spec of a row in a line; where the short words hide what differs, with that field."""
    lines = [_line(spec) for spec in row]
    specs = [spec for spec in row if spec is not None]
    if len(set(specs)) > len({line for line in lines if line != NOTHING}):
        # Names are not compared, and what is in a group has rows of its own.
        untold = {*specs[0].silent, "nodes"} if isinstance(specs[0], Block) else set()
        names = [name for name in type(specs[0]).model_fields if name not in untold]
        names = [name for name in names if len({getattr(one, name, None) for one in specs}) > 1]
        lines = [_with_fields(line, spec, names) for line, spec in zip(lines, row, strict=True)]
    return tuple(lines)


def _line(spec: Spec | None) -> str:
    """Kind and settings: "Conv2D 32 filters 3x3 relu valid"."""
    if spec is None:
        return NOTHING
    return f"{type(spec).title()} {spec.words()}".strip()


def _with_fields(line: str, spec: Spec | None, names: Sequence[str]) -> str:
    """A line with some of the fields spelled out behind it."""
    told = [f"{name} {_text(getattr(spec, name))}" for name in names if hasattr(spec, name)]
    return line if spec is None else ", ".join([line, *told])


def _fields(path: str, specs: Sequence[Spec]) -> Iterator[Difference]:
    """A row for each field, nested ones by their path; stacks within are aligned."""
    tables = [dict(_flat(path, spec)) for spec in specs]
    for name in dict.fromkeys(name for table in tables for name in table):
        cells = [table.get(name) for table in tables]
        present = [cell for cell in cells if cell is not None]
        if isinstance(present[0].value, tuple):
            yield from _stacks(name, [cell.value if cell else () for cell in cells])
        # A field that only some kinds have says nothing while it is as it always is there.
        elif len(present) == len(cells) or not all(cell.is_silent for cell in present):
            yield Difference(name, tuple(cell.text if cell else NOTHING for cell in cells))


@dataclass(frozen=True)
class _Cell:
    """One field of one experiment; a silent one is not told beside an experiment that lacks the field."""

    value: Any
    is_silent: bool = False
    unit: str = ""

    @property
    def text(self) -> str:
        return f"{_text(self.value)} {self.unit}".strip()


def _flat(path: str, spec: Spec) -> Iterator[tuple[str, _Cell]]:
    """All fields of a spec and of the specs in it, by path; the path of a spec itself leads to its kind."""
    yield path, _Cell(spec.kind)
    for name, option in spec.options().items():
        value = getattr(spec, name)
        if isinstance(value, Spec):
            yield from _flat(f"{path}.{name}", value)
        else:
            # An identifier says something only beside another one.
            silent = value == option.default or not option.shown
            yield f"{path}.{name}", _Cell(value, silent, option.unit)


def _text(value: object) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return NOTHING
    if isinstance(value, int):
        return number(value)
    if isinstance(value, float):
        return f"{value:g}" if math.isfinite(value) else NOTHING
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
