"""Breaking one image of the reader's choice: which one, and in which way."""

import streamlit as st

from core.lens import Lens
from core.lens.outline import Outline
from core.runs.run import Run
from pages.components.frame import session
from pages.components.frame.markdown import plain
from pages.components.understand import asking, beside, image_source, look_with
from pages.components.understand.image_source import CAMERA, DRAW, PASTE, UPLOAD, VALIDATION, Chosen, as_seen
from pages.components.understand.looking import Looking
from pages.components.understand.paper import DONE

ALL, ONE = "All images", "One image"
SOURCES = (VALIDATION, UPLOAD, DRAW, PASTE, CAMERA)
ABOUT, REFUSAL = "break-it-about", "break-one-refusal"
"""What the tab remembers: whether one image is broken, why a gesture was refused."""


def choose_about() -> str:
    """Whether one image is broken, or many."""
    about = st.segmented_control(
        "Break",
        (ALL, ONE),
        default=session.remember(ABOUT, ALL),
        required=True,
        key=ABOUT,
        label_visibility="collapsed",
    )
    session.keep(ABOUT, about)
    return about


def show(run: Run, epoch: int | None, source: str, other: beside.Other | None = None) -> None:
    """Draws the choice of an image, and the way in which it is broken.

    Args:
        run, epoch: whose network.
        source: where the image comes from.
        other: the network beside it; None for none.

    Raises:
        UserError: the dataset can't be had, or the lens' refusal.
    """
    outline = Outline.of(run.experiment)
    chosen = image_source.choose(run, source, epoch, many=False, wide=True)
    if chosen is None:
        st.caption("Choose an image: what the network says of it when you change it will stand here.")
        return
    seen = _as_the_network_sees(run, epoch, chosen)
    if seen is not None:
        lens = look_with.to_break(run, outline)
        st.fragment(_draw)(type(lens), beside.lookings(run, epoch, other, seen))


def _draw(kind: type[Lens], found: list[Looking]) -> None:
    """The way as it is set now: what is pressed in it draws it alone anew."""
    if refusal := session.remember(REFUSAL):
        session.keep(REFUSAL, None)
        st.warning(plain(refusal))
    beside.draw([look_with.as_set(kind, found[0].outline)], found)


def _as_the_network_sees(run: Run, epoch: int | None, chosen: Chosen) -> Chosen | None:
    """The image at the network's own size, so that a photo is decoded once and not for every question; None, with the
    reason on the page, for one that can't be read."""
    if chosen.positions:
        return chosen
    (answered,) = asking.ask(run, epoch, chosen)
    if answered.error:
        st.error(plain(answered.error))
        return None
    if len(answered.ways) > 1:
        st.caption(plain(f"The network is given your image {DONE[answered.unlike]}, like those it learned from."))
    return as_seen(answered.ways[-1].seen, chosen.names[0])
