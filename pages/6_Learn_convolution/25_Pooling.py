"""Pooling keeps one number of each window: what stays, and what is lost."""

import streamlit as st

from core.labs.pooling_lab import Pooling
from pages.components.labs import lab, lab_image

st.title("Pooling")
st.write("Of each window one number goes on: the picture shrinks, and small moves count for less.")
picture = lab_image.choose("pooling", longest=256)
if picture is not None:
    lab.show("pooling", Pooling, picture=picture.pixels, told={"name": picture.name, "words": picture.words})
