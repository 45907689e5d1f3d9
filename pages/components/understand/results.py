"""Every kind of result has one way in which it is drawn, whatever lens it came from."""

import importlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.errors import UserError
from core.figures import results as figures
from core.lens import Lens, Result
from core.lens.results import Bars, HeatMap, MapGrid, Matrix, Points, Table
from pages.components.browser.component import component
from pages.components.browser.packet import Packet
from pages.components.frame.markdown import plain
from pages.components.understand import film, patience
from pages.components.understand.looking import Looking

CHART = {"displayModeBar": False}

_maps = component(
    "result_maps",
    "browser/signed",
    "understand/result_maps",
    html="<div class='result'></div>",
)


def draw_all(lenses: Iterable[Lens], looking: Looking) -> None:
    """Draws what each finds; what one refuses is said once, and the others are drawn all the same."""
    wanted, said = list(lenses), set()
    if looking.chosen is None and any(lens.needs_images for lens in wanted):
        st.caption("What the network makes of your picture will stand here.")
    for lens in wanted:
        try:
            draw(lens, looking)
        except UserError as error:
            if str(error) not in said:
                st.error(plain(error))
            said.add(str(error))


def draw(lens: Lens, looking: Looking) -> None:
    """Asks a lens and draws what it finds; nothing for one that needs a picture while there is none.

    Raises:
        UserError: the lens' refusal.
    """
    if lens.needs_images and looking.chosen is None:
        return
    result = found(lens, looking)
    if result is not None:
        drawing(type(result))(result, looking)
        film.offer(lens, result, looking)


def found(lens: Lens, looking: Looking) -> Result | None:
    """What a lens finds; None as long as that takes, which the page shows.

    Raises:
        UserError: the lens' refusal.
    """
    return patience.of(lens, looking) if lens.is_long(looking.outline) else looking.ask(lens)


def drawing(kind: type[Result]) -> Callable[[Any, Looking], None]:
    """What draws a kind of result: a kind that lives beside its lens, `core/lens/<name>.py`, has its view in
    `<name>.py` of this folder."""
    if kind in DRAWINGS:
        return DRAWINGS[kind]
    return importlib.import_module(f"{__package__}.{kind.__module__.rpartition('.')[2]}").draw


def _bars(result: Bars, looking: Looking) -> None:
    _chart(looking, figures.bars(result.values, result.labels, result.measure, result.of), result.measure)


def _matrix(result: Matrix, looking: Looking) -> None:
    _chart(
        looking, figures.matrix(result.values, result.rows, result.columns, result.measure, result.axes), result.measure
    )


def _points(result: Points, looking: Looking) -> None:
    _chart(looking, figures.points(result.places, result.labels, result.groups, result.axes), " and ".join(result.axes))


def _chart(looking: Looking, figure: go.Figure, words: str) -> None:
    st.plotly_chart(figure, key=looking.key("result"), config=CHART, alt=words)


def _table(result: Table, looking: Looking) -> None:
    columns = {name: [row[i] for row in result.rows] for i, name in enumerate(result.columns)}
    if result.note:
        st.markdown(plain(result.note))
    st.dataframe(columns, hide_index=True, key=looking.key("result"))


def _map_grid(result: MapGrid, looking: Looking) -> None:
    packet = Packet()
    _count, height, width = result.maps.shape
    header = {"maps": packet.put(result.maps), "labels": list(result.labels)}
    _drawn(looking, packet, {**header, "shape": [height, width], "measure": result.measure, "image": None})


def _heat_map(result: HeatMap, looking: Looking) -> None:
    packet = Packet()
    header = {"maps": packet.put(result.values), "labels": [""], "shape": list(result.values.shape)}
    colours = np.broadcast_to(result.image, (*result.image.shape[:2], 3))
    image = {"shape": list(result.image.shape[:2]), "pixels": packet.put(colours)}
    _drawn(looking, packet, {**header, "measure": result.measure, "image": image})


def _drawn(looking: Looking, packet: Packet, header: dict[str, Any]) -> None:
    _maps(key=looking.key("result"), data=packet.seal(header))


DRAWINGS: dict[type[Result], Callable[[Any, Looking], None]] = {
    Bars: _bars,
    MapGrid: _map_grid,
    HeatMap: _heat_map,
    Matrix: _matrix,
    Table: _table,
    Points: _points,
}
"""How the kinds are drawn that any lens may give."""
