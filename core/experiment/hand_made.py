"""An experiment with a hand-made first layer, and its twin whose first layer learns."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from core.errors import UserError
from core.experiment import NAME_LENGTH, Experiment, stack
from core.layers import Impossible, Layer
from core.layers.convolution import Conv2D
from core.layers.hand_made import MAX_KERNELS, MAX_SIDE, HandMadeConv2D
from core.words import side_by_side

Square = Sequence[Sequence[float]]


def layer(
    kernels: Sequence[Square | Sequence[Square]], channels: int, *, summed: bool = False, **settings: Any
) -> HandMadeConv2D:
    """Kernels as a fixed layer; grey and colour pictures get the same answers from squares for all channels alike.

    Args:
        kernels: squares of weights for all channels alike, or a square for every channel.
        channels: of the pictures, 1 or 3.
        summed: whether a square lies over every channel whole, as in a lab with a colour picture: the sums add up.
        settings: anything else that the layer has: strides, dilation_rate, padding, activation, biases. Without them
            it is 'same', linear and without a bias.

    Raises:
        UserError: too many or too large, of several sizes, or made for another number of channels.
    """
    deep = tuple(_planes(kernel) for kernel in kernels)
    if summed and channels > 1:
        deep = tuple(planes * channels if len(planes) == 1 else planes for planes in deep)
    shared = channels if deep and len(deep[0]) == 1 else 1
    try:
        return HandMadeConv2D(kernels=deep, channels=shared, **settings)
    except ValidationError as error:
        raise UserError(
            "These kernels can't be a layer.",
            f"Take 1 to {MAX_KERNELS} squares of one size, {MAX_SIDE} px at most.",
            "HAND_MADE_KERNELS",
        ) from error


def _planes(kernel: Square | Sequence[Square]) -> tuple:
    """One kernel as its planes, weights in six digits: more are noise in a script that people read."""
    planes = kernel if isinstance(kernel[0][0], Sequence) else (kernel,)
    return tuple(tuple(tuple(float(f"{weight:.6g}") for weight in row) for row in plane) for plane in planes)


def pair(
    experiment: Experiment, kernels: Sequence[Square | Sequence[Square]], **settings: Any
) -> tuple[Experiment, Experiment]:
    """The experiment with fixed kernels in front, and with as many kernels of that size that learn.

    A hand-made layer that stood in front gives way. The two differ in nothing else: both layers have a bias, or
    neither.

    Args:
        experiment: in work.
        kernels, settings: as for `layer`.

    Raises:
        UserError: the data is not there, the kernels are larger than the pictures or made for other channels, or the
            network is as high as it may be.
    """
    shape = experiment.dataset.facts().shape
    fixed = layer(kernels, shape[2], **settings)
    if fixed.kernel_size > min(shape[:2]):
        raise UserError(
            f"This kernel is larger than the pictures of {experiment.dataset.called()}: "
            f"{side_by_side((fixed.kernel_size,) * 2)} on {side_by_side(shape[:2])} px.",
            "Take a smaller kernel, or larger pictures on the Data page.",
            "HAND_MADE_TOO_LARGE",
        )
    try:
        fixed.output_shape(shape)
    except Impossible as impossible:
        raise UserError(f"Not for {experiment.dataset.called()}: {impossible}.", impossible.hint, "HAND_MADE") from None
    learned = Conv2D(
        filters=fixed.filters,
        kernel_size=fixed.kernel_size,
        strides=fixed.strides,
        padding=fixed.padding,
        dilation_rate=fixed.dilation_rate,
        activation=fixed.activation,
        use_bias=bool(fixed.biases),
    )
    return _with_first(experiment, fixed), _with_first(experiment, learned)


def _with_first(experiment: Experiment, layer: Layer) -> Experiment:
    """The experiment with a layer in front, in place of a hand-made one that stands there.

    Raises:
        UserError: the network is as large as it may be.
    """
    nodes = experiment.nodes
    if nodes and isinstance(nodes[0].layer, HandMadeConv2D):
        return experiment.edited(nodes=stack.replaced(nodes, nodes[0].id, layer))
    return experiment.edited(nodes=stack.inserted(nodes, 0, layer))


def named(fixed: Experiment, learned: Experiment) -> tuple[Experiment, Experiment]:
    """Both with names that tell them apart in a list of runs."""
    return tuple(
        one.edited(name=f"{one.name[: NAME_LENGTH - len(ending)]}{ending}")
        for one, ending in ((fixed, " · hand-made"), (learned, " · trained"))
    )
