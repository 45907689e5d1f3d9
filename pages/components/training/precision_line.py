"""What a precision does on this machine, said beside the choice of it; measured when asked for."""

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.runs.collection import Runs
from core.training import precision
from core.workspace import Workspace
from pages.components.frame import session, when
from pages.components.frame.markdown import plain


def show(experiment: Experiment) -> None:
    """The figures of this machine, what speaks against the choice, and what runs in each precision came to."""
    home, chosen = session.workspace(), experiment.training.precision
    paces = precision.measured(home)
    day = when.moment(precision.measured_at(home))
    if warning := precision.warning(chosen, paces):
        st.warning(plain(warning))
    st.caption(plain(" ".join(filter(None, [precision.sentence(chosen, paces, day), _compared(home, experiment)]))))
    words, kind = ("Measure again", "tertiary") if paces else ("Measure the precisions", "secondary")
    if st.button(words, key=session.key("precision"), help="Takes half a minute.", type=kind):
        _measure(home)


def _measure(home: Workspace) -> None:
    """Measures while the page waits, and draws it again with the figures."""
    try:
        with st.spinner("Training the Fashion network for a moment in each precision"):
            precision.measure(home)
    except UserError as error:
        st.error(plain(error))
        return
    st.rerun()


def _compared(home: Workspace, experiment: Experiment) -> str:
    """What runs came to; nothing is looked up while there is nothing to compare."""
    return precision.compared(_accuracies(home, experiment, experiment.to_json()))


@st.cache_data(ttl=10, max_entries=16, show_spinner=False)
def _accuracies(home: Workspace, _experiment: Experiment, told: str) -> dict[str, float]:
    """Looked up every ten seconds: with hundreds of runs it takes too long for every gesture."""
    return precision.accuracies(Runs(home), _experiment)
