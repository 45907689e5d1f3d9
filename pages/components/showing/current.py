"""What this tab shows: its showing, the base that embeds it, and the classifier learnt from it."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from core.errors import UserError
from core.showing import bases, classifier, store
from core.showing.bases import Offered
from core.showing.classifier import Classifier
from core.showing.embedding import Embedder, Features
from core.showing.shown import Shown
from core.showing.store import Showing
from pages.components.frame import lens, session

REFUSAL, LEARNT, BASE, WARMED = "showing-refusal", "showing-learnt", "showing-base", "showing-warmed"
"""What the tab remembers: why something was refused, the classifier of what was shown by now, the chosen base, and the
one that was asked to get ready."""


def warm() -> None:
    """Gets the base ready while the first pictures are taken."""
    if session.remember(WARMED) != base().name:
        session.keep(WARMED, base().name)
        black = np.zeros((1, base().size, base().size, 3), np.uint8)
        lens.client().warm(first=_question(base(), black))


def showing() -> tuple[Showing | None, Shown]:
    """The showing of this tab, and what is in it; None and two empty classes before anything was shown."""
    chosen = session.shown()
    if chosen is None:
        return None, Shown()
    try:
        found = Showing(session.workspace(), chosen)
        return found, found.read()
    except UserError as error:
        session.show(None)
        session.keep(REFUSAL, str(error))
        return None, Shown()


def begun() -> Showing:
    """The showing of this tab; it begins now where there is none.

    Raises:
        UserError: the disk is to blame.
    """
    found, _ = showing()
    if found is None:
        found = store.begin(session.workspace())
        session.show(found.id)
    return found


def change(step: Callable[[Shown], Shown]) -> None:
    """Changes what this tab shows; a sentence is kept where it can't."""
    try:
        begun().change(step)
    except UserError as error:
        session.keep(REFUSAL, str(error))


def learnt(found: Showing | None, shown: Shown) -> Classifier | None:
    """The classifier of what was shown; None where there is too little yet.

    Raises:
        UserError: the base does not answer, or a picture is gone.
    """
    session.keep(LEARNT, None)
    if found is None or not classifier.learnable(shown):
        return None
    classes = tuple((one.id, one.name, one.images) for one in shown.classes)
    if lens.is_warm():
        made = _learnt(found.id, classes, base().name, found, shown)
    else:
        with st.spinner("Starting Keras: a few seconds, once ..."):
            made = _learnt(found.id, classes, base().name, found, shown)
    session.keep(LEARNT, made)
    return made


@st.cache_resource(max_entries=8, show_spinner=False)
def _learnt(showing_id: str, classes: tuple, base_key: str, _showing: Showing, _shown: Shown) -> Classifier:
    """The same pictures under the same names give the same classifier: it is learnt once."""
    return classifier.train(_shown, _showing, embedder(), features())


@st.cache_resource
def features() -> Features:
    """Those of the server: an image is embedded once for all tabs."""
    return Features()


def base() -> Offered:
    """The base by which everything is embedded here: the one that was chosen, or the best that is here."""
    return next((one for one in bases.here() if one.name == session.remember(BASE)), None) or bases.usual()


def embedder() -> Embedder:
    """The chosen base, asked through the lens process."""
    offered = base()
    return Embedder(offered.name, offered.size, functools.partial(_embedded, offered))


def _embedded(offered: Offered, images: np.ndarray) -> np.ndarray:
    return lens.client().ask(**_question(offered, images))["features"]


def _question(offered: Offered, images: np.ndarray) -> dict[str, Any]:
    """The question for the features of images, as the lens process takes it."""
    told = offered.embedding().model_dump(mode="json")
    return {"question": "features", "images": images, "experiment": told}
