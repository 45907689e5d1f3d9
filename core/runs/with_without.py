"""What mending a dataset is worth: the same network trained with it and without, judged on the same mended images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.errors import UserError
from core.experiment import NAME_LENGTH, Experiment
from core.runs.run import Run
from core.words import counted

SEEDS = 3
ENDING = ": with and without mending"
"""Of the name of a family."""
Side = Literal["with", "without"]
OF_EPOCH = {"confusion", "class_accuracy"}
"""What a record of an epoch tells of classes."""


def pairs(experiment: Experiment, seeds: int = 1) -> list[Experiment]:
    """For each seed two experiments that differ in one thing: whether training images are mended or as they came.

    Both of a pair are checked on the same images, mended.

    Args:
        experiment: whose dataset was mended.
        seeds: how many, from its own on.

    Raises:
        UserError: nothing was mended.
    """
    if not experiment.dataset.corrections:
        what = "Nothing was mended in this dataset: both would be the same."
        raise UserError(what, "Leave pictures out or label them anew first.", "NOTHING_MENDED")
    return [
        _member(experiment, experiment.seed + turn, side, seeds > 1)
        for turn in range(seeds)
        for side in ("with", "without")
    ]


def _member(experiment: Experiment, seed: int, side: Side, named: bool) -> Experiment:
    dataset = experiment.dataset.edited(learns_as_brought=side == "without")
    ending = f" · {'mended' if side == 'with' else 'as it came'}{f', seed {seed}' if named else ''}"
    name = f"{experiment.name[: NAME_LENGTH - len(ending)]}{ending}"
    return experiment.edited(dataset=dataset, seed=seed, name=name)


@dataclass(frozen=True)
class Effect:
    """What mending changed, by pairs of runs that share a seed.

    Args:
        seeds: of the pairs that have both ended, ascending.
        mended, brought: validation accuracy 0..1 of each pair.
        images: that one pair was checked on; 0 where unknown.
    """

    seeds: tuple[int, ...]
    mended: tuple[float, ...]
    brought: tuple[float, ...]
    images: int = 0

    @property
    def differences(self) -> np.ndarray:
        """Mended less as it came, in percentage points: float64 (pairs,)."""
        return 100 * (np.array(self.mended) - np.array(self.brought))

    @property
    def is_clear(self) -> bool:
        """Whether all of several seeds say the same, and by more than they differ among each other."""
        gaps = self.differences
        return len(gaps) > 1 and bool((np.sign(gaps) == np.sign(gaps[0])).all()) and abs(gaps.mean()) > gaps.std(ddof=1)

    def sentence(self) -> str:
        """What was found, and how sure that is."""
        gaps = self.differences
        if not len(gaps):
            return ""
        if len(gaps) == 1:
            return f"{_better(gaps[0])}{_pictures(gaps[0], self.images)}. {ONE_SEED}"
        low, high = gaps.min(), gaps.max()
        first = f"{_better(gaps.mean())} on average over {counted(len(gaps), 'seed')} ({low:+.1f} to {high:+.1f})"
        if self.is_clear:
            return f"{first}: all seeds say so, by more than they differ among each other."
        return f"{first}: no more than what seeds differ, so nothing can be said."


ONE_SEED = "One pair only: another seed would give other numbers. Train three seeds to see by how much."


def _better(gap: float) -> str:
    if abs(gap) < 0.05:
        return "With mended pictures the network is right as often as without"
    way = "more" if gap > 0 else "less"
    return f"With mended pictures the network is right {abs(gap):.1f} percentage points {way} often"


def _pictures(gap: float, images: int) -> str:
    return f", {counted(round(abs(gap) / 100 * images), 'picture')} of {images}" if images else ""


def effect(runs: Sequence[tuple[Experiment, float | None]], images: int = 0) -> Effect:
    """What a family of such runs found; a pair counts once both have an accuracy.

    Args:
        runs: the experiment of each, and its validation accuracy 0..1 once it has ended.
        images: that each was checked on.
    """
    found = {
        (experiment.seed, experiment.dataset.learns_as_brought): accuracy
        for experiment, accuracy in runs
        if accuracy is not None
    }
    seeds = sorted(seed for seed, without in found if not without and (seed, True) in found)
    mended, brought = (tuple(found[seed, without] for seed in seeds) for without in (False, True))
    return Effect(tuple(seeds), mended, brought, images)


def right_by_class(run: Run, epoch: int, classes: int) -> np.ndarray | None:
    """How often a run was right for each class of its validation images after an epoch.

    Args:
        run: which.
        epoch: 1 for the first.
        classes: of its dataset.

    Returns:
        float64 (classes,), 0..1, NaN for a class without an image; None where the run does not tell.
    """
    records, _, _ = run.events()
    told = next((one for one in records if one.get("epoch") == epoch and OF_EPOCH & one.keys()), {})
    if len(counts := told.get("confusion", [])) == classes**2:
        table = np.reshape(np.array(counts, np.float64), (classes, classes))
        of = table.sum(1)
        return np.divide(np.diag(table), of, out=np.full(classes, np.nan), where=of > 0)
    shares = told.get("class_accuracy", [])
    return np.array([np.nan if one is None else one for one in shares]) if len(shares) == classes else None
