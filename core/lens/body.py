"""One Keras model for all networks of one shape: each epoch of a run lends it its weights when it is asked."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from core.build.model import build_model
from core.build.weights import put
from core.experiment.reading import read_experiment
from core.lens.outline import Outline
from core.lens.targets import LOGITS
from core.workspace import Workspace, using

if TYPE_CHECKING:
    import keras

BATCH_BYTES, LARGEST_BATCH = 256_000_000, 256
"""Memory that the outputs of all layers may take for the pictures asked about at once, and how many these are."""


class Body:
    """A model, and what was compiled of it: building and compiling take far longer than changing all weights.

    Args:
        outline: of the network; its rows are layers of the model by their names.
        model: functional, from float32 (N, height, width, channels), 0..255.
    """

    def __init__(self, outline: Outline, model: "keras.Model") -> None:
        self.model = model
        self.layers = [model.get_layer(row.name) for row in outline.trace.rows]
        self.logits = before_activation(self.layers[-1])
        self.batch = max(1, min(LARGEST_BATCH, BATCH_BYTES // _bytes_per_image(model)))
        self.compiled: dict[Any, Callable[..., Any]] = {}
        self._lender: object = None

    def lent_by(self, lender: object, weights: Mapping[str, np.ndarray] | None) -> "Body":
        """The same with the weights of one network.

        Args:
            lender: the network.
            weights: its own, as `Run.weights` gives them; None for those that the model came with.

        Raises:
            UserError: they are of another network.
        """
        if weights is not None and self._lender is not lender:
            self._lender = None
            put(self.model, weights)
            # What gives the logits is a layer beside the last one, with a copy of its weights.
            if self.logits is not None and (twin := self.logits._keras_history.operation) is not self.layers[-1]:
                twin.set_weights(self.layers[-1].get_weights())
            self._lender = lender
        return self


@lru_cache(maxsize=4)
def body_of(home: Workspace, experiment: str, shape: tuple[int, ...], classes: int) -> Body:
    """The body of an experiment's networks; the last few stay.

    Args:
        home: where it lies.
        experiment: as JSON.
        shape, classes: of its dataset, whose images may be mended meanwhile.
    """
    read = read_experiment(experiment)
    with using(home):
        outline = Outline.of(read)
        return Body(outline, build_model(read, outline.facts))


def before_activation(layer: Any) -> Any:
    """Keras' symbol for what the activation of a layer is given; None for a layer without one."""
    import keras

    if isinstance(layer, keras.layers.Activation | keras.layers.Softmax):
        return layer.input
    if not hasattr(layer, "activation"):
        return None
    if ends_linear(layer):
        return layer.output
    twin = type(layer).from_config({**layer.get_config(), "activation": "linear", "name": LOGITS})
    sums = twin(layer.input)
    twin.set_weights(layer.get_weights())
    return sums


def ends_linear(layer: Any) -> bool:
    """Whether a layer could have an activation and has none."""
    import keras

    return getattr(layer, "activation", None) is keras.activations.linear


def _bytes_per_image(model: "keras.Model") -> int:
    """What the outputs of all layers take for one picture, as float32."""
    import keras

    outputs = [tensor for layer in model.layers for tensor in keras.tree.flatten(layer.output)]
    return 4 * sum(prod(tensor.shape[1:]) for tensor in outputs)
