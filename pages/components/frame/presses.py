"""Buttons whose press stands until it is answered, whatever is drawn or pressed between.

What `st.button` returns is gone when the script is broken off before it reads it: by the next press, or by a live part
above that redraws the page. A callback is not, and it notes the press. `presses.js` does
the same for what the browser drops.
"""

from typing import Any

import streamlit as st

from pages.components.browser.component import component
from pages.components.frame import session
from pages.components.frame.markdown import plain

_watch = component("presses", "frame/presses")


def watch() -> None:
    """Watches over the presses of the whole page; called by the frame."""
    _watch(key="presses", data={}, height=0)


def button(label: str, *, key: str, **look: Any) -> bool:
    """Draws a button; True from its press on, until `answered`.

    Args:
        label: on the button.
        key: names the press; unique on the page.
        look: what `st.button` takes beside.
    """
    st.button(plain(label), key=key, on_click=session.whole(session.keep), args=(_name(key), True), **look)
    return bool(session.remember(_name(key)))


def press(key: str) -> None:
    """As if the button of this key had been pressed."""
    session.keep(_name(key), True)


def answered(key: str) -> None:
    """The press is done with; within `session.undisturbed` together with what it asked for."""
    session.keep(_name(key), False)


def _name(key: str) -> str:
    return f"pressed-{key}"
