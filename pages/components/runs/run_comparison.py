"""Chosen runs beside each other: their curves, what differs between them, and what their accuracy cost."""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.experiment import comparison
from core.figures import runs as figures_runs
from core.runs import sweeps
from core.runs.curves import thinned
from core.runs.epochs import MEASURES, Epochs
from core.runs.overview import RunRow
from pages.components.browser.component import component
from pages.components.frame import session
from pages.components.frame.markdown import say

MOST, LATEST = 8, 3
"""Curves that can still be told apart, and how many are shown while none is chosen."""
POINTS = 300
"""Of a curve: as many as its chart is wide would not be seen."""
HEIGHT = 360
KEPT, FIGURES = 64, 16
"""Runs whose curves, and figures that, the server keeps."""

_overlay = component(
    "run_overlay",
    "runs/dashes",
    "runs/run_rows",
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


def curves(shown: Sequence[RunRow]) -> None:
    """The curves over each other; nothing before there are any."""
    if not shown:
        return
    shared, labels = without_shared(names_apart(shown))
    data = {
        "lines": f"[{','.join(_line(row) for row in shown)}]",
        "labels": labels,
        "shared": shared,
        "best": max(shown, key=lambda row: row.accuracy if row.accuracy is not None else -1.0).run.id,
        "height": HEIGHT,
    }
    _overlay(key="run-overlay", data=data)


def differences(shown: Sequence[RunRow]) -> None:
    """A table of only what differs between the experiments."""
    if not shown:
        return
    st.subheader("What differs")
    rows = comparison.differences([session.overview().experiment(row.run) for row in shown])
    data = {
        "columns": names_apart(shown),
        "names": [row.title for row in shown],
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
    shared, labels = without_shared(names_apart(shown))
    named = say(" The names are values of {}.", shared) if shared else ""
    st.caption(say("A point per run that has ended on {}; the star is the most accurate.", on) + named)
    names = dict(zip((row.run.id for row in shown), labels, strict=True))
    left, right = st.columns(2, gap="large")
    with left:
        _scatter(points, names, "parameters", "parameters")
    with right:
        _scatter(points, names, "seconds", "training time, s")


def told_apart(names: Sequence[str]) -> list[str]:
    """Names without the parts that all begin with: "Net · rate 1", "Net · rate 2" -> "rate 1", "rate 2"."""
    parts = [name.split(" · ") for name in names]
    if len(names) < 2:
        return list(names)
    while all(len(one) > 1 for one in parts) and len({one[0] for one in parts}) == 1:
        parts = [one[1:] for one in parts]
    return [" · ".join(one) for one in parts]


def without_shared(labels: Sequence[str]) -> tuple[str, list[str]]:
    """What all labels say before their last word, and that word of each: "rate 1", "rate 2" -> "rate", ["1", "2"]."""
    parts = [label.rpartition(" ") for label in labels]
    if len(labels) < 2 or len({before for before, _, _ in parts}) > 1 or not parts[0][0]:
        return "", list(labels)
    return parts[0][0], [last for _, _, last in parts]


def names_apart(rows: Sequence[RunRow]) -> list[str]:
    """What tells each run from the others: of a sweep's run its value, of others their names."""
    values = [sweeps.varied_words(row.varied) or row.title for row in rows]
    return values if len(set(values)) == len(values) else told_apart([row.title for row in rows])


def _label(field: str) -> str:
    """A field in the words of the forms: "training.optimizer.learning_rate" is the learning_rate of there."""
    return field.removeprefix("training.").removeprefix("optimizer.")


def which(shown: Sequence[RunRow], chosen: Sequence[RunRow]) -> str:
    """What the curves are."""
    if not shown:
        return "The curves of your runs will lie over each other here."
    if not chosen:
        return "The latest runs. Choose others in the table."
    if len(chosen) > MOST:
        return f"The first {MOST} of {len(chosen)} chosen runs: more could not be told apart."
    return "Validation after each epoch, ★ the best one; point at a line or a row for its run."


def _scatter(points: Sequence[RunRow], labels: Mapping[str, str], field: str, title: str) -> None:
    known = [row for row in points if getattr(row, field)]
    drawn = (
        tuple(getattr(row, field) for row in known),
        tuple(row.accuracy for row in known),
        tuple(labels.get(row.run.id, row.title) for row in known),
        tuple(row.run.id in labels for row in known),
    )
    st.plotly_chart(_figure(drawn, title), key=f"runs-{field}", config={"displayModeBar": False})


@lru_cache(FIGURES)
def _figure(points: tuple[Any, ...], title: str) -> go.Figure:
    """The figure of these points, made once for all tabs; nobody changes it."""
    x, accuracy, names, chosen = points
    return figures_runs.accuracy_against(
        np.array(x, float), np.array(accuracy, float), names, np.array(chosen, bool), title
    )


@st.cache_resource
def _lines() -> OrderedDict[str, tuple[object, str]]:
    """The server's memory of curves as they travel: what they were made of, and the text."""
    return OrderedDict()


def _line(row: RunRow) -> str:
    """One run's curves as the browser draws them, as JSON; made once for all tabs."""
    known, overview = _lines(), session.overview()
    with overview.held():
        epochs = overview.epochs(row)
        looks = (epochs.count, epochs.trained, epochs.best_epoch, row.status.epochs, row.title)
        if row.run.id not in known or known[row.run.id][0] != looks:
            known[row.run.id] = (looks, json.dumps(_drawn(row, epochs), separators=(",", ":")))
        known.move_to_end(row.run.id)
        while len(known) > KEPT:
            known.popitem(last=False)
        return known[row.run.id][1]


def _drawn(row: RunRow, epochs: Epochs) -> dict[str, Any]:
    places = thinned(range(len(epochs.number)), POINTS)
    return {
        "id": row.run.id,
        "name": row.title,
        "best": row.best_epoch,
        "epochs": row.status.epochs or len(places),
        "epoch": [epochs.number[place] for place in places],
        "seconds": [round(epochs.seconds[place], 3) for place in places],
        **{name: [_digits(epochs.value(name, place)) for place in places] for name in MEASURES},
    }


def _digits(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")
