"""How large a feature map is, and why."""

import streamlit as st

from core.learn.sizes import Sizes
from pages.components import lab

st.title("Sizes")
st.write("A window can stop only where it fits: that decides how large a feature map is.")
lab.show("sizes", Sizes)
