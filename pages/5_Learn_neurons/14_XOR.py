"""XOR with three networks: one that can't, one that can, and one that can and may not."""

import streamlit as st

from core.labs.xor import XOR
from pages.components.labs import lab

st.title("XOR")
st.write(
    "No straight line separates the blue corners from the orange ones. "
    "A hidden layer moves them until one does, if it starts well."
)
lab.show("xor", XOR)
