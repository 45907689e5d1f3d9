"""Numbers as people read them, and what people write."""

import math
import re
from collections.abc import Callable, Sequence

COMMA = re.compile(r"([+-]?\d+),(\d+(?:e[+-]?\d+)?)", re.IGNORECASE)
GROUPED = re.compile(r"([+-]?[1-9]\d{0,2}(?:\.\d{3})+),(\d+)")
"""One number with a comma before its parts, and one with its thousands in groups as well."""
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
NO_LETTERS = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""Control characters, halves of a character that no file can hold, and what turns the text behind it around."""


def is_text(value: str, most: int, lines: bool = False) -> bool:
    """Whether something is a text that any page, file and console can show.

    Args:
        value: from wherever.
        most: letters that it may have.
        lines: whether it may have several lines.
    """
    return len(value) <= most and not NO_LETTERS.search(_one_line(value) if lines else value)


def cleaned(value: str, most: int, lines: bool = False) -> str:
    """What somebody wrote as such a text: what is no letter is left out, and what is too long is cut.

    Args:
        value: from wherever.
        most: letters that are kept.
        lines: whether lines are kept apart; else there is one, its words a space apart.
    """
    if lines:
        kept = [NO_LETTERS.sub("", line.replace("\t", " ")) for line in value[: 2 * most].splitlines()]
        return "\n".join(kept).strip()[:most].rstrip()
    return " ".join(NO_LETTERS.sub("", " ".join(value[: 8 * most].split())).split())[:most].rstrip()


def text_of(most: int) -> Callable[[str], str]:
    """A check of a value's field: lets a text of one line pass, as `is_text` says.

    Args:
        most: letters that it may have.
    """

    def check(value: str) -> str:
        if not is_text(value, most):
            raise ValueError(f"it is one line of text, {most} letters at most")
        return value

    return check


def _one_line(value: str) -> str:
    return value.replace("\n", " ").replace("\t", " ").replace("\r", " ")


def number(value: int) -> str:
    """A whole number in groups of three: 21386 -> 21 386."""
    return f"{value:,}".replace(",", THIN_SPACE)


def counted(count: int, one: str, many: str = "") -> str:
    """How many of something: "1 epoch", "2 epochs", "1 234 batches"; the only way in which the app counts in words.

    Args:
        count: 0 and up.
        one: the word for one of them, "batch".
        many: for several, where that is not the same with an s: "batches".
    """
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


MOST_DIGITS = 4
"""Behind the point of a share in percent; what is closer yet to all or to none is said to be so."""


def percent(share: float, digits: int = 0) -> str:
    """A share as people may rely on it: "100 %" is all and "0 %" is none; near them it has as many digits as it takes.

    Args:
        share: 0..1.
        digits: behind the point, where that does not say all or none of what is not.
    """
    for more in range(digits, MOST_DIGITS + 1):
        text = f"{100 * share:.{more}f}"
        if (float(text) in (0, 100)) == (share in (0, 1)):
            return f"{text} %" if share not in (0, 1) else f"{100 * share:.0f} %"
    return f"more than {100 - 10**-MOST_DIGITS:g} %" if share > 0.5 else f"less than {10**-MOST_DIGITS:.4f} %"


def compact(value: float) -> str:
    """A quantity in three significant digits with k, M or G: 389376 -> 389 k."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        # 999 500 would round to "1 000 k": it belongs to the next letter.
        if abs(value) >= size * (0.9995 if size > 1e3 else 1):
            return f"{_three_digits(value / size)}{THIN_SPACE}{letter}"
    return _three_digits(value)


def in_bytes(count: float) -> str:
    """Bytes in three significant digits with their unit: 768 -> 768 B, 2097152 -> 2.1 MB."""
    text = compact(count)
    return f"{text}B" if text[-1].isalpha() else f"{text}{THIN_SPACE}B"


def _three_digits(value: float) -> str:
    """1.234 -> 1.23, 12.34 -> 12.3, 123.4 -> 123; whole numbers without a point."""
    decimals = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def side_by_side(shape: tuple[int, ...]) -> str:
    """A shape as its sides: (26, 26, 64) -> 26×26×64."""
    return "×".join(map(str, shape))


def spoken(value: float) -> str:
    """A value as people write it: 0.0001, 1e-05, 64."""
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else number(int(value))


def between(low: float, high: float, whole: bool) -> str:
    """A range in words: "a whole number from 1 to 1 024"; an infinite end is "upwards".

    Args:
        low, high: both ends included; `high` may be infinite.
        whole: whether whole numbers only are meant.
    """
    end = f" to {spoken(high)}" if high < math.inf else " upwards"
    return f"{'a whole number' if whole else 'a number'} from {spoken(low)}{end}"


def listed(names: Sequence[str], most: int = 5, last: str = "and") -> str:
    """Names in a row: "cat, dog and fish", "cat, dog and 3 more".

    Args:
        names: at least one.
        most: how many are named.
        last: the word before the last of them.
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {number(len(names) - most)} more"
    return f" {last} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def with_point(text: str) -> str:
    """The first number of a text that has a comma before its parts, with a point: "0,1" -> "0.1"; empty without one.

    A comma with white space behind it, or one of several without, parts two numbers: "1, 2", "1,2,3".
    """
    for word in re.split(r"\.\.|[;\s]+", text):
        bare = word.strip(",").removeprefix("x")
        if found := COMMA.fullmatch(bare):
            return f"{found[1]}.{found[2]}"
        if found := GROUPED.fullmatch(bare):
            return f"{found[1].replace('.', '')}.{found[2]}"
    return ""
