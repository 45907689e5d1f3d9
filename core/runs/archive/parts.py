"""The JSON parts of a run's archive: types as declared, refusals that name the part and the field."""

import json
from dataclasses import fields
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from core.errors import UserError
from core.intake.images import shown
from core.runs.archive import ANEW
from core.runs.judging import Count, Part, Real, misfit

M = TypeVar("M", bound=BaseModel)


Names = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=10_000)]


class Data(Part):
    """What is told of the pictures, for a machine that does not have them.

    Args:
        class_names: as they are by now, after all that was mended.
        count: of all pictures that came.
        brought: names of the classes as they came; empty where no pictures travel, and in older archives.
        places: of the pictures in their order: label as they came, split 0..2, and how many pictures are alike in that.
    """

    title: str = Field(max_length=200)
    class_names: Annotated[Names, Field(min_length=2)]
    count: Count
    brought: Names = []
    places: list[Annotated[list[Count], Field(min_length=3, max_length=3)]] = []


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
    except (ValueError, RecursionError) as error:
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


def of_fields(kind: type, told: dict[str, Any], name: str) -> dict[str, Any]:
    """The values that belong to a dataclass' fields, if each is one that its field may have.

    Raises:
        UserError: one is not, named.
    """
    if wrong := misfit(kind, told):
        raise refused(f"{wrong} in {name} is not what it must be", "RUN_FIELD")
    return {field.name: told[field.name] for field in fields(kind) if field.name in told}


def refused(reason: str, code: str) -> UserError:
    """Why nothing of an archive is kept."""
    return UserError(f"The run was refused: {reason}.", ANEW, code)


def damaged(name: str) -> UserError:
    """Which part of an archive is not what was written."""
    return UserError(f"The run was refused: {shown(name)} is damaged.", ANEW, "RUN_DAMAGED")
