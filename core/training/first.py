"""With what a training begins: its compiled functions, and the weights that the first step changes."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from core.augmentation.random_changes import RandomChanges
from core.build import pretrained
from core.build.weights import put
from core.experiment import Experiment
from core.experiment.stages import Stage
from core.runs.beginning import base_weights, weights_of
from core.training.steps import Steps
from core.workspace import Workspace

if TYPE_CHECKING:
    import keras


def steps_of(
    stage: Stage,
    labels: np.ndarray,
    model: "keras.Model",
    train: np.ndarray,
    augmentation: RandomChanges | None,
    parts: int,
) -> Steps:
    """The compiled functions of a network, its optimizer fresh.

    Args:
        stage: whose settings; what learns in it, `hold` has told the network.
        labels: int64 (N,), by position.
        model: its network.
        train: int64, positions of the images that it learns from; classes are weighted by them.
        augmentation: as `build_augmentation` makes it.
        parts: into so many a batch is cut.
    """
    experiment = stage.experiment
    facts, settings = experiment.dataset.facts(), experiment.training
    counts = np.bincount(labels[train], minlength=len(facts.class_names))
    weights = settings.class_weight.weights(counts)
    return Steps(
        model,
        augmentation,
        settings.optimizer.build(),
        experiment.loss(facts),
        len(facts.class_names),
        None if np.all(weights == 1) else weights,
        parts,
        stage.phase.slower(stage.trace(facts)) if stage.phase else None,
        stage.allowed(len(facts.class_names)),
    )


def give_weights(experiment: Experiment, model: "keras.Model", home: Workspace) -> None:
    """Puts into a fresh network what it begins with: what its bases learnt elsewhere, and weights taken over.

    Args:
        experiment: says which.
        model: its network, as it was built.
        home: the workspace in which weights that were taken over lie.

    Raises:
        UserError: they are not here, or are another network's.
    """
    if experiment.weights:  # those of the whole network, its bases included
        put(model, weights_of(home, experiment.weights))
    else:
        pretrained.begin(model, experiment.trace(experiment.dataset.facts()), partial(base_weights, home))
