"""Every image where the network puts it: points that are pointed at, drawn around, and moved from epoch to epoch."""

from hashlib import blake2b
from typing import Annotated, Any

import numpy as np
import streamlit as st
from annotated_types import Ge, Lt, MaxLen

from core.errors import UserError
from core.lens.image_map import MOST, PlacedImages
from core.words import counted, number
from pages.components.browser import pixels
from pages.components.browser.component import component
from pages.components.browser.packet import Packet
from pages.components.frame import cached, sent, session
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import plain
from pages.components.mending import current
from pages.components.understand import chosen_images
from pages.components.understand.looking import Looking

KEY, ROUND = "image-map", "image-map-round"
"""The component, and what the tab remembers: the images that were drawn around."""
SIDE, BYTES = 28, 4_000_000
"""px of an image under the pointer at most, and what all of them take before they are packed."""
ACROSS = 100
"""Images in a row of the sheet."""

_map = component(
    KEY,
    "browser/signed",
    "browser/gestures",
    "understand/image_map_points",
    "understand/image_map",
    html="<div class='map'></div>",
)
_sheet = component("image_sheet", "understand/image_sheet", html="<i hidden></i>")


class Pressed(sent.Shape):
    """A line drawn around points, or a press on one.

    Args:
        of: names the images that stood there.
        rows: places among them; none to close.
    """

    of: sent.Name
    rows: Annotated[list[Annotated[int, Ge(0), Lt(MOST)]], MaxLen(MOST)]


def draw(found: PlacedImages, looking: Looking) -> None:
    """Draws the map; what follows the pointer costs no round trip."""
    experiment = looking.run.experiment
    data = cached.data(experiment.dataset, experiment.training.validation_split, experiment.seed)
    sheet = _sign(experiment.dataset.key(), found.positions.tobytes())
    of = _sign(looking.run.id, sheet)
    # By itself: it is large, and the same for every epoch, so that it is sent once.
    _sheet(key=looking.key("image-sheet"), data=_pictures(sheet, found.positions, data.images),
           height=0)  # fmt: skip
    packet, rows = Packet(), _round(of, len(found.positions), looking)
    key, gestures = looking.key(KEY), _GESTURES[looking.side > 0]
    header = {
        "places": packet.put(found.places),
        "labels": packet.put(found.labels),
        "chosen": packet.put(found.chosen),
        "confidence": packet.put(found.confidence),
        "count": len(found.positions),
        "names": list(data.class_names),
        "axes": list(found.axes),
        "of": of,
        "sheet": sheet,
        "drawn": _sign(of, found.places.tobytes(), found.chosen.tobytes(), found.confidence.tobytes()),
        "rows": rows,
        "gestures": gestures.data(),
    }
    current.refusals()
    _map(key=key, data=packet.seal(header), on_gestures_change=gestures.take)
    st.caption(plain(_said(found)))
    if rows:
        chosen_images.show(looking, found.positions[rows], "Chosen on the map", "hardest first")


def _round(of: str, count: int, looking: Looking) -> list[int]:
    """Places of the images that were drawn around, where these stood there."""
    before, rows = session.remember(looking.key(ROUND)) or ("", ())
    return [row for row in rows if row < count] if before == of else []


def _sign(*about: object) -> str:
    return blake2b(repr(about).encode(), digest_size=12).hexdigest()


def _said(found: PlacedImages) -> str:
    """What is laid out, and how."""
    wrong = int((found.chosen != found.labels).sum())
    all_of = f"{number(len(found.positions))} of {number(found.count)}, evenly spread" \
        if found.count > len(found.positions) else f"All {number(found.count)}"  # fmt: skip
    what = f"by what {found.layer} gives" if found.layer else "by their pixels"
    axes = f" Across: {found.axes[0]} of the newest epoch; upwards: {found.axes[1]}." if found.axes else ""
    return f"{all_of}, {what}. Crosses are the {counted(wrong, 'mistake')}.{axes} Draw around points to open them."


def _pictures(name: str, positions: np.ndarray, images: np.ndarray) -> dict[str, Any]:
    """All images, small, in one PNG."""
    channels = images.shape[3]
    side = int(min(SIDE, max(8, np.sqrt(BYTES / max(1, len(positions)) / channels))))
    uri, size = _packed(name, positions, images, side)
    return {"name": name, "uri": uri, "size": size, "across": ACROSS}


@st.cache_data(max_entries=6, max_size="32MB", show_spinner=False)
def _packed(name: str, _positions: np.ndarray, _images: np.ndarray, side: int) -> tuple[str, list[int]]:
    """The PNG, and (width, height) of each image in it."""
    small = np.concatenate([pixels.reduced(np.asarray(_images[at])[None], side) for at in _positions])
    return pixels.sheet_uri(small, ACROSS), [small.shape[2], small.shape[1]]


def _choose(gesture: object, side: str) -> None:
    try:
        asked = sent.read(Pressed, gesture)
    except UserError as error:
        session.keep(current.REFUSAL, str(error))
        return
    session.keep(f"{ROUND}{side}", (asked.of, tuple(asked.rows)))


def _gestures(side: str) -> Gestures:
    return Gestures(f"{KEY}{side}", lambda gesture: _choose(gesture, side), current.REFUSAL)


_GESTURES = {False: _gestures(""), True: _gestures("-beside")}
