"""The page where a dataset is looked through and mended: one view at a time, and beside it what was mended."""

from collections.abc import Callable

import streamlit as st

from core.datasets.browsing import View
from core.experiment import Experiment
from pages.components.mending import classes, current, gallery, history

VIEW = "mending-view"
VIEWS: dict[str, Callable[[Experiment, View], None]] = {
    "Pictures": lambda experiment, seen: gallery.draw(seen),
    "Classes": lambda experiment, seen: classes.draw(seen),
}


def draw(experiment: Experiment) -> None:
    """The chosen view and the history."""
    seen = current.seen(experiment)
    if seen is None:
        return
    left, right = st.columns([3.4, 1], gap="large")
    with left:
        chosen = st.segmented_control(
            "View",
            list(VIEWS),
            default=next(iter(VIEWS)),
            key=VIEW,
            required=True,
            label_visibility="collapsed",
            persist_state="session",
        )
        current.refusals()
        VIEWS[chosen](experiment, seen)
    with right:
        history.draw(experiment.dataset)
