"""Sweeps: one experiment becomes a family in which one number, or a grid of two, takes several values."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from core import workspace
from core.errors import UserError
from core.experiment import NAME_LENGTH, Experiment, memory
from core.experiment.node import Node
from core.options import Option, options_of
from core.runs.collection import Runs
from core.runs.run import Run
from core.runs.transfer import IMAGES
from core.spec import Spec
from core.words import between, counted, spoken, with_point

MAX_RUNS = 36
"""Of a family: a grid of six by six, an evening of small networks."""
MAX_FIELDS = 2
"""A chart shows two axes."""
MAX_VALUES = 200
"""Written out; a range of more is a slip of the pen."""
UNLIMITED = math.inf
"""Stands for a bound that a field does not state."""

Number = int | float


@dataclass(frozen=True)
class Field:
    """A number of an experiment that a sweep may vary.

    Args:
        path: where it stands: "training.optimizer.learning_rate", "layers[0].filters".
        label: what people read: "Conv2D #1 filters".
        value: in this experiment.
        low, high: the legal range, both ends included.
        whole: whether it takes whole numbers only.
        unit: "px", "epochs"; empty for pure numbers.
    """

    path: str
    label: str
    value: Number
    low: Number
    high: Number
    whole: bool
    unit: str = ""

    @property
    def name(self) -> str:
        """The last part of its path: "learning_rate"."""
        return self.path.rpartition(".")[2]

    def bounds(self) -> str:
        """The range in words: "a whole number from 1 to 1 024"."""
        return between(self.low, self.high, self.whole)


def numeric_fields(experiment: Experiment) -> list[Field]:
    """Every number of an experiment that may be varied, from the training to the data, with what it may be."""
    parts: list[tuple[str, str, BaseModel]] = [("training", "", experiment.training)]
    parts += [(f"layers[{i}]", f"{one.title()} #{i + 1} ", one) for i, one in enumerate(experiment.layers)]
    parts += [
        (f"augmentations[{i}]", f"{one.title()} #{i + 1} ", one)
        for i, one in enumerate(experiment.augmentations)
        if one.on
    ]
    parts += [("dataset", f"{experiment.dataset.title()} ", experiment.dataset)]
    fields = [field for path, label, part in parts for field in _fields_of(path, label, part)]
    return [*fields, _field("seed", "Seed", options_of(Experiment)["seed"], experiment.seed)]


def find(experiment: Experiment, name: str) -> Field:
    """The field of this path, or the only one whose path ends so: "learning_rate".

    Raises:
        UserError: none, or more than one.
    """
    fields = numeric_fields(experiment)
    found = [one for one in fields if one.path == name] or [one for one in fields if one.path.endswith(f".{name}")]
    if len(found) == 1:
        return found[0]
    if found:
        paths = ", ".join(one.path for one in found[:6])
        raise UserError(f"More than one field is called {name[:40]!r}.", f"Name one of {paths}.", "SWEEP_FIELD")
    paths = ", ".join(one.path for one in fields)
    raise UserError(f"This experiment has no number called {name[:40]!r}.", f"It has {paths}.", "SWEEP_FIELD")


def parse(text: str, field: Field) -> tuple[Number, ...]:
    """The values that a text names, in its order, each once.

    Args:
        text: values with commas between: "0.1, 0.01"; or a range: "16..64 x2" (16, 32, 64), "10..40 +10", "3..6".
        field: what they are for.

    Raises:
        UserError: one can't be read, is out of the range, or has a comma for a point; says field, value and range.
    """
    if not field.whole and (meant := with_point(text)):
        raise UserError(f"{field.label}: {text[:40]!r} can't be used.", _with_point(meant), "SWEEP_COMMA")
    values: list[Number] = []
    for piece in filter(None, (piece.strip() for piece in re.split(r"[,;\n]", text))):
        values += _range(piece, field) if ".." in piece else [_value(piece, field)]
        if len(values) > MAX_VALUES:
            raise UserError(f"{field.label}: more than {MAX_VALUES} values.", _remedy(field), "SWEEP_VALUES")
    if not values:
        raise UserError(f"{field.label}: no values.", _remedy(field), "SWEEP_VALUES")
    return tuple(dict.fromkeys(values))


def grid(
    experiment: Experiment, chosen: Sequence[tuple[Field, Sequence[Number]]]
) -> list[tuple[Experiment, dict[str, Number]]]:
    """The family: every combination of the values, each an experiment of its own, and what it varies (path: value).

    All or none: if a single member can't train, the sweep is refused, so that no chart has a hole unasked.

    Args:
        experiment: what all of them share.
        chosen: one or two fields with their values.

    Raises:
        UserError: no field, more than two, one twice, more than 36 runs, or a member that can't train, named.
    """
    fields = [field for field, _ in chosen]
    if not 1 <= len(fields) <= MAX_FIELDS or len({field.path for field in fields}) < len(fields):
        raise UserError("A sweep varies one field or two different ones.", "Choose them anew.", "SWEEP_FIELD")
    columns = [list(dict.fromkeys(values)) for _, values in chosen]
    count = math.prod(map(len, columns))
    if not 1 <= count <= MAX_RUNS:
        raise UserError(
            f"This sweep has {counted(count, 'run')}; {MAX_RUNS} is the limit.",
            "Take fewer values." if count else "Give each field a value.",
            "SWEEP_RUNS",
        )
    family = [_member(experiment, fields, values) for values in _product(columns)]
    _check(family)
    return family


def start(runs: Runs, experiment: Experiment, chosen: Sequence[tuple[Field, Sequence[Number]]]) -> list[Run]:
    """Makes the runs of a sweep, which then wait for whoever trains them.

    Args:
        runs: where they are made.
        experiment, chosen: as for `grid`.

    Raises:
        UserError: as `grid`, or the disk is full.
    """
    with workspace.using(runs.workspace):
        family = grid(experiment, chosen)
    name = family_name(runs, experiment, [field for field, _ in chosen])
    return [runs.create(member, family=name, varied=values) for member, values in family]


def varied_words(varied: Mapping[str, Number]) -> str:
    """What a sweep set for one of its runs: "learning_rate 0.003"; the whole path where two fields share a name.

    Args:
        varied: path -> value, as the notes of a run have it.
    """
    names = [path.rpartition(".")[2] for path in varied]
    told = zip(varied, names, varied.values(), strict=True)
    return " · ".join(
        f"{spoken(value) if value else 'all'} a class"  # 0 is all, and a curve has no room for the field's name
        if path == IMAGES
        else f"{name if names.count(name) == 1 else path} {spoken(value)}"
        for path, name, value in told
    )


def family_name(runs: Runs, experiment: Experiment, fields: Sequence[Field]) -> str:
    """A name for a sweep that no other has: "Digits CNN: learning_rate × filters (2)"."""
    return free_family(runs, f"{experiment.name}: {' × '.join(field.name for field in fields)}")


def free_family(runs: Runs, name: str) -> str:
    """This name of a family, or with a number behind it where runs have it already."""
    taken = {run.notes().family for run in runs.newest()}
    return next(free for free in (name, *(f"{name} ({i})" for i in range(2, len(taken) + 3))) if free not in taken)


def _fields_of(path: str, label: str, part: BaseModel) -> Iterator[Field]:
    """The numbers of one part and of the specs inside it."""
    for name, option in options_of(type(part)).items():
        value, inner = getattr(part, name), f"{path}.{name}"
        if isinstance(value, Spec):
            yield from _fields_of(inner, f"{value.title()} ", value)
        elif isinstance(value, tuple):
            for place, one in enumerate(value):
                # JSON writes a node, of a group, as its layer.
                spec, within = (one.layer, label) if isinstance(one, Node) else (one, "")
                if isinstance(spec, Spec):
                    yield from _fields_of(f"{inner}[{place}]", f"{within}{spec.title()} #{place + 1} ", spec)
        # What no one sets by hand is not swept either, nor what may be some numbers only.
        elif type(value) in (int, float) and option.shown and not option.choices:
            yield _field(inner, f"{label}{option.title.lower()}" if label else option.title, option, value)


def _field(path: str, label: str, option: Option, value: Number) -> Field:
    low = -UNLIMITED if option.low is None else option.low
    high = UNLIMITED if option.high is None else option.high
    return Field(path, label, value, low, high, option.type is int, option.unit)


def _value(text: str, field: Field) -> Number:
    """One number of the field's kind, within its range."""
    try:
        value: Number = int(text) if field.whole and len(text) < 20 else float(text)
    except ValueError as error:
        raise _refused(text, field) from error
    if not math.isfinite(value) or not field.low <= value <= field.high or (field.whole and not isinstance(value, int)):
        raise _refused(text, field)
    return value


