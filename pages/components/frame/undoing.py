"""Undo and redo of the experiment, on every page: one pair of buttons in one place, and the keys that people know."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.experiment import Experiment
from core.words import listed
from pages.components.browser.component import component
from pages.components.frame import session, titles
from pages.components.frame.markdown import plain, say

STYLE = Path(__file__).with_name("undoing.css")
FIRST, TOLD = "undo-first", "undo-told"
"""What the tab remembers: what takes in the forms of the open page, and what was replaced, to say once."""
PARTS = {
    "name": "name",
    "dataset": "dataset",
    "augmentations": "augmentation",
    "nodes": "network",
    "training": "training",
    "seed": "seed",
    "weights": "first weights",
    "declined": "declined advice",
}
"""Fields of an experiment, and what they are called here."""

_keys = component("undoing", "frame/undoing")


def place(title: str) -> DeltaGenerator | None:
    """Where the pair will stand; a lab is about no experiment and has none.

    Args:
        title: of the page that follows.
    """
    session.keep(FIRST, None)
    if told := session.remember(TOLD):
        session.keep(TOLD, None)
        st.toast(say("{}", told), icon=":material/undo:")
    if title in titles.without_experiment():
        return None
    st.html(STYLE)
    return st.container(key="undoing", horizontal=True)


def draw() -> None:
    """Draws the pair, as the experiment is by now."""
    _button("Undo", "undo", "Ctrl+Z", session.before(), _undo)
    _button("Redo", "redo", "Ctrl+Shift+Z or Ctrl+Y", session.after(), _redo)
    _keys(key="undo-keys", data={"turn": session.key("turn")}, height=0)


def _button(label: str, icon: str, keys: str, other: Experiment | None, act: Callable[[], None]) -> None:
    """One of the pair, with what it would change in its help."""
    what = changed(other, session.experiment()) if other else "nothing yet"
    st.button(
        plain(label),
        icon=f":material/{icon}:",
        key=plain(icon),
        type="tertiary",
        disabled=other is None,
        help=say("{}: {} ({})", label, what, keys),
        on_click=session.whole(act),
    )


def first(take_in: Callable[[], None]) -> None:
    """Has the forms of a page taken in before anything is undone: what was typed and not entered is a change too."""
    session.keep(FIRST, take_in)


def _undo() -> None:
    _first()
    session.undo()


def _redo() -> None:
    _first()
    session.redo()


def _first() -> None:
    if take_in := session.remember(FIRST):
        take_in()


def bring(chosen: Experiment) -> None:
    """Puts another experiment in the place of the one in work, and says once what that replaced."""
    before = session.experiment()
    session.save(chosen, redraw=True)
    if chosen != before:
        what = changed(before, chosen)
        session.keep(TOLD, f"“{chosen.name}” replaced the {what} of “{before.name}”. Undo brings them back.")


def changed(one: Experiment, other: Experiment) -> str:
    """In which parts two experiments differ: "dataset and network"."""
    found = [words for name, words in PARTS.items() if getattr(one, name) != getattr(other, name)]
    return listed(found, most=len(PARTS)) if found else "nothing"
