"""Runs with networks in them, made without training."""

from core.build.weights import changing, frozen, named
from core.runs.collection import Runs
from core.runs.recorder import CheckpointData
from core.workspace import current


def here():
    """The runs of the test's own workspace."""
    return Runs(current())


def save_weights(record, epoch, model, change=lambda array: array):
    """A checkpoint of this network, as the training makes one.

    Args:
        record: of the run.
        epoch: its number.
        model: the network.
        change: done to every array that training changes.
    """
    record.append("saved", epoch=epoch)
    weights = ((name, change(array)) for name, array in named(changing(model)))
    still = named(frozen(model)) if frozen(model) else None
    record.checkpoint(CheckpointData(epoch, 0, epoch, weights, [], {}, still))
