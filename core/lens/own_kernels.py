"""The weights by which one filter, unit or class is made of what its layer reads."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.experiment.network import Row
from core.experiment.node import IMAGE
from core.layers.dense import Dense
from core.lens.network import Network

MOST_PLANES = 64
"""Planes of one filter that are shown: the strongest ones."""


@dataclass(frozen=True, eq=False)
class OwnKernels:
    """The weights of every filter of a layer.

    Args:
        row: whose weights they are.
        planes: float32 (filters, planes, rows, columns): a plane for each map that is read, or for each value.
    """

    row: Row
    planes: np.ndarray

    def of(self, index: int) -> dict[str, Any]:
        """Those of one filter: `planes` float32 (n, rows, columns), the strongest ones in their order, `inputs` int64
        (n,), which maps they are for, `count` of all, and whether they read the image's three `colours`."""
        every = self.planes[index]
        strength = np.square(every).sum((1, 2))
        inputs = np.sort(np.argsort(-strength, kind="stable")[:MOST_PLANES])
        colours = self.row.inputs == (IMAGE,) and len(every) == 3
        return {"planes": every[inputs], "inputs": inputs, "count": len(every), "colours": colours}


def maker(network: Network, row: Row) -> Row | None:
    """The layer whose weights make the maps of a layer: itself, or the one before those that change each value on its
    own; None where nothing or several layers make them."""
    by_id = {one.id: one for one in network.rows}
    while row is not None:
        if isinstance(row.layer, Dense) or _slides(network, row):
            return row
        if row.layer.reads != "own value" or len(row.inputs) != 1:
            return None
        row = by_id.get(row.inputs[0])
    return None


def own_kernels(network: Network, row: Row) -> OwnKernels | None:
    """The weights of every filter of a layer; None for one that has none of its own.

    Args:
        network: trained.
        row: of the layer.
    """
    made = maker(network, row)
    if made is None:
        return None
    weights = network.weights(made.name)
    planes = kernel_planes(network, made, weights)
    if row is network.rows[-1] and len(planes) == 1:  # two classes share one unit: the first has its negative
        planes = np.concatenate([-planes, planes])
    return OwnKernels(made, np.ascontiguousarray(planes, np.float32))


def kernel_planes(network: Network, row: Row, weights: dict[str, np.ndarray]) -> np.ndarray:
    """The weights of a layer as (filters, planes, rows, columns); of Dense behind Flatten a plane for each map.

    Args:
        network: whose layer it is.
        row: of the layer.
        weights: of the layer, by Keras' names, after any epoch.
    """
    if not isinstance(row.layer, Dense):
        return row.layer.kernel_planes(weights)
    by_unit = weights["kernel"].T  # (units, inputs)
    shape = _flattened(network, row)
    if shape is None:
        return by_unit[:, :, None, None]
    return np.moveaxis(by_unit.reshape(-1, *shape), -1, 1)


def _slides(network: Network, row: Row) -> bool:
    return bool(row.parameters) and row.layer.kernel_planes(network.weights(row.name), 1, 1) is not None


def _flattened(network: Network, row: Row) -> tuple[int, int, int] | None:
    """The shape of the maps whose values a Dense layer reads one after another; None where it reads no such."""
    by_id = {one.id: one for one in network.rows}
    before = by_id.get(row.inputs[0])
    while before is not None and len(before.inputs) == 1 and len(before.output_shape) == 1:
        if before.layer.reads == "flattened":
            return before.input_shape if len(before.input_shape) == 3 else None
        if before.layer.reads != "own value":
            return None
        before = by_id.get(before.inputs[0])
    return None
