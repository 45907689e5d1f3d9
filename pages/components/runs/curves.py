"""Learning curves that grow in place: drawn in the browser, so nothing flickers and hovering costs no round trip.

`st.plotly_chart` derives its identity from its data and so rebuilds the chart at every tick; this one keeps its nodes.
"""

from dataclasses import dataclass, field

from pages.components.browser.component import component

_component = component(
    "curves",
    "runs/pressed_at_once",
    "runs/curve_rates",
    "runs/curves",
    html="<div class='curves'></div><button class='more' type='button' aria-expanded='false'>Learning rate</button>"
    "<div class='schedule' hidden></div>",
)


@dataclass(frozen=True)
class Axis:
    """What the charts share.

    Args:
        epochs: that it holds; it only grows while the run is alive.
        total: epochs of the whole run.
        steps: batches in an epoch; 0 when unknown.
        run: whose it is; another one begins anew.
        is_live: whether the run goes on.
        is_paced: whether its pace is known, and with it how long the axis should be.
        rate: the learning rate, [x in epochs], [rate]: lived, and to come.
    """

    epochs: float
    total: int
    steps: int = 0
    run: str = ""
    is_live: bool = False
    is_paced: bool = False
    rate: list[list[float]] = field(default_factory=lambda: [[], []])


def show(charts: str, axis: Axis, best_epoch: int = 0, height: int = 280) -> None:
    """Loss left, accuracy right, on the same epochs; the learning rate under them when it is asked for.

    Args:
        charts: as `core.runs.live` makes them, once for all tabs that watch.
        axis: which part of the run is shown.
        best_epoch: gets a flag; 0 for none.
        height: of each chart in px.
    """
    shared = {"epochs": axis.epochs, "total": axis.total, "steps": axis.steps, "run": axis.run, "live": axis.is_live}
    shared["paced"] = axis.is_paced
    _component(key="curves", data={"charts": charts, "best": best_epoch, "height": height, "rate": axis.rate} | shared)
