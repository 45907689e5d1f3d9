"""Pictures of a dataset's numbers: plain arrays in, a Plotly figure out."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.words import number

BINS = 32
"""Bins of 8 values each: coarse enough to see a shape, and every bin of the 0..255 axis has one of the 0..1 axis."""
INK = "#0D9488"
"""Teal, for the values of pictures; in the middle of its scale, so that it is read on white and on dark blue."""
TARGET = "#EA7A1A"
GREY = "rgba(128,138,155,0.35)"
HEIGHT = 280
PER_BAR = 38
"""px of height."""
MAX_POINTS = 1000
"""Of the scatter: more than it can show apart; the commonest sizes are kept."""


def value_histogram(counts: np.ndarray, scaling: float = 1 / 255, height: int = HEIGHT) -> go.Figure:
    """The values of the pictures as stored and as the network sees them: the axis changes, the shape does not.

    Args:
        counts: int64 (256,), how often each value 0..255 occurs.
        scaling: what every value is multiplied by.
        height: in px.
    """
    width = 256 // BINS
    share = 100 * counts.reshape(BINS, width).sum(1) / max(1, counts.sum())  # (BINS,), percent
    middle = np.arange(BINS) * width + width / 2 - 0.5
    figure = make_subplots(rows=2, cols=1, vertical_spacing=0.32)
    for row, factor, digits in ((1, 1, ".0f"), (2, scaling, ".2f")):
        figure.add_bar(
            x=middle * factor, y=share, width=width * factor * 0.9, marker_color=INK, row=row, col=1,
            hovertemplate=f"around %{{x:{digits}}}: %{{y:.3g}} % of the values<extra></extra>",
        )  # fmt: skip
        figure.update_xaxes(range=[-2 * factor, 257 * factor], row=row, col=1)
    figure.update_xaxes(title_text="value as stored, 0 to 255", tickvals=[0, 64, 128, 192, 255], row=1, col=1)
    figure.update_xaxes(title_text="value for the network, 0 to 1", tickvals=[0, 0.25, 0.5, 0.75, 1], row=2, col=1)
    figure.update_yaxes(title_text="% of values", nticks=4)
    return _dressed(figure, height)


def size_scatter(sizes: np.ndarray, target: tuple[int, int], height: int = HEIGHT) -> go.Figure:
    """Original widths and heights, one point per size, larger where more pictures have it.

    Args:
        sizes: int64 (N, 2), width and height in px.
        target: width and height in px that all are brought to.
        height: of the figure in px.
    """
    distinct, counts = np.unique(sizes, axis=0, return_counts=True)
    common = np.argsort(-counts, kind="stable")[:MAX_POINTS]
    distinct, counts = distinct[common], counts[common]
    figure = go.Figure()
    figure.add_scatter(
        x=distinct[:, 0], y=distinct[:, 1], mode="markers", name="original", customdata=counts,
        marker={"size": 7 + 17 * np.sqrt(counts / counts.max()), "color": INK, "opacity": 0.55, "line": {"width": 0}},
        hovertemplate="%{x} x %{y} px: pictures: %{customdata}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[target[0]], y=[target[1]], mode="markers", name="for the network",
        marker={"size": 13, "symbol": "x-thin", "line": {"width": 3, "color": TARGET}},
        hovertemplate="all are brought to %{x} x %{y} px<extra></extra>",
    )  # fmt: skip
    longest = 1.1 * max(int(distinct.max()), *target)
    figure.update_xaxes(title_text="width, px", range=[0, longest])
    figure.update_yaxes(title_text="height, px", range=[0, longest])
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.02, "x": 0, "yanchor": "bottom"})
    return _dressed(figure, height)


def pace_bars(names: list[str], paces: list[float]) -> go.Figure:
    """Images a second as lying bars, each with its number and how many times the slowest it is.

    Args:
        names: of what is compared, in their order.
        paces: images/s, above 0.
    """
    slowest, places = min(paces), list(range(len(paces)))
    figure = go.Figure()
    figure.add_bar(
        x=paces, y=places, orientation="h", marker_color=INK, marker_line_width=0, customdata=names,
        text=[f" {number(round(pace))} · {pace / slowest:.3g}×" for pace in paces], textposition="outside",
        cliponaxis=False, hovertemplate="%{customdata}: %{x:,.0f} images/s<extra></extra>",
    )  # fmt: skip
    _dressed(figure, 64 + PER_BAR * len(paces)).update_layout(bargap=0.35)
    upside_down = [len(paces) - 0.5, -0.5]
    figure.update_yaxes(tickvals=places, ticktext=names, range=upside_down, showgrid=False, automargin=True)
    figure.update_xaxes(title_text="images/s", range=[0, 1.3 * max(paces)], nticks=4)
    return figure


def _dressed(figure: go.Figure, height: int) -> go.Figure:
    """Transparent, with thin axes, on either theme."""
    figure.update_layout(
        height=height,
        margin={"l": 56, "r": 8, "t": 8, "b": 44},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=bool(figure.layout.showlegend),
        bargap=0,
        uirevision="data",
    )
    figure.update_xaxes(showgrid=False, zeroline=False, showline=True, linecolor=GREY)
    figure.update_yaxes(gridcolor=GREY, zeroline=False, rangemode="tozero")
    return figure
