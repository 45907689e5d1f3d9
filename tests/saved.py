"""Runs with networks in them, made without training."""

from core.runs.collection import Runs
from core.runs.recorder import CheckpointData
from core.workspace import current


def here():
    """The runs of the test's own workspace."""
    return Runs(current())


def save_weights(record, epoch, weights):
    """A checkpoint with these weights, as the training makes one."""
    record.append("saved", epoch=epoch)
    record.checkpoint(CheckpointData(epoch, 0, epoch, weights, [], {}))
