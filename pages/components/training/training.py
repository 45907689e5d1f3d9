"""Starting runs from a page, and the launcher that sends them their workers."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment, memory
from core.runs.run import Run
from core.training.launcher import Launcher
from pages.components.frame import cached, session

LIVE_PAGE = "pages/3_Train/1_Live_run.py"


@st.cache_resource(on_release=lambda launcher: launcher.close())
def launcher() -> Launcher:
    """The server's one launcher."""
    return Launcher(session.workspace())


def start(experiment: Experiment) -> bool:
    """Starts a run of the experiment and makes this tab look at it; False (and a sentence) when it can't.

    A second press while the same experiment is already running shows that run.
    """
    current = session.run()
    if current and current.status().is_live and current.experiment.is_same(experiment):
        return True
    found = start_many([(experiment, {})])
    if found:
        session.choose_run(found[0])
    return bool(found)


def start_many(points: Sequence[tuple[Experiment, dict[str, Any]]], family: str = "") -> list[Run]:
    """Starts a run of every experiment, in this order; says in a sentence what can't be started.

    Args:
        points: experiments, each with what a sweep varied in it.
        family: names the sweep; empty for runs on their own.
    """
    started = []
    try:
        for experiment, varied in points:
            memory.require(experiment)
            cached.make_ready(experiment.dataset)
            run = session.runs().create(experiment, family=family, varied=varied)
            launcher().ask(run)
            started.append(run)
    except UserError as error:
        st.error(str(error))
    return started


def ask(run: Run) -> bool:
    """Wants a run to go on where it ended; False (and a sentence) when it can't."""
    try:
        cached.make_ready(run.experiment.dataset)
        launcher().ask(run)
    except UserError as error:
        st.error(str(error))
        return False
    return True


def start_button(experiment: Experiment, *, label: str = "Train this", stay: bool = False) -> None:
    """The page's one primary button: trains the experiment, and goes to the live run unless it stays here."""
    blocking = [problem for problem in memory.obstacles(experiment) if problem.blocking]
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
