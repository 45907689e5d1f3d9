"""Numbers as people read them."""

import math
from collections.abc import Sequence

THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"


def number(value: int) -> str:
    """A whole number in groups of three: 21386 -> 21 386."""
    return f"{value:,}".replace(",", THIN_SPACE)


def compact(value: float) -> str:
    """A quantity in three significant digits with k, M or G: 389376 -> 389 k."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        # 999 500 would round to "1 000 k": it belongs to the next letter.
        if abs(value) >= size * (0.9995 if size > 1e3 else 1):
            return f"{_three_digits(value / size)}{THIN_SPACE}{letter}"
    return _three_digits(value)


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
