"""The Neuron lab's question to Keras, asked once for all visitors."""

import streamlit as st

from core.labs.keras_neuron import KerasNeuron

LOOK_SECONDS = 1.0


@st.cache_resource(show_spinner=False)
def shared() -> KerasNeuron:
    """The one run of this server."""
    return KerasNeuron()


def follow() -> None:
    """Draws the page anew once the run that is under way has ended."""
    if shared().told()["state"] == "running":
        st.fragment(_look, run_every=LOOK_SECONDS)()


def _look() -> None:
    if shared().told()["state"] != "running":
        st.rerun()
