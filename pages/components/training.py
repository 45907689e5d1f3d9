"""Starting a run from a page, and the worker that stands by for it."""

import streamlit as st

from core import datasets, runs
from core.errors import UserError
from core.experiment import Experiment
from core.training.standby import Standby
from pages.components import session

LIVE_PAGE = "pages/3_Train/1_Live_run.py"


@st.cache_resource(on_release=lambda standby: standby.close())
def standby() -> Standby:
    """The server's one worker standing by."""
    return Standby()


def start(experiment: Experiment) -> bool:
    """Starts a run of the experiment and makes this tab look at it; False (and a sentence) when it can't.

    A second press while the same experiment is already running shows that run.
    """
    current = session.run()
    if current and current.status().is_live and current.experiment == experiment:
        return True
    try:
        if not datasets.is_prepared(experiment.dataset):
            with st.spinner(f"Fetching {experiment.dataset.title()} ..."):
                datasets.prepare_in_child(experiment.dataset)
        run = runs.create(experiment)
        standby().start(run)
    except UserError as error:
        st.error(str(error))
        return False
    session.choose_run(run)
    return True


def start_button(experiment: Experiment, *, label: str = "Train this", stay: bool = False) -> None:
    """The page's one primary button: trains the experiment, and goes to the live run unless it stays here."""
    blocking = [problem for problem in experiment.problems() if problem.blocking]
    pressed = st.button(
        label,
        type="primary",
        icon=":material/play_arrow:",
        disabled=bool(blocking),
        help=f"{blocking[0].message} {blocking[0].hint}" if blocking else None,
    )
    if pressed and start(experiment):
        if stay:
            st.rerun()
        st.switch_page(LIVE_PAGE)
