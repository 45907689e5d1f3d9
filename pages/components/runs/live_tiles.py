"""Validation pictures with the network's current answer, and the first layer's kernels: a run seen from inside."""

from typing import Any

import numpy as np
import streamlit as st

from core import datasets
from core.build.weights import are_positional, of_layer
from core.errors import UserError
from core.runs import live, scores
from core.runs.layout import WEIGHTS
from core.runs.live import View
from core.runs.run import Run
from core.runs.states import Status
from pages.components.browser.component import component
from pages.components.browser.pixels import thumbnail_uri
from pages.components.frame import session
from pages.components.frame.markdown import plain, say

TILE = 64
"""px that a picture takes on the screen; larger ones are sent at this size."""
KERNELS = 32
MAX_AGE = 0.5
"""Seconds that what another part of the page read may be old."""

_component = component(
    "live_tiles",
    "runs/live_tiles",
    html="<div class='tiles' role='list'></div><div class='kernels' role='list'></div>",
)


def show(run: Run) -> None:
    """Draws the tiles of the latest epoch, in the end those of the one that is used; nothing before the first."""
    view, status = live.of(run, MAX_AGE), session.status(run, MAX_AGE)
    tiles, epoch = view.tiles, _record(run, view, status)
    if not tiles or not epoch:
        return
    name = scores.epoch_name(status, epoch["epoch"], status.epoch)
    try:
        st.markdown(say("**What it answers after epoch {}**, on pictures it never learnt from", name))
        _component(
            key="live-tiles",
            data={"tiles": _tiles(run, tiles, epoch), "kernels": _kernels(run, epoch["epoch"])},
        )
    except UserError as error:
        st.caption(plain(error))


def _record(run: Run, view: View, status: Status) -> dict[str, Any] | None:
    """The record of the epoch on show; the latest where that of the chosen one is not there."""
    chosen = None if status.is_live else scores.default_epoch(status, run.checkpoints())
    if chosen is None or (view.epoch and view.epoch["epoch"] == chosen):
        return view.epoch
    return live.record_of(run, chosen) or view.epoch


@st.cache_data(max_entries=16, show_spinner=False)
def _pictures(run_id: str, positions: tuple[int, ...]) -> list[tuple[str, str]]:
    """(data URI, true class) of each picture on show."""
    experiment = session.runs().find(run_id).experiment
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    known = [position for position in positions if position < len(data.images)]
    return [(thumbnail_uri(data.images[p], TILE), data.class_names[int(data.labels[p])]) for p in known]


def _tiles(run: Run, positions: tuple[int, ...], epoch: dict) -> list[dict]:
    """What the component draws: picture, truth, answer, confidence 0..1, right or wrong."""
    names = session.overview().experiment(run).dataset.facts().class_names
    told = zip(_pictures(run.id, positions), epoch.get("answers", []), epoch.get("confidence", []), strict=False)
    return [
        {
            "picture": picture,
            "truth": truth,
            "answer": names[answer],
            "confidence": confidence,
            "right": names[answer] == truth,
        }
        for (picture, truth), answer, confidence in told
        if answer < len(names) and confidence is not None
    ]


def _kernels(run: Run, epoch: int) -> list[list[list[float]]]:
    """What the first layer with kernels does to its first input map, rows of numbers; empty without such a layer.

    Args:
        run: which.
        epoch: of which; where its weights are not kept, or not yet, those that the run gives by default.
    """
    wanted = epoch if epoch in run.checkpoints() else None
    number = run.chosen_epoch if wanted is None else wanted
    checkpoint = None if number is None else run.checkpoint(number)
    return _kernels_of(run.id, wanted, checkpoint.files.get(WEIGHTS, "") if checkpoint else "")


@st.cache_data(max_entries=4, show_spinner=False)
def _kernels_of(run_id: str, epoch: int | None, weights: str) -> list[list[list[float]]]:
    """The same of one epoch, or of the default; `weights` names the very file, as others follow under its number."""
    run = session.runs().find(run_id)
    try:
        return _planes(run, run.weights(epoch))
    except (LookupError, ValueError, TypeError):  # the weights of another network
        return []


def _planes(run: Run, weights: dict[str, np.ndarray]) -> list[list[list[float]]]:
    """The same of these weights."""
    if are_positional(weights):  # format 1 has no names: the first array of four axes is a kernel (k, k, C, filters)
        found = next((np.moveaxis(a[:, :, 0, :KERNELS], -1, 0) for a in weights.values() if a.ndim == 4), np.zeros(0))
        return np.round(found, 4).tolist()
    for row in run.experiment.trace(run.experiment.dataset.facts()).rows:
        planes = row.layer.kernel_planes(of_layer(weights, row.name), KERNELS, 1)  # (filters, 1, k, k)
        if planes is not None:
            return np.round(planes[:, 0], 4).tolist()
    return []
