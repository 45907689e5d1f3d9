"""The stack of layers: what each makes of the picture, what it costs, and what can't be."""

import streamlit as st

from core.errors import UserError
from pages.components.frame import head, session
from pages.components.frame.markdown import plain
from pages.components.network import network_tabs

st.title("Network")
experiment = session.experiment()
try:
    facts = experiment.dataset.facts()
except UserError as error:
    head.here().draw()
    st.error(plain(error))
    st.page_link("pages/2_Design/1_Data.py", label="Open the Data page", icon=":material/arrow_forward:")
    st.stop()
network_tabs.toolbar()
network_tabs.draw(experiment, facts)
