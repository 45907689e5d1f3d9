"""How the network learns: optimizer, batches, epochs, when it stops, and the loss that the data asks for."""

import streamlit as st

from core.errors import UserError
from pages.components.frame import session
from pages.components.frame.markdown import plain
from pages.components.network import memory_line
from pages.components.runs import launching, sweep_form
from pages.components.training import compile_rows, training_settings

st.title("Training")
experiment = session.experiment()
try:
    facts = experiment.dataset.facts()
except UserError as error:
    st.error(plain(error))
    st.page_link("pages/2_Design/1_Data.py", label="Open the Data page", icon=":material/arrow_forward:")
    st.stop()
settings, summary = st.columns([1, 1.5], gap="large")
with settings:
    training_settings.edit(experiment)
with summary:
    training_settings.problems(experiment)
    launching.start_button(experiment)
    sweep_form.link()
    sweep_form.base_links(experiment)
    training_settings.outcome(experiment)
    memory_line.show(experiment, facts)
    training_settings.rules(experiment)
    training_settings.phases(experiment)
    compile_rows.show(experiment, facts)
