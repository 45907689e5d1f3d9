"""The picture that a lab works on: from the datasets, a photo, a shape, a file, a drawing or the camera."""

from dataclasses import replace

import numpy as np
import streamlit as st

from core.datasets import Dataset
from core.datasets.digits import Digits
from core.datasets.keras_datasets import FashionMNIST
from core.errors import UserError
from core.intake.images import FORMAT_WORDS, MAX_BYTES, shown
from core.intake.pixels import LONGEST
from core.labs import images as lab_images
from core.labs.images import PHOTO_SIDES, PHOTOS, SHAPES, LabImage
from core.labs.picture_link import Sample, pixels_link, read_picture
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
ALL, ANY = tuple(ICONS), "Any"
COLOURS = Sample(SHAPE, "Colour discs", 64)
"""What is brought along where a grey picture would show nothing."""
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
    _open_link(key, offered)
    start = session.remember(f"{key}-source", offered[0])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        source = st.segmented_control(
            "Picture",
            offered,
            default=start if start in offered else offered[0],
            required=True,
            format_func=lambda name: f"{ICONS[name]} {plain(name)}",
            key=f"{key}-source-{len(offered)}{_turn(key)}",
            label_visibility="collapsed",
        )
        session.keep(f"{key}-source", source)
        found = _have(source, key, longest)
    if found is not None:
        session.keep(f"{key}-picture", found)
    shown_now = session.remember(f"{key}-picture")
    if found is None and shown_now is not None:
        st.caption(say("Still {}: it stays until there is another picture.", shown_now.name))
    if shown_now is not None:
        _tell_address(key, shown_now)
    return shown_now


def show_colours(key: str) -> None:
    """Puts a colour picture of ours in the place of the one on show.

    Args:
        key: of the lab's pictures, as in `choose`.
    """
    _take(COLOURS, key)


def _open_link(key: str, offered: list[str]) -> None:
    """Shows what a link that was just opened names; where it names nothing that is here, a sentence says so."""
    if (link := session.opened_picture(key)) is None:
        return
    try:
        found = read_picture(link)
    except UserError as error:
        session.say(str(error))
        return
    if isinstance(found, np.ndarray):
        session.keep(f"{key}-picture", lab_images.picture("Linked picture", found))
        session.keep(f"{key}-source", UPLOAD)
    elif found.source in offered:
        _take(found, key)


def _take(sample: Sample, key: str) -> None:
    """Makes one of our own pictures the one on show."""
    if sample.source == PHOTO:
        chosen = {f"{key}-photo": sample.name, f"{key}-photo-side": sample.number}
    elif sample.source == SHAPE:
        chosen = {f"{key}-shape": sample.name, f"{key}-shape-side": sample.number}
    else:
        here = f"{key}-{(Digits if sample.source == DIGITS else FashionMNIST)().kind}"
        chosen = {f"{here}-class": ANY, f"{here}-at": sample.number}
    for name, value in (chosen | {f"{key}-source": sample.source}).items():
        session.keep(name, value)
    session.keep(f"{key}-turn", session.remember(f"{key}-turn", 0) + 1)


def _turn(key: str) -> str:
    """Part of the widgets' keys: they begin anew where the picture came from elsewhere."""
    turn = session.remember(f"{key}-turn", 0)
    return f"-{turn}" if turn else ""


def _tell_address(key: str, image: LabImage) -> None:
    """Lets the address name the picture, or hold it; where it can't, a sentence says so."""
    link = image.link or pixels_link(image.pixels)
    session.name_picture(key, link)
    if not link:
        st.caption("The link of this page holds what you set, not this picture: it is too large for an address.")


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
    names = (ANY, *data.class_names)
    label = _select("Class", names, f"{here}-class", turn=_turn(key))
    members = np.arange(len(data.labels)) if label == ANY else np.flatnonzero(data.labels == names.index(label) - 1)
    at, turn = session.remember(f"{here}-at", 0) % len(members), session.remember(f"{here}-turn", 0)
    number = st.number_input(
        "Number", 1, len(members), at + 1, key=f"{here}-number-{label}-{turn}{_turn(key)}", width=110
    )
    session.keep(f"{here}-at", number - 1)
    st.button("Another", key=f"{here}-another", on_click=session.whole(_another), args=(here, len(members)))
    position = int(members[number - 1])
    title = f"{name} {data.class_names[data.labels[position]]}, no. {number}"
    found = lab_images.picture(title, np.array(data.images[position]))
    return replace(found, link=Sample(DIGITS if name == "Digit" else FASHION, "", position).to_link())


def _another(here: str, count: int) -> None:
    """Goes to a picture anywhere in the class; the number begins anew there."""
    session.keep(f"{here}-at", int(np.random.default_rng().integers(count)))
    session.keep(f"{here}-turn", session.remember(f"{here}-turn", 0) + 1)


def _photo(key: str, longest: int) -> LabImage:
    """A sample photo, in a size of the reader's choice."""
    name = _select("Photo", tuple(PHOTOS), f"{key}-photo", turn=_turn(key))
    sides = tuple(side for side in PHOTO_SIDES if side <= longest) or (longest,)
    side = _select("Longer side", sides, f"{key}-photo-side", start=min(2, len(sides) - 1), turn=_turn(key))
    return replace(_sample(name, side), link=Sample(PHOTO, name, side).to_link())


@st.cache_data(max_entries=8, show_spinner=False)
def _sample(name: str, side: int) -> LabImage:
    """A photo, decoded once."""
    return lab_images.photo(name, side)


def _shape(key: str, longest: int) -> LabImage:
    """A picture drawn by us."""
    name = _select("Shape", tuple(SHAPES), f"{key}-shape", turn=_turn(key))
    sides = tuple(side for side in lab_images.SIZES if side <= longest)
    side = _select("Side", sides, f"{key}-shape-side", start=min(2, len(sides) - 1), turn=_turn(key))
    return replace(lab_images.shape(name, side), link=Sample(SHAPE, name, side).to_link())


def _uploaded(key: str, longest: int) -> LabImage | None:
    """A file from the reader's disk."""
    file = st.file_uploader(
        f"{FORMAT_WORDS}, 25 MB at most. It stays on this machine.",
        key=f"{key}-upload{_turn(key)}",
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


def _select(label: str, choices: tuple, key: str, start: int = 0, turn: str = "") -> object:
    """A menu that remembers its choice when the reader comes back to the page."""
    kept = session.remember(key, choices[start])
    chosen = st.selectbox(
        label, choices, index=choices.index(kept) if kept in choices else start, key=f"{key}-menu{turn}", width=130
    )
    session.keep(key, chosen)
    return chosen
