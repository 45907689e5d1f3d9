"""A sentence that is shown once, above the page: why something was not done, or that it was."""

import streamlit as st

from pages.components.frame import session
from pages.components.frame.markdown import plain


def draw() -> None:
    """Draws it, if there is one."""
    if told := session.notice():
        sentence, is_good = told
        (st.success if is_good else st.warning)(plain(sentence))
