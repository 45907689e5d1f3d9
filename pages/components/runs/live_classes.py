"""How right a network is class by class, and what it takes for what: under the curves, alive with every epoch."""

from typing import Any

import numpy as np
import streamlit as st

from pages.components.browser.component import component
from pages.components.frame.markdown import say

SHOWN = 40
"""Rows, one a class; of more classes the weakest."""

_component = component("live_classes", "runs/live_classes", html="<div class='classes'></div><p class='said'></p>")


def show(names: tuple[str, ...], epoch: dict[str, Any] | None, name: str) -> None:
    """Draws a row per class: how often it is right, and what is answered for its images.

    Args:
        names: of the classes.
        epoch: the record of the epoch on show; None before the first, when all rows are empty.
        name: of that epoch, in words.
    """
    data = table(names, epoch or {})
    if epoch and not data["known"]:
        return  # an older run, which did not tell
    st.markdown(say("**Right by class after epoch {}**, on the validation images", name) if epoch else
                say("**Right by class**: comes with the end of epoch 1"))  # fmt: skip
    _component(key="live-classes", data=data)


def table(names: tuple[str, ...], epoch: dict[str, Any]) -> dict[str, Any]:
    """What the component draws.

    Args:
        names: of the classes.
        epoch: the record of an epoch; empty before the first.

    Returns:
        `rows`, each a class with `name`, `right` 0..1 (None where not known), `of` its images and `counts`, how many
        were taken for each class; `names` of these, in their order; `known`, whether the record tells; `left_out`,
        classes that are not shown.
    """
    count = len(names)
    counts, shares = epoch.get("confusion", []), epoch.get("class_accuracy", [])
    rows = [{"name": name, "right": None, "of": 0, "counts": []} for name in names]
    if count and len(counts) == count**2:
        for row, taken, own in zip(rows, np.reshape(counts, (count, count)).tolist(), range(count), strict=True):
            row |= {"of": sum(taken), "counts": taken, "right": taken[own] / sum(taken) if sum(taken) else None}
    elif len(shares) == count:
        for row, share in zip(rows, shares, strict=True):
            row["right"] = share
    if count > SHOWN:  # the weakest first; those without an image last
        rows.sort(key=lambda row: 2.0 if row["right"] is None else row["right"])
    is_known = any(row["right"] is not None for row in rows)
    return {"rows": rows[:SHOWN], "names": list(names)[:SHOWN], "known": is_known, "left_out": max(0, count - SHOWN)}
