"""How fast this machine trains a network, known from the runs it has already seen."""

import contextlib
import json

from core import datasets
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.node import uncommented
from core.runs import overview
from core.runs.collection import Runs
from core.runs.judging import is_pace

MOST = 20
"""Runs that are looked at, the latest first: enough to find the last one of a network that is being tried out."""


def measured(runs: Runs) -> dict[str, float]:
    """Training images per second of the latest runs: what cost the time -> the latest measurement of it.

    A run from elsewhere, which no worker took up here, tells nothing of this machine.
    """
    paces: dict[str, float] = {}
    seen = overview.of(runs.workspace)
    for row in seen.latest(MOST):
        if row.trouble or not row.status.attempt or not is_pace(row.status.images_per_second):
            continue
        with contextlib.suppress(UserError):  # it is on its way out
            paces.setdefault(what_costs(seen.experiment(row.run)), row.status.images_per_second)
    return paces


def what_costs(experiment: Experiment) -> str:
    """All that the pace depends on, as one text; optimizer, rules, epochs and seed hardly change it."""
    bare = experiment.edited(nodes=uncommented(experiment.nodes)).canonical()
    told = bare.model_dump(include={"dataset", "augmentations", "nodes"})
    return json.dumps([told, experiment.training.batch_size])


def seconds_per_epoch(experiment: Experiment, paces: dict[str, float]) -> float | None:
    """Seconds in which this machine would train an epoch, validation left out; None when it never trained this network.

    Args:
        experiment: whose data may still be missing.
        paces: as `measured`.
    """
    pace = paces.get(what_costs(experiment))
    if pace is None or not datasets.is_prepared(experiment.dataset):
        return None
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    return len(data.train) / pace