def _range(text: str, field: Field) -> list[Number]:
    """The values of "low..high", in steps of one, of a sum (+10) or of a factor (x2)."""
    first, _, rest = text.partition("..")
    last, *change = rest.split(maxsplit=1) or [""]
    low, high = _value(first, field), _value(last, field)
    said = change[0] if change else "+1"
    kind, step = said[0], _step(said[1:], field)
    if kind not in "x+" or low > high or (kind == "x" and (step <= 1 or low <= 0)) or step <= 0:
        raise _refused(text, field)
    if not change and not field.whole:
        raise _refused(text, field)
    values: list[Number] = []
    # Each value from the beginning, so that 0.1 added thirty times is still 3.0; rounding ends at the twelfth digit.
    while (value := low * step ** len(values) if kind == "x" else low + step * len(values)) <= high + 1e-12 * abs(high):
        values.append(round(value) if field.whole else float(f"{value:.12g}"))
        if len(values) > MAX_VALUES:
            raise UserError(
                f"{field.label}: {text[:40]} is more than {MAX_VALUES} values.", _remedy(field), "SWEEP_VALUES"
            )
    return [_value(repr(value), field) for value in values]


def _step(text: str, field: Field) -> Number:
    try:
        step = float(text)
    except ValueError as error:
        raise _refused(text, field) from error
    if not math.isfinite(step):
        raise _refused(text, field)
    return int(step) if step.is_integer() else step


