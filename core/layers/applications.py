"""What the networks of `keras.applications` share: how they are written down, and the layers that many of them have."""

import re
from abc import abstractmethod
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from typing import Any, ClassVar, Literal

from core.layers import Layer, Shape
from core.layers.activation import Activation
from core.layers.blocks import GIVEN, Part, followed
from core.layers.convolution import Conv2D, DepthwiseConv2D
from core.layers.hand_made import HandMadeConv2D
from core.layers.joining import Add, Concatenate, Multiply
from core.layers.normalization import Normalization
from core.layers.pretrained import FIRST, Base, WeightsFile
from core.layers.regularization import BatchNormalization
from core.layers.rescaling import Rescaling
from core.spec import option
from core.words import number

IMAGENET = f"1.3 million photographs of {number(1000)} kinds of things (ImageNet)"
MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the red, green and blue of ImageNet's photographs, for pixels 0..1."""
BLUE_FIRST = (103.939, 116.779, 123.68)
"""Means of blue, green and red of ImageNet's photographs, for pixels 0..255."""


class Application(Base):
    """A network of `keras.applications`; its weights are the file that Keras itself fetches."""

    module: ClassVar[str] = ""
    """Of `keras.applications`, whose `preprocess_input` prepares images for it; empty where it does so by itself."""
    licence: ClassVar[str] = "Apache-2.0"
    """Of its weights."""

    weights: Literal["imagenet"] | None = option(
        "imagenet", "What it begins with; empty for fresh weights.", advice="Fresh ones only to compare.", shown=False
    )

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        cls.learnt_from = f"{IMAGENET}; weights {cls.licence}."

    @property
    def is_fresh(self) -> bool:
        return self.weights is None

    def words(self) -> str:
        return ", ".join(filter(None, ["with fresh weights" * self.is_fresh, super().words()]))

    def file(self, shape: Shape) -> WeightsFile | None:
        if self.is_fresh:
            return None
        found = self.published(shape)
        return found if found.size else replace(found, size=4 * _numbers(self.edited(**WHOLE), self.usual))

    @abstractmethod
    def published(self, shape: Shape) -> WeightsFile:
        """The file with what it learnt, for images of a shape."""


WHOLE = {"cut": "", "trainable_from": "", "training": False}


@lru_cache(maxsize=64)
def _numbers(base: Base, shape: Shape) -> int:
    """The parameters of a whole base, each of which takes four bytes of its file."""
    return sum(part.layer.parameters(*given) for part, given, _ in followed(base.network(shape), shape))


class Sketch:
    """The layers of a network in the order in which Keras' function adds them, named as in a fresh session.

    Args:
        shape: of the image that the first one reads.
    """

    def __init__(self, shape: Shape) -> None:
        self.shapes: dict[str, Shape] = {GIVEN: shape}
        self.parts: list[Part] = []
        self._counts: Counter[str] = Counter()

    def add(self, layer: Layer, *given: str, name: str = "", keras: str = "") -> str:
        """One more layer.

        Args:
            layer: what stands there.
            given: names of those that it reads.
            name: its own; empty for the next one that Keras gives a layer of its kind.
            keras: what Keras calls its kind in a name, where it is another one there.

        Returns:
            its name.
        """
        name = name or self._next(keras or layer.keras.rpartition(".")[2])
        self.shapes[name] = layer.output_shape(*(self.shapes[one] for one in given))
        self.parts.append(Part(name, layer, () if given == (GIVEN,) else given))
        return name

    def maps(self, name: str) -> int:
        """How many maps a layer gives."""
        return self.shapes[name][2]

    def ordered(self) -> list[Part]:
        """All layers as Keras lists them, and so as its files of weights do: those farthest from the end first."""
        return _in_keras_order(self.parts)

    def _next(self, kind: str) -> str:
        base = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
        self._counts[base] += 1
        return f"{base}_{self._counts[base] - 1}" if self._counts[base] > 1 else base


def _in_keras_order(parts: list[Part]) -> list[Part]:
    """Layers by their distance from the last one; of equally far ones those first that are met first, walking back.

    Source: `map_graph` in Keras 3's `ops/function.py`.
    """
    by_id = {part.id: part for part in parts}
    met: dict[str, int] = {}
    finished: dict[str, None] = {}
    waiting = [parts[-1].id]
    while waiting:
        one = waiting[-1]
        met.setdefault(one, len(met))
        open_inputs = [read for read in by_id[one].inputs if read not in finished]
        if open_inputs:
            waiting.append(open_inputs[0])
        else:
            finished[waiting.pop()] = None
    far = dict.fromkeys(finished, 0)
    for one in reversed(finished):
        for read in by_id[one].inputs:
            far[read] = max(far[read], far[one] + 1)
    return [by_id[one] for one in sorted(finished, key=lambda one: (-far[one], met[one]))]


RELU, RELU6, SWISH = Activation(activation="relu"), Activation(activation="relu6"), Activation(activation="silu")
ADD, MULTIPLY, CONCATENATE = Add(), Multiply(), Concatenate()


@lru_cache(maxsize=2048)
def conv(filters: int, kernel_size: int | tuple[int, int] = 1, **others: Any) -> Conv2D:
    """A convolution without a bias and without an activation, where nothing else is said."""
    return Conv2D(filters=filters, kernel_size=kernel_size, **{"use_bias": False, "activation": "linear", **others})


@lru_cache(maxsize=64)
def depthwise(kernel_size: int, strides: int, padding: str) -> DepthwiseConv2D:
    """A convolution of each map alone, without a bias and without an activation."""
    return DepthwiseConv2D(
        kernel_size=kernel_size, strides=strides, padding=padding, use_bias=False, activation="linear"
    )


@lru_cache(maxsize=32)
def steady(momentum: float = 0.99, epsilon: float = 0.001, *, scale: bool = True) -> BatchNormalization:
    """Batch normalization."""
    return BatchNormalization(momentum=momentum, epsilon=epsilon, scale=scale)


def whole_numbers() -> Part:
    """Pixels 0..1 back to 0..255, for networks that prepare them by themselves."""
    return Part(f"{FIRST}scaling", Rescaling(scale=255.0, offset=0.0))


def around_zero() -> Part:
    """Pixels 0..1 to -1..1: what Keras calls 'tf'."""
    return Part(f"{FIRST}scaling", Rescaling(scale=2.0, offset=-1.0))


def standardized() -> Part:
    """Pixels 0..1 less ImageNet's mean, in its standard deviations: what Keras calls 'torch'."""
    return Part(f"{FIRST}scaling", Normalization(mean=MEANS, variance=tuple(one**2 for one in DEVIATIONS)))


def blue_first() -> Part:
    """Pixels 0..1 to 0..255 less ImageNet's mean, blue before green before red: what Keras calls 'caffe'."""
    kernels = tuple(tuple(((255.0 * (place == 2 - kernel),),) for place in range(3)) for kernel in range(3))
    biases = tuple(-one for one in BLUE_FIRST)
    return Part(f"{FIRST}scaling", HandMadeConv2D(kernels=kernels, biases=biases, padding="valid"))
