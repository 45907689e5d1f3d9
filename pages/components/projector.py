"""A switch for lecture halls: everything larger, on every page."""

import streamlit as st

from pages.components import session

KEY = "large-type"
LARGER = "<style>html:root { font-size: 21px !important; }</style>"
"""A third more than a browser's 16 px: read from the last row of a lecture hall."""


def switch() -> None:
    """Draws the switch under the menu and does what it says."""
    with st.sidebar:
        is_large = st.toggle(
            "Large type", value=session.remember(KEY, False), help="If you show this on a projector, switch it on."
        )
    session.keep(KEY, is_large)
    if is_large:
        st.html(LARGER)
