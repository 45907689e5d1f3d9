"""What a training step does, taken apart into kinds of work whose pace a machine can be asked for once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, prod
from typing import NamedTuple

from core.augmentation.random_changes import runs_of
from core.experiment import Experiment
from core.experiment.frozen import FrozenPart, frozen_part, kept_part
from core.experiment.memory import HEAVY
from core.experiment.network import BYTES_PER_NUMBER, Row, Trace
from core.experiment.node import IMAGE
from core.layers import Layer, Shape
from core.settings import SMALL_STEP

LANES = 16
"""Channels that a processor's kernels take at a time: 3 cost about as much as 16."""
LARGE = 32 << 20
"""Bytes beyond which memory is asked of the system anew for every array, and each of its pages costs once more."""

CONVOLUTION, FIRST, DEPTHWISE, DENSE = "convolution", "first convolution", "depthwise", "dense"
ACTIVATION, SMOOTH, NORMALIZATION, POOLING, RANDOM = "activation", "smooth", "normalization", "pooling", "random"
STEP, UPDATE, SLOW_UPDATE, AUGMENTATION = "step", "update", "slow update", "augmentation"
KINDS = (
    *(CONVOLUTION, FIRST, DEPTHWISE, DENSE, ACTIVATION, SMOOTH, NORMALIZATION, POOLING, RANDOM),
    *(UPDATE, SLOW_UPDATE, STEP, AUGMENTATION),
)
WHOLE = "whole"
"""Names the step of a whole network among what is measured: what lies near in a layer alone has to be fetched there."""
FUSED = ("Adam", "RMSprop", "SGD")
"""Optimizers whose step is one pass over each weight (`core.training.updates`)."""
NOISY = ("Dropout", "Dropout2D", "Noise")
"""How the names of layers end that draw random numbers."""
FREE = ("Flatten", "Reshape")
"""They only call the same numbers by other places."""


@dataclass(frozen=True)
class Work:
    """A piece of a training step, forward and backward, for a whole batch.

    Args:
        kind: one of KINDS.
        pieces: how many operations of it there are.
        adds: multiply-adds forward, in billions.
        values: numbers that it reads and writes, in millions.
        large: those of them that lie in arrays above LARGE.
    """

    kind: str
    pieces: float = 1.0
    adds: float = 0.0
    values: float = 0.0
    large: float = 0.0

    @property
    def amounts(self) -> tuple[float, float, float, float]:
        """What its time may grow with."""
        return self.pieces, self.adds, self.values, self.large

    def times(self, factor: float) -> "Work":
        """A share of it."""
        return Work(self.kind, *(factor * amount for amount in self.amounts))


def of_step(experiment: Experiment, traced: Trace) -> list[Work]:
    """All the work of one training step.

    Args:
        experiment: whose batch, optimizer and augmentations count.
        traced: its network, which can be built.
    """
    batch, part = experiment.training.batch_size, frozen_part(traced)
    is_kept = kept_part(experiment, traced) is not None
    found = [moved(STEP, batch, part.shape if is_kept else traced.input_shape)]
    if not is_kept:
        found += [augmented(batch, traced.input_shape, run[0].passes) for _, run in runs_of(experiment.applied)]
        found += _forward(part, batch) if part else []
    learnt = {IMAGE: False}  # whether something before it learns, so that gradients go back through it
    learnt |= dict.fromkeys((row.id for row in part.rows), False) if part else {}
    for row in part.rest if part else traced.rows:
        reached = any(learnt[one] for one in row.inputs)
        learnt[row.id] = reached or row.parameters > row.non_trainable
        found += of_layer(row.layer, row.input_shapes, batch, reached)
    return found + list(_updates(traced.rows, experiment.training.optimizer.kind))


def augmented(batch: int, shape: Shape, passes: float = 1.0) -> Work:
    """Random changes of a batch.

    Args:
        batch: images a step.
        shape: of one.
        passes: times of one look-up, which serves any number of movements in a row.
    """
    return moved(AUGMENTATION, batch, shape).times(passes)


FORWARD, FOLDED = 1 / 3, 0.15
"""Of what a layer takes in a training step: forward alone, and with normalizations folded into convolutions."""


def of_features(part: FrozenPart, batch: int) -> list[Work]:
    """The work of computing the features of so many images at once."""
    return [one.times(FOLDED) for row in part.rows for one in of_layer(row.layer, row.input_shapes, batch)]


def _forward(part: FrozenPart, batch: int) -> list[Work]:
    """The work of a part that no gradient goes through."""
    return [one.times(FORWARD) for row in part.rows for one in of_layer(row.layer, row.input_shapes, batch)]


def of_layer(layer: Layer, shapes: Sequence[Shape], batch: int, reached: bool = True) -> list[Work]:
    """The work of one layer, that of its activation included.

    Args:
        layer: which.
        shapes: of one image at each of its inputs.
        batch: images a step.
        reached: whether it hands a gradient back to its inputs.
    """
    if layer.kind in FREE:
        return []
    made = layer.output_shape(*shapes)
    found = list(_own(layer, shapes, made, batch, reached))
    activation = getattr(layer, "activation", "linear")
    if activation != "linear":
        found.append(moved(SMOOTH if activation in HEAVY else ACTIVATION, batch, made, made))
    return found


