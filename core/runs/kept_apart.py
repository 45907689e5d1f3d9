"""The test set is kept apart: which epochs of a run it was asked about, and what came of it, is noted with the run.

It says how right a network is on images by which nothing was chosen, neither weights nor an epoch nor a network. That
holds for the first epoch that it is asked about; whoever asks about several and takes the best has chosen by it.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import UserError
from core.runs.judging import EPOCHS
from core.runs.run import Run


@dataclass(frozen=True)
class Use:
    """One epoch that the test set was asked about.

    Args:
        epoch: from 1.
        accuracy: on the test images, 0..1.
        at: when that was first asked, in seconds since 1970; 0 where it is not known.
    """

    epoch: int
    accuracy: float
    at: float = 0.0


def uses(run: Run) -> list[Use]:
    """The epochs of a run that its test set was asked about, the first one first."""
    status, notes = run.status(), run.notes()
    found = {
        int(epoch): Use(int(epoch), accuracy, notes.tested_at.get(epoch, 0.0))
        for epoch, accuracy in notes.tested.items()
        if epoch.isdecimal() and epoch.isascii() and 1 <= int(epoch[:9]) <= EPOCHS and 0 <= accuracy <= 1.001
    }
    if status.test_accuracy is not None:  # of an older version, which asked at the end of every training
        epoch = status.restored_epoch or status.epoch
        found[epoch] = Use(epoch, status.test_accuracy)
    return sorted(found.values(), key=lambda use: use.at)


def others_asked(run: Run, runs: Iterable[Run]) -> list[tuple[Run, Use]]:
    """Other networks of the same images that the test set was asked about, each with its first use.

    Args:
        run: which these are others than.
        runs: among which.
    """
    images, found = run.experiment.dataset.key(), []
    for other in runs:
        if other.id != run.id and (used := uses(other)) and _learns_from(other, images):
            found.append((other, used[0]))
    return found


def _learns_from(run: Run, images: str) -> bool:
    try:
        return run.experiment.dataset.key() == images
    except UserError:  # a damaged run
        return False


def note(run: Run, epoch: int, accuracy: float) -> None:
    """Notes that the test set was asked about an epoch; a second time changes nothing.

    Args:
        run: which.
        epoch: from 1.
        accuracy: on the test images, 0..1.

    Raises:
        UserError: the run was deleted, or its folder can't be written.
    """
    if epoch in {use.epoch for use in uses(run)}:
        return
    notes, name = run.notes(), str(epoch)
    run.annotate(tested=notes.tested | {name: accuracy}, tested_at=notes.tested_at | {name: time.time()})
