"""How much each class counts: its pictures and its weight side by side, and advice where classes differ."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from core.datasets import ImageData
from core.experiment import Experiment
from core.experiment.stages import stages
from core.figures.training import class_weight_bars
from core.optimization.class_weights import UNBALANCED, Balanced, Equal, ratio
from pages.components.frame import session
from pages.components.frame.markdown import plain


def draw(experiment: Experiment, data: ImageData, take_in: Callable[[], None]) -> None:
    """Draws the bars where classes differ in size or in weight.

    Args:
        experiment: whose class weights.
        data: its dataset, split.
        take_in: saves what all forms of the page say.
    """
    chosen = experiment.training.class_weight
    learnt = stages(experiment)[0].learnt(data.labels, data.train)  # with those that are there several times
    counts = np.bincount(data.labels[learnt], minlength=len(data.class_names))
    unequal = ratio(counts) > UNBALANCED
    problems = chosen.problems(experiment.context(experiment.dataset.facts()))
    if problems or (not unequal and isinstance(chosen, Equal)):
        return
    st.markdown("**Classes and their weights**")
    if unequal and isinstance(chosen, Equal):
        _suggest(data.class_names, counts, take_in)
    st.plotly_chart(
        class_weight_bars(data.class_names, counts, chosen.weights(counts)),
        key="class-weight-bars",
        config={"displayModeBar": False},
        alt="Training pictures and weight of each class.",
    )


def _suggest(names: tuple[str, ...], counts: np.ndarray, take_in: Callable[[], None]) -> None:
    """A sentence with the two classes that differ most, and a button that evens them out."""
    largest = int(counts.argmax())
    smallest = int(np.where(counts > 0, counts, counts.max() + 1).argmin())
    st.text(
        f"{names[largest]} has {ratio(counts):.1f} times as many training pictures as {names[smallest]}. "
        "With balanced weights each class counts the same; sampled alike, pictures of small classes are repeated."
    )
    ways = (
        ("Balance them", "balance", {"class_weight": Balanced()}),
        ("Show each class alike", "repeat", {"sampling": "each class alike"}),
    )
    with st.container(horizontal=True):
        for label, icon, changes in ways:
            st.button(
                plain(label),
                icon=f":material/{icon}:",
                key=session.key(icon),
                on_click=session.whole(_balance),
                args=(take_in, changes),
            )


def _balance(take_in: Callable[[], None], changes: dict[str, Any]) -> None:
    take_in()
    experiment = session.experiment()
    session.save(experiment.edited(training=experiment.training.edited(**changes)), redraw=True)
