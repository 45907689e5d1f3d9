"""The kernels of every convolution as small pictures: what each filter looks for."""

from typing import Any

import streamlit as st

from core.lens.kernels import LayerKernels
from pages.components.browser.component import component
from pages.components.browser.packet import Packet
from pages.components.understand.looking import Looking

_kernels = component(
    "kernels",
    "browser/signed",
    "understand/layer_choice",
    "understand/kernels",
    html="<div class='kernels'></div>",
)


def draw(kernels: LayerKernels, looking: Looking) -> None:
    """Draws the kernels of all convolutions; nothing for a network without any.

    Args:
        kernels: as the lens gave them.
        looking: at which network.
    """
    if not kernels.layers:
        return
    st.subheader("Kernels")
    packet = Packet()
    stages = looking.outline.stages
    layers = [_layer(told, packet) | {"stage": stages.get(told["name"], "")} for told in kernels.layers]
    _kernels(key=looking.key("kernels"), data=packet.seal({"layers": layers}))


def _layer(told: dict[str, Any], packet: Packet) -> dict[str, Any]:
    """One convolution: a table of kernels, a row per filter and a column per input map."""
    planes = told["planes"]  # (filters, channels, rows, columns)
    filters, channels, rows, columns = planes.shape
    return {
        "name": told["name"],
        "values": packet.put(planes),
        "filters": filters,
        "channels": channels,
        "rows": rows,
        "columns": columns,
        "allFilters": told["filters"],
        "allChannels": told["channels"],
        "own": told["own"],
        "product": bool(told["kernels_are"]),
        "colours": told["colours"],
        "low": float(planes.min()),
        "high": float(planes.max()),
    }
