"""Starting runs from a page, and the launcher that sends them their workers."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.datasets import is_prepared
from core.errors import UserError
from core.experiment import Experiment, memory
from core.runs.run import Run
from core.runs.states import Status
from core.training.launcher import Launcher
from pages.components.frame import cached, going, session
from pages.components.frame.markdown import plain, say

LIVE_PAGE = "pages/3_Train/1_Live_run.py"
WANTED = "train-wanted"
"""What the tab remembers: the button whose run is to start as soon as its dataset is ready."""


@st.cache_resource(on_release=lambda launcher: launcher.close())
def launcher() -> Launcher:
    """The server's one launcher."""
    return Launcher(session.workspace())


def start(experiment: Experiment) -> bool:
    """Starts a run of the experiment and makes this tab look at it; False (and a sentence) when it can't.

    A second press while the same experiment is already running shows that run.
    """
    with session.undisturbed():
        current = session.run()
        if current and current.status().is_live and current.experiment.is_same(experiment):
            return True
        found = start_many([(experiment, {})])
        if found:
            session.choose_run(found[0])
    return bool(found)


def start_many(points: Sequence[tuple[Experiment, dict[str, Any]]], family: str = "") -> list[Run]:
    """Starts a run of every experiment, in this order; a sentence above the page says what can't be started.

    Args:
        points: experiments whose datasets are ready, each with what a sweep varied in it.
        family: names the sweep; empty for runs on their own.
    """
    started = []
    try:
        for experiment, varied in points:
            memory.require(experiment)
            run = session.runs().create(experiment, family=family, varied=varied)
            launcher().ask(run, session.asker())
            started.append(run)
    except UserError as error:
        session.say(str(error))
    return started


def make_ready(experiments: Sequence[Experiment]) -> bool:
    """Prepares the datasets and shows how far that is; False (and a sentence) when one can't be had."""
    try:
        for experiment in experiments:
            cached.make_ready(experiment.dataset)
    except UserError as error:
        st.error(plain(error))
        return False
    return True


def ask(run: Run) -> None:
    """Wants a run to go on where it ended; a sentence above the page says when it can't."""
    try:
        if not is_prepared(run.experiment.dataset):
            cached.make_ready(run.experiment.dataset)
        launcher().ask(run, session.asker())
    except UserError as error:
        session.say(str(error))


def waiting_words(run: Run, status: Status) -> str:
    """What a run in the queue waits for; only what is known to be the cause is said to be one.

    Args:
        run: which.
        status: of it, in the queue.
    """
    lacks, place = launcher().lacks(run), f"place {status.position} in the queue"
    if lacks:
        return f"Waiting for {lacks}: {place}."
    return "Starting: a worker is on its way." if lacks == "" and status.position == 1 else f"Waiting: {place}."


def start_button(
    experiment: Experiment, *, label: str = "Train this", stay: bool = False, run: Run | None = None
) -> None:
    """A page's primary button: trains the experiment, and goes to the live run unless it stays here.

    Args:
        experiment: what it trains.
        label: what stands on it.
        stay: whether the page shows the run itself.
        run: whose experiment that is; None for the one in work. Such a button is no primary one.
    """
    key = f"train-{run.id}" if run else "train"
    blocking = [problem for problem in memory.obstacles(experiment) if problem.blocking]
    st.button(
        label,
        key=key,
        type="secondary" if run else "primary",
        icon=":material/replay:" if run else ":material/play_arrow:",
        disabled=bool(blocking),
        help=say("{} {}", blocking[0].message, blocking[0].hint) if blocking else None,
        on_click=session.whole(_train),
        args=(key, run, stay),
    )
    if session.remember(WANTED) == key:
        if make_ready([experiment]):
            _start_wanted(experiment, stay)
            going.on()
            st.rerun()  # the page that is open shows the run, or the sentence that says why there is none
        session.keep(WANTED, None)


def _train(key: str, run: Run | None, stay: bool) -> None:
    """Starts at once, where nothing that is pressed next can break in; a dataset must be ready first."""
    try:
        experiment = run.experiment if run else session.experiment()
    except UserError as error:  # it was deleted meanwhile
        session.say(str(error))
        return
    if is_prepared(experiment.dataset):
        _start_wanted(experiment, stay)
    else:
        session.keep(WANTED, key)


def _start_wanted(experiment: Experiment, stay: bool) -> None:
    """Starts a run; on the way to its page unless the reader stays."""
    with session.undisturbed():
        session.keep(WANTED, None)
        if start(experiment) and not stay:
            going.to(LIVE_PAGE)
