"""How usual a score is: a histogram of the validation images' scores, the threshold, and where an image lies."""

import numpy as np
import plotly.graph_objects as go

ORANGE, INK, GREY = "#EA7A1A", "#0D9488", "rgba(128,138,155,0.35)"
HEIGHT, BINS = 230, 40


def histogram(usual: np.ndarray, found: float, limit: float | None, measure: str) -> go.Figure:
    """Validation images by their score.

    Args:
        usual: float32 (V,), their scores.
        found: the image's.
        limit: above which an image is unknown; None where this score does not decide.
        measure: what the score is.
    """
    ends = [float(min(usual.min(), found)), float(max(usual.max(), found))]
    counts, edges = np.histogram(usual, BINS, range=(ends[0], ends[1] + 1e-6))
    figure = go.Figure()
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2, y=counts, width=np.diff(edges), marker_color=ORANGE, marker_line_width=0,
        hovertemplate="%{x:.3g}: %{y} validation images<extra></extra>",
    )  # fmt: skip
    top = float(counts.max()) * 1.1
    if limit is not None:
        figure.add_shape(type="line", x0=limit, x1=limit, y0=0, y1=top, line={"color": "#64748B", "dash": "dash"})
        figure.add_annotation(x=limit, y=top, text="threshold", showarrow=False, yanchor="bottom")
    figure.add_shape(type="line", x0=found, x1=found, y0=0, y1=top * 1.25, line={"color": INK, "width": 3})
    figure.add_annotation(x=found, y=top * 1.25, text="this image", showarrow=False, yanchor="bottom")
    figure.update_xaxes(title_text=measure, gridcolor=GREY, zeroline=False)
    figure.update_yaxes(title_text="validation images", gridcolor=GREY, zeroline=False)
    figure.update_layout(
        height=HEIGHT, margin={"l": 10, "r": 10, "t": 28, "b": 10}, showlegend=False, bargap=0,
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    return figure
