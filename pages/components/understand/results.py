"""Every kind of result has one way in which it is drawn, whatever lens it came from."""

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.figures import results as figures
from core.lens import Lens, Result
from core.lens.batch_norm import BatchNormStory
from core.lens.dropout import DropoutStory
from core.lens.feature_maps import LayerMaps
from core.lens.kernels import LayerKernels
from core.lens.loss_again import LossAgain
from core.lens.preprocessing import Preprocessed
from core.lens.results import Bars, HeatMap, MapGrid, Matrix, Points, Table
from pages.components.browser.component import component
from pages.components.browser.packet import Packet
from pages.components.understand import batch_norm, dropout, feature_maps, kernels, loss_again, preprocessing
from pages.components.understand.looking import Looking

CHART = {"displayModeBar": False}

_maps = component(
    "result_maps",
    "browser/signed",
    "understand/result_maps",
    html="<div class='result'></div>",
)


def draw(lens: Lens, looking: Looking) -> None:
    """Asks a lens and draws what it finds; nothing for one that needs a picture while there is none.

    Raises:
        UserError: the lens' refusal.
    """
    if lens.needs_images and looking.chosen is None:
        return
    result = looking.ask(lens)
    DRAWINGS[type(result)](result, looking)


def _bars(result: Bars, _looking: Looking) -> None:
    _chart(figures.bars(result.values, result.labels, result.measure, result.of), result.measure)


def _matrix(result: Matrix, _looking: Looking) -> None:
    _chart(figures.matrix(result.values, result.rows, result.columns, result.measure, result.axes), result.measure)


def _points(result: Points, _looking: Looking) -> None:
    _chart(figures.points(result.places, result.labels, result.groups, result.axes), " and ".join(result.axes))


def _chart(figure: go.Figure, words: str) -> None:
    st.plotly_chart(figure, key="result", config=CHART, alt=words)


def _table(result: Table, _looking: Looking) -> None:
    columns = {name: [row[i] for row in result.rows] for i, name in enumerate(result.columns)}
    st.dataframe(columns, hide_index=True, key="result")


def _map_grid(result: MapGrid, _looking: Looking) -> None:
    packet = Packet()
    _count, height, width = result.maps.shape
    header = {"maps": packet.put(result.maps), "labels": list(result.labels)}
    _drawn(packet, {**header, "shape": [height, width], "measure": result.measure, "image": None})


def _heat_map(result: HeatMap, _looking: Looking) -> None:
    packet = Packet()
    header = {"maps": packet.put(result.values), "labels": [""], "shape": list(result.values.shape)}
    colours = np.broadcast_to(result.image, (*result.image.shape[:2], 3))
    image = {"shape": list(result.image.shape[:2]), "pixels": packet.put(colours)}
    _drawn(packet, {**header, "measure": result.measure, "image": image})


def _drawn(packet: Packet, header: dict[str, Any]) -> None:
    _maps(key="result", data=packet.seal(header))


DRAWINGS: dict[type[Result], Callable[[Any, Looking], None]] = {
    LayerMaps: feature_maps.draw,
    LayerKernels: kernels.draw,
    BatchNormStory: batch_norm.draw,
    DropoutStory: dropout.draw,
    LossAgain: loss_again.draw,
    Preprocessed: preprocessing.draw,
    Bars: _bars,
    MapGrid: _map_grid,
    HeatMap: _heat_map,
    Matrix: _matrix,
    Table: _table,
    Points: _points,
}
"""How each kind is drawn; a kind with a view of its own has it beside its lens."""
