"""All runs: what they reached, what they cost, and what differs between them."""

import streamlit as st

from pages.components.frame import session
from pages.components.runs import run_board

st.title("Runs")
run_board.show(session.experiment())
