"""What a network of one's own learnt, for the experiment in work: as its base, or as its first weights."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.experiment.bases import with_base
from core.runs import as_base, beginning
from core.runs.run import Run
from pages.components.frame import going, session, undoing

NETWORK_PAGE = "pages/2_Design/3_Network.py"


def buttons(run: Run, *, leads_on: bool = False) -> None:
    """The two ways to build on a run that has ended.

    Args:
        run: which.
        leads_on: whether a press leads to the Network page.
    """
    st.button(
        "Use it as a base",
        key="run-as-base",
        icon=":material/foundation:",
        on_click=session.whole(_as_base),
        args=(run, leads_on),
        help="Its layers without the one that answers, and what they learnt, stand in front of the network of the "
        "experiment above, frozen. It stays so when the run is deleted.",
    )
    st.button(
        "Begin with its weights",
        key="run-weights",
        icon=":material/start:",
        on_click=session.whole(_with_weights),
        args=(run, leads_on),
        help="The next run of the experiment above begins with what this one learnt wherever layers are alike; outputs "
        "go by the names of their classes, and new ones begin fresh. Takes some seconds.",
    )


def put(make: Callable[[], tuple[Experiment, Sequence[str]]]) -> bool:
    """Brings an experiment with a base, and says what had to give way; whether that went well.

    Args:
        make: gives both.
    """
    try:
        experiment, told = make()
    except UserError as error:
        session.say(f"{error} Your experiment is as it was.")
        return False
    undoing.bring(experiment)
    more = f": {'; '.join(told)}" if told else ""
    session.say(f"Your network begins with a base now{more}.", is_good=True)
    return True


def _as_base(run: Run, leads_on: bool) -> None:
    if put(lambda: with_base(session.experiment(), as_base.of_run(run))) and leads_on:
        going.to(NETWORK_PAGE)


def _with_weights(run: Run, leads_on: bool) -> None:
    experiment = session.experiment()
    try:
        taken = beginning.take_over_run(run.id, experiment)
    except UserError as error:
        session.say(f"{error} Your experiment is as it was.")
        return
    undoing.bring(experiment.edited(weights=taken.digest))
    session.say(" ".join(["The next run begins with them.", *(f"{note}." for note in taken.notes)]), is_good=True)
    if leads_on:
        going.to(NETWORK_PAGE)
