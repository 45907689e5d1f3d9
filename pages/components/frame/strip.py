"""The strip above every page: the experiment's dataset, augmentation, network and training, and its run's badge."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import words
from core.errors import UserError
from core.experiment import Experiment
from core.runs.states import Status
from pages.components.frame import session, ticks
from pages.components.frame.markdown import plain

STYLE = Path(__file__).with_name("frame.css")
PARTS = 4
BADGE_SECONDS = 2.0
LIVE_PAGE = "pages/3_Train/1_Live_run.py"


def draw() -> "Strip":
    """Draws it; each part leads to the page that edits it."""
    st.html(STYLE)
    with st.container(horizontal=True, key="strip", vertical_alignment="center", gap="small"):
        strip = Strip([st.empty() for _ in range(PARTS)])
        run = session.run()
        live = run is not None and session.status(run).is_live
        st.fragment(_badge, run_every=ticks.period(BADGE_SECONDS) if live else None)()
    if text := session.notice():
        st.warning(plain(text))
    return strip


class Strip:
    """The parts on the screen, which follow when the page below edits the experiment."""

    def __init__(self, places: list[DeltaGenerator]) -> None:
        self._places = places
        self._shown: list[tuple[str, str]] = [("", "")] * len(places)
        self.follow()

    def follow(self) -> None:
        """Shows the experiment as it is by now."""
        parts = _parts(session.experiment())
        for place, part, shown in zip(self._places, parts, self._shown, strict=True):
            if part != shown:
                place.page_link(part[0], label=plain(part[1]))
        self._shown = parts


def _parts(experiment: Experiment) -> list[tuple[str, str]]:
    """(page, words) from left to right."""
    try:
        facts = experiment.dataset.facts()
        data = f"{experiment.dataset.called()} · {words.number(facts.count)}"
        traced = experiment.trace(facts)
        size = " · does not fit yet" if traced.broken else f" · {words.number(traced.parameters)}"
    except UserError:
        data, size = f"{experiment.dataset.called()} · missing", ""
    changes = " · ".join(a.kind.removeprefix("Random") for a in experiment.augmentations) or "no augmentation"
    training = experiment.training
    rate = f"{training.optimizer.kind} {training.optimizer.learning_rate:g} · {words.counted(training.epochs, 'epoch')}"
    return [
        ("pages/2_Design/1_Data.py", data),
        ("pages/2_Design/2_Augmentation.py", changes),
        ("pages/2_Design/3_Network.py", experiment.network_line() + size),
        ("pages/2_Design/4_Training.py", rate),
    ]


def _badge() -> None:
    """State and accuracy of the run; redraws itself while it lives, on every page."""
    run = session.run()
    if run is None:
        st.page_link(LIVE_PAGE, label="not trained yet")
        return
    with ticks.timed():
        status = session.status(run, BADGE_SECONDS / 2)
        _tell(status)


def _tell(status: Status) -> None:
    """The words of the badge."""
    accuracy = f" · {status.val_accuracy:.3f}" if status.val_accuracy is not None else ""
    mark = "●" if status.is_live else "○"
    st.page_link(LIVE_PAGE, label=plain(f"{mark} {status.state} {status.epoch}/{status.epochs or '–'}{accuracy}"))
