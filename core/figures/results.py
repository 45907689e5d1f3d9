"""What a lens found as a Plotly figure: plain arrays and words in."""

import numpy as np
import plotly.graph_objects as go

from core.figures.class_colours import class_colour

INK = "#0D9488"
"""Teal, in the middle of its scale, so that it is read on white and on dark blue."""
GREY = "rgba(128,138,155,0.35)"
SIGNED = ((0.0, "rgba(234,122,26,1)"), (0.5, "rgba(128,138,155,0)"), (1.0, "rgba(56,109,224,1)"))
"""Negative orange, zero the page's own ground, positive blue."""
HEIGHT, PER_ROW = 360, 18
"""px: of a figure, and of a row of a matrix."""
FEW = 40
"""Words along an axis; of more, Plotly names some."""

UPRIGHT, LETTERS = 8, 8
"""Bars and letters up to which names stand under upright bars; of more and longer ones the bars lie."""


def bars(values: np.ndarray, labels: tuple[str, ...], measure: str, of: str) -> go.Figure:
    """One bar for each value, in their order.

    Args:
        values: float32 (N,).
        labels: N words.
        measure: what is written at the axis of the values.
        of: at the other one.
    """
    if len(values) > UPRIGHT and max(map(len, labels)) > LETTERS:
        return _lying_bars(values, labels, measure)
    figure = go.Figure()
    (thing,) = _plain([of])
    told = [f"{thing} {label}".strip() for label in _plain(labels)]
    # Of many numbers Plotly writes those for which there is room, which it does not of words.
    is_numbered = len(labels) > UPRIGHT and list(labels) == [str(i + 1) for i in range(len(labels))]
    first, ticks = (1, {}) if is_numbered else (0, _named(labels))
    figure.add_bar(
        x=list(range(first, first + len(values))), y=values, marker_color=INK, marker_line_width=0, customdata=told,
        hovertemplate="%{customdata}: %{y:.4g}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title_text=thing, tickangle=0 if _fit(labels) else None, showgrid=False, **ticks)
    figure.update_yaxes(title_text=_plain([measure])[0], gridcolor=GREY, zeroline=True, zerolinecolor=GREY)
    return _dressed(figure, HEIGHT)


def _lying_bars(values: np.ndarray, labels: tuple[str, ...], measure: str) -> go.Figure:
    """Bars from left to right, the first at the top, each with its whole name and its number."""
    figure = go.Figure()
    places = list(range(len(values)))
    figure.add_bar(
        x=values, y=places, orientation="h", marker_color=INK, marker_line_width=0, customdata=_plain(labels),
        text=[f"{value:.2g}" for value in values], textposition="outside", cliponaxis=False,
        hovertemplate="%{customdata}: %{x:.4g}<extra></extra>",
    )  # fmt: skip
    figure.update_yaxes(tickvals=places, ticktext=_plain(labels), autorange="reversed", showgrid=False, automargin=True)
    figure.update_xaxes(title_text=_plain([measure])[0], gridcolor=GREY, zeroline=True, zerolinecolor=GREY)
    return _dressed(figure, max(HEIGHT, len(values) * PER_ROW))


def matrix(
    values: np.ndarray, rows: tuple[str, ...], columns: tuple[str, ...], measure: str, axes: tuple[str, str]
) -> go.Figure:
    """A cell for each value, the first row at the top.

    Args:
        values: float32 (R, C), signed.
        rows, columns: R and C words.
        measure: what the values are.
        axes: what rows and columns are.
    """
    limit = float(np.abs(values).max(initial=1e-9))
    words = [[f"{row} · {column}" for column in _plain(columns)] for row in _plain(rows)]
    figure = go.Figure()
    figure.add_heatmap(
        z=values, zmin=-limit, zmax=limit, colorscale=SIGNED, customdata=words, xgap=1, ygap=1,
        colorbar={"title": {"text": _plain([measure])[0]}, "thickness": 12, "outlinewidth": 0},
        hovertemplate="%{customdata}: %{z:.4g}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title_text=_plain([axes[1]])[0], showgrid=False, zeroline=False, **_named(columns))
    figure.update_yaxes(
        title_text=_plain([axes[0]])[0], showgrid=False, zeroline=False, autorange="reversed", **_named(rows)
    )
    return _dressed(figure, max(HEIGHT, PER_ROW * len(rows) + 90))


def points(places: np.ndarray, labels: tuple[str, ...], groups: tuple[str, ...], axes: tuple[str, str]) -> go.Figure:
    """Points in a plane, a colour for each group.

    Args:
        places: float32 (N, 2).
        labels: N words, told on hover.
        groups: N words, or none.
        axes: what x and y are.
    """
    figure, words = go.Figure(), np.array(_plain(labels), object)
    belongs = np.array(groups or ("",) * len(labels), object)
    for i, group in enumerate(dict.fromkeys(belongs)):
        mine = belongs == group
        figure.add_scatter(
            x=places[mine, 0], y=places[mine, 1], mode="markers", name=_plain([group])[0], customdata=words[mine],
            marker={"size": 7, "color": f"rgb{class_colour(i)}", "opacity": 0.75, "symbol": i // 8},
            hovertemplate="%{customdata}: %{x:.4g}, %{y:.4g}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title_text=_plain([axes[0]])[0], gridcolor=GREY, zeroline=False)
    figure.update_yaxes(title_text=_plain([axes[1]])[0], gridcolor=GREY, zeroline=False)
    figure.update_layout(showlegend=len(set(groups)) > 1)
    return _dressed(figure, HEIGHT + 60)


def _named(labels: tuple[str, ...]) -> dict[str, object]:
    """The words at an axis: all of a few, every so many of others."""
    step = -(-len(labels) // FEW)
    return {"tickvals": list(range(0, len(labels), step or 1)), "ticktext": [_short(w) for w in labels[:: step or 1]]}


def _fit(labels: tuple[str, ...]) -> bool:
    """Whether words this short stand beside each other."""
    return max(map(len, labels), default=0) <= 3


def _short(word: str) -> str:
    """A word that fits under a bar; written out on hover."""
    (word,) = _plain([word])
    return word if len(word) <= 14 else f"{word[:13]}…"


def _plain(words: tuple[str, ...] | list[str]) -> list[str]:
    """Words without what Plotly would read as tags."""
    return [word.replace("<", "‹").replace(">", "›") for word in words]


def _dressed(figure: go.Figure, height: int) -> go.Figure:
    """Transparent, with thin axes, on either theme."""
    figure.update_layout(
        height=height,
        margin={"l": 64, "r": 8, "t": 8, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=bool(figure.layout.showlegend),
        dragmode=False,
    )
    figure.update_xaxes(showline=True, linecolor=GREY, fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    return figure
