"""Data files: the dataset as class folders, HDF5, LMDB or TFRecord, measured here, and taken along."""

import streamlit as st

from pages.components.data import data_files
from pages.components.frame import session

st.title("Data files")
data_files.show(session.experiment())
