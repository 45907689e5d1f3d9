"""How fast this machine trains a network: as its runs of that network have shown, or as it was measured."""

import contextlib
import json
from dataclasses import dataclass

from core import datasets
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.frozen import count_kept, kept_part
from core.experiment.node import uncommented
from core.experiment.stages import stages, written_in
from core.runs import overview, work
from core.runs.collection import Runs
from core.runs.judging import is_pace
from core.runs.machine import Machine
from core.runs.states import Status

MOST = 20
"""Runs that are looked at, the latest first: enough to find the last one of a network that is being tried out."""


def measured(runs: Runs) -> dict[str, float]:
    """Training images per second of the latest runs: what cost the time -> the latest measurement of it.

    A run from elsewhere, which no worker took up here, tells nothing of this machine; one in whose last epochs other
    layers learn tells the pace of these, not of its first ones.
    """
    paces: dict[str, float] = {}
    seen = overview.of(runs.workspace)
    for row in seen.latest(MOST):
        if row.trouble or not row.status.attempt or not is_pace(row.status.images_per_second):
            continue
        with contextlib.suppress(UserError):  # it is on its way out
            experiment = seen.experiment(row.run)
            if _learns_as_at_first(experiment, row.status):
                paces.setdefault(what_costs(experiment), row.status.images_per_second)
    return paces


def _learns_as_at_first(experiment: Experiment, status: Status) -> bool:
    """Whether in the latest epoch of a run the same layers learn as in its first one."""
    if not experiment.training.phases:
        return True
    found, facts = stages(experiment), experiment.dataset.facts()
    latest = written_in(found, status.epoch, status.batch)
    return latest.trace(facts).trainable == found[0].trace(facts).trainable


def what_costs(experiment: Experiment) -> str:
    """All that the pace depends on, as one text; optimizer, rules, epochs and seed hardly change it."""
    dataset = experiment.dataset.as_brought()  # whatever is said about images, they take as long
    bare = experiment.edited(dataset=dataset, nodes=uncommented(experiment.nodes)).canonical()
    told = bare.model_dump(include={"dataset", "augmentations", "nodes"})
    training = experiment.training
    drawn = [training.feature_draws] if training.feature_draws else []
    return json.dumps([told, training.batch_size, training.precision, *drawn])


@dataclass(frozen=True)
class EpochTime:
    """How long an epoch takes here, validation left out.

    Args:
        seconds: of an epoch.
        is_predicted: from what this machine was measured to do; else a run of this very network has shown it.
    """

    seconds: float
    is_predicted: bool


def epoch_time(
    experiment: Experiment, paces: dict[str, float], here: Machine | None, faster: float | None = 1.0
) -> EpochTime | None:
    """How long this machine takes to train an epoch; None when that can't be told.

    Args:
        experiment: whose data may still be missing.
        paces: as `measured`; what a run of this very network has shown holds before all else.
        here: what this machine was measured to do, in float32; None before that.
        faster: how many times the pace of float32 the experiment's precision has here; None where that is not known.
    """
    pace = paces.get(what_costs(experiment))
    if pace is None and (here is None or not faster):
        return None
    images = _training_images(experiment, known=pace is not None)
    if not images:
        return None
    if pace is not None:
        return EpochTime(images / pace, is_predicted=False)
    traced = experiment.trace(experiment.dataset.facts())
    if traced.broken:
        return None
    step = here.seconds(work.of_step(experiment, traced), work.spread_of(experiment, traced))
    return EpochTime(images / experiment.training.batch_size * step / faster, is_predicted=True)


@dataclass(frozen=True)
class FeatureCost:
    """What computing the features of a dataset once takes.

    Args:
        count: features, of all images and all their augmented versions.
        size: bytes on the disk.
        seconds: to compute them; None where that can't be told.
    """

    count: int
    size: int
    seconds: float | None


def feature_cost(
    experiment: Experiment, here: Machine | None, faster: float | None = 1.0, draws: int | None = None
) -> FeatureCost | None:
    """What keeping the features of the frozen part of a network takes; None for one that has none, or keeps none.

    Args:
        experiment: whose data may still be missing.
        here, faster: as `epoch_time`.
        draws: augmented versions of each training image to keep; those of the experiment when left out.
    """
    if draws is not None:
        experiment = experiment.edited(training=experiment.training.edited(feature_draws=draws))
    facts = experiment.dataset.facts()
    traced = experiment.trace(facts)
    part, train = kept_part(experiment, traced), _training_images(experiment, known=False, are_once=True)
    if part is None or not train:
        return None
    count = count_kept(experiment, round(train), experiment.dataset.pristine().count)
    seconds = None
    if here is not None and faster:
        spread = work.Spread(work.PARTS, is_small=True)
        seconds = here.seconds(work.of_features(part, BATCH), spread) * count / BATCH / faster
    return FeatureCost(count, part.bytes_of(count), seconds)


BATCH = 32


def _training_images(experiment: Experiment, known: bool, *, are_once: bool = False) -> float | None:
    """How many images an epoch has; before they are prepared about as many, unless they are to be `known`.

    Args:
        experiment: whose.
        known: whether nothing is told of those that are not prepared.
        are_once: whether all training images are counted, each once, however many an epoch takes of them.
    """
    share, facts = experiment.training.validation_split, experiment.dataset.facts()
    if datasets.is_prepared(experiment.dataset):
        data = datasets.load(experiment.dataset, share, experiment.seed)
        return len(data.train if are_once else stages(experiment)[0].learnt(data.labels, data.train))
    if known or (facts.has_test and not facts.counts):
        return None
    return (sum(facts.counts) or facts.count) * (1 if facts.has_validation else 1 - share)
