"""What was chosen on the page Data and was not ready when that page was left: the other pages say so."""

import streamlit as st

from pages.components.data import data_source
from pages.components.frame import session, titles
from pages.components.frame.markdown import say

DATA = "pages/2_Design/1_Data.py"


def tell(title: str) -> None:
    """Says what the experiment still has, with the ways on; nothing where nothing waits.

    Args:
        title: of the page below.
    """
    wanted, now = data_source.waiting(), session.experiment().dataset
    if title in titles.without_experiment() | {"Data"} or wanted in (None, now):
        return
    with st.container(border=True, key="left-waiting", gap="xsmall"):
        if wanted.called() == now.called():
            st.markdown(
                say("What you changed about {} was not ready when you left Data: it still is as before.", now.called())
            )
        else:
            st.markdown(
                say(
                    "{} was chosen, but was not ready when you left Data: the experiment still has {}.",
                    wanted.called(),
                    now.called(),
                )
            )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(DATA, label="Go on with it", icon=":material/arrow_forward:")
            st.button("Leave it", key="left-waiting-leave", on_click=session.whole(data_source.forget))