def _product(columns: Sequence[Sequence[Number]]) -> list[tuple[Number, ...]]:
    """Every combination, the last column changing fastest."""
    rows: list[tuple[Number, ...]] = [()]
    for column in columns:
        rows = [(*row, value) for row in rows for value in column]
    return rows


def _member(
    experiment: Experiment, fields: Sequence[Field], values: Sequence[Number]
) -> tuple[Experiment, dict[str, Number]]:
    """One experiment of the family, named after what it varies."""
    document = experiment.model_dump()
    ending = "".join(f" · {field.name} {spoken(value)}" for field, value in zip(fields, values, strict=True))
    for field, value in zip(fields, values, strict=True):
        _put(document, field.path, value)
    document["name"] = experiment.name[: max(0, NAME_LENGTH - len(ending))] + ending[:NAME_LENGTH]
    try:
        changed = Experiment.model_validate(document)
    except ValidationError as error:  # a field that was not of this experiment, or a value not of `parse`
        raise UserError(f"{ending.strip(' ·')} can't be used.", "Choose the fields anew.", "SWEEP_FIELD") from error
    return changed, {field.path: value for field, value in zip(fields, values, strict=True)}


def _put(document: dict[str, Any], path: str, value: Number) -> None:
    """Sets one value of a nested document: "layers[0].filters"."""
    *way, last = [int(part) if part.isdigit() else part for part in re.findall(r"\w+", path)]
    place: Any = document
    try:
        for part in way:
            place = place[part]
        place[last] = value
    except (LookupError, TypeError) as error:
        raise UserError(f"This experiment has no {path}.", "Choose the field anew.", "SWEEP_FIELD") from error


def _check(family: Sequence[tuple[Experiment, dict[str, Number]]]) -> None:
    """Refuses the family when a member has a problem that no training can get past."""
    blocked = []
    for member, varied in family:
        problem = next((problem for problem in memory.obstacles(member) if problem.blocking), None)
        if problem:
            blocked.append((", ".join(f"{path} {spoken(value)}" for path, value in varied.items()), problem))
    if blocked:
        (which, problem), more = blocked[0], len(blocked) - 1
        others = f" ({more} more can't train either.)" if more else ""
        raise UserError(f"With {which}: {problem.message}{others}", problem.hint, "SWEEP_PROBLEM")


def _refused(text: str, field: Field) -> UserError:
    return UserError(f"{field.label}: {text[:40]!r} can't be used.", _remedy(field), "SWEEP_VALUES")


def _with_point(meant: str) -> str:
    return f"Write {meant} with a point; between two values put a space behind the comma."


def _remedy(field: Field) -> str:
    first, second = ("16, 32, 64", "16..64 x2") if field.whole else ("0.1, 0.01", "0.01..1 x10")
    return f"Give {field.bounds()}, several with commas between ({first}), or a range ({second})."
