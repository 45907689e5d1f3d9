"""A small network that learns before your eyes."""

import streamlit as st

from core.labs.playground import Playground
from pages.components.labs import lab

st.title("Playground")
st.write("Every unit draws a line or bends one. Stack them and watch the plane fall into two colours.")
lab.show("playground", Playground)
