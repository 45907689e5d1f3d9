"""The layer that brings values to a scale which is known beforehand."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from core.layers import Impossible, Layer, Shape, Weights
from core.spec import option
from core.words import counted

Means = Annotated[tuple[Annotated[float, Field(ge=-1e6, le=1e6)], ...], Field(min_length=1, max_length=64)]
Variances = Annotated[tuple[Annotated[float, Field(ge=1e-6, le=1e9)], ...], Field(min_length=1, max_length=64)]


class Normalization(Layer):
    """Takes a known mean from every map and divides by a known standard deviation: values come to lie around 0."""

    keras: ClassVar[str] = "layers.Normalization"
    is_linear: ClassVar[bool] = True
    family: ClassVar[str] = "Steadying"
    rank: ClassVar[int] = 52
    does: ClassVar[str] = "normalize"
    blurb: ClassVar[str] = "less a mean, by a deviation"

    mean: Means = option(
        (0.5,), "What is taken from each map: a number for all, or one for each.", advice="That of your pictures."
    )
    variance: Variances = option(
        (0.25,), "Squares of what each map is divided by.", advice="That of your pictures, for pixels 0..1."
    )

    def output_shape(self, shape: Shape) -> Shape:
        for numbers, what in ((self.mean, "mean"), (self.variance, "variance")):
            if len(numbers) not in (1, shape[-1]):
                maps = counted(shape[-1], "map" if len(shape) == 3 else "value")
                raise Impossible(
                    f"it has {counted(len(numbers), what)} for {maps}", "Give one number for all of them, or one each."
                )
        return shape

    def keras_arguments(self) -> dict[str, object]:
        maps = max(len(self.mean), len(self.variance))  # Keras takes one number for both, or as many of each
        said = super().keras_arguments().items()
        return {name: value[0] if maps == 1 else list(value * (maps // len(value))) for name, value in said}

    def numbers(self, weights: Weights, given: np.ndarray) -> dict[str, np.ndarray | float]:
        mean, variance = (np.array(told, np.float32) for told in (self.mean, self.variance))
        return {"mean": mean, "variance": variance, "epsilon": 0.0}

    def words(self) -> str:
        return f"mean {', '.join(f'{one:g}' for one in self.mean[:3])}"
