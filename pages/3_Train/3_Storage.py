"""What lies on the disk beside what may lie there, and the ways to make room."""

import streamlit as st

from pages.components.runs import storage

st.title("Storage")
storage.show()
