"""Data: see the pictures, choose where they come from, and hold some out."""

import streamlit as st

from pages.components.data import data_source
from pages.components.frame import session

experiment = session.experiment()

st.title("Data")
samples, controls = st.columns([2, 1], gap="large")
with controls:
    wanted = data_source.choose(experiment)
with samples:
    data = data_source.picture(experiment)
with controls:
    data_source.split(experiment, data)
with samples:
    data_source.small_images(experiment, data)
with controls:
    data_source.take(experiment, wanted)
