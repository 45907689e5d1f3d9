"""The classes of a dataset: what each looks like in numbers; renamed, merged, added, taken away."""

from typing import Annotated, Any, Literal

import numpy as np
import streamlit as st
from annotated_types import Ge, Lt, MaxLen

from core.corrections import MOST_CLASSES, NAME_LENGTH, Correction
from core.corrections.classes import AddClass, MergeClasses, RemoveClass, RenameClass
from core.datasets import ImageData
from core.datasets.browsing import View
from core.datasets.statistics import ClassSizes, ClassValues, class_sizes, class_values
from core.errors import UserError
from core.words import cleaned, number
from pages.components.browser import pixels
from pages.components.browser.component import component
from pages.components.frame import sent, session
from pages.components.frame.gestures import Gestures
from pages.components.mending import acts, current

KEY = "classes"
PAGE = 24
"""Classes at once: of each up to 200 images are read for its mean."""
BINS = 32
"""Bars of a histogram: eight values each."""
MEAN = 64
"""px of a mean image."""

_component = component(
    "class_list", "browser/gestures", "data/sheet", "mending/classes", html="<div class='classes'></div>"
)


def draw(seen: View) -> None:
    """A row for each class, a page of them."""
    count = len(seen.now.class_names)
    pages = max(1, -(-count // PAGE))
    page = min(st.pagination(pages, key="classes-page"), pages) if pages > 1 else 1
    labels = range((page - 1) * PAGE, min(count, page * PAGE))
    data = acts.about(seen) | {"rows": _rows(seen, labels), "gestures": _gestures.data(), "longest": NAME_LENGTH}
    data["most"] = int(seen.counts().sum(0).max()) if count else 0
    _component(key=KEY, data=data, on_gestures_change=_gestures.take)
    st.caption(
        "Each mean is that of up to 200 pictures of the class; beside it how often each value occurs, dark to light, "
        "in grey or in red, green and blue. To split a class, add a new one and label some of its pictures with it."
    )


def _rows(seen: View, labels: range) -> list[dict[str, Any]]:
    counts = seen.counts()
    looks = _looks(seen.dataset.state(), tuple(labels), seen)
    return [
        {"label": label, "name": seen.now.class_names[label], "counts": counts[:, label].tolist(), **look}
        for label, look in zip(labels, looks, strict=True)
    ]


@st.cache_data(max_entries=32, show_spinner="Looking at each class")
def _looks(state: str, labels: tuple[int, ...], _seen: View) -> list[dict[str, Any]]:
    """What the images of some classes look like.

    Args:
        state: names the images and all that is said about them.
        labels: which classes.
    """
    now = _seen.now
    parts = [np.flatnonzero((now.split == part) & np.isin(now.labels, labels)) for part in range(3)]
    data = ImageData(_seen.images, now.labels, *parts, now.class_names)
    values, sizes = list(class_values(data)), class_sizes(_seen.dataset, data)
    return [_look(values[label], sizes[label]) for label in labels]


def _look(values: ClassValues, sizes: ClassSizes) -> dict[str, Any]:
    shares = values.histogram.reshape(len(values.histogram), BINS, -1).sum(2) / max(1, values.histogram[0].sum())
    longest = max(values.mean.shape[:2])
    return {
        "mean": pixels.png_uri(values.mean) if values.sampled else "",
        "side": round(longest * pixels.multiple(longest, MEAN)),
        "histogram": np.round(shares, 4).tolist(),
        "sizes": _sizes(sizes) if values.images else "no pictures",
    }


def _sizes(sizes: ClassSizes) -> str:
    """The sizes in which its images came, in a line."""
    if sizes.different == 1:
        return f"all {sizes.width[0]:.0f}x{sizes.height[0]:.0f} px"
    wide, high = (f"{one[0]:.0f} to {one[-1]:.0f}" for one in (sizes.width, sizes.height))
    return f"{wide} px wide, {high} high, {number(sizes.different)} sizes; {_shape(sizes.aspect)}"


def _shape(aspect: tuple[float, ...]) -> str:
    low, middle, high = (aspect[place] for place in (1, 3, 5))
    if low > 1 / 1.1 and high < 1.1:
        return "nearly all square"
    return f"width/height {middle:.2g}, most between {low:.2g} and {high:.2g}"


class ClassAct(sent.Shape):
    """What is to be done to classes.

    Args:
        action: what.
        dataset, classes: that stood there, as in `acts.Act`.
        labels: which classes.
        name: a new one.
    """

    action: Literal["rename", "merge", "remove", "add"]
    dataset: sent.Name
    classes: sent.Name
    labels: Annotated[list[Annotated[int, Ge(0), Lt(MOST_CLASSES)]], MaxLen(MOST_CLASSES)] = []
    name: Annotated[str, MaxLen(1000)] = ""


def do(gesture: object) -> None:
    """Does what was sent; what can't be done is remembered and told."""
    try:
        _act(sent.read(ClassAct, gesture))
    except UserError as error:
        session.keep(current.REFUSAL, str(error))


def _act(asked: ClassAct) -> None:
    experiment = session.experiment()
    if asked.dataset != experiment.dataset.key():
        return
    seen = current.view_of(experiment)
    if asked.classes == acts.sign(seen):
        current.record(_step(asked, seen.now.class_names))


def _step(asked: ClassAct, names: tuple[str, ...]) -> Correction:
    """The step that was asked for.

    Raises:
        UserError: it can't be done.
    """
    labels = [sent.place(label, len(names)) for label in asked.labels]
    name = cleaned(asked.name, NAME_LENGTH)
    others = [one for label, one in enumerate(names) if label not in labels]
    if asked.action == "add" or (asked.action == "rename" and labels):
        if not name or name in others or (asked.action == "add" and len(names) >= MOST_CLASSES):
            raise _no_name(name)
        return AddClass(name=name) if asked.action == "add" else RenameClass(label=labels[0], name=name)
    if asked.action == "merge" and len(set(labels)) > 1:
        if name in others:
            raise _no_name(name)
        return MergeClasses(labels=tuple(sorted(set(labels))), name=name)
    if asked.action == "remove" and labels:
        return RemoveClass(label=labels[0])
    raise sent.refused()


def _no_name(name: str) -> UserError:
    what = f"There is a class called {name} already." if name else "A class needs a name."
    return UserError(what, "Choose another name; to make one class of two, merge them.", "CLASS_NAME")


_gestures = Gestures(KEY, do, current.REFUSAL)
