"""From a picture on another page, as one that a network gets wrong, to the page where it is mended."""

from secrets import token_hex

import streamlit as st

from core.experiment import Experiment
from pages.components.frame import going, session, undoing
from pages.components.mending import acts

PAGE = "pages/2_Design/1b_Mend_data.py"


def button(experiment: Experiment, position: int) -> None:
    """Draws the button that opens Mend data at a picture.

    Args:
        experiment: of whose dataset the picture is.
        position: in the dataset.
    """
    st.button(
        "Mend this picture",
        key="mend-picture",
        type="tertiary",
        icon=":material/healing:",
        on_click=session.whole(_mend),
        args=(experiment, position),
        help="Opens it on the page Mend data: leave it out, or give it another label. Runs that ended keep their data.",
    )


def _mend(experiment: Experiment, position: int) -> None:
    """Opens it; where the experiment in work has other pictures, that of the run takes its place."""
    if session.experiment().dataset.key() != experiment.dataset.key():
        undoing.bring(experiment)
    arrived = token_hex(4)
    session.keep(acts.ARRIVED, (arrived, position))
    session.keep(acts.OPENED, (experiment.dataset.key(), position, arrived))
    going.to(PAGE)
