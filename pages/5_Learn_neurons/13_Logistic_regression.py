"""Logistic regression on pixels: one weight for each of them."""

from typing import Any

import numpy as np
import streamlit as st

from core.datasets import is_prepared
from core.errors import UserError
from core.labs.logistic import LogisticRegression, choices, offered, one_against_rest, sample
from pages.components.frame import cached, session
from pages.components.labs import lab

REFUSED = "logistic-refused"


def _pictures(settings: LogisticRegression, offer: list[str]) -> dict[str, Any] | None:
    """What the browser learns from, and of which classes it is; None before it is ready."""
    choice = settings.choice
    if settings.dataset not in offer or not is_prepared(choice.dataset):
        return None
    data = cached.data(choice.dataset, 0.0, 0)
    if settings.is_against_all:
        pictures, counts, taken = one_against_rest(data, settings.second, choice.most_in_all)
        total = len(data.labels)
    else:
        classes = settings.first, settings.second
        pictures, counts = sample(data, classes, choice.most)
        taken, total = [choice.most] * 2, int(np.isin(data.labels, classes).sum())
    told = settings.model_dump(include={"dataset", "against", "first", "second"})
    packed = lab.packed_image(pictures.reshape(-1, *pictures.shape[2:]))
    return told | {"counts": counts, "taken": taken, "total": total} | packed


def _settings() -> LogisticRegression:
    """What is set now; own images that were deleted meanwhile make the lab begin anew."""
    try:
        return session.lab_now(LogisticRegression)
    except UserError as error:
        session.begin_lab(LogisticRegression())
        session.say(str(error))
        return LogisticRegression()


def _try_again() -> None:
    """Forgets a refusal, so that the dataset is asked for once more."""
    session.keep(REFUSED, None)


def _get_ready(settings: LogisticRegression, offer: list[str]) -> None:
    """Makes the dataset, after the lab and not in its callback: a change of the lab meanwhile breaks that off."""
    is_refused = (session.remember(REFUSED) or {}).get("dataset") == settings.dataset
    if settings.dataset in offer and not is_refused and not is_prepared(settings.choice.dataset):
        try:
            cached.make_ready(settings.choice.dataset)
            session.keep(REFUSED, None)
        except UserError as error:
            session.keep(REFUSED, {"dataset": settings.dataset, "words": str(error)})
        st.rerun()


st.title("Logistic regression")
st.write("A picture becomes one column of numbers, each has its weight, and a sigmoid makes a probability of the sum.")
session.lab(LogisticRegression)
settings = _settings()
known = choices()
offer = offered(known)
lab.show(
    "logistic",
    LogisticRegression,
    pictures=_pictures(settings, offer),
    choices={name: choice.to_json() for name, choice in known.items()},
    offered=offer,
    refused=session.remember(REFUSED),
    on_again_change=_try_again,
)
_get_ready(settings, offer)
