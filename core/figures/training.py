"""Pictures of how a network will learn: plain arrays in, a Plotly figure out."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.optimization.range_test import RangeTest, growing

INK = "#0D9488"
"""Teal, read on white and on dark blue; blue and orange mean training and validation."""
GREY, SLATE = "rgba(128,138,155,0.35)", "#94A3B8"
MAX_POINTS = 800
"""More than a chart has pixels for."""
MAX_NAMES = 30
"""Classes whose names still fit under the bars."""
RATE_HEIGHT, WEIGHT_HEIGHT, RANGE_HEIGHT = 210, 260, 250
TRAIN, FAINT = "#2563EB", "rgba(37,99,235,0.55)"
"""The loss of training images, and of single batches of them."""
MIDDLE = 1e-3
"""Of the axis of a range test."""
TOP = 1.25
"""How far above the smoothed loss of the first step the axis of a range test reaches: what explodes leaves it."""


def rate_curve(rates: np.ndarray, steps_per_epoch: int, *, log: bool = False) -> go.Figure:
    """The learning rate over the epochs, as the schedule will set it.

    Args:
        rates: float64 (steps,), of every step, each above 0.
        steps_per_epoch: 1 or more.
        log: whether the axis of the rate counts in factors instead of differences.
    """
    shown = np.unique(np.linspace(0, len(rates) - 1, min(len(rates), MAX_POINTS)).astype(int))
    figure = go.Figure()
    figure.add_scatter(
        # A rate holds for the whole of its step.
        x=np.append(shown, len(rates)) / steps_per_epoch, y=np.append(rates[shown], rates[-1]),
        mode="lines", line={"color": INK, "width": 2, "shape": "hv"},
        hovertemplate="after %{x:.2f} epochs: %{y:.3g}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title_text="epochs trained", range=[0, len(rates) / steps_per_epoch])
    figure.update_yaxes(title_text="learning rate", type="log" if log else "linear", nticks=5, exponentformat="power")
    if not log:
        figure.update_yaxes(range=[0, 1.08 * float(rates.max())], tickformat=".3~g")
    return _dressed(figure, RATE_HEIGHT)


def range_curve(found: RangeTest, in_use: float, proposed: float | None) -> go.Figure:
    """The loss over the learning rate as a range test found it, with the rate in use and the one proposed.

    Args:
        found: the test.
        in_use: the learning rate of the experiment, above 0.
        proposed: the rate to take; None where there is none.
    """
    figure, rates, losses = go.Figure(), found.rates, np.array(found.losses)
    figure.add_scatter(
        x=rates, y=losses, mode="markers", marker={"color": FAINT, "size": 4},
        hovertemplate="rate %{x:.2g}: loss %{y:.3g} of this batch<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=rates, y=found.smoothed, mode="lines", line={"color": TRAIN, "width": 2.2},
        hovertemplate="rate %{x:.2g}: smoothed loss %{y:.3g}<extra></extra>",
    )  # fmt: skip
    low, high = _seen(found)
    marks = [(in_use, f"in use {in_use:g}", SLATE, "dot")]
    marks += [(proposed, f"<b>proposed {proposed:g}</b>", INK, "solid")] if proposed else []
    for place, (rate, words, colour, dash) in enumerate(sorted(marks)):
        figure.add_shape(
            type="line", x0=rate, x1=rate, y0=0, y1=1, yref="y domain", line={"color": colour, "width": 2, "dash": dash}
        )
        # Of two, each writes on its own side; the one in use lower, in case both stand on one side of the middle.
        is_left = place == 0 if len(marks) == 2 else rate > MIDDLE
        figure.add_annotation(
            x=float(np.log10(rate)), y=1 if rate == proposed else 0.9, yref="y domain", text=words, showarrow=False,
            xanchor="right" if is_left else "left", yanchor="top", xshift=-5 if is_left else 5, font={"size": 12},
        )  # fmt: skip
    figure.update_xaxes(title_text="learning rate", type="log", dtick=1, exponentformat="power",
                        range=np.log10(growing(2)).tolist())  # fmt: skip
    figure.update_yaxes(title_text="loss", range=[low, high], nticks=5)
    return _dressed(figure, RANGE_HEIGHT)


def _seen(found: RangeTest) -> tuple[float, float]:
    """The span of the axis of the losses: all of them but those that explode, and some air."""
    most = TOP * float(found.smoothed[0])
    shown = np.minimum([*found.losses, *found.smoothed], most)
    low, high = float(shown.min()), float(shown.max())
    air = max(0.08 * (high - low), 0.02 * abs(high), 1e-9)
    return low - air, high + 2 * air


def class_weight_bars(names: Sequence[str], counts: np.ndarray, weights: np.ndarray) -> go.Figure:
    """Training pictures of each class, and under them how much a picture of it counts.

    Args:
        names: of the classes.
        counts: int64 (classes,).
        weights: float32 (classes,).
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.16)
    place = list(range(len(names)))
    shown = [_plain(name) for name in names]
    width = min(0.75, 0.1 + 0.1 * len(names))  # three bars as wide as the chart would be blocks
    rows = ((counts, "pictures", "%{y:,} pictures", SLATE), (weights, "weight", "weight %{y:.3g}", INK))
    for row, (values, title, words, colour) in enumerate(rows, 1):
        figure.add_bar(
            x=place, y=values, marker_color=colour, width=width, row=row, col=1, customdata=shown,
            hovertemplate=f"%{{customdata}}: {words}<extra></extra>",
        )  # fmt: skip
        figure.update_yaxes(title_text=title, nticks=4, rangemode="tozero", row=row, col=1)
    if len(names) <= MAX_NAMES:
        figure.update_xaxes(tickvals=place, ticktext=[_plain(_short(name)) for name in names], row=2, col=1)
    else:
        figure.update_xaxes(title_text="class", row=2, col=1)
    return _dressed(figure, WEIGHT_HEIGHT)


def _plain(name: str) -> str:
    """A name without what Plotly would read as tags."""
    return name.replace("<", "‹").replace(">", "›")


def _short(name: str) -> str:
    """A name that fits under a bar; written out on hover."""
    return name if len(name) <= 12 else f"{name[:11]}…"


def _dressed(figure: go.Figure, height: int) -> go.Figure:
    """Transparent, with thin axes, on either theme."""
    figure.update_layout(
        height=height,
        margin={"l": 64, "r": 8, "t": 8, "b": 44},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        dragmode=False,
    )
    figure.update_xaxes(showgrid=False, zeroline=False, showline=True, linecolor=GREY, fixedrange=True)
    figure.update_yaxes(gridcolor=GREY, zeroline=False, fixedrange=True)
    return figure
