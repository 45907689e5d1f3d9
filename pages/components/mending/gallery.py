"""All images of a dataset, page by page: looked through, chosen and mended."""

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from core.datasets.browsing import EVERY_CLASS, OUT, Query, View, found
from core.datasets.split import SPLITS
from core.words import counted
from pages.components.browser import pixels
from pages.components.browser.component import component
from pages.components.data import wall
from pages.components.frame import session
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import plain
from pages.components.mending import acts, current

PAGE = 60
"""Images at once: 60 000 of them are 1 000 pages, and only those of one are read."""
LARGE = 512
"""px: about how large one image stands alone."""
KEY = "gallery"
CLASS, SPLIT, TEXT, MENDED, AT = (f"gallery-{name}" for name in ("class", "split", "text", "mended", "page"))
"""Keys of what is asked for."""

_component = component(
    "gallery",
    "browser/gestures",
    "data/sheet",
    "mending/picked",
    "mending/large",
    "mending/tiles",
    "mending/gallery",
    html="<div class='gallery'></div><dialog class='alone'></dialog>",
)
_gestures = Gestures(KEY, acts.do, current.REFUSAL)


def draw(seen: View) -> None:
    """What is asked for, and the images that are found, a page of them."""
    query = _query(seen)
    all_found = found(seen, query)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(_told(seen, query, len(all_found)))
        page = _page(all_found, query) if len(all_found) > PAGE else 1
    shown = all_found[(page - 1) * PAGE : page * PAGE]
    session.keep(acts.QUERY, (seen.dataset.key(), query))
    if not len(all_found):
        st.info("No image is like that. Ask for another class or name.")
    data = acts.about(seen) | {
        "items": [acts.called(seen, int(at)) for at in shown],
        "sheet": wall.packed(seen.dataset, seen.images, shown),
        "found": len(all_found),
        "page": page,
        "alone": alone(seen),
        "gestures": _gestures.data(),
    }
    _component(key=KEY, data=data, on_gestures_change=_gestures.take)


def _page(all_found: np.ndarray, query: Query) -> int:
    """The page that is asked for; who comes to mend one image begins at its page."""
    arrived, position = session.remember(acts.ARRIVED) or ("", -1)
    place = np.flatnonzero(all_found == position)
    start = int(place[0]) // PAGE + 1 if len(place) else 1
    pages = -(-len(all_found) // PAGE)
    return min(st.pagination(pages, default=start, key=f"{AT}-{hash(query)}{arrived}"), pages)


def _query(seen: View) -> Query:
    """The class, the split and the words that are asked for."""
    names = seen.now.class_names
    left, middle, right, last = st.columns([1.2, 1, 1.4, 1], vertical_alignment="bottom")
    labels = [EVERY_CLASS, *range(len(names))]
    label = left.selectbox(
        "Class", labels, format_func=lambda one: "all classes" if one == EVERY_CLASS else names[one],
        key=f"{CLASS}-{hash(names)}", persist_state="session",
    )  # fmt: skip
    split = middle.selectbox("Where", ["everywhere", *SPLITS, OUT], key=SPLIT, persist_state="session")
    has_names = bool(seen.dataset.names())
    text = right.text_input(
        "File name" if has_names else "Number",
        key=TEXT,
        max_chars=200,
        icon=":material/search:",
        placeholder="part of a name" if has_names else f"0 to {len(seen.images) - 1}",
        persist_state="session",
    )
    mended = last.toggle(
        "mended",
        key=MENDED,
        help="Only pictures of which something else is said now than as they came.",
        persist_state="session",
    )
    query = Query(label, "" if split == "everywhere" else split, "", mended)
    return replace(query, text=text)


def _told(seen: View, query: Query, count: int) -> str:
    """How many images there are, or are found."""
    if query == Query():
        out = int((seen.now.split < 0).sum())
        return plain(f"{counted(count, 'picture')}, {out} of them left out" if out else counted(count, "picture"))
    return plain(f"{counted(count, 'picture')} found")


def alone(seen: View) -> dict[str, Any] | None:
    """The image that stands large."""
    dataset, at, arrived = session.remember(acts.OPENED) or ("", 0, "")
    if dataset != seen.dataset.key() or at >= len(seen.images):
        return None
    return large(seen, at) | {"arrived": arrived}


def large(seen: View, at: int) -> dict[str, Any]:
    """What is said of one image, and itself at a whole multiple of its size."""
    image = np.asarray(seen.images[at])
    zoom = pixels.multiple(max(image.shape[:2]), LARGE)
    side = {"width": round(image.shape[1] * zoom), "height": round(image.shape[0] * zoom), "crisp": zoom >= 1}
    return acts.called(seen, at) | {"uri": pixels.png_uri(image)} | side
