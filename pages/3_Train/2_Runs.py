"""All runs: what they reached, what they cost, and what differs between them."""

import streamlit as st

from pages.components import run_board, session

st.title("Runs")
run_board.show(session.experiment())
