"""What excites the maps and units of a network most among its training images: one pass that keeps only maxima."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import datasets
from core.datasets import ImageData
from core.experiment.network import Row
from core.lens.network import Network
from core.lens.outline import Outline
from core.lens.progress import tell

MOST, FEWEST = 10_000, 1_000
"""Images that are looked at; fewer of a large network."""
WORK = 10**11
"""Multiply-adds that they may take: about ten seconds of a slow core's time."""
KEPT = 36
"""Images that are remembered of each map: those that excite it most."""
PASSING = ("Shape", "Steadying")
"""Families of layers that give what they are given, only elsewhere or scaled."""


@dataclass(frozen=True, eq=False)
class Excited:
    """What excites the maps of one layer; of a flat layer each unit is a map of one place.

    Args:
        peaks: float32 (maps, n), the largest value of each map in an image, the largest first; n is at most `KEPT`.
        positions: int64 (maps, n), of these images in the dataset.
        means: float32 (maps, classes), a map's mean over its places and over the images of a class; NaN for a class
            without an image.
    """

    peaks: np.ndarray
    positions: np.ndarray
    means: np.ndarray


def wanting(outline: Outline) -> tuple[Row, ...]:
    """The layers of which it can be asked what their maps, units or classes want, in order."""
    *inner, last = outline.trace.rows
    return (*(row for row in inner if row.output_shape and not _passes_on(row)), last)


def _passes_on(row: Row) -> bool:
    """Whether a layer gives what it is given: what one of its maps wants is what that map before it wants."""
    layer = row.layer
    return layer.family in PASSING or (layer.family == "Pooling" and layer.reads == "own map")


