"""What of a network is computed once per image, and what that takes; where images are augmented, what it would take."""

from collections.abc import Callable

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment, Training
from core.experiment.frozen import FrozenPart, frozen_part
from core.holdings import size_words
from core.options import options_of
from core.runs.pace import FeatureCost
from core.words import counted
from pages.components.frame import cached, session, spec_form
from pages.components.frame.markdown import plain
from pages.components.runs.run_view import duration

OFFERED = 4
"""Augmented versions of each image whose cost is told where none are kept."""
FIELD = "feature_draws"


def edit(experiment: Experiment, on_change: Callable[[], None]) -> None:
    """How many augmented versions are kept; only where images are augmented before a frozen part."""
    if not experiment.applied or experiment.mixes or _part(experiment) is None:
        return
    option = options_of(Training)[FIELD]
    st.number_input(
        "Augmented versions kept",
        option.low,
        option.high,
        experiment.training.feature_draws,
        key=session.key(FIELD),
        help=spec_form.help_of(option),
        on_change=session.whole(on_change),
    )


def said(training: Training) -> Training:
    """The settings as the field says them now."""
    return training.edited(feature_draws=session.sent(session.key(FIELD), training.feature_draws))


def show(experiment: Experiment) -> None:
    """A sentence under the seconds of an epoch; nothing for a network without a frozen part."""
    if _part(experiment) is None:
        return
    if experiment.mixes:
        st.caption(plain("Pictures are mixed anew in every step, so the frozen layers are computed every time."))
    elif cost := cached.feature_cost(experiment):
        st.caption(plain(f"The frozen layers are computed once: {_of(experiment, cost)}, {_takes(cost)}."))
    elif cost := cached.feature_cost(experiment, OFFERED):
        st.caption(
            plain(
                "Pictures are augmented anew in every epoch, so the frozen layers are computed every time. "
                f"Keep {OFFERED} versions of each for quick epochs: {_takes(cost)}."
            )
        )


def _part(experiment: Experiment) -> FrozenPart | None:
    try:
        return frozen_part(experiment.trace(experiment.dataset.facts()))
    except UserError:
        return None


def _of(experiment: Experiment, cost: FeatureCost) -> str:
    draws = experiment.training.feature_draws if experiment.applied else 0
    drawn = f", training pictures in {counted(draws, 'augmented version')} taken in turn" if draws else ""
    return f"features of {counted(cost.count, 'picture')}{drawn}"


def _takes(cost: FeatureCost) -> str:
    size = f"{size_words(cost.size)} on the disk"
    return size if cost.seconds is None else f"about {duration(cost.seconds)} before the first epoch, {size}"
