"""What a learner reads when a page fails: a sentence and a number, under which the log tells what happened."""

import secrets

import streamlit as st
from streamlit.logger import get_logger

from core.errors import UserError
from pages.components.frame.markdown import plain

KEY = "accident"
"""Names the part of a page that failed, with the number behind it."""


def tell(accident: Exception) -> bool:
    """Shows an exception that nobody caught, in a learner's words.

    Returns:
        that it was shown.
    """
    number = secrets.token_hex(4).upper()
    with st.container(key=f"{KEY}-{number}"):  # several parts of a page may fail, each by itself
        if isinstance(accident, UserError):
            st.error(plain(str(accident)))
            return True
        get_logger("kernelscope").error("Error %s", number, exc_info=accident)
        st.error(
            "Something went wrong on this page; what you made is kept. Load the page again. If it happens twice, tell "
            f"whoever runs this server the number {number}: the reason stands in its log."
        )
    return True
