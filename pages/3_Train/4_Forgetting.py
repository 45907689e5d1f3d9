"""Forgetting: learn one thing, then another, and compare what helps against losing the first."""

import streamlit as st

from pages.components.runs import remedy_comparison

st.title("Forgetting")
st.write("A network learns one thing, then another. How much of the first is left, and what helps?")
remedy_comparison.settings()
remedy_comparison.outcome()
