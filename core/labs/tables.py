"""Tables of numbers that somebody types in a lab."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

MAX_NUMBERS = 12
"""Rows and columns of own numbers."""
LIMIT = 1e6
"""Of a typed number, either sign: as far as the browser's cells take it, or the server would refuse what they show."""

Plane = tuple[tuple[float, ...], ...]


def as_tuples(value: object) -> object:
    """JSON has lists where fields are tuples, at every depth."""
    return tuple(map(as_tuples, value)) if isinstance(value, list | tuple) else value


def check_numbers(rows: Plane) -> None:
    """Every row as long as the first, no number beyond the limit.

    Raises:
        ValueError: otherwise.
    """
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise ValueError("rows of different lengths")
    if any(abs(value) > LIMIT for row in rows for value in row):
        raise ValueError("a number beyond a million")


def _fits(rows: Plane) -> Plane:
    """A table that has room on the page."""
    if len(rows[0]) > MAX_NUMBERS:
        raise ValueError("more columns than fit")
    check_numbers(rows)
    return rows


Table = Annotated[Plane, BeforeValidator(as_tuples), Field(min_length=1, max_length=MAX_NUMBERS), AfterValidator(_fits)]
"""Own numbers instead of a picture: 1 to 12 rows of 1 to 12 numbers."""
