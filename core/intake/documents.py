"""The gate for JSON from outside: bounded before it is parsed, and checked at any depth after that."""

import json
from typing import Any

from core.errors import UserError
from core.words import is_text, number

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_DIGITS, MAX_NAME, MAX_ENTRIES = 60, 200, 1000
"""Characters of a number and of a field's name, and entries of a list: no experiment has more."""
SAVED_HERE = "Open a file that Kernelscope saved."


def parsed(text: str | bytes, *, any_text: bool = False) -> Any:
    """The JSON value.

    Args:
        text: at most `MAX_BYTES`.
        any_text: whether its strings may hold what is no text; whoever shows one then cleans it.

    Raises:
        UserError: too large, too deep, not JSON, or with numbers that are none.
    """
    if len(text) > MAX_BYTES:
        raise UserError("This file is larger than 1 MB: no experiment.", SAVED_HERE, "JSON_TOO_LARGE")
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UserError("This file is not text in UTF-8.", SAVED_HERE, "JSON_INVALID") from error
    if nesting(text) > MAX_DEPTH:
        raise UserError("This JSON is nested deeper than any experiment.", SAVED_HERE, "JSON_INVALID")
    try:
        value = json.loads(text, object_pairs_hook=_fields, parse_int=_short_int, parse_float=_short_float)
    except json.JSONDecodeError as error:
        raise UserError(
            f"This is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}.",
            "Mend that place, or save the experiment again.",
            "JSON_INVALID",
        ) from error
    _check(value, any_text=any_text)
    return value


def _check(value: Any, *, any_text: bool) -> None:
    """Refuses what no experiment holds, at any depth: lists without end, and strings that are no text.

    Raises:
        UserError: there is one.
    """
    if isinstance(value, str) and not any_text and not is_text(value, MAX_BYTES):
        what = "This JSON has control characters or halves of characters in its text."
        raise UserError(what, "Write that text again.", "JSON_TEXT")
    if isinstance(value, list | dict) and len(value) > MAX_ENTRIES:
        what = f"This JSON has a list of more than {number(MAX_ENTRIES)} entries: no experiment."
        raise UserError(what, SAVED_HERE, "JSON_TOO_LARGE")
    if isinstance(value, dict):
        _check(list(value), any_text=any_text)
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check(one, any_text=any_text)


def nesting(text: str) -> int:
    """Deepest nesting of brackets outside strings; measured first because the parser recurses.

    One look at each character, whatever the text is: up to the first mistake of a document it is exact, and no parser
    reads beyond that.
    """
    # In a string a backslash stands before what it says; without these pairs every quote begins or ends a string.
    outside = text.replace("\\\\", "").replace('\\"', "").split('"')[::2]
    depth = deepest = 0
    for bracket in filter("[]{}".__contains__, "".join(outside)):
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a document, each of its fields once."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UserError("This JSON says the same field twice.", "Keep one of the two.", "JSON_INVALID")
    if any(len(name) > MAX_NAME for name in found):
        raise UserError("A field here has a name without end.", SAVED_HERE, "JSON_INVALID")
    return found


def _short_int(digits: str) -> int:
    return int(_short(digits))


def _short_float(digits: str) -> float:
    return float(_short(digits))


def _short(digits: str) -> str:
    """The digits of a number, if they are no more than a number has."""
    if len(digits) > MAX_DIGITS:
        what = f"A number here has more than {MAX_DIGITS} digits."
        raise UserError(what, "Put another number there.", "JSON_INVALID")
    return digits
