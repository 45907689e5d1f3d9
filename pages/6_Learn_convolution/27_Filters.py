"""Classic filters beside the median and Harris' corners: what is a convolution and what is not."""

import streamlit as st

from core.labs.filters import KERNELS, Filters
from pages.components.frame import session
from pages.components.labs import lab, lab_image
from pages.components.network import into_network

BORDER_WORDS = "This lab mirrors the picture at its border, a layer lays zeros there: answers at the border differ."

st.title("Filters")
st.write("People made kernels long before networks learned them; and some filters are no convolution at all.")
picture = lab_image.choose("filters", sources=("Photos", "Shapes", "Digits", "Fashion", "Upload", "Draw", "Camera"))
lab.show(
    "filters",
    Filters,
    picture=None if picture is None else picture.grey().pixels,
    kernels=[kernel.to_json() for kernel in KERNELS.values()],
)
into_network.offer((KERNELS[session.lab_now(Filters).kernel].weights,), left_behind=(BORDER_WORDS,))
