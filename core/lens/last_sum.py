"""How a network arrives at its logits: what goes into the last Dense layer, times its weights, plus its bias."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.build.model import SCALING
from core.experiment.network import Row
from core.layers.activation import Activation
from core.layers.dense import Dense
from core.lens.network import Network

TERMS = 40
"""Terms told one by one for each logit; the others are told together."""

MOST_WEIGHTS = 1_000_000
"""Of a layer whose units are told term by term for each picture."""


def last_dense(rows: Sequence[Row]) -> tuple[Row, Row] | None:
    """The Dense layer that makes the logits and the layer that it reads; None where none does, or it reads maps.

    Args:
        rows: of a network, in order; the last one answers.
    """
    by_id = {row.id: row for row in rows}
    row = rows[-1]
    if isinstance(row.layer, Activation) and row.inputs[0] in by_id:
        row = by_id[row.inputs[0]]
        if getattr(row.layer, "activation", "linear") != "linear":
            return None
    source = by_id.get(row.inputs[0])
    if not isinstance(row.layer, Dense) or source is None or len(source.output_shape or ()) != 1:
        return None
    return row, source


def last_features(rows: Sequence[Row]) -> str:
    """The layer whose values the last layer with weights reads; the scaled image where it reads that.

    Args:
        rows: of a network, in order; the last one answers.
    """
    if found := last_dense(rows):
        return found[1].name
    by_id = {row.id: row for row in rows}
    row = rows[-1]
    while not row.parameters and row.inputs[0] in by_id:
        row = by_id[row.inputs[0]]
    source = by_id.get(row.inputs[0])
    return source.name if source else SCALING


def last_sum(network: Network, outputs: Mapping[str, np.ndarray]) -> dict[str, Any] | None:
    """Every logit as a sum, its largest terms apart.

    Args:
        network: trained.
        outputs: float32 (1, ...) of every layer for one picture, by name.

    Returns:
        None where no Dense layer makes the logits; else `layer` and `source`, the names of both, `count` of the inputs;
        for each unit its largest terms, the largest first: `inputs` int32, `values` and `weights` float32, each
        (units, terms), what the other terms are together, `rest` float32 (units,), and `bias` float32 (units,).
    """
    found = last_dense(network.rows)
    if found is None:
        return None
    return _sum(network, *found, outputs)


def hidden_sums(network: Network, outputs: Mapping[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    """The same for every unit of the Dense layers on flat values that do not make the logits, by the layer's name.

    Args:
        network, outputs: as for `last_sum`.
    """
    by_id = {row.id: row for row in network.rows}
    found = {}
    for row in network.rows[:-1]:
        source = by_id.get(row.inputs[0])
        is_flat = isinstance(row.layer, Dense) and source is not None and len(source.output_shape or ()) == 1
        if is_flat and source.output_shape[0] * row.output_shape[0] <= MOST_WEIGHTS:
            found[row.name] = _sum(network, row, source, outputs)
    return found


def _sum(network: Network, row: Row, source: Row, outputs: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Every unit of a Dense layer as a sum."""
    values, weights = outputs[source.name][0], network.weights(row.name)
    kernel = weights["kernel"]  # (inputs, units)
    products = values[:, None] * kernel
    inputs = _largest(np.abs(products))  # (terms, units)
    told = np.take_along_axis(products, inputs, 0).sum(0, dtype=np.float64)
    return {
        "layer": row.name,
        "source": source.name,
        "count": len(values),
        "inputs": inputs.T.astype(np.int32),
        "values": values[inputs.T],
        "weights": np.take_along_axis(kernel, inputs, 0).T,
        "rest": (products.sum(0, dtype=np.float64) - told).astype(np.float32),
        "bias": weights.get("bias", np.zeros(kernel.shape[1], np.float32)),
    }


def _largest(sizes: np.ndarray) -> np.ndarray:
    """The places of the largest of each column, the largest first: int (terms, columns)."""
    some = np.argpartition(-sizes, TERMS, axis=0)[:TERMS] if len(sizes) > TERMS else np.argsort(-sizes, axis=0)
    order = np.argsort(-np.take_along_axis(sizes, some, 0), axis=0, kind="stable")
    return np.take_along_axis(some, order, 0)
