"""What a run of several tasks knows of each, epoch by epoch: plain numbers for the browser."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.experiment import Experiment
from core.experiment.forgotten import Drop, drops
from core.experiment.stages import stages
from core.experiment.tested import all_tested

TestedEpoch = tuple[int, Sequence[float | None], Sequence[float | None]]
"""An epoch, the accuracy of all that is tested by itself, and by class in every style."""


def picture(experiment: Experiment, names: Sequence[str], epochs: Sequence[TestedEpoch]) -> dict[str, Any]:
    """A line for each thing that is tested by itself, and a row of pixels for each class.

    Args:
        experiment: of the run.
        names: of the classes.
        epochs: in their order.

    Returns:
        `total` epochs of the run; `epochs`, their numbers; `tasks`, each with `name` and `values`; `borders`, each
        epochs before it and what is learnt from there on; `rows`, each a class with `name`, `task` and `values`;
        `said`, what fell, in sentences. Accuracies are 0..1, None where not known.
    """
    things, plan = all_tested(experiment, len(names)), stages(experiment)
    known = [one for one in epochs if len(one[1]) == len(things)]
    found = drops(experiment, len(names), [(epoch, values) for epoch, values, _ in known])
    return {
        "total": experiment.training.all_epochs,
        "epochs": [epoch for epoch, _, _ in known],
        "tasks": [
            {"name": one.name, "values": [values[place] for _, values, _ in known]} for place, one in enumerate(things)
        ],
        "borders": [[plan[one.since].first, one.name] for one in things[1:]],
        "rows": [
            {
                "name": names[label],
                "task": place,
                "values": [_at(row, one.style * len(names) + label) for _, _, row in known],
            }
            for place, one in enumerate(things)
            for label in one.classes
        ],
        "said": [one.sentence() for one in found],
    }


def _at(values: Sequence[float | None], place: int) -> float | None:
    """One of the values; None where there are fewer."""
    return values[place] if place < len(values) else None


TEAL, SLATE, GREY = "#0D9488", "#94A3B8", "rgba(128,138,155,0.35)"


def remedies(found: Sequence[tuple[str, Drop]]) -> go.Figure:
    """A row for each remedy: what was known first, at the border and in the end, and what the new task reached.

    Args:
        found: words of a remedy, and what became of the first task with it.
    """
    names = [words for words, _ in found]
    figure = go.Figure()
    for words, one in found:
        figure.add_scatter(
            x=[one.before, one.after], y=[words] * 2, mode="lines", line={"color": TEAL, "width": 3},
            hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    old, new = (found[0][1].name, found[0][1].during) if found else ("", "")
    marks = (
        (f"{old} at the border", [one.before for _, one in found], "circle-open", TEAL),
        (f"{old} in the end", [one.after for _, one in found], "circle", TEAL),
        (f"{new} in the end", [one.reached for _, one in found], "diamond", SLATE),
    )
    for name, values, symbol, colour in marks:
        figure.add_scatter(
            x=values, y=names, mode="markers", name=name, cliponaxis=False,
            marker={"symbol": symbol, "size": 11, "color": colour, "line": {"width": 2, "color": colour}},
            hovertemplate=f"%{{y}}: {name} %{{x:.3f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(range=[-0.02, 1.02], title_text="validation accuracy", gridcolor=GREY, zeroline=False)
    figure.update_yaxes(autorange="reversed", automargin=True, ticksuffix=" ")
    figure.update_layout(
        height=110 + 44 * max(1, len(found)), margin={"l": 8, "r": 16, "t": 8, "b": 46},
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}, uirevision="remedies",
    )  # fmt: skip
    return figure
