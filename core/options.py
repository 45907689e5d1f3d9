"""What may be said about one field of a value: read here once, for forms, sentences, knobs, catalogues and sweeps."""

from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import core_schema

from core.words import between

Number = int | float

SPELLED = {"lr": "learning rate", "min": "minimum", "color": "colour"}
"""What is read instead of Keras' short words."""


def title_of(name: str) -> str:
    """A name of the code in the words of a form: "learning_rate" -> "Learning rate"."""
    words = " ".join(SPELLED.get(part, part) for part in name.split("_"))
    return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class Sides:
    """The type of a whole number that may differ from side to side, as Keras takes a kernel, a step or a border.

    A value is kept in its shortest form: 3, or (1, 3) for rows and columns, or ((0, 1), (0, 1)) for the top and bottom,
    the left and right.

    Args:
        low, high: the legal range of each number, both ends included.
        most: numbers it may hold: 2, or 4 for a border.
    """

    low: int
    high: int
    most: int = 2

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        """How pydantic checks it: by `read`."""
        return core_schema.no_info_plain_validator_function(self.read)

    def read(self, value: Any) -> Any:
        """The value in its shortest form.

        Raises:
            ValueError: it is something else.
        """
        parts = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
        pairs = [
            part if isinstance(part, tuple) and len(part) == 2 and self.most == 4 else (part, part) for part in parts
        ]
        if any(type(one) is not int or not self.low <= one <= self.high for pair in pairs for one in pair):
            more = "[rows, columns]" if self.most == 2 else "[rows, columns], or [[top, bottom], [left, right]]"
            given = repr(value)[:40]
            raise ValueError(f"{given} can't be used: it is {between(self.low, self.high, whole=True)}, or {more}")
        return shortest(pairs)


def shortest(pairs: Any) -> Any:
    """((3, 3), (3, 3)) -> 3, ((1, 1), (3, 3)) -> (1, 3); what differs within a pair stays whole."""
    (top, bottom), (left, right) = pairs
    if top != bottom or left != right:
        return (top, bottom), (left, right)
    return top if top == left else (top, left)


def both(value: int | tuple[int, int]) -> tuple[int, int]:
    """What a number that may be a pair means for rows and for columns: 3 -> (3, 3)."""
    return value if isinstance(value, tuple) else (value, value)


def all_round(value: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """What a border means for ((top, bottom), (left, right)): 1 -> ((1, 1), (1, 1)), (1, 2) -> ((1, 1), (2, 2))."""
    rows, columns = both(value)
    return both(rows), both(columns)


@dataclass(frozen=True)
class Option:
    """One field that somebody may set.

    Args:
        name: Keras' name for it, or ours.
        type: int, float, bool or str; of one number where there are several; the class of anything else.
        default: value of a fresh one.
        what: one sentence that says what it is.
        advice: "if you see ..., then do ..."; empty where there is none.
        low, high: the legal range, both ends included; None where open.
        unit: "px", "epochs" ...; empty for pure numbers.
        scale: "linear", "log" for values that are chosen by factors, or "path" for names that stand in an order.
        choices: the only legal values; empty where others are legal.
        steps: what is offered on a log scale.
        shown: False for what no form shows.
        is_several: whether it takes several numbers.
        is_optional: whether it may be empty.
        sides: how many whole numbers it may be at most: 2 for (rows, columns), 4 for a border, else 1.
        is_rare: whether few need it: a form has it under "More", and a script and JSON leave its default out.
        annotation: its type in full, by which `read` judges.
    """

    name: str
    type: type
    default: Any
    what: str = ""
    advice: str = ""
    low: Number | None = None
    high: Number | None = None
    unit: str = ""
    scale: str = "linear"
    choices: tuple[Any, ...] = ()
    steps: tuple[Number, ...] = ()
    shown: bool = True
    is_several: bool = False
    is_optional: bool = False
    sides: int = 1
    is_rare: bool = False
    annotation: Any = Any

    @property
    def title(self) -> str:
        """Its name as people read it: "Learning rate"."""
        return title_of(self.name)

    @property
    def is_number(self) -> bool:
        """Whether it takes a number, or several."""
        return self.type in (int, float) and not self.choices

    def legal(self) -> str:
        """What a number may be: "a whole number from 1 to 1 000"; empty for what is no number or has an open end."""
        if not self.is_number or self.low is None or self.high is None:
            return ""
        return between(self.low, self.high, whole=self.type is int)

    def read(self, value: Any) -> Any:
        """The value, once it is known to be of the right type; of several numbers, each within its range.

        Raises:
            ValueError: it is not.
        """
        return TypeAdapter(self.annotation).validate_python(value, strict=True)


@cache
def options_of(model: type[BaseModel]) -> dict[str, Option]:
    """The fields of a class of values by name, in the order in which they are declared."""
    return {name: _read(name, field) for name, field in model.model_fields.items()}


def _read(name: str, field: FieldInfo) -> Option:
    """One field, out of what pydantic keeps of it."""
    declared = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    inner = _without_none(field.annotation)
    one = _one_of_several(inner)
    sides = _sides([*field.metadata, *getattr(inner, "__metadata__", ())])
    low, high = (sides.low, sides.high) if sides else _bounds(field.metadata if one is None else one.metadata)
    choices = get_args(inner) if get_origin(inner) is Literal else ()
    return Option(
        name,
        int if sides else _plain_type(inner if one is None else one.annotation, choices),
        field.get_default(call_default_factory=True),
        field.description or "",
        declared.get("advice", ""),
        low,
        high,
        declared.get("unit", ""),
        declared.get("scale", "linear"),
        choices,
        tuple(declared.get("choices", ())),
        declared.get("shown", True),
        one is not None,
        _is_union(field.annotation) and NoneType in get_args(field.annotation),
        sides.most if sides else 1,
        declared.get("rare", False),
        Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation,
    )


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _without_none(annotation: Any) -> Any:
    """`int` for `int | None`."""
    if not _is_union(annotation) or NoneType not in get_args(annotation):
        return annotation
    return next(part for part in get_args(annotation) if part is not NoneType)


def _sides(metadata: list[Any]) -> Sides | None:
    """What says that a number may differ from side to side."""
    return next((mark for mark in metadata if isinstance(mark, Sides)), None)


def _one_of_several(annotation: Any) -> FieldInfo | None:
    """What each number of a tuple of any length may be; None for anything else."""
    parts = get_args(annotation)
    if get_origin(annotation) is not tuple or parts[1:] != (...,):
        return None
    one = FieldInfo.from_annotation(parts[0])
    return one if one.annotation in (int, float) else None


def _bounds(metadata: list[Any]) -> tuple[Number | None, Number | None]:
    low = next((mark.ge for mark in metadata if isinstance(mark, Ge)), None)
    high = next((mark.le for mark in metadata if isinstance(mark, Le)), None)
    return low, high


def _plain_type(annotation: Any, choices: tuple[Any, ...]) -> type:
    """The class of a field's values; `object` where there are several."""
    if choices:
        return type(choices[0])
    origin = get_origin(annotation)
    if origin is Annotated:
        return _plain_type(get_args(annotation)[0], ())
    found = origin or annotation
    return found if isinstance(found, type) else object
