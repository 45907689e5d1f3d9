"""Six kinds of convolution: what feeds what, and what it costs."""

import streamlit as st

from core.labs.kinds_lab import Kinds, mobilenet
from pages.components.labs import lab

st.title("Kinds of convolution")
st.write("All slide kernels over a picture; they differ in which channels a kernel reads, and so in what they cost.")
lab.show("kinds", Kinds, mobilenet=[row.to_json() for row in mobilenet()])
