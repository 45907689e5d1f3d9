"""Random changes of the training pictures: one picture under twelve draws, redrawn as a knob moves."""

import streamlit as st

from core.errors import UserError
from pages.components.data import augmentation_list, augmentation_view
from pages.components.frame import cached, session
from pages.components.frame.markdown import plain

st.title("Augmentation")
experiment = session.experiment()
try:
    data = cached.data(experiment.dataset, experiment.training.validation_split, experiment.seed)
except UserError as error:
    st.error(plain(error))
    st.page_link("pages/2_Design/1_Data.py", label="Open the Data page", icon=":material/arrow_forward:")
    st.stop()
picture, knobs = st.columns([1.6, 1], gap="large")
with knobs:
    augmentation_list.edit(experiment)
with picture:
    augmentation_view.draw(experiment, data)
