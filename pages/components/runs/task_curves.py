"""What a run of several tasks still knows of each: a line per task, a row of pixels per class, the border between."""

import streamlit as st

from core.figures.forgetting import picture
from core.runs.live import View
from core.runs.run import Run
from pages.components.browser.component import component
from pages.components.frame import session
from pages.components.frame.markdown import plain

MOST_ROWS = 40
"""Classes that a picture shows; of more the first."""
HEADS = (
    "With separate heads each image is answered among the classes of its own task: in this picture the network is told "
    "which task an image is of."
)

_component = component("task_curves", "runs/task_curves", html="<div class='tasks'></div>")


def show(run: Run, view: View) -> None:
    """Draws them; nothing of a run that learns everything at once.

    Args:
        run: which.
        view: what it measured.
    """
    experiment = session.overview().experiment(run)
    if not experiment.training.phases or not view.tested:
        return
    data = picture(experiment, experiment.dataset.facts().class_names, view.tested)
    if not data["tasks"]:
        return
    st.markdown("**What it knows of each task**, on the validation images")
    for sentence in data["said"]:
        st.markdown(plain(sentence))
    _component(key="task-curves", data=data | {"rows": data["rows"][:MOST_ROWS]})
    if any(getattr(phase, "separate_heads", False) for phase in experiment.training.phases):
        st.caption(HEADS)
