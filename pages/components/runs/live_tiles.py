"""Validation pictures with the network's current answer, and the first layer's kernels: a run seen from inside."""

from typing import Any

import numpy as np
import streamlit as st

from core import datasets
from core.build.kernels import DIGITS, KERNELS, first_kernels, fitting
from core.build.weights import are_positional, of_layer
from core.errors import UserError
from core.experiment.network import Row
from core.experiment.stages import stages
from core.layers.pretrained import FIRST
from core.runs import live, scores
from core.runs.layout import WEIGHTS
from core.runs.live import View
from core.runs.run import Run
from core.runs.states import Status
from core.words import number
from pages.components.browser.component import component
from pages.components.browser.pixels import thumbnail_uri
from pages.components.frame import session
from pages.components.frame.markdown import plain, say
from pages.components.runs import live_classes, task_curves

TILE = 64
"""px that a picture takes on the screen; larger ones are sent at this size."""
MAX_AGE = 0.5
"""Seconds that what another part of the page read may be old."""

_component = component(
    "live_tiles",
    "browser/signed",
    "runs/live_tiles",
    html="<div class='tiles' role='list'></div><div class='kernels' role='list'></div>"
    "<div class='kernels change' role='list'></div>",
)


def show(run: Run) -> None:
    """Draws how right it is by class, the tiles, and the kernels: as last seen, in the end of the epoch that is used.

    Pictures and classes have their places from the start, so that nothing moves when the first answers come.
    """
    view, status = live.of(run, MAX_AGE), session.status(run, MAX_AGE)
    if not view.tiles:
        return
    epoch = _record(run, view, status)
    glimpse = view.glimpse if status.is_live or epoch is None else None
    try:
        task_curves.show(run, view)
        if epoch or status.is_live:  # of a run that ended before there is nothing to come
            names = session.overview().experiment(run).dataset.facts().class_names
            live_classes.show(names, epoch, _name(status, epoch))
        st.markdown(_heading(view, status, epoch, glimpse))
        kernels = _shaped(glimpse) if glimpse else _kernels(run, epoch["epoch"]) if epoch else []
        _component(
            key="live-tiles",
            data={
                "tiles": _tiles(run, view.tiles, glimpse or epoch or {}),
                "kernels": kernels or _shaped(view.start),
                "change": [] if (still := _are_frozen(run)) else _change(kernels, _shaped(view.start)),
                "named": "Kernels of the first convolution" + (", which is frozen" if still else ""),
            },
        )
    except UserError as error:
        st.caption(plain(error))


def _heading(view: View, status: Status, epoch: dict[str, Any] | None, glimpse: dict[str, Any] | None) -> str:
    """Of which moment the answers are."""
    if glimpse:
        of = f" of {number(view.steps_per_epoch)}" if view.steps_per_epoch else ""
        when = f"after batch {number(glimpse['batch'])}{of} in epoch {glimpse['epoch']}"
        return say("**What it answers {}**, on pictures it never learnt from", when)
    if epoch:
        return say("**What it answers after epoch {}**, on pictures it never learnt from", _name(status, epoch))
    return say("**What it will answer**, on pictures it never learns from")


def _name(status: Status, epoch: dict[str, Any] | None) -> str:
    """Of an epoch; while more come, that it is the last goes without saying."""
    return scores.epoch_name(status, epoch["epoch"], 0 if status.is_live else status.epoch) if epoch else ""


def _shaped(told: dict[str, Any] | tuple[Any, Any]) -> list[list[list[float]]]:
    """Kernels as rows of numbers, of a record that tells all their numbers in a row."""
    values, shape = (told["kernels"], told["kernel_shape"]) if isinstance(told, dict) else told
    planes = np.array([np.nan if value is None else value for value in values], float)
    return np.nan_to_num(planes.reshape(shape)).tolist() if len(shape) == 3 and planes.size else []


def _change(now: list, start: list) -> list[list[list[float]]]:
    """How far each number of the first kernels is from where it began; empty where that is not known."""
    if not now or np.shape(now) != np.shape(start):
        return []
    return np.round(np.subtract(now, start), 4).tolist()


def _are_frozen(run: Run) -> bool:
    """Whether the first layer with kernels learns in no stage of a run."""
    experiment = session.overview().experiment(run)
    facts = experiment.dataset.facts()
    first = [next(filter(_convolves, stage.trace(facts).rows), None) for stage in stages(experiment)]
    return all(row is not None and not row.trainable for row in first)


def _convolves(row: Row) -> bool:
    return row.layer.does == "convolve" and not row.part.startswith(FIRST)


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
    pictures = _pictures(run.id, positions)
    answers, sure = epoch.get("answers") or [None] * len(pictures), epoch.get("confidence") or [None] * len(pictures)
    return [
        {"picture": picture, "truth": truth, "answer": ""}
        if answer is None or answer >= len(names) or confidence is None
        else {
            "picture": picture,
            "truth": truth,
            "answer": names[answer],
            "confidence": confidence,
            "right": names[answer] == truth,
        }
        for (picture, truth), answer, confidence in zip(pictures, answers, sure, strict=False)
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
        return fitting(found).tolist() if found.size else []
    rows = run.experiment.trace(run.experiment.dataset.facts()).rows
    return first_kernels(rows, lambda name: of_layer(weights, name))[1].round(DIGITS).tolist()
