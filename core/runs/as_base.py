"""A network of one's own becomes a base: its layers without the head, and what they learnt, kept by content."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from pydantic import ValidationError

from core.build.weights import are_positional
from core.datasets import Facts
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.network import Row, trace
from core.experiment.node import Node, canonical
from core.layers import Shape
from core.layers.own_base import ORIGIN_LENGTH, OwnBase
from core.runs import scores
from core.runs.beginning import keep
from core.runs.run import Run
from core.words import cleaned
from core.workspace import Workspace

ANOTHER = "Choose another run."


def of_run(run: Run) -> OwnBase:
    """A base out of a run that has ended, as its network was after its chosen epoch; it outlives the run.

    Raises:
        UserError: the run is still at work, its weights or its data are not here, or they can't be a base.
    """
    run.check_there()
    title, experiment = run.title, run.experiment
    epoch, weights = weights_of_run(run)
    facts = facts_of_run(run)
    base = fresh(experiment.nodes, facts.shape, _origin(run, title, epoch))
    return kept(run.workspace, base, _renamed(weights, experiment, facts, base))


def weights_of_run(run: Run) -> tuple[int | None, dict[str, np.ndarray]]:
    """The chosen epoch of a run that has ended, and its weights by name.

    Raises:
        UserError: it has not ended, its weights are not here, or they are of no use elsewhere.
    """
    if run.status().is_live:
        raise UserError(f"{run.title} is still being trained.", "Wait until it ends, or stop it.", "RUN_LIVE")
    epoch = run.chosen_epoch
    weights = run.weights(epoch)
    if are_positional(weights):
        what = f"{run.title} was trained by an older Kernelscope, which kept its weights without names."
        raise UserError(what, "Train its experiment again, and take the new run.", "BASE_RUN_OLD")
    if not all(np.isfinite(array).all() for array in weights.values()):
        what = f"{run.title} diverged: its weights are no numbers any more."
        raise UserError(what, f"{ANOTHER} A smaller learning rate keeps it from that.", "BASE_RUN_DIVERGED")
    return epoch, weights


def facts_of_run(run: Run) -> Facts:
    """What a run's network knew of its data.

    Raises:
        UserError: that is not here any more.
    """
    try:
        return run.experiment.dataset.facts()
    except UserError as error:
        what = f"The data of {run.title} is not here any more, and with it the size of its images."
        raise UserError(what, f"{error.remedy} Or choose another run.", "BASE_RUN_DATA") from error


def _origin(run: Run, title: str, epoch: int | None) -> str:
    """ "Fashion CNN, epoch 7, 0.91"."""
    status = run.status()
    found = next((one.get("val_accuracy") for one in run.metrics().epochs if one.get("epoch") == epoch), None)
    accuracy = scores.best_accuracy(status) if epoch == status.best_epoch else found
    words = f", epoch {epoch}" + (f", {accuracy:.2f}" if isinstance(accuracy, float) else "")
    return f"{cleaned(title, ORIGIN_LENGTH - len(words))}{words}"


def fresh(nodes: Sequence[Node], images: Shape, origin: str) -> OwnBase:
    """The layers of a network as a base that has learnt nothing yet.

    Args:
        nodes: without the head.
        images: the shape that they learnt from.
        origin: where it comes from, for people.

    Raises:
        UserError: they can't be one.
    """
    if not nodes:
        what = "This network has nothing before the layer that answers: there is nothing to build on."
        raise UserError(what, "Choose a network with more layers.", "BASE_WITHOUT_LAYERS")
    try:
        return OwnBase(nodes=canonical(nodes), images=images, origin=origin)
    except ValidationError as error:
        why = str(error.errors()[0].get("ctx", {}).get("error", "it can't be held as one block"))[:120]
        raise UserError(f"This network can't be a base: {why}.", "Choose another one.", "BASE_LAYERS") from error


def kept(home: Workspace, base: OwnBase, weights: Iterable[tuple[str, np.ndarray]]) -> OwnBase:
    """A base with what it learnt, which is kept by its content.

    Args:
        home: where.
        base: without weights.
        weights: float32 by `part/variable`, each asked for once.

    Raises:
        UserError: the disk is full.
    """
    return base.edited(weights=keep(home, weights))


def by_part(rows: Iterable[Row], names: Iterable[str]) -> dict[str, str]:
    """For each layer that is a part of a base its path there, by another name of it.

    Args:
        rows: of a network that begins with the base.
        names: of the same layers elsewhere, in the same order.
    """
    return {name: row.part for name, row in zip(names, rows, strict=True)}


def _renamed(
    weights: Mapping[str, np.ndarray], experiment: Experiment, facts: Facts, base: OwnBase
) -> Iterator[tuple[str, np.ndarray]]:
    """The weights of a run, without those of its head, by the paths of the layers in its base."""
    head = experiment.head(facts)
    own = [row.name for row in experiment.trace(facts).rows[:-1]]
    parts = by_part(trace(facts.shape, [base], head).rows[:-1], own)
    for name, array in weights.items():
        layer, _, variable = name.partition("/")
        if layer in parts:
            yield f"{parts[layer]}/{variable}", array
