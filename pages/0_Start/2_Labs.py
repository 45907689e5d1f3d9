"""The labs: one idea each, as pictures."""

import streamlit as st

from pages.components.frame import gallery

st.title("Labs")
st.write(
    "Each lab is about one thing that you can move and watch. Begin anywhere; what helps to know before stands below."
)
gallery.draw()
