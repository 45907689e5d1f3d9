"""The catalogue of augmentations: random changes that leave the label true, drawn anew for every picture and epoch.

They work on pixels 0..255, before scaling, in training only. A change that moves pixels says where each pixel comes
from, as a matrix, so that several in a row are one look-up per picture; any other is its Keras layer.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import model_serializer

from core.spec import Spec, option

if TYPE_CHECKING:
    import tensorflow as tf


class Augmentation(Spec):
    """A random change of the picture, drawn anew each time it is seen."""

    draws: ClassVar[int] = 0
    """How many random numbers decide its `matrix`; 0 for a change that has none and is applied as its Keras layer."""

    on: bool = option(True, "Whether training applies it; what is switched off keeps its values.", shown=False)

    @model_serializer(mode="wrap")
    def _with_kind(self, handler: Any) -> dict[str, Any]:
        """As every spec; that it is on goes without saying, so that files and links say what they always said."""
        told = {"kind": self.kind, **handler(self)}
        return {name: value for name, value in told.items() if name != "on" or not value}

    def keras_arguments(self) -> dict[str, Any]:
        return {name: value for name, value in super().keras_arguments().items() if name != "on"}

    def build(self, seed: int | None = None) -> Any:
        """Makes the Keras layer; the same seed makes the same draws."""
        import keras

        return getattr(keras.layers, self.kind)(**self.keras_arguments(), seed=seed)

    def matrix(self, numbers: "tf.Tensor", height: int, width: int) -> "tf.Tensor":
        """Where the pixels of the changed pictures come from: what the Keras layer of this name does, as a matrix.

        Args:
            numbers: float32 (N, draws), uniform in 0..1.
            height, width: of the pictures in px.

        Returns:
            float32 (N, 3, 3), from (x, y, 1) in the result to (x, y, 1) in the picture, px from the upper left pixel.
        """
        raise NotImplementedError

    def turns_far(self) -> bool:
        """Whether it mirrors or turns so far that a sign may become another (6 and 9)."""
        return False
