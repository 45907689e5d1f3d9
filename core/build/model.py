"""The one builder: from an experiment to a functional Keras model.

Always functional: a Sequential grown by .add() keeps a stale graph, and looking inside it fails silently.
"""

from typing import TYPE_CHECKING, Any

from core.augmentation.random_changes import RandomChanges
from core.datasets import Facts
from core.experiment import Experiment, Precision
from core.experiment.network import Trace
from core.experiment.node import HEAD, IMAGE
from core.layers.hand_made import HandMadeConv2D
from core.quick_keras import import_keras

if TYPE_CHECKING:
    import keras

FULL: Precision = "float32"
INPUT, SCALING = "image", "scaling"
"""Names of the layers that stand before the learner's."""


def build_model(experiment: Experiment, facts: Facts, precision: Precision = FULL) -> "keras.Model":
    """Builds the network with fresh weights; the scaling of pixels to 0..1 is its first layer and travels with it.

    Args:
        experiment: without blocking problems.
        facts: of its dataset.
        precision: what all layers but the last compute with: the experiment's own while it trains. Weights are float32
            whatever it is, so that all who look at a network, or hand it on, take it in full.

    Returns:
        a functional model from float32 or uint8 (N, height, width, channels), 0..255, to probabilities float32
        (N, classes), or (N, 1) for two classes: the probability of the second.
    """
    # Keras takes four seconds and 600 MB to import: only processes that build networks pay for it.
    import_keras()
    import keras

    keras.utils.set_random_seed(experiment.seed)
    image = keras.Input(facts.shape, name=INPUT)
    values = {IMAGE: keras.layers.Rescaling(1 / 255, name=SCALING, dtype=precision)(image)}
    rows = experiment.trace(facts).rows
    for before, row in zip((None, *rows), rows, strict=False):
        if before and before.base and not row.base:  # layers behind a base begin alike, wherever it is cut
            keras.utils.set_random_seed(experiment.seed)
        layer = row.layer.build()
        layer.name = row.name
        layer.dtype_policy = FULL if row.id == HEAD else precision  # no policy of the whole process: others build too
        if not row.trainable:
            layer.trainable = False
        if row.inference and row.layer.differs_in_training:
            at_inference(layer)
        read = [values[one] for one in row.inputs]
        values[row.id] = layer(read if len(read) > 1 else read[0])
    return keras.Model(image, values[HEAD], name="network")


def hold(model: "keras.Model", traced: Trace) -> None:
    """Lets those layers of a network learn that should, and no others.

    Args:
        model: as `build_model` makes it.
        traced: its network, in which each row says whether it learns.
    """
    for row in traced.rows:
        layer = model.get_layer(row.name)
        layer.trainable = row.trainable and not isinstance(row.layer, HandMadeConv2D)
        vars(layer).pop("call", None)
        if row.inference and row.layer.differs_in_training:
            at_inference(layer)


def at_inference(layer: "keras.Layer") -> None:
    """Makes a layer do, also while its network trains, what it does at inference.

    `layer(values, training=False)` in a functional model does not last: the network's own `training` takes its place
    (seen in Keras 3.15, where moving means moved under `fit`).
    """
    call = layer.call

    def still(inputs: Any, training: bool | None = None, **others: Any) -> Any:
        return call(inputs, training=False, **others)

    layer.call = still


def build_augmentation(experiment: Experiment, seed: int | None = None) -> RandomChanges | None:
    """The random changes of pixels 0..255; None when there are none.

    Args:
        experiment: its augmentations that are on, in their order.
        seed: of the draws; the experiment's own when left out.
    """
    if not experiment.applied:
        return None
    return RandomChanges(experiment.applied, experiment.seed if seed is None else seed)
