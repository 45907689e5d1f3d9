"""One picture and twelve draws around it, made by the Keras layers that training uses."""

from pathlib import Path

import streamlit as st

from core.datasets import ImageData
from core.errors import UserError
from core.experiment import Experiment
from pages.components import lens, session
from pages.components.pixels import png_uri

STATIC = Path(__file__).parent / "static"
DRAWS = 12

_component = st.components.v2.component(
    "draws",
    html="<div class='draws' role='list'></div><p class='words'></p>",
    css=(STATIC / "draws.css").read_text(encoding="utf-8"),
    js=(STATIC / "draws.js").read_text(encoding="utf-8"),
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
            on_click=_next,
            args=("draw-seed",),
            disabled=not experiment.augmentations,
        )
        st.button("Another picture", icon=":material/image:", on_click=_next, args=("draw-picture",))
    # A step that shares no factor with most sizes, so that the next picture is of another kind.
    position = int(data.train[(session.remember("draw-picture", 0) * 97) % len(data.train)])
    with place:
        try:
            answer = lens.ask(
                "augment",
                experiment=experiment.model_dump(mode="json"),
                position=position,
                draws=DRAWS,
                seed=session.remember("draw-seed", 0) * 101,
            )
        except UserError as error:
            st.error(str(error))
            return
        label = data.class_names[int(data.labels[position])]
        height, width, _ = answer["original"].shape
        _component(
            key="draws",
            data={
                "original": png_uri(answer["original"]),
                "draws": [png_uri(image) for image in answer["images"]],
                "words": f"{label} · {width}x{height} px · the original in the middle, twelve draws around it",
            },
        )


def _next(name: str) -> None:
    session.keep(name, session.remember(name, 0) + 1)
