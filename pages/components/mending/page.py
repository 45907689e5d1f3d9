"""The page where a dataset is looked through and mended: one view at a time, and beside it what was mended."""

import streamlit as st

from core.datasets.browsing import View
from core.experiment import Experiment
from pages.components.frame import session
from pages.components.mending import acts, classes, current, effect, findings, gallery, history

VIEW = "mending-view"


def _drawn(view: str, experiment: Experiment, seen: View) -> None:
    match view:
        case "Classes":
            classes.draw(seen)
        case "Flaws":
            findings.draw(experiment, seen)
        case "With and without":
            effect.draw(experiment, seen)
        case _:
            gallery.draw(seen)


def draw(experiment: Experiment) -> None:
    """The chosen view and the history."""
    seen = current.seen(experiment)
    if seen is None:
        return
    left, right = st.columns([3.4, 1], gap="large")
    arrived, _ = session.remember(acts.ARRIVED) or ("", 0)
    with left:
        chosen = st.segmented_control(
            "View",
            ["Pictures", "Classes", "Flaws", "With and without"],
            default="Pictures",
            key=f"{VIEW}-{arrived}" if arrived else VIEW,  # who comes to mend one picture sees it
            required=True,
            label_visibility="collapsed",
            persist_state="session",
        )
        current.refusals()
        _drawn(chosen, experiment, seen)
    with right:
        history.draw(experiment.dataset)
