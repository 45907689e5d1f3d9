"""The JSON parts of a run's archive: types as declared, refusals that name the part and the field."""

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import UserError
from core.intake.images import shown
from core.runs.archive import ANEW

TEXT = 2000
"""Letters of the longest text that a run holds, a note."""

M = TypeVar("M", bound=BaseModel)
Count = Annotated[int, Field(ge=0, le=10**12)]
Real = Annotated[float, Field(ge=-1e30, le=1e30)]
Share = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """A JSON object of an archive: types as declared, and what a newer version may add is left out."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class Data(Part):
    """What is told of the pictures, for a machine that does not have them."""

    title: str = Field(max_length=200)
    class_names: list[Annotated[str, Field(max_length=200)]] = Field(min_length=2, max_length=10_000)
    count: Count


class About(Part):
    """What the archive says about itself."""

    format: Annotated[int, Field(ge=1)]
    created: Real = 0.0
    dataset: Data | None = None


class CheckpointManifest(Part):
    """What is told of one epoch's network."""

    epoch: Count
    batch: Count = 0
    step: Count = 0
    files: dict[str, str]


def parse(data: bytes, name: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        UserError: it is none.
    """
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_constant, parse_int=_whole)
    except ValueError as error:
        raise damaged(name) from error
    if not isinstance(value, dict):
        raise damaged(name)
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _whole(digits: str) -> int:
    if len(digits) > 30:
        raise ValueError("too many digits")
    return int(digits)


def read_model(kind: type[M], value: dict[str, Any], where: str) -> M:
    """A part read by its model.

    Raises:
        UserError: a field is missing or wrong, named.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
        raise refused(f"{shown(field)} in {where} is not what it must be", "RUN_FIELD") from error


_CHECKS: dict[type, Callable[[Any], bool]] = {
    str: lambda value: isinstance(value, str) and len(value) <= TEXT,
    int: lambda value: type(value) is int and 0 <= value <= 10**12,
    float: lambda value: type(value) in (int, float) and abs(value) <= 1e30,
    dict: lambda value: isinstance(value, dict),
}


def of_fields(kind: type, told: dict[str, Any], name: str) -> dict[str, Any]:
    """The values that belong to a dataclass' fields, if each is of its field's kind; null only where that may be.

    Raises:
        UserError: one is not, named.
    """
    found = {}
    for field in fields(kind):
        if field.name not in told:
            continue
        value, wanted = told[field.name], getattr(field.type, "__origin__", field.type)
        optional = wanted == float | None
        if not (optional and value is None) and not _CHECKS[float if optional else wanted](value):
            raise refused(f"{field.name} in {name} is not what it must be", "RUN_FIELD")
        found[field.name] = value
    return found


def refused(reason: str, code: str) -> UserError:
    """Why nothing of an archive is kept."""
    return UserError(f"The run was refused: {reason}.", ANEW, code)


def damaged(name: str) -> UserError:
    """Which part of an archive is not what was written."""
    return UserError(f"The run was refused: {shown(name)} is damaged.", ANEW, "RUN_DAMAGED")
