"""The part of a form for a whole number that may differ from side to side: one number, and more of them on demand."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.options import Option, all_round, both, shortest
from pages.components.frame import session
from pages.components.frame.markdown import plain, say

PAIR, BORDER = ("Rows", "Columns"), ("Top", "Bottom", "Left", "Right")

Whole = Callable[[dict[str, Any], Option, Any], Any]


def edit(option: Option, value: Any, shared: dict[str, Any], key: str, whole: Whole) -> Any:
    """Draws the number and its switch, or a number for each side.

    Args:
        option: which may have several numbers.
        value: as it is.
        shared: what every widget is given: label, help, key and what is called on a change.
        key: names the widgets.
        whole: draws a widget for one whole number.

    Returns:
        the value as the widgets say it now, in its shortest form.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        place = st.container(width="stretch")
        is_apart = st.checkbox(
            "not square" if option.sides == 2 else "per side",
            value=isinstance(value, tuple),
            key=session.key(f"{key}-apart"),
            on_change=shared["on_change"],
            help="A number of its own for rows and for columns." if option.sides == 2 else "A number for each side.",
        )
    with place:
        if not is_apart:
            return whole(shared, option, _one(value))
        st.markdown(plain(option.title), help=say("{}\n\nIn code: `{}`", option.what, option.name))
        with st.container(horizontal=True):
            numbers = [
                st.number_input(
                    plain(name),
                    min_value=option.low,
                    max_value=option.high,
                    value=number,
                    step=1,
                    key=session.key(f"{key}-{i}"),
                    on_change=shared["on_change"],
                    width=110,
                )
                for i, (name, number) in enumerate(zip(_names(option), _numbers(option, value), strict=True))
            ]
    return _together(numbers)


def said(option: Option, value: Any, key: str) -> Any:
    """What these widgets say, for callbacks: the value itself when they are not on the screen."""
    if not session.sent(session.key(f"{key}-apart"), isinstance(value, tuple)):
        return session.sent(session.key(key), _one(value))
    numbers = _numbers(option, value)
    return _together([session.sent(session.key(f"{key}-{i}"), number) for i, number in enumerate(numbers)])


def _names(option: Option) -> tuple[str, ...]:
    return PAIR if option.sides == 2 else BORDER


def _one(value: Any) -> int | None:
    """The number that stands for all sides."""
    return value if value is None else all_round(value)[0][0]


def _numbers(option: Option, value: Any) -> tuple[int, ...]:
    """One for each side; an empty field begins at the least."""
    value = option.low if value is None else value
    return both(value) if option.sides == 2 else tuple(one for pair in all_round(value) for one in pair)


def _together(numbers: list[int]) -> Any:
    """The numbers of the sides as one value."""
    if len(numbers) == 2:
        return shortest([both(number) for number in numbers])
    return shortest([tuple(numbers[:2]), tuple(numbers[2:])])
