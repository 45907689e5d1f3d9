"""Convolution along a line."""

import streamlit as st

from core.labs.signals import Signals
from pages.components.labs import lab

st.title("Signals")
st.write("A kernel slides along a signal: at every stop, products and one sum. That is all a convolution is.")
lab.show("signals", Signals)
