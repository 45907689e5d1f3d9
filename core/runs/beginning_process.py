"""Takes the weights of a file, or of a run, over in a process of its own: `python -m core.runs.beginning_process`."""

import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import child
from core.build import pretrained
from core.build.model import build_model
from core.build.weights import named, of_layer
from core.datasets import Facts
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.node import HEAD
from core.experiment.reading import read_experiment
from core.intake.models import AGAIN, weights
from core.intake.models.files import open_keras
from core.layers.pretrained import FIRST
from core.runs.as_base import facts_of_run, weights_of_run
from core.runs.beginning import base_weights, keep
from core.runs.collection import Runs
from core.runs.heads import Head, carried_over
from core.runs.run import Run
from core.words import counted, listed, side_by_side
from core.workspace import current

if TYPE_CHECKING:
    import keras

Variables = dict[str, list["keras.Variable"]]
Values = Iterator[tuple[str, np.ndarray]]


def matched(
    experiment: Experiment, file: Path, keys: Mapping[str, str], facts: Facts | None = None
) -> tuple[Values, tuple[str, ...]]:
    """The weights of a network, out of a file where it has them: (by name, what is to be said).

    The network is built from our own experiment; nothing in the file decides what is built. Of the file one layer is
    in memory at a time.

    Args:
        experiment: of the network.
        file: the HDF5 file of weights.
        keys: the group in the file for each layer, by its name here.
        facts: of the images that it is for; those of its dataset unless told.

    Raises:
        UserError: an array is missing, or of another shape; its layer is named.
    """
    model = build_model(experiment, facts or experiment.dataset.facts())
    owned = _owned(model)
    wanted = {name: keys[name] for name in owned if name in keys}
    for key, found in weights.arrays(file, wanted.values()):
        for name in (name for name, its in wanted.items() if its == key):
            _check(name, [tuple(one.shape) for one in owned[name]], [one.shape for one in found])
            for variable, array in zip(owned[name], found, strict=True):
                variable.assign(array)
    return named(model.weights), _notes(owned, wanted, weights.shapes(file))


def _owned(model: "keras.Model") -> Variables:
    # Keras writes a layer's variables in the order of its `weights`: those that learn, then the others.
    return {layer.name: list(layer.weights) for layer in model.layers if layer.weights}


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


def of_base(experiment: Experiment, file: Path, keys: Mapping[str, str]) -> Values:
    """The weights of the base that a network begins with, out of a file: by `part/variable`.

    Args:
        experiment: whose network begins with the base.
        file, keys: as for `matched`.

    Raises:
        UserError: the file lacks some of them.
    """
    facts = replace(experiment.dataset.facts(), shape=experiment.layers[0].images)
    rows = [row for row in experiment.trace(facts).rows if row.base and not row.part.startswith(FIRST)]
    own = [row.name for row in rows if row.parameters and not row.kind.startswith("HandMade")]
    if lacking := [name for name in own if name not in keys]:
        what = f"This file holds no weights of {listed(lacking)}: as a base it would know nothing there."
        raise UserError(what, "Take the network without its weights.", "WEIGHTS_DO_NOT_FIT")
    values, _ = matched(experiment, file, keys, facts)
    parts = {row.name: row.part for row in rows}
    for name, array in values:
        layer, _, variable = name.partition("/")
        if layer in parts:
            yield f"{parts[layer]}/{variable}", array


