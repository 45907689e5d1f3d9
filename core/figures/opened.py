"""Layers and losses taken apart, as Plotly figures: plain arrays and words in."""

import numpy as np
import plotly.graph_objects as go

INK, GREY, FAINT = "#0D9488", "rgba(128,138,155,0.35)", "rgba(128,138,155,0.45)"
TRAIN, VALIDATION = "#2563EB", "#EA7A1A"
BINS = 24


def channel_lines(epochs: np.ndarray, lines: np.ndarray, channel: int) -> go.Figure:
    """A number of every channel through the epochs, one channel strong and the others faint.

    Args:
        epochs: int32 (E,).
        lines: float32 (E, channels).
        channel: the strong one, 0 for the first.
    """
    count = lines.shape[1]
    figure = go.Figure()
    # All others as one trace with gaps: as many traces as channels would be slow.
    x = np.tile([*epochs.tolist(), None], count)
    y = np.concatenate([[*lines[:, one].tolist(), None] for one in range(count)])
    figure.add_scatter(x=x, y=y, mode="lines", line={"color": FAINT, "width": 1}, hoverinfo="skip")
    figure.add_scatter(
        x=epochs, y=lines[:, channel], mode="lines+markers", line={"color": INK, "width": 2.5},
        hovertemplate="epoch %{x}: %{y:.4g}<extra></extra>",
    )  # fmt: skip
    _mark_epochs(figure, epochs, 6)
    figure.update_yaxes(nticks=5)
    return _dressed(figure, 190)


def histogram(values: np.ndarray, low: float, high: float) -> go.Figure:
    """How values are spread.

    Args:
        values: float32 (N,).
        low, high: of the axis; equal ones make charts comparable.
    """
    counts, edges = np.histogram(values, BINS)
    figure = go.Figure()
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2, y=counts, width=np.diff(edges), marker_color=INK, marker_line_width=0,
        hovertemplate="about %{x:.3g}: %{y} values<extra></extra>",
    )  # fmt: skip
    margin = (high - low) * 0.04 or 1.0
    figure.update_xaxes(range=[low - margin, high + margin], nticks=6)
    figure.update_yaxes(showticklabels=False, rangemode="tozero")
    return _dressed(figure, 160)


def approach(misses: np.ndarray, expected: np.ndarray, masks: int) -> go.Figure:
    """How far the mean of more and more masks is from what was given.

    Args:
        misses, expected: float32 (M,), measured and by arithmetic, for 1, 2 ... masks.
        masks: the number that is looked at.
    """
    count = list(range(1, len(misses) + 1))
    figure = go.Figure()
    figure.add_scatter(x=count, y=expected, mode="lines", name="expected: falls with 1/√masks",
                       line={"color": FAINT, "width": 2, "dash": "dash"}, hoverinfo="skip")  # fmt: skip
    figure.add_scatter(x=count, y=misses, mode="lines", name="these masks", line={"color": INK, "width": 2},
                       hovertemplate="%{x} masks: off by %{y:.3g}<extra></extra>")  # fmt: skip
    figure.add_scatter(x=[masks], y=[misses[masks - 1]], mode="markers", marker={"size": 10, "color": INK},
                       showlegend=False, hoverinfo="skip")  # fmt: skip
    figure.update_xaxes(title_text="masks in the mean")
    figure.update_yaxes(title_text="off by (root mean square)", rangemode="tozero")
    return _with_legend(_dressed(figure, 260))


def losses(epochs: np.ndarray, told: np.ndarray, again: np.ndarray, validation: np.ndarray, epoch: int) -> go.Figure:
    """Training loss as it was counted and counted again, beside the validation loss.

    Args:
        epochs: int32 (E,).
        told, again, validation: float32 (E,).
        epoch: the one that is taken apart; marked.
    """
    figure = go.Figure()
    for name, values, colour, dash in (
        ("train, along the epoch", told, TRAIN, "solid"),
        ("train, counted again", again, TRAIN, "dot"),
        ("validation", validation, VALIDATION, "solid"),
    ):
        figure.add_scatter(
            x=epochs, y=values, mode="lines+markers", name=name, line={"color": colour, "width": 2, "dash": dash},
            hovertemplate=f"epoch %{{x}}, {name}: %{{y:.4g}}<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=epoch, line_color=GREY, line_width=6, opacity=0.5)
    _mark_epochs(figure, epochs, 10)
    figure.update_yaxes(title_text="loss", rangemode="tozero")
    return _with_legend(_dressed(figure, 320))


def _mark_epochs(figure: go.Figure, epochs: np.ndarray, most: int) -> None:
    """Names whole epochs on the axis, at most so many: there is no epoch 1.5."""
    step = max(1, -(-len(epochs) // most))
    figure.update_xaxes(title_text="epoch", tickmode="array", tickvals=epochs[::step])


def _with_legend(figure: go.Figure) -> go.Figure:
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    return figure.update_layout(showlegend=True, legend=legend, margin_t=34)


def _dressed(figure: go.Figure, height: int) -> go.Figure:
    """Transparent, with thin axes, on either theme."""
    figure.update_layout(
        height=height,
        margin={"l": 56, "r": 8, "t": 10, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        dragmode=False,
        bargap=0,
    )
    figure.update_xaxes(showgrid=False, zeroline=False, showline=True, linecolor=GREY, fixedrange=True)
    figure.update_yaxes(gridcolor=GREY, zeroline=False, fixedrange=True)
    return figure
