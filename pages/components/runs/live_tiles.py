"""Validation pictures with the network's current answer, and the first layer's kernels: a run seen from inside."""

import base64
import io

import numpy as np
import streamlit as st
from PIL import Image

from core import datasets
from core.errors import UserError
from core.runs.run import Run
from pages.components.browser.component import component
from pages.components.frame import session

TILE = 64
"""px that a picture takes on the screen; larger ones are sent at this size."""
KERNELS = 32

_component = component(
    "live_tiles",
    "runs/live_tiles",
    html="<div class='tiles' role='list'></div><div class='kernels' role='list'></div>",
)


def show(run: Run) -> None:
    """Draws the tiles of the latest epoch; nothing before the first."""
    tiles, epoch = _events(run)
    if not tiles or not epoch:
        return
    try:
        st.markdown(f"**What it answers after epoch {epoch['epoch']}**, on pictures it never learnt from")
        _component(
            key="live-tiles", data={"tiles": _tiles(run, tuple(tiles), epoch), "kernels": _kernels(run, epoch["epoch"])}
        )
    except UserError as error:
        st.caption(str(error))


def _events(run: Run) -> tuple[list[int], dict | None]:
    """Positions of the pictures on show, and the latest epoch's record."""
    _, metrics, _ = session.remember("metrics", (None, None, 0))
    if metrics is None or not metrics.epochs:
        return [], None
    return metrics.tiles, metrics.epochs[-1]


@st.cache_data(max_entries=16, show_spinner=False)
def _pictures(run_id: str, positions: tuple[int, ...]) -> list[tuple[str, str]]:
    """(data URI, true class) of each picture on show."""
    experiment = session.runs().find(run_id).experiment
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    return [(data_uri(data.images[p]), data.class_names[int(data.labels[p])]) for p in positions]


def data_uri(image: np.ndarray) -> str:
    """A picture uint8 (H, W, 1 or 3) as a PNG of at most TILE px, ready for an `img`."""
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    picture.thumbnail((TILE, TILE))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _tiles(run: Run, positions: tuple[int, ...], epoch: dict) -> list[dict]:
    """What the component draws: picture, truth, answer, confidence 0..1, right or wrong."""
    names = run.experiment.dataset.facts().class_names
    return [
        {
            "picture": picture,
            "truth": truth,
            "answer": names[answer],
            "confidence": confidence,
            "right": names[answer] == truth,
        }
        for (picture, truth), answer, confidence in zip(
            _pictures(run.id, positions), epoch["answers"], epoch["confidence"], strict=True
        )
    ]


def _kernels(run: Run, epoch: int) -> list[list[list[float]]]:
    """The first convolution's kernels of its first input channel, rows of numbers; empty without a convolution."""
    arrays = _weights(run.id, epoch)
    kernel = next((a for a in arrays if a.ndim == 4), None)  # (k, k, C, filters)
    if kernel is None:
        return []
    return np.round(np.moveaxis(kernel[:, :, 0, :KERNELS], -1, 0), 4).tolist()


@st.cache_data(max_entries=4, show_spinner=False)
def _weights(run_id: str, epoch: int) -> list[np.ndarray]:
    """The first two arrays of a checkpoint: enough for the first kernels, and little to keep."""
    run = session.runs().find(run_id)
    return list(run.weights(epoch if epoch in run.checkpoints() else None).values())[:2]
