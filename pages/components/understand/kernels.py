"""The kernels of every convolution as small pictures: what each filter looks for."""

from typing import Any

import numpy as np

from core.lens.kernels import as_planes
from pages.components.browser.component import component
from pages.components.understand.feature_maps import Packet

_kernels = component(
    "kernels",
    "browser/signed",
    "understand/kernels",
    html="<div class='kernels'></div>",
)


def draw(kernels: dict[str, Any], colours: bool) -> None:
    """Draws the kernels of all convolutions.

    Args:
        kernels: the lens' answer to "kernels".
        colours: whether the network reads colour, so that a first kernel is a small colour picture too.
    """
    packet = Packet()
    layers = [_layer(kernels, i, told, colours and i == 0, packet) for i, told in enumerate(kernels["layers"])]
    _kernels(key="kernels", data=packet.seal({"layers": layers}))


def _layer(kernels: dict[str, Any], i: int, told: dict[str, Any], colours: bool, packet: Packet) -> dict[str, Any]:
    """One convolution: a table of kernels, a row per filter and a column per input map."""
    planes = as_planes(kernels, i)  # (filters, channels, k, k)
    size, _, channels, last = told["shape"]
    own = told["kind"] == "DepthwiseConv2D"
    bias = kernels.get(f"bias_{i}", np.zeros(0, np.float32))
    return {
        "name": told["name"],
        "kind": told["kind"],
        "values": packet.put(planes),
        "filters": planes.shape[0],
        "channels": planes.shape[1],
        "size": size,
        "allFilters": channels * last if own else int(len(bias)) or planes.shape[0],
        "allChannels": 1 if own else channels,
        "own": own,
        "product": told["kind"] == "SeparableConv2D",
        "colours": colours and planes.shape[1] == 3,
        "low": float(planes.min()),
        "high": float(planes.max()),
    }
