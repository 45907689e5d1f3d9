"""Room on the disk: prepared images and deleted runs beyond their budgets go, what a living run needs excepted."""

import contextlib
from functools import partial

from core.datasets import views
from core.errors import UserError
from core.runs import trash
from core.runs.collection import Runs
from core.workspace import using


def make_room(runs: Runs) -> list[str]:
    """Keeps deleted runs and prepared images of a workspace to their budgets; returns the keys of images that went."""
    trash.keep_to_budget(runs.workspace)
    with using(runs.workspace):
        return views.make_room(partial(needed, runs))


def needed(runs: Runs) -> set[str]:
    """Keys of the datasets of all runs that wait, start, train or pause."""
    keys = set()
    for run in runs.newest():
        with contextlib.suppress(UserError):  # what can't be read trains nothing
            if run.status().is_live:
                keys.add(run.experiment.dataset.key())
    return keys
