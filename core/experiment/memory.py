"""How much memory a training takes, told before it starts, and how much of it this machine allows.

A worker's memory is TensorFlow itself, the pictures, the numbers that belong to the network (its weights, their
gradients, the optimizer's memory, and one array at a time on its way into a checkpoint), and the values that flow
through it, which grow with the batch. The factors are fitted to what trainings took: `python -m benchmarks.memory`
shows both.
"""

from dataclasses import dataclass, fields
from math import prod
from pathlib import Path

import psutil

from core import settings, words
from core.errors import UserError
from core.experiment import Experiment, Precision, Training, weights_needed
from core.experiment.frozen import FrozenPart, frozen_part
from core.experiment.network import BYTES_PER_NUMBER, Row, Trace
from core.experiment.node import HEAD
from core.problems import Facts, Problem

BASE_BYTES = 665 * 2**20
"""TensorFlow, its thread pools and the compiled graph of a tiny network."""
SHARE = 0.75
"""Of the machine's memory; the rest is for the server, the browser and the system."""
HELD_BYTES = 256 * 2**20
"""Pictures up to this size are held in memory; larger datasets are read piece by piece."""
EVALUATION_BYTES = 256 * 2**20
"""What the largest layer may take while validating; decides the batch there, of 512 pictures at most."""

FLOW = 2.4
"""Bytes that a step needs for each byte of its layers' outputs: the output, its gradient, and scratch space."""
HEAVY = {"gelu": 1.9, "silu": 1.4}
"""Activations made of several functions keep what lies between them: so many times as much."""
FULL: Precision = "float32"
HALVED = 2
"""Bytes of a value that a layer gives in mixed precision; the last layer, and all weights, stay float32."""
CAST = 3
"""A normalization takes its values in float32 whatever it is given: two bytes in, four kept, two out, for each."""
WHERE = ("data", "augmentation", "network", "training")
"""The pages, in the order in which problems are told."""
UPDATE, UPDATE_WITH_MEMORY = 2.4, 3.5
"""Gradients and what an update needs in passing, in sizes of the weights: plain SGD, and optimizers with a memory."""


@dataclass(frozen=True)
class Estimate:
    """A worker's peak of resident memory while it trains, in bytes.

    Args:
        base: TensorFlow itself.
        images: the dataset, or the pieces of it that are read ahead.
        weights: the network's numbers, and the largest layer's once more on its way into a checkpoint.
        gradients: one number per weight, and what an update needs in passing.
        optimizer: its memory of past gradients.
        activations: what the layers give for a batch, kept for the way back; or for a batch of validation pictures.
        batch: pictures per step.
    """

    base: int
    images: int
    weights: int
    gradients: int
    optimizer: int
    activations: int
    batch: int

    @property
    def total(self) -> int:
        """All bytes together."""
        return sum(getattr(self, part.name) for part in fields(self) if part.name != "batch")


def estimate(
    traced: Trace, batch_size: int, optimizer_slots: int, images: int = 0, precision: Precision = FULL
) -> Estimate:
    """What a training will take at its peak: within half and twice of what it does take.

    Args:
        traced: shapes and parameters of the network.
        batch_size: pictures per step.
        optimizer_slots: numbers that the optimizer keeps per weight, `Optimizer.slots`.
        images: how many the dataset has.
        precision: that its layers compute with; of what they give, mixed precision keeps half the bytes.
    """
    weights, learnt = (count * BYTES_PER_NUMBER for count in (traced.parameters, traced.trainable))
    image = prod(traced.input_shape)  # bytes: uint8
    part = frozen_part(traced)
    return Estimate(
        base=BASE_BYTES,
        images=_held(image, images, batch_size) + (_held(part.bytes_of(1), images, batch_size) if part else 0),
        weights=weights + BYTES_PER_NUMBER * max((row.parameters for row in traced.rows), default=0) + _constant(part),
        gradients=int(learnt * (UPDATE_WITH_MEMORY if optimizer_slots else UPDATE)),
        optimizer=learnt * optimizer_slots,
        activations=int(FLOW * max(_flow(traced, batch_size, precision), _evaluation(traced, images, precision))),
        batch=batch_size,
    )


def of(experiment: Experiment, facts: Facts) -> Estimate:
    """What training an experiment will take.

    Args:
        experiment: whose network can be built.
        facts: of its dataset.
    """
    settings = experiment.training
    traced, slots = experiment.trace(facts), settings.optimizer.slots
    return estimate(traced, settings.batch_size, slots, facts.count, settings.precision)


def limit() -> int:
    """Bytes that a training may take on this machine: a share of its memory or of what its container may have.

    KERNELSCOPE_MEMORY_GB, a number, takes its place.
    """
    chosen = settings.MEMORY.text()
    try:
        return int(float(chosen) * 1e9)
    except (ValueError, OverflowError):
        return int(min(psutil.virtual_memory().total, *_container_limits()) * SHARE)


def obstacles(experiment: Experiment) -> list[Problem]:
    """All that stands between an experiment and its training on this machine, what it does not fit into included.

    An experiment's own `problems` are the same everywhere; whoever starts a training, or offers to, asks here.
    """
    found = [*weights_needed.problems(experiment), *problems(experiment, limit()), *experiment.problems()]
    return sorted(found, key=lambda problem: WHERE.index(problem.where))


def require(experiment: Experiment) -> None:
    """Refuses an experiment that can't be trained on this machine.

    Raises:
        UserError: it has a problem that no training can get past, or does not fit.
    """
    if blocking := next((problem for problem in obstacles(experiment) if problem.blocking), None):
        raise UserError(blocking.message, blocking.hint, "EXPERIMENT_PROBLEM")


