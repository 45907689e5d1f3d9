"""Accuracies with their names: wherever one stands it says whether it is of the best epoch or of the last one."""

from collections.abc import Collection
from dataclasses import dataclass

from core.datasets.split import is_test_watched
from core.errors import UserError
from core.experiment import Experiment
from core.runs.states import Status

BEST, LAST, BOTH, TEST = "best", "last", "last and best", "test"
WATCHED_TEST = "validation is the test set here"
"""Said once where the images that are watched are those of the test, instead of the same figure a second time."""
MIXED = "train counts a mixed image as the class of its larger share"
"""Said once where training mixes images: only what it learns from is mixed."""


@dataclass(frozen=True)
class Score:
    """What a network reached after one epoch.

    Args:
        name: which epoch that is: one of the names above.
        epoch: from 1.
        train, validation, test: accuracies, 0..1; None where they are not known.
    """

    name: str
    epoch: int
    train: float | None = None
    validation: float | None = None
    test: float | None = None

    def words(self) -> str:
        """ "best (epoch 7) 0.998 validation"."""
        measures = ("train", "validation", "test")
        told = ((getattr(self, measure), "" if measure == self.name else f" {measure}") for measure in measures)
        return f"{self.name} (epoch {self.epoch}) {', '.join(f'{n:.3f}{word}' for n, word in told if n is not None)}"


def default_epoch(status: Status, saved: Collection[int]) -> int | None:
    """The epoch whose network answers, is looked into, exported and shown unless another one is asked for.

    While a run trains that is the newest. However it ended, it is the one that its stopping rule brought back, else the
    one with the highest validation accuracy, else the newest.

    Args:
        status: of the run.
        saved: epochs whose weights are kept.

    Returns:
        one of `saved`; None where there is none.
    """
    wanted = () if status.is_live else (status.restored_epoch, status.best_epoch)
    return next((epoch for epoch in wanted if epoch in saved), max(saved, default=None))


def epoch_name(status: Status, epoch: int, last: int) -> str:
    """An epoch as menus and sentences name it: "7 (best)", "10 (last)", "8 (best and last)", "3".

    Args:
        status: of the run.
        epoch: which.
        last: the newest that is kept.
    """
    known = {"brought back": epoch == status.restored_epoch, BEST: epoch == status.best_epoch, LAST: epoch == last}
    names = " and ".join(name for name, holds in known.items() if holds)
    return f"{epoch} ({names})" if names else str(epoch)


def best_accuracy(status: Status) -> float | None:
    """The highest validation accuracy, 0..1; None where it is not known."""
    if status.best_val_accuracy is None and status.best_epoch == status.epoch:
        return status.val_accuracy
    return status.best_val_accuracy


def scores(status: Status, experiment: Experiment | None = None) -> list[Score]:
    """The scores of a run, each with its name: the last epoch, the best one, and the test; none before the first.

    Args:
        status: of the run.
        experiment: of the run; where it watches its test images, these are not told twice.
    """
    if not status.epoch:
        return []
    best, is_best = best_accuracy(status), status.best_epoch == status.epoch
    found = [Score(BOTH if is_best else LAST, status.epoch, status.accuracy, status.val_accuracy)]
    if not is_best and status.best_epoch and best is not None:
        found.append(Score(BEST, status.best_epoch, validation=best))
    if status.test_accuracy is not None and not (experiment and watches_test(experiment)):
        # Older versions tested in the end of every training, with the weights that the run then had.
        found.append(Score(TEST, status.restored_epoch or status.epoch, test=status.test_accuracy))
    return [score for score in found if {score.train, score.validation, score.test} != {None}]


def sentence(status: Status, experiment: Experiment | None = None) -> str:
    """All scores as one line: "last (epoch 10) 0.999 train, 0.995 validation · best (epoch 7) 0.998 validation".

    Args:
        status, experiment: as for `scores`.
    """
    told = [score.words() for score in scores(status, experiment)]
    if told and experiment:
        told += [WATCHED_TEST] * watches_test(experiment) + [MIXED] * experiment.mixes
    return " · ".join(told)


def short(status: Status, *, epoch: bool = False) -> str:
    """One accuracy with its name, for places without room: "best 0.998" of a run that has ended, "last 0.981" before.

    Args:
        status: of the run.
        epoch: whether the epoch is named too: "best 0.998 (epoch 7)".

    Returns:
        words; empty before the first epoch.
    """
    best = best_accuracy(status)
    if status.is_live or best is None:
        name, number, accuracy = LAST, status.epoch, status.val_accuracy
    else:
        name, number, accuracy = BEST, status.best_epoch, best
    if accuracy is None:
        return ""
    return f"{name} {accuracy:.3f}{f' (epoch {number})' if epoch and number else ''}"


def watches_test(experiment: Experiment) -> bool:
    """Whether what is called validation is the dataset's test set: it came with no other, and nothing is held out."""
    share = experiment.training.validation_split
    if share:
        return False
    try:
        return is_test_watched(experiment.dataset.facts(), share)
    except UserError:  # the data is gone: only images of a validation folder could have been others
        return True
