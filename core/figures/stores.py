"""The measured stores as bars: one small chart for each measure, the stores in the same order in all."""

import plotly.graph_objects as go

INK = "#0D9488"
GREY = "rgba(128,138,155,0.35)"
PER_BAR, MARGIN = 30, 18
"""px"""


def bars(values: list[float], names: list[str], texts: list[str], measure: str) -> go.Figure:
    """Bars from left to right, the first store at the top, each with its number.

    Args:
        values: one per store.
        names: of the stores; words of ours.
        texts: what stands at the end of each bar.
        measure: what is measured, with its unit, for the pointer.
    """
    places = list(range(len(values)))
    figure = go.Figure()
    figure.add_bar(
        x=values, y=places, orientation="h", marker_color=INK, marker_line_width=0, text=texts,
        textposition="outside", cliponaxis=False, customdata=[list(pair) for pair in zip(names, texts, strict=True)],
        hovertemplate=f"%{{customdata[0]}}: %{{customdata[1]}}<extra>{measure}</extra>",
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=places, ticktext=names, autorange="reversed", showgrid=False, automargin=True, ticklen=6,
        tickcolor="rgba(0,0,0,0)",
    )  # fmt: skip
    # Room for the number behind the longest bar.
    figure.update_xaxes(range=[0, 1.35 * max(values)], visible=False)
    figure.update_layout(
        height=PER_BAR * len(values) + MARGIN,
        margin={"l": 0, "r": 0, "t": 4, "b": 4},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        bargap=0.35,
        uirevision="stores",
    )
    return figure
