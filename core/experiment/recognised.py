"""A network that we exported, as the learner edited it: blocks folded, names and comments kept.

A `.keras` file holds plain layers. Our export writes the learner's rows beside them; they are taken where they unfold
to exactly the layers of the file, and left where somebody changed it since.
"""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from core.errors import UserError
from core.experiment import Experiment
from core.experiment.migrations import VERSION
from core.experiment.network import Row
from core.experiment.node import HEAD, IMAGE, Node, as_json
from core.experiment.reading import read_experiment
from core.intake.models import Found, ReadNetwork
from core.layers import Layer
from core.layers.blocks import Block
from core.layers.hand_made import HandMadeConv2D


def written(experiment: Experiment) -> str:
    """The rows of a network as a JSON document, which is an experiment that says nothing else."""
    return json.dumps({"schema_version": VERSION, "layers": as_json(experiment.nodes)}, indent=1)


def rows_of(text: str) -> tuple[Node, ...]:
    """The rows in such a document; none where there is none, or none that can be read."""
    try:
        return read_experiment(text).nodes if text else ()
    except UserError:
        return ()


def are_edited(nodes: Sequence[Node]) -> bool:
    """Whether rows say more than their layers do."""
    return any(node.comment or isinstance(node.layer, Block) for node in nodes)


def is_network_of(experiment: Experiment, read: ReadNetwork) -> bool:
    """Whether the rows of an experiment unfold to the layers of a file: the same, under the same names, wired alike.

    Args:
        experiment: with the images that the network will be given.
        read: what was understood of the file, without its last layer.
    """
    rows = experiment.trace(experiment.dataset.facts()).rows
    names = {IMAGE: IMAGE} | {row.id: row.name for row in rows}
    ours = {row.name: row for row in _those_read(rows)}
    theirs = {one.name: one for one in read.layers}
    if ours.keys() != theirs.keys() or names[rows[-1].inputs[0]] != read.output:
        return False
    return all(_is_same(row, theirs[name], names) for name, row in ours.items())


def _those_read(rows: Sequence[Row]) -> list[Row]:
    """The rows that the answer comes from, the last one apart."""
    wanted = {HEAD}
    for row in reversed(rows):
        wanted |= set(row.inputs) if row.id in wanted else set()
    return [row for row in rows if row.id in wanted and row.id != HEAD]


def _is_same(row: Row, found: Found, names: Mapping[str, str]) -> bool:
    if tuple(names[one] for one in row.inputs) != found.inputs:
        return False
    ours, theirs = row.layer, found.layer
    if isinstance(ours, HandMadeConv2D) and isinstance(theirs, HandMadeConv2D):
        return _without_kernels(ours) == _without_kernels(theirs) and _are_close(ours.weights(), theirs.weights())
    return _spelled_out(ours) == _spelled_out(theirs)


def _without_kernels(layer: HandMadeConv2D) -> dict[str, object]:
    return layer.model_dump(exclude={"kernels", "channels"})


def _are_close(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Whether kernels are the same in float32, whatever they are divided by."""
    return ours.shape == theirs.shape and np.allclose(ours, theirs, rtol=1e-6, atol=1e-9)


def _spelled_out(layer: Layer) -> Layer:
    """A layer with the step of its windows, which are side by side where it says none."""
    pool = getattr(layer, "pool_size", None)
    return layer.edited(strides=layer.strides or pool) if pool else layer
