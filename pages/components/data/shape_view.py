"""The shape that a network is given: what becomes of pictures that are no squares, and a picture as one row."""

from pathlib import Path

import numpy as np
import streamlit as st

from core.datasets import Dataset, ImageData
from core.datasets.own_images import OwnImages
from core.errors import UserError
from core.intake import pixels
from core.words import counted, number
from pages.components.browser import pixels as drawn
from pages.components.browser.component import component
from pages.components.frame import session
from pages.components.frame.markdown import plain

NAMES = {pixels.STRETCH: "Stretch", pixels.CROP: "Crop", pixels.PAD: "Pad"}
WORDS = {
    pixels.STRETCH: "All of it, squeezed into a square",
    pixels.CROP: "Its middle; what lies beside is gone",
    pixels.PAD: "All of it, with black beside it",
}
SHOWN = 192
"""px of a preview at most."""

_flatten = component(
    "flatten",
    "data/flatten",
    html="""<div class='flatten'><canvas role='img' aria-label='the picture, laid out again'></canvas>
        <div class='strip' aria-live='off'></div><span class='where'></span>
        <label>Pixels in a row <input type='range' aria-label='Pixels in a row'><output></output></label><p></p>
        </div>""",
)


def aspect(dataset: Dataset) -> None:
    """Three ways for the picture that is farthest from a square, each taken by one press; nothing where all are."""
    if not isinstance(dataset, OwnImages) or (found := _farthest(dataset)) is None:
        return
    data, words = found
    for column, way in zip(st.columns(len(NAMES)), pixels.ASPECTS, strict=True):
        with column:
            facts = dataset.pristine()
            side = min(SHOWN, facts.shape[0])
            st.image(pixels.network_input(data, side, side, facts.shape[2], way), caption=NAMES[way])
            is_taken = dataset.aspect == way
            st.button(
                "In use" if is_taken else "Use it",
                key=f"aspect-{way}",
                help=plain(WORDS[way]),
                disabled=is_taken,
                on_click=session.whole(_take),
                args=(way,),
                width="stretch",
            )
    st.caption(plain(words))


def _farthest(dataset: OwnImages) -> tuple[bytes, str] | None:
    """The stored picture with the longest side against its shorter one, and what is said of it."""
    try:
        upload = dataset.upload()
        sizes = upload.sizes
        ratio = sizes.max(1) / sizes.min(1)
        uneven = int((ratio > 1.02).sum())
        if not uneven:
            return None
        place = int(ratio.argmax())
        data = Path(upload.files[place]).read_bytes()
    except (UserError, OSError):
        return None
    width, height = sizes[place]
    are = "is" if uneven == 1 else "are"
    return data, (
        f"{counted(uneven, 'picture')} of {number(len(sizes))} {are} no square. This one, {width}x{height} px, is the "
        "farthest from it. Predict brings your pictures into the same form."
    )


def _take(way: str) -> None:
    """Shows the pictures another way from now on."""
    experiment = session.experiment()
    if isinstance(experiment.dataset, OwnImages):
        session.save(experiment.edited(dataset=experiment.dataset.edited(aspect=way)), redraw=True)


def flat(data: ImageData) -> None:
    """One picture of the dataset as the vector that Flatten makes of it, and Reshape back."""
    image = np.array(data.images[data.train[0] if len(data.train) else 0])
    height, width, channels = image.shape
    st.markdown(
        f"Flatten writes the {height:d} x {width:d} x {channels:d} values of a picture into one row of "
        f"**{number(image.size)}**: row after row, in each pixel after pixel{_channels(channels)}. Nothing is "
        "computed, and Reshape takes it back. Point at a pixel."
    )
    _flatten(
        key=session.key("flatten"),
        data={"uri": drawn.png_uri(image), "width": width, "height": height, "channels": channels},
    )


def _channels(channels: int) -> str:
    return ", in each red, green, blue" if channels == 3 else ""
