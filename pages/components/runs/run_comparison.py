"""Chosen runs beside each other: their curves, what differs between them, and what their accuracy cost."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.experiment import comparison
from core.figures import runs as figures_runs
from core.runs.records import Metrics
from pages.components.browser.component import component
from pages.components.frame import session
from pages.components.frame.markdown import say
from pages.components.runs.run_rows import RunRow, thinned

MOST, LATEST = 8, 3
"""Curves that can still be told apart, and how many are shown while none is chosen."""
POINTS = 300
"""Of a curve: as many as its chart is wide would not be seen."""
HEIGHT = 320
CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")

_overlay = component(
    "run_overlay",
    "runs/dashes",
    "runs/run_overlay",
    html="<div class='host'><div class='bar'></div><div class='plot'></div></div>",
)
_differences = component(
    "differences",
    "runs/dashes",
    "runs/differences",
    html="<div class='host'><div class='scroll'><table aria-label='What differs'><thead></thead><tbody></tbody></table>"
    "</div><p class='none'></p></div>",
)


def compared(rows: Sequence[RunRow], chosen: Sequence[RunRow]) -> list[RunRow]:
    """The runs whose curves are shown: the chosen ones, or the latest that have any."""
    whole = [row for row in chosen if not row.trouble]
    return whole[:MOST] if whole else [row for row in rows if row.curve][:LATEST]


def curves(shown: Sequence[RunRow], chosen: Sequence[RunRow]) -> None:
    """The curves over each other."""
    if not shown:
        st.caption("The curves of your runs will lie over each other here.")
        return
    st.caption(_which(shown, chosen))
    labels = told_apart([row.title for row in shown])
    lines = [_line(row) | {"label": label} for row, label in zip(shown, labels, strict=True)]
    best = max(shown, key=lambda row: row.accuracy if row.accuracy is not None else -1.0)
    _overlay(key="run-overlay", data={"lines": lines, "height": HEIGHT, "best": best.run.id})


def differences(shown: Sequence[RunRow]) -> None:
    """A table of only what differs between the experiments."""
    if not shown:
        return
    st.subheader("What differs")
    rows = comparison.differences([row.run.experiment for row in shown])
    data = {
        "columns": [row.title for row in shown],
        "rows": [{"field": row.field, "label": _label(row.field), "values": list(row.values)} for row in rows],
        "single": len(shown) == 1,
    }
    _differences(key="run-differences", data=data)


def costs(rows: Sequence[RunRow], shown: Sequence[RunRow]) -> None:
    """A point per run on the data of those shown: accuracy against parameters, and against time."""
    datasets = {row.dataset for row in shown}
    # Those under way wait: a chart that changes is built anew, which would flicker with every epoch.
    points = [row for row in rows if row.accuracy is not None and row.dataset in datasets and not row.is_live]
    if not points:
        return
    st.subheader("What accuracy costs")
    on = " and ".join(sorted(datasets))
    st.caption(say("A point per run that has ended on {}; the star is the most accurate.", on))
    left, right = st.columns(2, gap="large")
    with left:
        _scatter(points, shown, "parameters", "parameters")
    with right:
        _scatter(points, shown, "seconds", "training time, s")


def told_apart(names: Sequence[str]) -> list[str]:
    """Names without the parts that all begin with: "Net · rate 1", "Net · rate 2" -> "rate 1", "rate 2"."""
    parts = [name.split(" · ") for name in names]
    if len(names) < 2:
        return list(names)
    while all(len(one) > 1 for one in parts) and len({one[0] for one in parts}) == 1:
        parts = [one[1:] for one in parts]
    return [" · ".join(one) for one in parts]


def _label(field: str) -> str:
    """A field in the words of the forms: "training.optimizer.learning_rate" is the learning_rate of there."""
    return field.removeprefix("training.").removeprefix("optimizer.")


def _which(shown: Sequence[RunRow], chosen: Sequence[RunRow]) -> str:
    """What the curves are."""
    if not chosen:
        return "The latest runs. Choose others in the table."
    if len(chosen) > MOST:
        return f"The first {MOST} of {len(chosen)} chosen runs: more could not be told apart."
    return "Validation after each epoch; point at a line for its run."


def _scatter(points: Sequence[RunRow], shown: Sequence[RunRow], field: str, title: str) -> None:
    known = [row for row in points if getattr(row, field)]
    labels = dict(zip((row.run.id for row in shown), told_apart([row.title for row in shown]), strict=True))
    drawn = (
        tuple(getattr(row, field) for row in known),
        tuple(row.accuracy for row in known),
        tuple(labels.get(row.run.id, row.title) for row in known),
        tuple(row.run.id in labels for row in known),
    )
    st.plotly_chart(_figure(drawn, title), key=f"runs-{field}", config={"displayModeBar": False})


def _figure(points: tuple[Any, ...], title: str) -> go.Figure:
    """The figure of these points; made once while they stay the same."""
    drawn, figure = session.remember(f"points-{title}", (None, None))
    if drawn != points:
        x, accuracy, names, chosen = points
        figure = figures_runs.accuracy_against(
            np.array(x, float), np.array(accuracy, float), names, np.array(chosen, bool), title
        )
        session.keep(f"points-{title}", (points, figure))
    return figure


def _line(row: RunRow) -> dict[str, Any]:
    """One run's curves as the browser draws them."""
    epochs = thinned(_metrics(row).epochs, POINTS)
    seconds = list(accumulate(record.get("seconds", 0.0) for record in _metrics(row).epochs))
    return {
        "id": row.run.id,
        "name": row.title,
        "best": row.best_epoch,
        "epochs": row.status.epochs or len(epochs),
        "epoch": [record["epoch"] for record in epochs],
        "seconds": [round(value, 3) for value in thinned(seconds, POINTS)],
        **{name: [_digits(record.get(name)) for record in epochs] for name in CURVES},
    }


def _digits(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")


def _metrics(row: RunRow) -> Metrics:
    """What was measured; of a run that has ended, read once per tab."""
    known: dict[str, tuple[object, Metrics]] = session.remember("compared-metrics") or {}
    looks = (row.status.epoch, row.status.attempt, row.curve)
    if row.run.id not in known or known[row.run.id][0] != looks:
        known[row.run.id] = (looks, session.runs().find(row.run.id).metrics())
        session.keep("compared-metrics", dict(list(known.items())[-2 * MOST :]))
    return known[row.run.id][1]
