"""How fast this machine trains a network, known from the runs it has already seen."""

from core import runs
from core.errors import UserError
from core.experiment import Experiment

MOST = 20
"""Runs that are looked at, the latest first: enough to find the last one of a network that is being tried out."""


def images_per_second(experiment: Experiment) -> float | None:
    """Training images per second in the latest run of the same network on this machine; None when there was none.

    Args:
        experiment: optimizer, schedule, epochs and seed may differ from that run: they hardly change the pace.
    """
    wanted = _what_costs(experiment)
    for run in runs.newest()[:MOST]:
        try:
            pace = run.status().images_per_second if _what_costs(run.experiment) == wanted else None
        except UserError:
            continue
        if pace:
            return pace
    return None


def _what_costs(experiment: Experiment) -> tuple[object, ...]:
    """What the pace depends on."""
    return experiment.dataset, experiment.augmentations, experiment.layers, experiment.training.batch_size
