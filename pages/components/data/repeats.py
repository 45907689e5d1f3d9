"""Which images of one's own repeat which: a picture for each group, and the files that hold it."""

import numpy as np
import streamlit as st

from core.datasets import Dataset, ImageData, duplicates
from core.datasets.duplicates import Group
from core.datasets.own_images import OwnImages, StoredImages
from core.datasets.split import SPLITS
from core.datasets.statistics import split_of
from core.words import number
from pages.components.browser import pixels
from pages.components.browser.component import component
from pages.components.frame.markdown import plain

SHOWN, FILES = 40, 6
"""Groups on the page, and files of one that are named."""
SIDE = 72
"""px of a picture at most."""

_component = component("repeats", "data/repeats", html="<ul class='groups'></ul>")


def draw(dataset: Dataset, data: ImageData) -> None:
    """Draws a fold with all groups; nothing where no image repeats another one.

    Args:
        dataset: of which only own images know their files.
        data: its images, as they are dealt out now.
    """
    if not isinstance(dataset, OwnImages):
        return
    upload, split = dataset.upload(), split_of(data)
    found = duplicates.groups(upload.digests, data.labels, split)
    if not (words := duplicates.sentence(found, split)):
        return
    with st.expander(plain(words), icon=":material/content_copy:", key="repeats"):
        rows = [_row(group, upload, data, split) for group in found[:SHOWN]]
        _component(key="repeats-list", data={"groups": rows, "side": SIDE})
        if len(found) > SHOWN:
            st.caption(f"The first {SHOWN} of {number(len(found))} groups.")


def _row(group: Group, upload: StoredImages, data: ImageData, split: np.ndarray) -> dict:
    """One group: its picture once, as all are equal, and where it came from."""
    files = [
        {
            "name": upload.names[position],
            "class": data.class_names[data.labels[position]],
            "split": SPLITS[split[position]],
        }
        for position in group.positions[:FILES]
    ]
    return {
        "uri": pixels.thumbnail_uri(data.images[group.positions[0]], SIDE),
        "files": files,
        "more": len(group.positions) - len(files),
        "note": _note(group),
    }


def _note(group: Group) -> str:
    """What is wrong with it beyond being there twice."""
    if len(group.classes) > 1:
        return "several classes: only one label can be right"
    return "learnt from and checked on" if group.leaks else ""
