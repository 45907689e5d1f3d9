"""Pictures of many runs at once: plain arrays in, a Plotly figure out."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.experiment.comparison import is_wide

VALIDATION = "#EA7A1A"
GREY = "rgba(128,138,155,0.35)"
FAINT = "rgba(234,122,26,0.28)"
TEAL = [[0.0, "#CCFBF1"], [0.5, "#2DD4BF"], [1.0, "#115E59"]]
"""From little to much; light enough below and dark enough above for the numbers in the cells."""
HEIGHT = 300
NAME_LENGTH = 18
"""Letters of a name beside its point; the whole name is in the hover."""
PLOT, LETTER = (400, 180), 6.5
"""px: about how large the plot is at least and a letter is wide, to tell which names would touch."""


def accuracy_against(
    x: np.ndarray, accuracy: np.ndarray, names: Sequence[str], chosen: np.ndarray, title: str, height: int = HEIGHT
) -> go.Figure:
    """A point per run: what accuracy costs. The best run wears a star.

    Args:
        x: float64 (N,), above 0: parameters, or seconds.
        accuracy: float64 (N,), best validation accuracy 0..1.
        names: of the runs.
        chosen: bool (N,), points that stand out and carry their name.
        title: of the x axis, with its unit.
        height: in px.
    """
    figure = go.Figure()
    best = np.zeros(len(x), bool)
    if len(x):
        best[np.argmax(accuracy)] = True
    told = np.array([_plain(name) for name in names], object)
    hover = f"%{{customdata}}<br>accuracy %{{y:.3f}}<br>%{{x:,.4~g}} {title.rpartition(', ')[2]}<extra></extra>"
    # One trace per look: colours and symbols given point by point cost a hundred times as much to check.
    for those, colour, symbol, size in (
        (~chosen & ~best, FAINT, "circle", 9),
        (chosen & ~best, VALIDATION, "circle", 11),
        (best, VALIDATION, "star", 15),
    ):
        figure.add_scatter(
            x=x[those], y=accuracy[those], customdata=told[those], cliponaxis=False, mode="markers",
            marker={"symbol": symbol, "size": size, "color": colour, "line": {"width": 0}}, hovertemplate=hover,
        )  # fmt: skip
    _name(figure, x, accuracy, names, chosen)
    figure.update_xaxes(title_text=title, type="log" if is_wide(x) else "linear")
    if not is_wide(x):
        figure.update_xaxes(rangemode="tozero")
    else:
        _few_ticks(figure)
    _accuracy_axis(figure, accuracy)
    return _dressed(figure, height)


def accuracy_by_value(
    values: Sequence[float], accuracy: Sequence[float | None], field: str, *, log: bool, height: int = HEIGHT
) -> go.Figure:
    """A sweep of one field: what each value reached, joined by a line, the best with a star.

    Args:
        values: ascending.
        accuracy: best validation accuracy 0..1 of each; None where there is none yet.
        field: names the x axis.
        log: whether the axis goes by factors.
        height: in px.
    """
    field = _plain(field)
    known = np.array([np.nan if a is None else a for a in accuracy], float)  # (N,)
    best = int(np.nanargmax(known)) if np.isfinite(known).any() else -1
    at = np.arange(len(known))
    figure = go.Figure()
    figure.add_scatter(
        x=list(values), y=known, mode="lines+markers+text", connectgaps=True, cliponaxis=False,
        text=["" if np.isnan(a) else f"{a:.3f}" for a in known], textposition="top center", textfont={"size": 11},
        line={"color": VALIDATION, "width": 2.2},
        marker={
            "size": np.where(at == best, 15, 9), "symbol": np.where(at == best, "star", "circle"), "color": VALIDATION
        },
        hovertemplate=f"{field} %{{x:g}}<br>accuracy %{{y:.4f}}<extra></extra>",
    )  # fmt: skip
    ticks = {"tickvals": list(values), "ticktext": [f"{value:g}" for value in values]} if len(values) <= 12 else {}
    log = log and min(values, default=0) > 0
    figure.update_xaxes(title_text=field, type="log" if log else "linear", minor={"ticks": ""}, **ticks)
    _accuracy_axis(figure, known[np.isfinite(known)])
    return _dressed(figure, height)


def accuracy_by_images(
    sizes: Sequence[float],
    seeds: Sequence[float],
    accuracy: Mapping[tuple[float, float], float | None],
    height: int = HEIGHT,
) -> go.Figure:
    """What so many images of each class led to: a point for each seed, and a line through their means.

    Args:
        sizes: images of each class, 0 for all of them.
        seeds: of the runs.
        accuracy: best validation accuracy 0..1 by (size, seed); missing or None where there is none yet.
        height: in px.
    """
    order = [*sorted(size for size in sizes if size), *(size for size in sizes if not size)]
    names = [f"{size:g}" if size else "all" for size in order]
    found = np.array([[accuracy.get((size, seed)) for seed in seeds] for size in order], float)  # None becomes NaN
    means = [float(np.nanmean(row)) if np.isfinite(row).any() else None for row in found]
    figure = go.Figure()
    figure.add_scatter(
        x=np.repeat(names, len(seeds)), y=found.ravel(), mode="markers", name="a seed",
        marker={"size": 7, "color": VALIDATION, "opacity": 0.55}, customdata=np.tile(seeds, len(order)),
        hovertemplate="%{x} a class, seed %{customdata:g}<br>accuracy %{y:.4f}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=names, y=means, mode="lines+text", name="mean", cliponaxis=False, connectgaps=True,
        text=["" if mean is None else f"{mean:.3f}" for mean in means], textposition="top center",
        line={"color": VALIDATION, "width": 2.2},
        hovertemplate="%{x} a class, mean of the seeds<br>accuracy %{y:.4f}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title_text="training pictures of each class", type="category", categoryarray=names)
    _accuracy_axis(figure, found[np.isfinite(found)])
    return _dressed(figure, height)


def accuracy_map(
    columns: Sequence[float],
    rows: Sequence[float],
    accuracy: Mapping[tuple[float, float], float | None],
    fields: tuple[str, str],
    height: int = HEIGHT,
) -> go.Figure:
    """A sweep of two fields: a cell per pair of values with its number, the best with a star.

    Args:
        columns, rows: values of the first and the second field, ascending.
        accuracy: best validation accuracy 0..1 by (column, row); missing or None where there is none yet.
        fields: name the axes.
        height: in px.
    """
    fields = _plain(fields[0]), _plain(fields[1])
    found = [[accuracy.get((column, row)) for column in columns] for row in rows]
    grid = np.array([[np.nan if a is None else a for a in line] for line in found], float)  # (rows, columns)
    best = np.nanmax(grid) if np.isfinite(grid).any() else None
    text = [["–" if np.isnan(a) else f"★ {a:.3f}" if a == best else f"{a:.3f}" for a in line] for line in grid]
    figure = go.Figure()
    # Values by their name, not their size: cells are equally large whatever lies between them.
    figure.add_heatmap(
        x=[f"{value:g}" for value in columns], y=[f"{value:g}" for value in rows], z=grid, text=text,
        texttemplate="%{text}", colorscale=TEAL, xgap=2, ygap=2, hoverongaps=False,
        colorbar={"title": {"text": "accuracy"}, "thickness": 12, "outlinewidth": 0},
        hovertemplate=f"{fields[0]} %{{x}}<br>{fields[1]} %{{y}}<br>accuracy %{{z:.4f}}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title_text=fields[0], type="category")
    figure.update_yaxes(title_text=fields[1], type="category")
    return _dressed(figure, height)


def _short(name: str) -> str:
    """A name as it fits beside a point: of a long one both ends, as either may tell it from others."""
    half = NAME_LENGTH // 2
    return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1 - half]}…{name[-half:]}"


def _name(figure: go.Figure, x: np.ndarray, accuracy: np.ndarray, names: Sequence[str], chosen: np.ndarray) -> None:
    """Writes the names of the chosen points where there is room; the others tell theirs under the pointer."""
    across = (_part(np.log(x)) if is_wide(x) else x / max(x.max(initial=0.0), 1e-9)) * PLOT[0]  # (N,), px
    down = (1 - _part(accuracy)) * PLOT[1]
    taken = [(px - 6, py - 6, px + 6, py + 6) for px, py in zip(across[chosen], down[chosen], strict=True)]
    for i in np.flatnonzero(chosen):
        text = _short(names[i])
        width = len(text) * LETTER
        for side, dx, dy in (("left", 10, 0), ("right", -10 - width, 0), ("center", -width / 2, -15),
                             ("center", -width / 2, 15), ("left", 8, -12), ("left", 8, 12),
                             ("right", -8 - width, -12), ("right", -8 - width, 12)):  # fmt: skip
            box = (across[i] + dx, down[i] + dy - 7, across[i] + dx + width, down[i] + dy + 7)
            if box[0] >= 0 and box[2] <= PLOT[0] and not any(_touch(box, other) for other in taken):
                taken.append(box)
                anchor = {"left": dx, "right": dx + width, "center": 0}[side]
                figure.add_annotation(
                    x=np.log10(x[i]) if is_wide(x) else x[i], y=accuracy[i], text=_plain(text), showarrow=False,
                    xanchor=side, yanchor="middle", xshift=anchor, yshift=-dy, font={"size": 11},
                )  # fmt: skip
                break


def _part(values: np.ndarray) -> np.ndarray:
    """The same between 0 and 1."""
    return (values - values.min()) / (np.ptp(values) or 1) if len(values) else values


def _touch(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two boxes (left, top, right, bottom) overlap."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _plain(text: str) -> str:
    """A name without a meaning to Plotly, which reads a little HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _few_ticks(figure: go.Figure) -> None:
    """Powers of ten with 2 and 5 between, so that a span below a decade still has numbers."""
    figure.update_xaxes(dtick="D2", tickformat="~s", exponentformat="none")


def _accuracy_axis(figure: go.Figure, accuracy: np.ndarray) -> None:
    """The axis of the accuracies float64 (N,), 0..1; where it is cut, it says so."""
    low, high = _room(accuracy)
    cut = f"<br>(cut: begins at {low:.3g})" if low > 0 else ""
    figure.update_yaxes(title_text=f"best validation accuracy{cut}", range=[low, high])


def _room(accuracy: np.ndarray) -> list[float]:
    """The span of the accuracy axis: the runs, some air, and never beyond what can be."""
    if not len(accuracy):
        return [0.0, 1.02]
    low, high = float(np.min(accuracy)), float(np.max(accuracy))
    air = max(0.01, 0.18 * (high - low))
    return [max(-0.02, low - air), min(1.04, high + air)]


def _dressed(figure: go.Figure, height: int) -> go.Figure:
    """Transparent, with thin axes, on either theme."""
    figure.update_layout(
        height=height,
        margin={"l": 56, "r": 16, "t": 16, "b": 46},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        uirevision="runs",
    )
    figure.update_xaxes(showgrid=False, zeroline=False, showline=True, linecolor=GREY)
    figure.update_yaxes(gridcolor=GREY, zeroline=False)
    return figure
