"""What pages may ask for again at every rerun: a dataset that is ready, and small results drawn from it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import numpy as np
import streamlit as st

from core.datasets import Dataset, ImageData, is_prepared, load, statistics, weights_files
from core.datasets.preparations import Make, Preparations, Standing, Wanted
from core.experiment import Experiment
from core.experiment.weights_needed import Needed
from core.inspection import at_work
from core.inspection.inspecting import Inspection, inspect_in_child
from core.runs import overview, pace, room
from core.runs.collection import Runs
from core.runs.machine import Machine
from core.runs.pace import EpochTime, FeatureCost
from core.training import precision
from core.training.measuring import Measuring
from core.words import number
from core.workspace import Workspace
from pages.components.frame import session
from pages.components.frame.markdown import plain, say


def data(dataset: Dataset, share: float, seed: int) -> ImageData:
    """A dataset with its split; when it must be made or fetched first, a bar shows how far that is.

    The images are memory maps: take the few positions that you show, never the whole array.

    Args:
        dataset: which one.
        share: 0..0.9 of the training pictures held out for validation.
        seed: of the split.

    Raises:
        UserError: the data cannot be had.
    """
    make_ready(dataset)
    return load(dataset, share, seed)


def make_ready(dataset: Dataset) -> None:
    """Prepares a dataset, unless it is, as soon as it is its turn; any click meanwhile stops that.

    Raises:
        UserError: the data cannot be had.
    """
    if is_prepared(dataset):
        return
    place, is_here = st.empty(), dataset.is_here()
    bar = place.progress(0.0, plain(_doing(dataset, Standing(), is_here)))
    _preparations().make_ready(dataset, lambda now: bar.progress(_share(now), plain(_doing(dataset, now, is_here))))
    place.empty()
    room.make_room(session.runs())


def fetch(wanted: Needed) -> None:
    """Fetches the weights of a base, and shows how far that is; any click meanwhile stops it.

    Raises:
        UserError: they can't be had.
    """
    host = urlsplit(wanted.file.url).hostname
    place = st.empty()
    bar = place.progress(0.0, say("Asking {} for {}", host, wanted.called()))

    def tell(now: Standing) -> None:
        far = f": {now.done} of {now.total} MB" if now.total else ""
        bar.progress(_share(now), plain(f"Downloading {wanted.called()} from {host}{far}"))

    _preparations().make_ready(wanted, tell, lambda one, progress: weights_files.fetch_in_child(one.file, progress))
    place.empty()


def await_work(wanted: Wanted, make: Make, doing: Callable[[int, int], str]) -> None:
    """Has a process do something, once for all who want it, and shows how far that is.

    Args:
        wanted: what.
        make: does it, in a thread of its own.
        doing: what is being done, by (done, total); both are 0 before it tells any.

    Raises:
        UserError: it can't be done.
    """
    place = st.empty()
    bar = place.progress(0.0, plain(doing(0, 0)))

    def tell(now: Standing) -> None:
        waiting = f"Waiting: {now.ahead[0]} comes first" if now.ahead else doing(now.done, now.total)
        bar.progress(_share(now), plain(waiting))

    _preparations().make_ready(wanted, tell, make)
    place.empty()


def inspect(inspection: Inspection) -> None:
    """Has a dataset looked through, and shows how far that is; any click meanwhile stops it.

    Raises:
        UserError: it can't be had.
    """
    place = st.empty()
    bar = place.progress(0.0, say("Looking through {}", inspection.called()))

    def tell(now: Standing) -> None:
        what = say("Looking for {}", at_work(now.done).title().lower()) if now.total else "Getting the pictures ready"
        bar.progress(_share(now), what)

    _preparations().make_ready(inspection, tell, inspect_in_child)
    place.empty()


@st.cache_resource
def _preparations() -> Preparations:
    """Those of the server."""
    return Preparations()


def _share(now: Standing) -> float:
    return min(1.0, now.done / now.total) if now.total else 0.0


def _doing(dataset: Dataset, now: Standing, is_here: bool = True) -> str:
    """What is being waited for.

    Args:
        dataset: on its way.
        now: how far it is.
        is_here: whether it needed no network when that began.
    """
    if now.ahead:
        first, *others = now.ahead
        more = f" and {number(len(others))} more" if others else ""
        return f"Waiting: {dataset.called()} is next when {first}{more} {'are' if others else 'is'} ready"
    if dataset.megabytes and not is_here:
        return _fetching(dataset, now)
    if dataset.megabytes:
        return f"Getting {dataset.called()} ready, from the files that are on this machine"
    if not now.total:
        return f"Getting {dataset.called()} ready"
    return f"Preparing pictures: {number(now.done)} of {number(now.total)}"


def _fetching(dataset: Dataset, now: Standing) -> str:
    """How far a download is."""
    if not now.total:
        return f"Asking {dataset.origin} for {dataset.called()}: {dataset.megabytes} MB, fetched once"
    if now.done < now.total:
        return f"Downloading {dataset.called()} from {dataset.origin}: {now.done} of {now.total} MB"
    return f"{dataset.called()} has arrived: getting its pictures ready"


@st.cache_data(max_entries=64, show_spinner=False)
def values(key: str, _images: np.ndarray) -> statistics.Values:
    """How often each value occurs in a sample of at most 2 000 pictures.

    Args:
        key: of the dataset; the images are its.
    """
    return statistics.count_values(_images)


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of how fast this machine is; the same thing for as long as nothing is looked up again."""

    paces: dict[str, float]
    here: Machine | None


def epoch_time(experiment: Experiment) -> EpochTime | None:
    """How long this machine takes to train an epoch; None when that can't be told yet."""
    home, here = session.workspace(), measuring().known
    known, faster = _known(home, repr(here), here), precision.faster(home, experiment.training.precision)
    return _epoch_time(experiment, known, faster, is_prepared(experiment.dataset))


def feature_cost(experiment: Experiment, draws: int | None = None) -> FeatureCost | None:
    """What keeping features takes on this machine, as `core.runs.pace` says it."""
    faster = precision.faster(session.workspace(), experiment.training.precision)
    return pace.feature_cost(experiment, measuring().known, faster, draws)


@lru_cache(64)
def _epoch_time(experiment: Experiment, known: _Known, faster: float | None, is_prepared: bool) -> EpochTime | None:
    """Asked by several parts of a page: all that the time depends on is written down once to look it up."""
    if not known.paces and known.here is None:
        return None
    return pace.epoch_time(experiment, known.paces, known.here, faster)


@st.cache_resource
def measuring() -> Measuring:
    """The server's measurement of this machine."""
    home = session.workspace()
    return Measuring(home, lambda: any(row.is_live for row in overview.of(home).latest(pace.MOST)))


@st.cache_resource(ttl=10, show_spinner=False)
def _known(home: Workspace, measured: str, _here: Machine | None) -> _Known:
    """Looked up every ten seconds: with hundreds of runs it takes too long for every gesture."""
    return _Known(pace.measured(Runs(home)), _here)
