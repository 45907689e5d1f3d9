"""The picture that a lab works on: from the datasets, a photo, a shape, a file, a drawing or the camera."""

import numpy as np
import streamlit as st

from core.datasets import Dataset
from core.datasets.digits import Digits
from core.datasets.keras_datasets import FashionMNIST
from core.errors import UserError
from core.intake.images import FORMAT_WORDS, MAX_BYTES, shown
from core.intake.pixels import LONGEST
from core.labs import images as lab_images
from core.labs.images import PHOTOS, SHAPES, LabImage
from pages.components.frame import cached, session
from pages.components.frame.markdown import plain, say
from pages.components.understand import drawing_pad

DIGITS, FASHION, PHOTO, SHAPE, UPLOAD, DRAW, CAMERA = (
    "Digits", "Fashion", "Photos", "Shapes", "Upload", "Draw", "Camera",
)  # fmt: skip
ICONS = {
    DIGITS: ":material/looks_3:",
    FASHION: ":material/apparel:",
    PHOTO: ":material/photo_library:",
    SHAPE: ":material/category:",
    UPLOAD: ":material/upload:",
    DRAW: ":material/draw:",
    CAMERA: ":material/photo_camera:",
}
ALL = tuple(ICONS)
PHOTO_SIDES = (64, 128, 256, 512)
"""px of the longer side: few pixels to see each of them, many to see the picture."""
DRAWING_SIDES = (8, 16, 28, 64, 128)
"""px: a drawing is shrunk to this side, as for a network."""


def choose(key: str, sources: tuple[str, ...] = ALL, longest: int = LONGEST) -> LabImage | None:
    """Draws the sources and what the chosen one needs.

    Args:
        key: under which the tab remembers what was chosen; one for each lab.
        sources: which are offered; the first that can be had is chosen in a fresh tab.
        longest: px that the longer side has at most; larger pictures are scaled down, and `words` says so.

    Returns:
        the picture; the last good one when the source has none, or refuses; None when there never was one.
    """
    offered = [source for source in sources if source != FASHION or lab_images.fashion_is_here()]
    start = session.remember(f"{key}-source", offered[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        source = st.segmented_control(
            "Picture",
            offered,
            default=start if start in offered else offered[0],
            required=True,
            format_func=lambda name: f"{ICONS[name]} {plain(name)}",
            key=f"{key}-source-{len(offered)}",
            label_visibility="collapsed",
        )
        session.keep(f"{key}-source", source)
        found = _have(source, key, longest)
    if found is not None:
        session.keep(f"{key}-picture", found)
    shown_now = session.remember(f"{key}-picture")
    if found is None and shown_now is not None:
        st.caption(say("Still {}: it stays until there is another picture.", shown_now.name))
    return shown_now


def _have(source: str, key: str, longest: int) -> LabImage | None:
    """The picture of a source; None while it has none, after saying why."""
    try:
        return {
            DIGITS: lambda: _of_dataset(Digits(), "Digit", key),
            FASHION: lambda: _of_dataset(FashionMNIST(), "Fashion", key),
            PHOTO: lambda: _photo(key, longest),
            SHAPE: lambda: _shape(key, longest),
            UPLOAD: lambda: _uploaded(key, longest),
            DRAW: lambda: _drawn(key, longest),
            CAMERA: lambda: _camera(key, longest),
        }[source]()
    except UserError as error:
        st.error(plain(error))
        return None


def _of_dataset(dataset: Dataset, name: str, key: str) -> LabImage:
    """One picture of a dataset, by class and number."""
    data = cached.data(dataset, 0.0, 0)
    here = f"{key}-{dataset.kind}"
    names = ("Any", *data.class_names)
    label = _select("Class", names, f"{here}-class")
    members = np.arange(len(data.labels)) if label == "Any" else np.flatnonzero(data.labels == names.index(label) - 1)
    at, turn = session.remember(f"{here}-at", 0) % len(members), session.remember(f"{here}-turn", 0)
    number = st.number_input("Number", 1, len(members), at + 1, key=f"{here}-number-{label}-{turn}", width=110)
    session.keep(f"{here}-at", number - 1)
    st.button("Another", key=f"{here}-another", on_click=session.whole(_another), args=(here, len(members)))
    position = int(members[number - 1])
    title = f"{name} {data.class_names[data.labels[position]]}, no. {number}"
    return lab_images.picture(title, np.array(data.images[position]))


def _another(here: str, count: int) -> None:
    """Goes to a picture anywhere in the class; the number begins anew there."""
    session.keep(f"{here}-at", int(np.random.default_rng().integers(count)))
    session.keep(f"{here}-turn", session.remember(f"{here}-turn", 0) + 1)


def _photo(key: str, longest: int) -> LabImage:
    """A sample photo, in a size of the reader's choice."""
    name = _select("Photo", tuple(PHOTOS), f"{key}-photo")
    sides = tuple(side for side in PHOTO_SIDES if side <= longest) or (longest,)
    side = _select("Longer side", sides, f"{key}-photo-side", start=min(2, len(sides) - 1))
    return _sample(name, side)


@st.cache_data(max_entries=8, show_spinner=False)
def _sample(name: str, side: int) -> LabImage:
    """A photo, decoded once."""
    return lab_images.photo(name, side)


def _shape(key: str, longest: int) -> LabImage:
    """A picture drawn by us."""
    name = _select("Shape", tuple(SHAPES), f"{key}-shape")
    sides = tuple(side for side in lab_images.SIZES if side <= longest)
    return lab_images.shape(name, _select("Side", sides, f"{key}-shape-side", start=min(2, len(sides) - 1)))


def _uploaded(key: str, longest: int) -> LabImage | None:
    """A file from the reader's disk."""
    file = st.file_uploader(
        f"{FORMAT_WORDS}, 25 MB at most. It stays on this machine.",
        key=f"{key}-upload",
        max_upload_size=MAX_BYTES // 1_000_000,
    )
    return _opened(shown(file.name), file.getvalue(), longest) if file else None


def _drawn(key: str, longest: int) -> LabImage | None:
    """A drawing, white on black as digits are, shrunk to so many pixels."""
    sides = tuple(side for side in DRAWING_SIDES if side <= longest)
    side = _select("Shrunk to", sides, f"{key}-drawing-side", start=min(2, len(sides) - 1))
    data = drawing_pad.draw((side, side, 1), 0)
    return _opened("Your drawing", data, side) if data else None


def _camera(key: str, longest: int) -> LabImage | None:
    """A photo from the camera; its pixels go to this machine's own server only."""
    file = st.camera_input("Take a photo", key=f"{key}-camera", label_visibility="collapsed")
    return _opened("Your photo", file.getvalue(), longest) if file else None


def _opened(name: str, data: bytes, longest: int) -> LabImage:
    """Bytes from outside, opened behind the gate in a process of its own.

    Raises:
        UserError: no picture.
    """
    return lab_images.from_file(data, name, longest)


def _select(label: str, choices: tuple, key: str, start: int = 0) -> object:
    """A menu that remembers its choice when the reader comes back to the page."""
    kept = session.remember(key, choices[start])
    chosen = st.selectbox(
        label, choices, index=choices.index(kept) if kept in choices else start, key=f"{key}-menu", width=130
    )
    session.keep(key, chosen)
    return chosen
