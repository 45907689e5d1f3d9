"""Random changes of the training pictures: one under twelve draws, the next batch, what comes in at the edges."""

import streamlit as st

from pages.components.data import augmentation_more, augmentation_view

st.title("Augmentation")
augmentation_view.page()
augmentation_more.show()
