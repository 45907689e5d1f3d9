"""One kernel finds its shape wherever it stands."""

import streamlit as st

from core.labs.plus import PlusDetector
from pages.components.labs import lab

st.title("Plus detector")
st.write("Nine weights slide over the whole picture and answer loudest where they see themselves.")
lab.show("plus", PlusDetector)
