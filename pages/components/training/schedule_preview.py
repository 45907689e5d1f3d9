"""The learning rate from the first step to the last, seen before the start."""

import streamlit as st

from core.experiment import Experiment
from core.figures.training import rate_curve
from pages.components.frame import session
from pages.components.frame.markdown import say


def draw(experiment: Experiment, steps_per_epoch: int) -> None:
    """Draws the curve of a schedule that bends it; a constant rate needs no picture.

    Args:
        experiment: whose schedule.
        steps_per_epoch: 1 or more.
    """
    training = experiment.training
    context = experiment.context(experiment.dataset.facts())
    if not training.schedule.moves or training.schedule.problems(context):
        return
    rates = training.schedule.rates(training.optimizer.learning_rate, steps_per_epoch, training.epochs)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown("**Learning rate**")
        axis = st.segmented_control(
            "Axis of the learning rate",
            ["linear", "log"],
            default="linear",
            required=True,
            key=session.key("rate-axis"),
            label_visibility="collapsed",
        )
    st.plotly_chart(
        rate_curve(rates, steps_per_epoch, log=axis == "log"),
        key="rate-curve",
        config={"displayModeBar": False},
        alt=f"Learning rate from {rates[0]:.3g} over at most {rates.max():.3g} to {rates[-1]:.3g}.",
    )
    st.caption(say("{}: {} It ends at {:.3g}.", training.schedule.kind, training.schedule.sentence(), rates[-1]))
