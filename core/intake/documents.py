"""The gate for JSON from outside: bounded before it is parsed, and checked at any depth after that."""

import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn

from core.errors import UserError
from core.words import is_text, number

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_DIGITS, MAX_NAME, MAX_ENTRIES = 60, 200, 1000
"""Characters of a number and of a field's name, and entries of a list: no experiment has more."""
SAVED_HERE = "Open a file that Kernelscope saved."


@dataclass(frozen=True)
class Document:
    """A kind of document, and what one of it may hold.

    Args:
        what: in a sentence: "experiment".
        remedy: what to open instead.
        most_bytes: of its text.
        depth: of brackets in each other.
        entries: of a list or an object; none where the bytes are bound enough.
        any_text: whether its strings may hold what is no text; whoever shows one then cleans it.
        any_number: whether NaN and infinite numbers pass; whoever reads a field then says where one stands.
    """

    what: str
    remedy: str
    most_bytes: int = MAX_BYTES
    depth: int = MAX_DEPTH
    entries: int | None = MAX_ENTRIES
    any_text: bool = False
    any_number: bool = False


EXPERIMENT = Document("experiment", SAVED_HERE, any_number=True)
NETWORK = Document(
    "experiment or network", "Open a file that Kernelscope or Keras saved.", depth=64, entries=None, any_text=True
)
"""The code of a Lambda has line breaks, networks in networks lie deep, and how many layers are too many is said by whom
they are counted."""


def parsed(text: str | bytes, kind: Document = EXPERIMENT) -> Any:
    """The JSON value.

    Args:
        text: of the document.
        kind: what it may be.

    Raises:
        UserError: too large, too deep, not JSON, or with numbers that are none.
    """
    if len(text) > kind.most_bytes:
        told = f"This file is larger than {kind.most_bytes / 1e6:g} MB: no {kind.what}."
        raise UserError(told, kind.remedy, "JSON_TOO_LARGE")
    try:
        text = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UserError("This file is not text in UTF-8.", kind.remedy, "JSON_INVALID") from error
    if nesting(text) > kind.depth:
        raise UserError(f"This JSON is nested deeper than any {kind.what}.", kind.remedy, "JSON_INVALID")
    try:
        odd = {} if kind.any_number else {"parse_constant": _no_number, "parse_float": _finite}
        value = json.loads(text, object_pairs_hook=_fields, parse_int=_short_int, **{"parse_float": _short_float} | odd)
    except json.JSONDecodeError as error:
        raise UserError(
            f"This is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}.",
            "Mend that place, or save it again.",
            "JSON_INVALID",
        ) from error
    _check(value, kind)
    return value


def _check(value: Any, kind: Document) -> None:
    """Refuses what no document of its kind holds, at any depth: lists without end, and strings that are no text.

    Raises:
        UserError: there is one.
    """
    if isinstance(value, str) and not kind.any_text and not is_text(value, kind.most_bytes):
        what = "This JSON has control characters or halves of characters in its text."
        raise UserError(what, "Write that text again.", "JSON_TEXT")
    if isinstance(value, list | dict) and kind.entries is not None and len(value) > kind.entries:
        what = f"This JSON has a list of more than {number(kind.entries)} entries: no {kind.what}."
        raise UserError(what, kind.remedy, "JSON_TOO_LARGE")
    if isinstance(value, dict):
        _check(list(value), kind)
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check(one, kind)


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


def _finite(digits: str) -> float:
    value = _short_float(digits)
    return value if math.isfinite(value) else _no_number(digits)


def _no_number(word: str) -> NoReturn:
    """Refuses NaN and what is infinite, which Python reads and JSON does not have."""
    raise UserError(f"This JSON holds {word}, which is no number.", "Put a number there.", "JSON_INVALID")


def _short(digits: str) -> str:
    """The digits of a number, if they are no more than a number has."""
    if len(digits) > MAX_DIGITS:
        what = f"A number here has more than {MAX_DIGITS} digits."
        raise UserError(what, "Put another number there.", "JSON_INVALID")
    return digits
