"""Takes the weights of one file over, in a process of its own: `python -m core.runs.beginning_process`."""

import logging
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import child
from core.build.model import build_model
from core.build.weights import named
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.reading import read_experiment
from core.intake.models import AGAIN, weights
from core.intake.models.files import open_keras
from core.runs.beginning import keep
from core.words import listed, side_by_side
from core.workspace import current

if TYPE_CHECKING:
    import keras

Variables = dict[str, list["keras.Variable"]]


def matched(
    experiment: Experiment, file: Path, keys: Mapping[str, str]
) -> tuple[Iterator[tuple[str, np.ndarray]], tuple[str, ...]]:
    """The weights of a network, out of a file where it has them: (by name, what is to be said).

    The network is built from our own experiment; nothing in the file decides what is built. Of the file one layer is
    in memory at a time.

    Args:
        experiment: of the network.
        file: the HDF5 file of weights.
        keys: the group in the file for each layer, by its name here.

    Raises:
        UserError: an array is missing, or of another shape; its layer is named.
    """
    model = build_model(experiment, experiment.dataset.facts())
    # Keras writes a layer's variables in the order of its `weights`: those that learn, then the others.
    owned = {layer.name: list(layer.weights) for layer in model.layers if layer.weights}
    wanted = {name: keys[name] for name in owned if name in keys}
    for key, found in weights.arrays(file, wanted.values()):
        for name in (name for name, its in wanted.items() if its == key):
            _check(name, [tuple(one.shape) for one in owned[name]], [one.shape for one in found])
            for variable, array in zip(owned[name], found, strict=True):
                variable.assign(array)
    return named(model.weights), _notes(owned, wanted, weights.shapes(file))


def _check(name: str, ours: list[tuple[int, ...]], theirs: list[tuple[int, ...]]) -> None:
    if ours != theirs:
        here, there = (" and ".join(map(side_by_side, shapes)) for shapes in (ours, theirs))
        what = f"The weights of {name} in this file are {there}; this network has {here}."
        raise UserError(what, "Take the network without its weights.", "WEIGHTS_DO_NOT_FIT")


def _notes(owned: Variables, wanted: Mapping[str, str], held: weights.Shapes) -> tuple[str, ...]:
    """What begins fresh, and what of the file was not needed."""
    fresh = [name for name in owned if name not in wanted]
    extra = [key for key in held if key not in wanted.values() and "seed_generator" not in key]
    told = [f"{listed(fresh)} {'begins' if len(fresh) == 1 else 'begin'} with fresh weights"] if fresh else []
    return (*told, *([f"Not needed of the file: {listed(extra)}"] if extra else []))


def work(job: dict[str, Any], progress: child.Progress) -> dict[str, Any]:
    """The process's side; every failure is a UserError.

    Raises:
        UserError: whatever went wrong, in the user's words.
    """
    try:
        parts = open_keras(Path(job["file"]), str(job["name"]))
        values, notes = matched(read_experiment(job["experiment"]), parts.weights, job["keys"])
        return {"digest": keep(current(), values), "notes": notes}
    except UserError:
        raise
    except Exception as error:
        # The one boundary where everything is caught: no defect in a reader may show its insides to a learner.
        logging.getLogger(__name__).exception("taking weights over failed")
        what = "The weights could not be taken over because of a fault of ours."
        raise UserError(what, AGAIN, "WEIGHTS_FAILED") from error


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr)
    child.answer(work)
