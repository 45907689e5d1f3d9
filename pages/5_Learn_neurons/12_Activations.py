"""Activations and their slopes, and softmax of ten logits."""

import streamlit as st

from core.labs.activations import Activations
from pages.components.labs import lab

st.title("Activations")
st.write("What a unit makes of its sum, how much of a gradient it lets back, and how ten numbers become probabilities.")
lab.show("activations", Activations)
