"""The wall of samples: a row per class, each picture enlarged under the pointer, each class opened by a click."""

import numpy as np
import streamlit as st

from core.corrections import LEFT_OUT
from core.datasets import Dataset, ImageData, images_at
from core.datasets.split import SPLITS
from core.datasets.statistics import class_counts, split_of
from core.errors import UserError
from core.words import counted
from pages.components.browser import pixels
from pages.components.browser.component import component
from pages.components.frame import sent, session
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import plain

SAMPLES, CLASSES, PAGE = 12, 12, 60
"""Pictures in a row of the overview, rows of it, and pictures on a page of one class."""
LARGE, SENT = 224, 160
"""px: about how large a picture becomes under the pointer, and how large it is sent at most."""
MAX_SENT = 3_000_000
"""Bytes of all pictures of an overview, before packing: photos come in fewer samples."""
FEWEST = 4
OVERVIEW, CLASS = "wall-overview", "wall-class"
"""Keys of the two walls."""
REFUSAL = "wall-refusal"
"""Under which name the tab remembers why a click on a class was refused."""

_wall = component(
    "wall",
    "browser/gestures",
    "data/sheet",
    "data/wall",
    html="<div class='wall'></div>"
    "<div class='lens' aria-hidden='true'><div class='large'></div><div class='words'></div></div>",
)


def draw(dataset: Dataset, data: ImageData, seed: int) -> None:
    """Draws all classes, or the one that was opened.

    Args:
        dataset: whose pictures they are.
        data: its images and split.
        seed: of the samples.
    """
    if refused := session.remember(REFUSAL):
        session.keep(REFUSAL, None)
        st.warning(plain(refused))
    opened = session.remember("opened-class")
    if opened and opened[0] == dataset.state() and opened[1] < len(data.class_names):
        _one_class(dataset, data, opened[1])
    else:
        _all_classes(dataset, data, seed)


def _all_classes(dataset: Dataset, data: ImageData, seed: int) -> None:
    """A row per class."""
    labels = _on_this_page(len(data.class_names))
    counts = class_counts(data)  # (3, classes)
    samples = _samples_each(data, len(labels))
    chosen = [_some(data, label, samples, seed) for label in labels]
    _show(OVERVIEW, dataset, data, labels, chosen, counts, overview=True)


def _on_this_page(classes: int) -> range:
    """The classes in view; many come in pages."""
    if classes <= CLASSES:
        return range(classes)
    page = st.pagination(-(-classes // CLASSES), key=session.key("wall-classes"))
    return range((page - 1) * CLASSES, min(classes, page * CLASSES))


def _samples_each(data: ImageData, rows: int) -> int:
    """How many pictures a row may send."""
    height, width, channels = data.images.shape[1:]
    sent = min(height, SENT) * min(width, SENT) * channels
    return int(np.clip(MAX_SENT // (sent * max(1, rows)), FEWEST, SAMPLES))


def _some(data: ImageData, label: int, count: int, seed: int) -> np.ndarray:
    """Positions of some pictures of a class."""
    members = _members(data, label)
    return np.sort(np.random.default_rng([seed, label]).permutation(members)[:count])


def _members(data: ImageData, label: int) -> np.ndarray:
    """Positions of all images of a class that are not left out."""
    return np.flatnonzero((data.labels == label) & (split_of(data) != LEFT_OUT))


def _one_class(dataset: Dataset, data: ImageData, label: int) -> None:
    """All pictures of one class, page by page."""
    members = _members(data, label)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "All classes",
            icon=":material/arrow_back:",
            key="wall-back",
            on_click=session.whole(session.keep),
            args=("opened-class", None),
        )
        st.markdown(f"**{plain(data.class_names[label])}** · {counted(len(members), 'picture')}")
    pages = max(1, -(-len(members) // PAGE))
    page = st.pagination(pages, key=session.key(f"wall-page-{label}")) if pages > 1 else 1
    _show(CLASS, dataset, data, [label], [members[(page - 1) * PAGE : page * PAGE]], class_counts(data), overview=False)


def _show(
    key: str,
    dataset: Dataset,
    data: ImageData,
    labels: list[int] | range,
    chosen: list[np.ndarray],
    counts: np.ndarray,
    *,
    overview: bool,
) -> None:
    """Hands the rows to the browser."""
    side = max(pixels.reduced(data.images[:1], SENT).shape[1:3])
    rows = [
        {
            "label": label,
            "name": data.class_names[label],
            "counts": counts[:, label].tolist(),
            "sheet": _sheet(dataset, data, positions),
        }
        for label, positions in zip(labels, chosen, strict=True)
    ]
    gestures = _GESTURES[key]
    _wall(
        key=key,
        data={
            "rows": rows,
            "overview": overview,
            "most": int(counts.sum(0).max()),
            "large": max(1, pixels.multiple(side, LARGE)),
            "dataset": dataset.state(),
            "sign": [dataset.state(), key, [p.tolist() for p in chosen], counts.tolist()],
            "gestures": gestures.data(),
        },
        on_gestures_change=gestures.take,
    )


class Opened(sent.Shape):
    """A click on a class of the wall: of which dataset it was."""

    dataset: sent.Name
    label: int


def _open(gesture: object) -> None:
    """Opens a class; a click on the wall of another dataset, which stood there until now, opens nothing."""
    try:
        asked = sent.read(Opened, gesture)
        dataset = session.experiment().dataset
        if asked.dataset == dataset.state():
            label = sent.place(asked.label, len(dataset.facts().class_names))
            session.keep("opened-class", (asked.dataset, label))
    except UserError as error:
        session.keep(REFUSAL, str(error))


_GESTURES = {key: Gestures(key, _open, REFUSAL) for key in (OVERVIEW, CLASS)}


def _sheet(dataset: Dataset, data: ImageData, positions: np.ndarray) -> dict:
    """Pictures as one PNG, with what is said of each."""
    of = split_of(data)
    items = [{"words": dataset.caption(int(p)), "split": SPLITS[of[p]]} for p in positions]
    return packed(dataset, data.images, positions) | {"items": items}


def packed(dataset: Dataset, images: np.ndarray, positions: np.ndarray) -> dict:
    """Images as one PNG for `sheet.js`; only these are read, however many there are.

    Args:
        dataset: whose images.
        images: uint8 (N, H, W, C), all of them, a memory map.
        positions: int64, of those that are shown.
    """
    uri, size = _pack(dataset.key(), tuple(positions.tolist()), images) if len(positions) else ("", [1, 1])
    return {"uri": uri, "size": size, "columns": SAMPLES, "count": len(positions)}


@st.cache_data(max_entries=256, max_size="24MB", show_spinner=False)
def _pack(key: str, positions: tuple[int, ...], _images: np.ndarray) -> tuple[str, list[int]]:
    """One PNG of the pictures at these positions, and (width, height) of each in it."""
    # One at a time: averaging needs four bytes per value, and a page of large photos would be 200 MB of them.
    small = np.concatenate(
        [pixels.reduced(image[None], SENT) for image in images_at(_images, positions)]
    )  # (n, h, w, C)
    return pixels.sheet_uri(small, SAMPLES), [small.shape[2], small.shape[1]]
