"""Mend data: look through all images, see what is wrong with them, mend it, and train with and without."""

import streamlit as st

from pages.components.frame import session
from pages.components.mending import page

st.title("Mend data")
page.draw(session.experiment())