def of_run(experiment: Experiment, run: Run) -> tuple[Values, tuple[str, ...]]:
    """The weights of a network, out of a run where it has layers alike, in their order; the head goes by its classes.

    Args:
        experiment: of the network.
        run: that has ended.

    Raises:
        UserError: it has no weights, or none that fit.
    """
    _, learnt = weights_of_run(run)
    facts, before = experiment.dataset.facts(), facts_of_run(run)
    model = build_model(experiment, facts)
    pretrained.begin(model, experiment.trace(facts), partial(base_weights, current()))
    owned, old = _owned(model), _layers(learnt)
    pairs = _alike({name: _shapes(name, own) for name, own in owned.items()}, old)
    for name, there in pairs.items():
        for variable in owned[name]:
            variable.assign(learnt[f"{there}/{_own(variable)}"])
    before_head = model.get_layer(HEAD).get_weights()
    notes = _about_head(model, facts, Head(*_head_of(learnt), before.class_names))
    if not pairs and all(map(np.array_equal, before_head, model.get_layer(HEAD).get_weights())):
        what = f"No layer here is like one of {run.title}: nothing of it can be taken over."
        raise UserError(what, "Choose a run of a network more like this one, or use it as a base.", "WEIGHTS_OF_NONE")
    fresh = [name for name in owned if name not in pairs and name != HEAD]
    told = [f"{counted(len(pairs), 'layer')} of {run.title} taken over"]
    told += [f"{listed(fresh)} {'begins' if len(fresh) == 1 else 'begin'} with fresh weights"] if fresh else []
    return named(model.weights), (*told, *notes)


def _layers(learnt: Mapping[str, np.ndarray]) -> dict[str, list[tuple[str, tuple[int, ...]]]]:
    """The names and shapes of what each layer but the head has learnt."""
    found: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
    for name, array in learnt.items():
        layer, _, variable = name.partition("/")
        found.setdefault(layer, []).append((variable, array.shape))
    return {layer: sorted(shapes) for layer, shapes in found.items() if layer != HEAD}


def _own(variable: "keras.Variable") -> str:
    return variable.path.partition("/")[2]


def _shapes(name: str, variables: "list[keras.Variable]") -> list[tuple[str, tuple[int, ...]]]:
    return sorted((_own(one), tuple(one.shape)) for one in variables)


def _alike(ours: Mapping[str, list], theirs: Mapping[str, list]) -> dict[str, str]:
    """For layers the ones of another network with variables of the same names and shapes, both in their order."""
    here, there = [name for name in ours if name != HEAD], list(theirs)
    keys = [[repr(ours[name]) for name in here], [repr(theirs[name]) for name in there]]
    blocks = SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks()
    return {here[one.a + i]: there[one.b + i] for one in blocks for i in range(one.size)}


def _head_of(learnt: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    head = of_layer(learnt, HEAD)
    return head["kernel"], head["bias"]


def _about_head(model: "keras.Model", facts: Facts, old: Head) -> tuple[str, ...]:
    """Gives the head what it learnt of the classes that it has still."""
    kernel, bias = model.get_layer(HEAD).weights
    new, notes = carried_over(old, Head(kernel.numpy(), bias.numpy(), facts.class_names))
    kernel.assign(new.kernel)
    bias.assign(new.bias)
    return notes


def work(job: dict[str, Any], progress: child.Progress) -> dict[str, Any]:
    """The process's side; every failure is a UserError.

    Raises:
        UserError: whatever went wrong, in the user's words.
    """
    try:
        values, notes = _values(job)
        return {"digest": keep(current(), values), "notes": notes}
    except UserError:
        raise
    except Exception as error:
        # The one boundary where everything is caught: no defect in a reader may show its insides to a learner.
        logging.getLogger(__name__).exception("taking weights over failed")
        what = "The weights could not be taken over because of a fault of ours."
        raise UserError(what, AGAIN, "WEIGHTS_FAILED") from error


def _values(job: dict[str, Any]) -> tuple[Values, tuple[str, ...]]:
    """The weights that a job asks for, and what is to be said."""
    if "run" in job:
        return of_run(read_experiment(job["experiment"]), Runs(current()).find(str(job["run"])))
    file = open_keras(Path(job["file"]), str(job["name"])).weights
    experiment, keys = read_experiment(job["experiment"]), job["keys"]
    return (of_base(experiment, file, keys), ()) if job.get("base") else matched(experiment, file, keys)


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr)
    child.answer(work)
