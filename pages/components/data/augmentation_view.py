"""One picture and twelve draws around it, made by the Keras layers that training uses."""

from typing import Any

import numpy as np
import streamlit as st

from core.datasets import ImageData
from core.errors import UserError
from core.experiment import Experiment
from pages.components.browser.component import component
from pages.components.browser.pixels import png_uri
from pages.components.data import augmentation_list
from pages.components.frame import cached, lens, session
from pages.components.frame.markdown import plain

DRAWS = 12


@st.fragment
def page() -> None:
    """The picture with its draws, and the list beside it; while a knob moves, they alone are drawn anew."""
    experiment = session.experiment()
    try:
        data = cached.data(experiment.dataset, experiment.training.validation_split, experiment.seed)
    except UserError as error:
        st.error(plain(error))
        st.page_link("pages/2_Design/1_Data.py", label="Open the Data page", icon=":material/arrow_forward:")
        return
    picture, knobs = st.columns([1.6, 1], gap="large")
    with knobs:
        augmentation_list.edit(experiment)
    with picture:
        draw(experiment.edited(augmentations=augmentation_list.shown(experiment)), data)
    if augmentation_list.is_edited():
        st.rerun()  # the strip follows


_component = component(
    "draws",
    "data/draws",
    html="<div class='draws' role='list'></div><p class='words'></p>",
)


def draw(experiment: Experiment, data: ImageData) -> None:
    """Draws them, with buttons for other draws and another picture.

    Args:
        experiment: its augmentations are shown.
        data: of its dataset; the picture is one of the training pictures.
    """
    place = st.container()
    with st.container(horizontal=True):
        st.button(
            "New draws",
            icon=":material/casino:",
            on_click=session.whole(_next),
            args=("draw-seed",),
            disabled=not experiment.applied,
        )
        st.button("Another picture", icon=":material/image:", on_click=session.whole(_next), args=("draw-picture",))
    at = position(data)
    label = data.class_names[int(data.labels[at])]
    with place:
        try:
            _wall(data.images[at], label, experiment, at)
        except UserError as error:
            st.error(plain(error))


def position(data: ImageData) -> int:
    """The picture of the tab among the images of a dataset."""
    # A step that shares no factor with most sizes, so that the next picture is of another kind.
    members = data.train if len(data.train) else np.arange(len(data.images))  # all may be left out
    return int(members[(session.remember("draw-picture", 0) * 97) % len(members)])


def _wall(image: np.ndarray, label: str, experiment: Experiment, position: int) -> None:
    """The picture, and its draws as soon as Keras has made them.

    Raises:
        UserError: they can't be made.
    """
    if not experiment.augmentations:
        _show("draws-none", image, [], f"{label} · as it is: add an operation, and twelve draws stand around it")
        return
    kinds = [change.kind for change in experiment.augmentations]
    slot = st.empty()
    if not lens.is_warm():
        with slot.container():
            _show("draws-waiting", image, [], f"{label} · the draws follow")
    question = {"experiment": experiment.model_dump(mode="json"), "position": position, "draws": DRAWS}
    told = lens.ask("augment", **question, seed=session.remember("draw-seed", 0) * 101)
    each = {"kinds": kinds, "original": png_uri(image), "each": [png_uri(one) for one in told["each"]]}
    each["words"] = [", ".join(one) for one in told["each_words"]]
    each["told"] = [", ".join(one) for one in told["words"]]
    applied = len(experiment.applied)
    words = f"the original in the middle, {DRAWS} draws around it" if applied else "as it is: all are switched off"
    with slot.container():
        _show("draws", image, list(told["images"]) if applied else [], f"{label} · {words}", each)


def _show(key: str, image: np.ndarray, draws: list[np.ndarray], words: str, each: dict[str, Any] | None = None) -> None:
    """Hands the pictures to the browser.

    Args:
        key: of the component.
        image: uint8 (H, W, C).
        draws: the same; without any their places stay empty.
        words: under them.
        each: what the rows of the list show beside their knobs.
    """
    data = {"original": png_uri(image), "draws": [png_uri(one) for one in draws], "words": words, "each": each}
    _component(key=key, data=data)


def _next(name: str) -> None:
    session.keep(name, session.remember(name, 0) + 1)
