"""One neuron with one input."""

import streamlit as st

from core.learn.neuron import Neuron
from pages.components import lab

st.title("Neuron")
st.write("One weight and one bias learn a line, step by step, down the slope of their loss.")
lab.show("neuron", Neuron)