def problems(experiment: Experiment, allowed: int) -> list[Problem]:
    """Whether an experiment fits into a machine; empty when it does, or when its network can't be built at all.

    Args:
        experiment: which.
        allowed: bytes that a training may take there.
    """
    if not experiment.dataset.has_images:  # it is looked at, and never trained
        return []
    try:
        facts = experiment.dataset.facts()
    except UserError:
        return []
    traced = experiment.trace(facts)
    found = None if traced.broken else problem(traced, facts, experiment.training, allowed)
    return [found] if found else []


def problem(traced: Trace, facts: Facts, training: Training, allowed: int) -> Problem | None:
    """Why a training can't fit, or None; nothing is allocated to find out.

    Args:
        traced: of a network that can be built.
        facts: of the dataset.
        training: batch and optimizer.
        allowed: bytes that it may take.
    """
    optimizer, batch = training.optimizer, training.batch_size

    def needs(batch: int) -> Estimate:
        return estimate(traced, batch, optimizer.slots, facts.count, training.precision)

    needed = needs(batch)
    if needed.total <= allowed:
        return None
    sizes = [2**power for power in range(batch.bit_length()) if 2**power < batch]
    fitting = [size for size in sizes if needs(size).total <= allowed]
    sentence = f"Training needs about {gigabytes(needed.total)} with {{}}; this machine allows {gigabytes(allowed)}. "
    if fitting:
        row = max(traced.rows, key=lambda row: prod(row.output_shape))
        sentence = sentence.format(f"{words.counted(batch, 'picture')} a step")
        sentence += f"The biggest layer is {row.called} with {words.compact(prod(row.output_shape))} values a picture."
        return Problem("training", sentence, f"Take {words.counted(fitting[-1], 'picture')} a step.", row.index)
    row = max(traced.rows, key=lambda row: row.parameters)
    sentence = sentence.format(optimizer.kind)
    sentence += f"The biggest layer is {row.called} with {words.compact(row.parameters)} parameters."
    hint = "Pool more before Flatten, use GlobalAveragePooling2D, or take fewer units."
    return Problem("network", sentence, hint, row.index)


def ran_out(experiment: Experiment) -> str:
    """What to tell when a training ended for want of memory."""
    batch = experiment.training.batch_size
    smaller = f"a batch of {max(1, batch // 4)} or smaller pictures" if batch > 1 else "fewer filters, smaller pictures"
    return f"The machine ran out of memory at a batch of {batch}. Take {smaller}, and train again."


def gigabytes(count: int) -> str:
    """Bytes as people read them: 1.7 GB, 315 GB; below one, in MB."""
    number, unit = (count / 1e9, "GB") if count >= 999.5e6 else (count / 1e6, "MB")
    return f"{words.compact(number)}{words.THIN_SPACE}{unit}"


def _held(image: int, images: int, batch_size: int) -> int:
    """Bytes of pictures at any time: all of them, or those of the next steps."""
    every = image * images
    return every if every <= HELD_BYTES else min(every, image * batch_size * 4)


def value_bytes(row: Row, precision: Precision) -> int:
    """Bytes of each value that a layer gives.

    Args:
        row: of the network.
        precision: of the training.
    """
    return BYTES_PER_NUMBER if precision == FULL or row.id == HEAD else HALVED


def _constant(part: FrozenPart | None) -> int:
    """Bytes of the weights of a frozen part that compiled features hold: in the graph, and as its kernels want them."""
    return 2 * BYTES_PER_NUMBER * sum(row.parameters for row in part.rows) if part else 0


def _flow(traced: Trace, batch_size: int, precision: Precision) -> int:
    """Bytes of all outputs that a step keeps for the way back, and of what their activations keep.

    Nothing is kept of layers before the first one that learns: what they give goes once it is read.
    """
    kept, passing, reached = 0.0, 0.0, set()
    for row in traced.rows:
        if row.parameters > row.non_trainable or not reached.isdisjoint(row.inputs):
            reached.add(row.id)
            kept += _kept(row, precision)
        else:
            passing = max(passing, _kept(row, precision))
    return int(batch_size * (kept + passing))


def _kept(row: Row, precision: Precision) -> float:
    """Bytes of a layer's output for one picture, and of what lies between its functions."""
    more = HEAVY.get(getattr(row.layer, "activation", ""), 1)
    if row.kind.endswith("Normalization") and precision != FULL:
        more = CAST
    return prod(row.output_shape) * more * value_bytes(row, precision)


def _evaluation(traced: Trace, images: int, precision: Precision) -> int:
    """Bytes of the largest layer's output for a batch of validation pictures: nothing is kept for a way back."""
    outputs = (prod(row.output_shape) * value_bytes(row, precision) for row in traced.rows)
    largest = max(prod(traced.input_shape) * BYTES_PER_NUMBER, *outputs)
    values = max(prod(shape) for shape in (traced.input_shape, *(row.output_shape for row in traced.rows)))
    return largest * max(1, min(512, images // 5, EVALUATION_BYTES // (values * BYTES_PER_NUMBER)))


def _container_limits() -> list[int]:
    """Bytes that Linux allows the group of processes that this one belongs to; empty elsewhere."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    found = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers in ("", "memory"):
            top = Path("/sys/fs/cgroup") / controllers
            here = top / group.lstrip("/")
            found += [_read_limit(folder) for folder in (here, *here.parents) if folder.is_relative_to(top)]
    return [value for value in found if value]


def _read_limit(group: Path) -> int:
    """The limit of one group; 0 when it has none."""
    for name in ("memory.max", "memory.limit_in_bytes"):
        try:
            text = (group / name).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        return int(text) if text.isdigit() else 0
    return 0
