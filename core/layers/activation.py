"""The layer that bends."""

from typing import ClassVar

from core.layers import ActivationName, Layer
from core.spec import option


class Activation(Layer):
    """Applies one function to every value; without it, layers upon layers are still one straight line."""

    keras: ClassVar[str] = "layers.Activation"
    is_linear: ClassVar[bool] = True
    family: ClassVar[str] = "Activation"
    rank: ClassVar[int] = 45
    blurb: ClassVar[str] = "a function on every value"

    activation: ActivationName = option(
        "relu", "The function.", advice="If many values stay at zero, try leaky_relu; softmax belongs at the end only."
    )

    def words(self) -> str:
        return self.activation

    def short(self) -> str:
        return self.activation
