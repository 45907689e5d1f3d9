"""Back-propagation that keeps only what excites."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from core.build.model import INPUT
from core.lens import Compatibility
from core.lens.attribution import Method
from core.lens.network import Network
from core.lens.outline import Outline
from core.lens.targets import Target

if TYPE_CHECKING:
    import keras

RELUS = ("relu", "relu6")
"""Activations, by Keras' names, that let no gradient pass where they give zero."""


class GuidedBackpropagation(Method):
    """Which pixels excite the units that excite the class: gradients that would lower one are cut at every relu."""

    called: ClassVar[str] = "Guided back-propagation"
    rank: ClassVar[int] = 60
    limits: ClassVar[str] = (
        "It is no gradient any more. Its crisp lines come largely from the cutting, which redraws edges of the image: "
        "the maps of two classes are often nearly the same."
    )
    measure: ClassVar[str] = "what is left of the slope, per grey value"
    paper: ClassVar[str] = "Springenberg et al. 2014"
    is_signed: ClassVar[bool] = True

    @classmethod
    def is_compatible(cls, outline: Outline) -> Compatibility:
        if any(getattr(row.layer, "activation", "") in RELUS for row in outline.trace.rows):
            return Compatibility()
        return Compatibility(
            f"{cls.called} changes the rule of relu, and this network has none: it would be the plain gradient."
        )

    def attribute(self, network: Network, images: np.ndarray, target: Target) -> np.ndarray:
        return network.slopes(images, target, under=guided_relus).gradients[INPUT].sum(-1)


@contextmanager
def guided_relus(model: "keras.Model") -> Iterator[None]:
    """While this holds every relu of a network passes back positive gradients only, where it gives more than zero."""
    import keras

    rules = {getattr(keras.activations, name): _guided(getattr(keras.activations, name)) for name in RELUS}
    known = [(layer, layer.activation) for layer in model.layers if getattr(layer, "activation", None) in rules]
    try:
        for layer, activation in known:
            layer.activation = rules[activation]
        yield
    finally:
        for layer, activation in known:
            layer.activation = activation


def _guided(relu: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A relu with another way back."""
    import tensorflow as tf

    @tf.custom_gradient
    def guided(sums: Any) -> tuple[Any, Callable[[Any], Any]]:
        values = relu(sums)

        def back(gradients: Any) -> Any:
            passes = tf.logical_and(sums > 0, values >= sums)  # relu6 gives less than the sum beyond 6
            return tf.where(passes, tf.nn.relu(gradients), tf.zeros_like(gradients))

        return values, back

    return guided
