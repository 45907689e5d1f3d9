"""A switch for lecture halls: everything larger, on every page."""

import streamlit as st

KEY = "large-type"
"""Of the switch: without a key Streamlit takes it for another one after every change, and loses every second press."""
LARGER = "<style>html:root { font-size: 21px !important; }</style>"
"""A third more than a browser's 16 px: read from the last row of a lecture hall."""


def switch() -> None:
    """Draws the switch under the menu and does what it says."""
    with st.sidebar:
        is_large = st.toggle("Large type", key=KEY, help="If you show this on a projector, switch it on.")
    if is_large:
        st.html(LARGER)