def count_looked_at(outline: Outline) -> int:
    """How many images are looked at, where there are as many."""
    return int(np.clip(WORK // max(1, outline.trace.multiply_adds), FEWEST, MOST))


def looked_at(network: Network) -> tuple[ImageData, np.ndarray]:
    """The data of a network's run, and the training images that are looked at: int64 positions, evenly spaced among
    all of them and ascending."""
    experiment = network.experiment
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    count = min(count_looked_at(network.outline), len(data.train))
    places = np.linspace(0, len(data.train) - 1, count).round().astype(int) if count else []
    return data, np.sort(data.train)[places]


def values_of(network: Network, row: Row) -> Any:
    """Keras' symbol for what a layer says: its output, of the last one the logits, one per class.

    Args:
        row: of the layer.
    """
    if row is not network.rows[-1]:
        return network.model.get_layer(row.name).output
    if not network.has_logits:
        return network.per_class(network.model.output)
    return each_class(network.use().logits)


def each_class(logits: Any) -> Any:
    """Logits (N, units), one per class: the one of two classes speaks against the first."""
    import keras

    return keras.ops.concatenate([-logits, logits], axis=1) if logits.shape[1] == 1 else logits


def excited(network: Network) -> dict[str, Excited]:
    """What excites the layers that want something, by their names; kept as long as the network is open."""
    if "excited" not in network.kept:
        data, positions = looked_at(network)
        rows = wanting(network.outline)
        found = passed(network, rows, data, positions)
        network.kept["excited"] = dict(zip((row.name for row in rows), found, strict=True))
    return network.kept["excited"]


def passed(network: Network, rows: Sequence[Row], data: ImageData, positions: np.ndarray) -> list[Excited]:
    """Takes images through a network once, in batches, and keeps only maxima, where they are, and sums.

    Args:
        network: trained.
        rows: of the layers that are asked about.
        data: images and labels.
        positions: int64 (N,), of those that are looked at.
    """
    labels, size, classes = data.labels[positions], network.use().batch, len(data.class_names)
    step, state = _compiled(network, rows, classes), None
    for start in range(0, len(positions), size):
        tell(start, len(positions))
        part = slice(start, start + size)
        state = step(np.asarray(data.images[positions[part]]), positions[part], labels[part], state or step.begun)
    members = np.bincount(labels, minlength=classes).astype(np.float32)
    members[members == 0] = np.nan
    found = min(KEPT, len(positions))
    return [
        Excited(peaks.numpy()[:, :found], where.numpy()[:, :found], sums.numpy() / members)
        for peaks, where, sums in state or step.begun
    ]


State = list[tuple[Any, Any, Any]]
"""Of each layer the largest peaks (maps, KEPT), their positions (maps, KEPT), the sums of means (maps, classes)."""


class _Step:
    """What one batch adds to the state.

    Args:
        network: trained.
        rows: of the layers that are asked about.
        classes: of the dataset.
    """

    def __init__(self, network: Network, rows: Sequence[Row], classes: int) -> None:
        import keras
        import tensorflow as tf

        model = keras.Model(network.model.inputs, [values_of(network, row) for row in rows])

        def step(images: Any, positions: Any, labels: Any, state: State) -> State:
            outputs = keras.tree.flatten(model(tf.cast(images, tf.float32), training=False))
            of_class = tf.one_hot(labels, classes)
            return [_added(values, positions, of_class, before) for values, before in zip(outputs, state, strict=True)]

        self.begun: State = [
            (tf.fill((maps, KEPT), -np.inf), tf.fill((maps, KEPT), np.int64(-1)), tf.zeros((maps, classes)))
            for maps in (tensor.shape[-1] for tensor in model.outputs)
        ]
        shape = (None, *network.facts.shape)
        sent = (tf.TensorSpec(shape, tf.uint8), tf.TensorSpec((None,), tf.int64), tf.TensorSpec((None,), tf.int64))
        specs = tf.nest.map_structure(lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype), self.begun)
        self._step = tf.function(step, input_signature=(*sent, specs))

    def __call__(self, images: np.ndarray, positions: np.ndarray, labels: np.ndarray, state: State) -> State:
        return self._step(images, positions, labels, state)


def _compiled(network: Network, rows: Sequence[Row], classes: int) -> _Step:
    """The step for some layers, compiled once for all epochs of a run."""
    key = ("excitation", *(row.name for row in rows))
    if key not in network.compiled:
        network.compiled[key] = _Step(network, rows, classes)
    return network.compiled[key]


def _added(values: Any, positions: Any, of_class: Any, before: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
    """The state of one layer after one more batch."""
    import tensorflow as tf

    peaks, where, sums = before
    places = tf.reshape(values, (tf.shape(values)[0], -1, values.shape[-1]))  # (N, places, maps)
    largest = tf.transpose(tf.reduce_max(places, 1))  # (maps, N)
    # Of equals the first come first, as those before stand in front.
    together = tf.concat([peaks, largest], 1)
    peaks, chosen = tf.math.top_k(together, KEPT)
    where = tf.concat([where, tf.broadcast_to(positions, tf.shape(largest))], 1)
    sums += tf.matmul(tf.reduce_mean(places, 1), of_class, transpose_a=True)
    return peaks, tf.gather(where, chosen, batch_dims=1), sums


def places_of(network: Network, row: Row, images: np.ndarray, maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where some maps are largest, one of them in each image.

    Args:
        network: trained.
        row: of the layer.
        images: uint8 (N, height, width, channels), 0..255.
        maps: int (N,), which map in which image.

    Returns:
        int64 (N, 2), row and column in the map, zeros in a flat layer; float32 (N,), the value there.
    """
    flat, down, across = [], [], []
    read = _reader(network, row)
    for start in range(0, len(images), network.use().batch):
        part = slice(start, start + network.use().batch)
        values = read(np.asarray(images[part]), maps[part]).numpy()  # (n, height, width) or (n,)
        each = values.reshape(len(values), -1)
        at = each.argmax(1)
        y, x = np.unravel_index(at, values.shape[1:]) if values.ndim == 3 else (0 * at, 0 * at)
        flat.append(each[np.arange(len(each)), at])
        down.append(y)
        across.append(x)
    if not flat:
        return np.zeros((0, 2), np.int64), np.zeros(0, np.float32)
    return np.stack([np.concatenate(down), np.concatenate(across)], 1), np.concatenate(flat)


def _reader(network: Network, row: Row) -> Callable[[Any, Any], Any]:
    """From images and a map for each to that map, compiled once."""
    import keras
    import tensorflow as tf

    key = ("map", row.name)
    if key not in network.compiled:
        model = keras.Model(network.model.inputs, values_of(network, row))

        @tf.function(
            input_signature=(
                tf.TensorSpec((None, *network.facts.shape), tf.uint8),
                tf.TensorSpec((None,), tf.int64),
            )
        )
        def read(images: Any, maps: Any) -> Any:
            values = model(tf.cast(images, tf.float32), training=False)
            by_map = tf.transpose(values, (0, 3, 1, 2)) if len(values.shape) == 4 else values
            return tf.gather(by_map, maps, batch_dims=1)

        network.compiled[key] = read
    return network.compiled[key]
