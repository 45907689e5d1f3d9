"""The weights that a base begins with: how large, whether they are here, and a button that fetches them."""

import streamlit as st

from core.datasets import Facts, weights_files
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.weights_needed import Needed, needed
from pages.components.frame import cached, session
from pages.components.frame.markdown import plain

WANTED, REFUSED = "weights-wanted", "weights-refused"
"""Names of the files that are on their way, and that could not be had, with the reason."""


def show(experiment: Experiment, facts: Facts) -> None:
    """A line for each base of the network whose weights come from a file of Keras'.

    Args:
        experiment: the one being edited.
        facts: of its dataset.
    """
    for one in needed(experiment, facts):
        about = f"Weights of {one.base.kind}: {weights_files.megabytes(one.file)}"
        if weights_files.is_here(one.file):
            st.caption(plain(f"{about}, here."), help=plain(one.base.learnt_from))
        elif session.remember(WANTED) == one.file.name:
            _fetch(one)
        else:
            _offer(one, about)


def _offer(one: Needed, about: str) -> None:
    """What is missing, and the way to have it."""
    name, error = session.remember(REFUSED) or ("", None)
    if name == one.file.name:
        st.error(plain(error))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(plain(f"{about}, not here yet."), help=plain(one.base.learnt_from))
        st.button(
            "Try again" if name == one.file.name else "Fetch",
            icon=":material/download:",
            key=f"fetch-{one.index}",
            on_click=session.whole(_want),
            args=(one.file.name,),
        )


def _want(name: str) -> None:
    session.keep(WANTED, name)
    session.keep(REFUSED, None)


def _fetch(one: Needed) -> None:
    """Waits until they are here, or can't be had, or Stop is pressed."""
    st.button("Stop", icon=":material/stop_circle:", key="fetch-stop", on_click=session.whole(_want), args=(None,))
    try:
        cached.fetch(one)
    except UserError as error:
        session.keep(REFUSED, (one.file.name, error))
    session.keep(WANTED, None)
    st.rerun()
