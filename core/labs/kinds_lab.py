"""Six kinds of convolution and what each costs; and MobileNet, the network that was built to be cheap."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from core.labs import Check, Lab
from core.layers import Layer, Shape
from core.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from core.layers.regularization import BatchNormalization
from core.spec import option

Kind = Literal["standard", "grouped", "1x1", "depthwise", "separable", "transposed"]


SIDES = (
    *range(1, 9),
    *range(10, 17, 2),
    20,
    24,
    28,
    32,
    40,
    48,
    56,
    64,
    96,
    112,
    128,
    160,
    192,
    224,
    256,
    320,
    384,
    512,
)
CHANNELS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
"""Where the sliders stop, sizes that networks use; any other can be typed."""


@dataclass(frozen=True)
class Cost:
    """What one layer gives and takes.

    Args:
        output: (height, width, channels).
        parameters: weights and biases.
        multiply_adds: products that are summed for one picture.
    """

    output: Shape
    parameters: int
    multiply_adds: int


def spread(size: int, kernel: int, stride: int, padding: str = "valid") -> int:
    """Side of the output of a transposed convolution: every input value writes a kernel, `stride` cells apart.

    Args:
        size: of the input, cells.
        kernel, stride: 1 or more.
        padding: "valid" keeps every cell that is written, "same" keeps size * stride of them.

    Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", chapter 4.
    """
    return size * stride + (max(kernel - stride, 0) if padding == "valid" else 0)


def writers(size: int, kernel: int, stride: int, padding: str = "valid") -> list[int]:
    """How many input cells of one row write each output cell; along both sides the counts multiply.

    Args:
        size, kernel, stride, padding: as in `spread`; "same" cuts off what is too much, the odd cell at the end.
    """
    out = spread(size, kernel, stride, padding)
    cut = max(kernel - stride, 0) // 2 if padding == "same" else 0
    counts = [0] * out
    for start in range(-cut, size * stride - cut, stride):
        for cell in range(max(start, 0), min(start + kernel, out)):
            counts[cell] += 1
    return counts


def shared_groups(channels: int, filters: int, groups: int) -> int:
    """The number of groups that can be made: the asked one, or the largest below it that divides both sides."""
    both = math.gcd(channels, filters)
    return next(count for count in range(min(groups, both), 0, -1) if both % count == 0)


class Kinds(Lab):
    """Choose sizes and see what each kind of convolution reads, and what it costs."""

    shown: Kind = option("standard", "The kind whose wiring is drawn.")
    height: int = option(
        56, "Height of the input.", advice="If it costs much, halve it.", low=1, high=512, unit="px", choices=SIDES
    )
    width: int = option(
        56, "Width of the input.", advice="If it costs much, halve it.", low=1, high=512, unit="px", choices=SIDES
    )
    channels: int = option(
        8, "Channels of the input.", advice="If the wires are too dense, 4.", low=1, high=1024, choices=CHANNELS
    )
    filters: int = option(
        16,
        "Channels of the output.",
        advice="If separable saves too little, take more.",
        low=1,
        high=1024,
        choices=CHANNELS,
    )
    kernel_size: int = option(
        3, "Side of each kernel; 1x1 keeps its own.", advice="If each should see more, 5.", low=1, high=15, unit="px"
    )
    strides: int = option(
        1,
        "Step from one window to the next; in a transposed one, from one written window to the next.",
        advice="If a transposed one should double the size, 2.",
        low=1,
        high=8,
        unit="px",
    )
    padding: Literal["valid", "same"] = option(
        "same",
        "What happens at the border: no border, or as much as keeps the size at stride 1.",
        advice="If in doubt, 'same'.",
    )
    groups: int = option(
        4,
        "Parts into which the grouped kind divides the channels; each part works alone.",
        advice="If the grouped kind should cost half, 2.",
        low=1,
        high=1024,
        choices=CHANNELS,
    )
    use_bias: bool = option(
        False, "Adds one learned number to each output channel.", advice="If BatchNorm follows, off."
    )

    def cost(self, kind: Kind) -> Cost:
        """What one kind gives and takes at these sizes.

        Args:
            kind: which of the six.

        Raises:
            Impossible: the kernel does not fit the input.
        """
        shape = (self.height, self.width, self.channels)
        if kind == "grouped":
            return self._grouped()
        if kind == "transposed":
            return self._transposed()
        return priced(self._layer(kind), shape)

    def _layer(self, kind: Kind) -> Layer:
        """The layer of the catalogue that this kind is."""
        window = {"strides": self.strides, "padding": self.padding, "use_bias": self.use_bias}
        if kind == "1x1":
            return Conv2D(filters=self.filters, kernel_size=1, **window)
        if kind == "depthwise":
            return DepthwiseConv2D(kernel_size=self.kernel_size, **window)
        made = SeparableConv2D if kind == "separable" else Conv2D
        return made(filters=self.filters, kernel_size=self.kernel_size, **window)

    def _grouped(self) -> Cost:
        """Several small convolutions side by side, each on its own part of the channels."""
        groups = shared_groups(self.channels, self.filters, self.groups)
        part = self.edited(channels=self.channels // groups, filters=self.filters // groups).cost("standard")
        height, width, filters = part.output
        return Cost((height, width, filters * groups), part.parameters * groups, part.multiply_adds * groups)

    def _transposed(self) -> Cost:
        """Every input value times every weight; what "same" cuts off at the border is counted, as it is computed."""
        sides = (spread(side, self.kernel_size, self.strides, self.padding) for side in (self.height, self.width))
        weights = self.kernel_size**2 * self.channels * self.filters
        output = (*sides, self.filters)
        return Cost(output, weights + self.use_bias * self.filters, self.height * self.width * weights)

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        return (*_layer_checks(), *_mobilenet_checks())


def priced(layer: Layer, shape: Shape) -> Cost:
    """A layer of the catalogue with its cost on one input."""
    return Cost(layer.output_shape(shape), layer.parameters(shape), layer.multiply_adds(shape))


IMAGE = (224, 224, 3)
FIRST, CLASSES = 32, 1000
"""Filters of the first layer, and the classes of ImageNet."""

BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)
"""The 13 blocks: channels that come out, and step. Source: Howard et al. 2017, "MobileNets", table 1."""


@dataclass(frozen=True)
class Step:
    """One layer of MobileNet with the normalization that follows it.

    Args:
        layer: as the catalogue has it.
        shape: of its input.
        normalized: whether a BatchNormalization follows; all but the last.
    """

    layer: Layer
    shape: Shape
    normalized: bool = True

    @property
    def cost(self) -> Cost:
        """The layer and its normalization, four numbers per channel."""
        alone = priced(self.layer, self.shape)
        more = BatchNormalization().parameters(alone.output) if self.normalized else 0
        return Cost(alone.output, alone.parameters + more, alone.multiply_adds)

    @property
    def non_trainable(self) -> int:
        """The running mean and variance, which are followed and not trained."""
        return BatchNormalization().non_trainable(self.cost.output) if self.normalized else 0


@dataclass(frozen=True)
class MobileNetRow:
    """One row of MobileNet's table.

    Args:
        name: of the row.
        steps: the layers it stands for, two in a block.
        standard: the one layer that would stand there without the trick.
    """

    name: str
    steps: tuple[Step, ...]
    standard: Step

    @property
    def cost(self) -> Cost:
        """All its layers together."""
        costs = [step.cost for step in self.steps]
        return Cost(costs[-1].output, sum(one.parameters for one in costs), sum(one.multiply_adds for one in costs))

    def to_json(self) -> dict[str, Any]:
        """As the browser draws it."""
        cost, standard, first = self.cost, self.standard.cost, self.steps[0]
        return {
            "name": self.name,
            "layers": len(self.steps),
            "input": first.shape,
            "output": cost.output,
            "strides": first.layer.strides,
            "kernel_size": first.layer.kernel_size,
            "parameters": cost.parameters,
            "multiply_adds": cost.multiply_adds,
            "non_trainable": sum(step.non_trainable for step in self.steps),
            "standard_parameters": standard.parameters,
            "standard_multiply_adds": standard.multiply_adds,
        }


def mobilenet() -> tuple[MobileNetRow, ...]:
    """MobileNet 1.00 for pictures of 224x224, row by row: 28 convolutions, as Keras builds it."""
    plain = {"padding": "same", "use_bias": False}
    first = Step(Conv2D(filters=FIRST, kernel_size=3, strides=2, **plain), IMAGE)
    rows, shape = [MobileNetRow("first layer", (first,), first)], first.cost.output
    for number, (filters, strides) in enumerate(BLOCKS, 1):
        apart = Step(DepthwiseConv2D(kernel_size=3, strides=strides, **plain), shape)
        mixed = Step(Conv2D(filters=filters, kernel_size=1, **plain), apart.cost.output)
        standard = Step(Conv2D(filters=filters, kernel_size=3, strides=strides, **plain), shape)
        rows.append(MobileNetRow(f"block {number}", (apart, mixed), standard))
        shape = mixed.cost.output
    last = Step(Conv2D(filters=CLASSES, kernel_size=1), (1, 1, shape[2]), normalized=False)  # after the global mean
    return (*rows, MobileNetRow("classes", (last,), last))


def _layer_checks() -> tuple[Check, ...]:
    """Published or Keras' own numbers for single layers."""
    sizes = Kinds(height=28, width=28, channels=16, filters=32, kernel_size=3, groups=4, use_bias=True)
    parameters = {
        "standard": 4640,
        "grouped": 1184,
        "1x1": 544,
        "depthwise": 160,
        "separable": 688,
        "transposed": 4640,
    }
    counted = tuple(
        Check(kind, f"Parameters, {kind}: 16 to 32 channels, 3x3, with bias", known, _parameters(sizes, kind))
        for kind, known in parameters.items()
    )
    free = sizes.edited(use_bias=False)
    share = Check(
        "share",
        "Separable / standard, 3x3 to 32 channels: 1/32 + 1/9",
        1 / 32 + 1 / 9,
        lambda: free.cost("separable").multiply_adds / free.cost("standard").multiply_adds,
    )
    return (*counted, share, Check("7 to 14", "Transposed, 7 with kernel 2 and step 2", 14, lambda: spread(7, 2, 2)))


def _parameters(sizes: Kinds, kind: Kind) -> Callable[[], int]:
    return lambda: sizes.cost(kind).parameters


def _mobilenet_checks() -> tuple[Check, ...]:
    """What Keras says of MobileNet 1.00, 224."""

    def total() -> int:
        return sum(row.cost.parameters for row in mobilenet())

    def fixed() -> int:
        return sum(step.non_trainable for row in mobilenet() for step in row.steps)

    return (
        Check("layers", "MobileNet: convolutions", 28, lambda: sum(len(row.steps) for row in mobilenet())),
        Check("total", "MobileNet: parameters", 4_253_864, total),
        Check("trainable", "MobileNet: trainable parameters", 4_231_976, lambda: total() - fixed()),
        Check("fixed", "MobileNet: not trainable", 21_888, fixed),
    )
