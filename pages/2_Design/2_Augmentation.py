"""Random changes of the training pictures: one picture under twelve draws, redrawn while a knob moves."""

import streamlit as st

from pages.components.data import augmentation_view

st.title("Augmentation")
augmentation_view.page()
