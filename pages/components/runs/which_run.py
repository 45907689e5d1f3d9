"""Which run a page shows, and what there is to do where that is not of the experiment above the page."""

import streamlit as st

from core.errors import UserError
from core.experiment import names
from core.runs.run import Run
from pages.components.frame import going, session, when
from pages.components.frame.markdown import plain, say
from pages.components.runs import launching


def head(run: Run) -> None:
    """The run of a page by its name, when it was started, its data, network and training; and how to train again."""
    try:
        experiment = session.overview().experiment(run)
    except UserError:
        return  # the page says what is wrong with it
    st.markdown(say("**{}**{}", run.title, when.started(run.created)))
    parts = experiment.dataset.called(), experiment.network_line(), names.training_line(experiment.training)
    st.caption(plain(" › ".join(parts)))
    is_own = session.is_in_work(run)
    with st.container(horizontal=True, key="run-again"):
        if is_own:
            launching.start_button(session.experiment(), label="Train this again")
        else:
            launching.start_button(experiment, label="Train this run's experiment again", run=run)
            launching.start_button(session.experiment(), label="Train the experiment above")
            bring_back(run)
    if not is_own:
        st.info("This run is of another experiment than the one above the page.", icon=":material/info:")


def of_curves(run: Run | None) -> None:
    """One line, always as high: what the curves below are of; a run of another experiment is named, not shown.

    Args:
        run: of the tab.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="whose-curves"):
        if run is None:
            st.markdown("A network that is ready to be trained: one press, and it learns in front of you.")
        elif session.is_in_work(run):
            st.markdown(say("The curves are of **{}**{}.", run.title, when.started(run.created)))
        else:
            st.markdown(
                say("Not trained yet: this tab's run, **{}**, is of another experiment.", run.title), width="content"
            )
            bring_back(run)
            st.button(
                "Open the run",
                icon=":material/show_chart:",
                on_click=session.whole(going.to),
                args=(launching.LIVE_PAGE,),
            )


def bring_back(run: Run) -> None:
    """Makes the run's experiment the one in work; Undo brings back what that was."""
    st.button(
        "Bring this run's experiment back",
        key=f"bring-back-{run.id}",
        icon=":material/history:",
        help="It takes the place of the experiment above the page; Undo brings that one back.",
        on_click=session.whole(_bring_back),
        args=(run,),
    )


def _bring_back(run: Run) -> None:
    try:
        session.save(run.experiment, redraw=True)
    except UserError as error:  # it was deleted meanwhile
        session.say(str(error))
