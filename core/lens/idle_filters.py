"""Which filters of a network do nothing, or the same as others: counted over its training images."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.datasets import ImageData
from core.experiment.network import Row, Trace
from core.layers.dense import Dense
from core.lens import Compatibility, Lens, Outline, Result
from core.lens.excitation import count_looked_at, looked_at
from core.lens.network import Network
from core.lens.of_set import MOMENT
from core.lens.progress import tell

NEARLY = 0.01
"""A filter that is above zero for a smaller share of the images than this is nearly dead."""
ALIKE = 0.98
"""Maps that correlate by more than this say the same."""
PLACES = 7
"""Rows and columns of a map, as evenly spaced as can be, that are compared: 49 places of each image tell enough."""
CUTS_OFF = ("relu", "relu6")
"""Activations that give 0 for every sum below 0, and no gradient."""


@dataclass(frozen=True, eq=False)
class IdleFilters(Result):
    """Every layer that has filters or units of its own.

    Args:
        seen, of: images that were looked at, and training images in all.
        layers: of each its `name`, `id`, `noun` ("filter" or "unit"), `count`; `after`, the name of the layer after
            whose relu they are counted, empty where none follows; `activation`, what follows instead; whether they are
            of a `base`; `share` float32 (count,), for which share of the images each is above zero; `dead` and
            `nearly`, int64, which ones are never, and hardly ever, above zero; `twins` int64 (n, 2), each filter that
            says the same as an earlier one and that one; `alike` float32 (n,), by how much they correlate.
    """

    seen: int
    of: int
    layers: tuple[dict[str, Any], ...]


class IdleFiltersCounted(Lens):
    """Filters that are never above zero after their relu, and those whose maps are the same as another's."""

    question: ClassVar[str] = "idle_filters"
    needs_images: ClassVar[bool] = False
    rank: ClassVar[int] = 31

    @classmethod
    def title(cls) -> str:
        return "Dead and duplicate filters"

    @classmethod
    def is_compatible(cls, outline: Outline) -> Compatibility:
        if not outline.facts.count:
            return Compatibility("Without images nothing can be counted.")
        return Compatibility("" if filtering(outline) else "This network has no filters and no units but its classes.")

    def is_long(self, outline: Outline) -> bool:
        work = outline.trace.multiply_adds * min(count_looked_at(outline), outline.facts.count)
        return work > MOMENT or any(row.base for row in outline.trace.rows)  # a base takes seconds to compile

    def look(self, network: Network, images: np.ndarray) -> IdleFilters:
        data, positions = looked_at(network)
        rows = filtering(network.outline)
        counted = tallied(network, rows, data, positions)
        layers = tuple(_told(network, row, *found) for row, found in zip(rows, counted, strict=True))
        return IdleFilters(len(positions), len(data.train), layers)


def filtering(outline: Outline) -> tuple[Row, ...]:
    """The layers that have filters or units of their own, the classes left out."""
    return tuple(
        row
        for row in outline.trace.rows[:-1]
        if row.parameters and row.output_shape and (isinstance(row.layer, Dense) or row.layer.family == "Convolution")
    )


def activated(trace: Trace, row: Row) -> tuple[Row, str]:
    """The layer that gives what a filter comes to once its activation is done, and the name of that activation:
    "linear" where none follows, or something else than one layer reads it before.

    Args:
        trace: of the network.
        row: of the filter.
    """
    activation = getattr(row.layer, "activation", "linear")
    while activation == "linear":
        readers = [one for one in trace.rows if row.id in one.inputs]
        if len(readers) != 1 or readers[0].layer.reads != "own value" or len(readers[0].inputs) != 1:
            return row, "linear"
        row = readers[0]
        if row.layer.family == "Activation":
            activation = getattr(row.layer, "activation", row.kind)
    return row, activation


