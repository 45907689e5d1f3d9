"""Learning curves that grow in place: drawn in the browser, so nothing flickers and hovering costs no round trip.

`st.plotly_chart` derives its identity from its data and so rebuilds the chart at every tick; this one keeps its nodes.
"""

from pages.components.browser.component import component

_component = component(
    "curves",
    "runs/curves",
    html="<div class='curves'></div>",
)


def show(charts: str, epochs: int, best_epoch: int = 0, height: int = 280) -> None:
    """Loss left, accuracy right, on the same epochs.

    Args:
        charts: as `core.runs.live` makes them, once for all tabs that watch.
        epochs: length of the axis, so that it does not move while the run does.
        best_epoch: gets a flag; 0 for none.
        height: of each chart in px.
    """
    _component(key="curves", data={"charts": charts, "epochs": epochs, "best": best_epoch, "height": height})