def _own(layer: Layer, shapes: Sequence[Shape], made: Shape, batch: int, reached: bool) -> Iterator[Work]:
    """The work of a layer without its activation."""
    adds = layer.multiply_adds(*shapes) * batch / 1e9
    if layer.does == "convolve":
        yield from _convolved(layer, shapes[0], made, batch, reached)
    elif adds and layer.parameters(*shapes):
        yield _dense(adds, layer.parameters(*shapes), batch, (*shapes, made))
    elif layer.kind.endswith("Normalization"):
        yield moved(NORMALIZATION, batch, *shapes, made)
    elif layer.does in ("max", "mean") and len(shapes) == 1:
        yield moved(POOLING, batch, *shapes, made)
    elif layer.kind.endswith(NOISY):
        yield moved(RANDOM, batch, *shapes, made)
    elif layer.kind != "Activation":
        yield moved(ACTIVATION, batch, *shapes, made)


def _convolved(layer: Layer, shape: Shape, made: Shape, batch: int, reached: bool) -> Iterator[Work]:
    """A convolution; one of each map alone, and what mixes them, are two."""
    adds = layer.multiply_adds(shape)
    if layer.reads == "own map":
        yield moved(DEPTHWISE, batch, shape, made, adds=adds)
        return
    if layer.kind.startswith("Separable"):
        middle = (*made[:2], shape[2] * layer.depth_multiplier)
        mixing = prod(made) * middle[2]
        yield moved(DEPTHWISE, batch, shape, middle, adds=adds - mixing)
        yield moved(CONVOLUTION, batch, middle, made, adds=mixing * _waste(middle[2]) * _waste(made[2]))
        return
    if not reached:
        yield moved(FIRST, batch, shape, made, adds=adds * _waste(made[2]))
        return
    yield moved(CONVOLUTION, batch, shape, made, adds=adds * _waste(shape[2]) * _waste(made[2]))


def _waste(channels: int) -> float:
    """How many times the work is that is done for so many channels, as they are taken by LANES."""
    return ceil(channels / LANES) * LANES / channels


def _dense(adds: float, weights: int, batch: int, shapes: Sequence[Shape]) -> Work:
    flow = moved(DENSE, batch, *shapes)
    large = weights / 1e6 * (weights * BYTES_PER_NUMBER > LARGE)
    return Work(DENSE, 1.0, adds, flow.values + weights / 1e6, flow.large + large)


def moved(kind: str, batch: int, *shapes: Shape, adds: float = 0.0) -> Work:
    """Work that goes over arrays of these shapes once."""
    sizes = [prod(shape) * batch for shape in shapes]
    large = sum(size for size in sizes if size * BYTES_PER_NUMBER > LARGE)
    return Work(kind, 1.0, adds * batch / 1e9, sum(sizes) / 1e6, large / 1e6)


def _updates(rows: Sequence[Row], optimizer: str) -> Iterator[Work]:
    """The optimizer's step for each layer that learns; most have two arrays of numbers."""
    for row in rows:
        if count := row.parameters - row.non_trainable:
            yield update(count, optimizer)


def update(count: int, optimizer: str) -> Work:
    """An optimizer's step over an array of so many numbers."""
    kind = UPDATE if optimizer in FUSED else SLOW_UPDATE
    return Work(kind, 2.0, 0.0, count / 1e6, count / 1e6 * (count * BYTES_PER_NUMBER > LARGE))


PARTS = 2
"""A batch that may be cut is cut into so many, on every machine, so that a run's curves repeat."""
LEAST_CUT = 8
"""Images in a batch below which its parts are too small to be worth the cut."""


class Spread(NamedTuple):
    """How a training step is shared among the cores.

    Args:
        parts: a batch is cut into so many, computed side by side.
        is_small: whether a single core computes a part: handing work to a second costs more than that saves.
    """

    parts: int
    is_small: bool

    def cores(self, count: int) -> int:
        """Cores that share one operation on a machine with so many."""
        return 1 if self.is_small else max(1, count // self.parts)

    def name(self, count: int) -> str:
        """The same for whatever is shared alike on a machine with so many cores: "2x1", parts times cores."""
        return f"{self.parts}x{self.cores(count)}"


SPREADS = tuple(Spread(parts, is_small) for parts in (1, PARTS) for is_small in (True, False))
"""All that there are."""


def spread_of(experiment: Experiment, traced: Trace) -> Spread:
    """How a step of an experiment is spread.

    A batch is cut where every image is answered by itself, so that the gradients of two halves are that of the whole:
    not where a layer looks at the batch or draws random numbers. On two cores, against the faster of one core and all,
    halves took the digits network (10 million multiply-adds a step) and the Fashion network (160 million) further
    (`python -m benchmarks threads`).

    Where the frozen part of a network is computed once per image, it goes to all cores in pieces, a core each, and what
    is left of a step is small.
    """
    is_cut = not any(row.differs_in_training for row in traced.rows)
    is_small = traced.multiply_adds * experiment.training.batch_size <= SMALL_STEP.value()
    is_small = is_small or kept_part(experiment, traced) is not None
    return Spread(PARTS if is_cut and experiment.training.batch_size >= LEAST_CUT else 1, is_small)
