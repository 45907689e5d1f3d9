"""Logistic regression on pixels: one weight for each of them."""

from typing import Any

import streamlit as st

from core.datasets import is_prepared
from core.errors import UserError
from core.labs.logistic import CHOICES, LogisticRegression, offered, sample
from pages.components.frame import cached, session
from pages.components.labs import lab

REFUSED = "logistic-refused"


def _pictures(settings: LogisticRegression) -> dict[str, Any] | None:
    """What the browser learns from, and of which classes it is; None before it is ready."""
    choice = settings.choice
    if settings.dataset not in offered() or not is_prepared(choice.dataset):
        return None
    data = cached.data(choice.dataset, 0.0, 0)
    pictures, counts = sample(data, (settings.first, settings.second), choice.most)
    told = {"dataset": settings.dataset, "first": settings.first, "second": settings.second, "counts": counts}
    return told | lab.packed_image(pictures.reshape(-1, *pictures.shape[2:]))


def _try_again() -> None:
    """Forgets a refusal, so that the dataset is asked for once more."""
    session.keep(REFUSED, None)


def _get_ready(settings: LogisticRegression) -> None:
    """Makes the dataset, after the lab and not in its callback: a change of the lab meanwhile breaks that off."""
    is_refused = (session.remember(REFUSED) or {}).get("dataset") == settings.dataset
    if settings.dataset in offered() and not is_refused and not is_prepared(settings.choice.dataset):
        try:
            cached.make_ready(settings.choice.dataset)
            session.keep(REFUSED, None)
        except UserError as error:
            session.keep(REFUSED, {"dataset": settings.dataset, "words": str(error)})
        st.rerun()


st.title("Logistic regression")
st.write("A picture becomes one column of numbers, each has its weight, and a sigmoid makes a probability of the sum.")
session.lab(LogisticRegression)
settings = session.lab_now(LogisticRegression)
lab.show(
    "logistic",
    LogisticRegression,
    pictures=_pictures(settings),
    choices={name: choice.to_json() for name, choice in CHOICES.items()},
    offered=offered(),
    refused=session.remember(REFUSED),
    on_again_change=_try_again,
)
_get_ready(settings)
