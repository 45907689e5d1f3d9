"""One neuron with one input."""

import streamlit as st

from core.labs.keras_neuron import HEAD, LINES, TAIL
from core.labs.neuron import Neuron
from pages.components.labs import keras_neuron, lab

st.title("Neuron")
st.write("One weight and one bias learn a line, step by step, down the slope of their loss.")
lab.show(
    "neuron",
    Neuron,
    script={"head": HEAD, "lines": LINES, "tail": TAIL},
    keras=keras_neuron.shared().told(),
    on_keras_change=keras_neuron.shared().ask,
)
keras_neuron.follow()