def tallied(
    network: Network, rows: Sequence[Row], data: ImageData, positions: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Takes images through a network once.

    Args:
        network: trained.
        rows: of the layers whose filters are counted.
        data: the images.
        positions: int64 (N,), of those that are looked at.

    Returns:
        for each layer, once its activation is done, in how many images each filter is above zero, int64 (filters,), and
        how the maps of each two correlate, float64 (filters, filters); 0 with a map that never changes.
    """
    step, size = _compiled(network, rows), network.use().batch
    above, sums, products, counts = [0] * len(rows), [0.0] * len(rows), [0.0] * len(rows), [0] * len(rows)
    for start in range(0, len(positions), size):
        tell(start, len(positions))
        found = step(np.asarray(data.images[positions[start : start + size]]))
        for i, (lit, total, product, count) in enumerate(found):
            above[i] = above[i] + lit.numpy()
            sums[i] = sums[i] + total.numpy().astype(np.float64)
            products[i] = products[i] + product.numpy().astype(np.float64)
            counts[i] += int(count)
    return [
        (np.asarray(lit), correlation(total, product, count))
        for lit, total, product, count in zip(above, sums, products, counts, strict=True)
    ]


def correlation(sums: np.ndarray, products: np.ndarray, count: int) -> np.ndarray:
    """Pearson's correlation of each two of several values: float64 (values, values); 0 with one that never changes.

    Args:
        sums: float64 (values,), of each over `count` places.
        products: float64 (values, values), sums of the products of each two.
    """
    covariance = products / count - np.outer(sums, sums) / count**2
    spread = np.sqrt(np.maximum(np.diag(covariance), 0))
    # What rounding leaves of a value that never changes is no spread.
    spread[spread <= 1e-5 * np.sqrt(np.maximum(np.diag(products) / count, 0))] = 0
    both = np.outer(spread, spread)
    return np.divide(covariance, both, out=np.zeros_like(covariance), where=both > 0)


def twins_of(alike: np.ndarray) -> np.ndarray:
    """Which values say the same as an earlier one that is no twin itself: int64 (n, 2), the twin and the earlier one.

    Args:
        alike: float64 (values, values), their correlation.
    """
    kept: list[int] = []
    found = []
    for index in range(len(alike)):
        before = next((one for one in kept if alike[index, one] > ALIKE), None)
        if before is None:
            kept.append(index)
        else:
            found.append((index, before))
    return np.array(found, np.int64).reshape(-1, 2)


def _compiled(network: Network, rows: Sequence[Row]) -> Callable[[Any], Any]:
    """What one batch adds for each layer, compiled once for all epochs of a run."""
    import keras
    import tensorflow as tf

    key = ("idle", *(row.name for row in rows))
    if key not in network.compiled:
        trace = network.outline.trace
        after = [activated(trace, row)[0].name for row in rows]
        model = keras.Model(network.model.inputs, [network.model.get_layer(name).output for name in after])

        @tf.function(input_signature=[tf.TensorSpec((None, *network.facts.shape), tf.uint8)])
        def step(images: Any) -> Any:
            outputs = keras.tree.flatten(model(tf.cast(images, tf.float32), training=False))
            return [_added(values) for values in outputs]

        network.compiled[key] = step
    return network.compiled[key]


def _added(values: Any) -> tuple[Any, Any, Any, Any]:
    """Of one layer and batch: images in which each filter is above zero; sums and sums of products over places."""
    import tensorflow as tf

    maps = values.shape[-1]
    peaks = tf.reduce_max(tf.reshape(values, (tf.shape(values)[0], -1, maps)), 1)
    if len(values.shape) == 4:
        for axis in (1, 2):
            side = values.shape[axis]
            places = np.unique(np.linspace(0, side - 1, min(side, PLACES)).round().astype(np.int32))
            values = tf.gather(values, places, axis=axis)
    each = tf.reshape(values, (-1, maps))
    lit = tf.reduce_sum(tf.cast(peaks > 0, tf.int64), 0)
    return lit, tf.reduce_sum(each, 0), tf.matmul(each, each, transpose_a=True), tf.shape(each)[0]


def _told(network: Network, row: Row, above: np.ndarray, alike: np.ndarray) -> dict[str, Any]:
    """What is told of one layer."""
    _, positions = looked_at(network)
    after, activation = activated(network.outline.trace, row)
    share = (above / max(1, len(positions))).astype(np.float32)
    cuts = activation in CUTS_OFF
    twins = twins_of(alike)
    return {
        "name": row.name,
        "id": row.id,
        "noun": "unit" if len(row.output_shape) == 1 else "filter",
        "count": row.output_shape[-1],
        "after": after.name if cuts else "",
        "activation": activation,
        "base": row.base is not None,
        "share": share,
        "dead": np.flatnonzero(above == 0) if cuts else np.zeros(0, np.int64),
        "nearly": np.flatnonzero((above > 0) & (share < NEARLY)) if cuts else np.zeros(0, np.int64),
        "twins": twins,
        "alike": alike[twins[:, 0], twins[:, 1]].astype(np.float32),
    }
