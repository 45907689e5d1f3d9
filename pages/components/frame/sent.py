"""The gate for what a component of ours sends: whoever sits at the other end may send anything in its place."""

from typing import Annotated, Any, TypeVar

from annotated_types import MaxLen
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from core.errors import UserError

T = TypeVar("T")

Name = Annotated[str, MaxLen(200)]
"""An id, a kind, a field: shorter than any text."""


class Shape(BaseModel):
    """What one message holds; more than that is passed over."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


def read(shape: type[T] | Any, value: object) -> T:
    """What was sent, once it is known to be of a shape.

    Args:
        shape: a `Shape`, or any other type that pydantic knows.
        value: JSON, from a browser.

    Raises:
        UserError: it is anything else.
    """
    try:
        return TypeAdapter(shape).validate_python(value, strict=True)
    except (ValidationError, RecursionError) as error:
        raise refused() from error


def place(value: object, count: int) -> int | None:
    """One of `count` things, 0 for the first; None where nothing was sent.

    Raises:
        UserError: there is no such thing.
    """
    if value is None:
        return None
    at = read(int, value)
    if not 0 <= at < count:
        raise refused()
    return at


def refused() -> UserError:
    """What is said of any message that no button of ours sends."""
    return UserError(
        "This page was sent something that none of its buttons sends, and nothing was done.",
        "Load the page again.",
        "SENT_WRONG",
    )
