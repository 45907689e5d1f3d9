"""The way to the seconds of an epoch before the first run: this machine is measured once."""

import streamlit as st

from core.experiment import Experiment
from pages.components.frame import cached, session, ticks
from pages.components.frame.markdown import plain

TICK_SECONDS = 1.0
HELP = (
    "It takes about half a minute of this machine's cores. From then on the seconds of an epoch are told for "
    "every network before its first run. It is kept; a training that begins meanwhile ends it."
)


def show(experiment: Experiment) -> None:
    """A button, or that it is at work; nothing once this machine is known, or has trained this very network.

    Args:
        experiment: the one being edited.
    """
    measuring = cached.measuring()
    if measuring.known or cached.epoch_time(experiment):
        return
    measuring.when_idle()
    if measuring.is_at_work:
        st.fragment(_wait, run_every=ticks.period(TICK_SECONDS))()
        return
    if measuring.trouble:
        st.caption(plain(measuring.trouble))
    st.button(
        "Measure this machine",
        key="measure-machine",
        type="tertiary",
        icon=":material/speed:",
        help=HELP,
        on_click=session.whole(measuring.begin),
    )


def _wait() -> None:
    """Until the measurement is over; the page goes on being edited meanwhile."""
    if cached.measuring().is_at_work:
        st.caption("Measuring this machine: the seconds of an epoch follow in about half a minute.")
    else:
        st.rerun()
