"""One picture and twelve draws around it, made by the Keras layers that training uses."""

import numpy as np
import streamlit as st

from core.datasets import ImageData
from core.errors import UserError
from core.experiment import Experiment
from pages.components.browser.component import component
from pages.components.browser.pixels import png_uri
from pages.components.frame import lens, session
from pages.components.frame.markdown import plain

DRAWS = 12

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
            disabled=not experiment.augmentations,
        )
        st.button("Another picture", icon=":material/image:", on_click=session.whole(_next), args=("draw-picture",))
    # A step that shares no factor with most sizes, so that the next picture is of another kind.
    position = int(data.train[(session.remember("draw-picture", 0) * 97) % len(data.train)])
    label = data.class_names[int(data.labels[position])]
    with place:
        try:
            _wall(data.images[position], label, experiment, position)
        except UserError as error:
            st.error(plain(error))


def _wall(image: np.ndarray, label: str, experiment: Experiment, position: int) -> None:
    """The picture, and its draws as soon as Keras has made them.

    Raises:
        UserError: they can't be made.
    """
    if not experiment.augmentations:
        _show("draws-none", image, [], f"{label} · as it is: add an operation, and twelve draws stand around it")
        return
    slot = st.empty()
    if not lens.is_warm():
        with slot.container():
            _show("draws-waiting", image, [], f"{label} · the draws follow")
    question = {"experiment": experiment.model_dump(mode="json"), "position": position, "draws": DRAWS}
    images = lens.ask("augment", **question, seed=session.remember("draw-seed", 0) * 101)["images"]
    with slot.container():
        _show("draws", image, list(images), f"{label} · the original in the middle, {DRAWS} draws around it")


def _show(key: str, image: np.ndarray, draws: list[np.ndarray], words: str) -> None:
    """Hands the pictures, uint8 (H, W, C), to the browser; without draws their places stay empty."""
    _component(key=key, data={"original": png_uri(image), "draws": [png_uri(one) for one in draws], "words": words})


def _next(name: str) -> None:
    session.keep(name, session.remember(name, 0) + 1)
