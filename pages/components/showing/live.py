"""What the classifier says of the camera's picture, or of one that was brought: asked a few times a second."""

from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
import streamlit as st
from annotated_types import MaxLen

from core.errors import UserError
from core.intake.decoding import decode_apart
from core.intake.images import MAX_BYTES
from core.showing.classifier import SURE, Answer, Classifier
from core.showing.shown import Shown
from core.showing.store import Showing
from pages.components.browser.component import component
from pages.components.frame import sent, session
from pages.components.showing import cards, current

KEY, TRY = "shown-guess", "shown-try"
ANSWER, TRIED, TURN = "shown-answer", "shown-tried", "shown-try-turn"
"""What the tab remembers: the answer to the last frame, the picture that was brought, how many were."""
SHOWN = 320
"""px of a picture that was brought, as it is sent back."""

_guess = component(
    "shown_guess", "showing/camera", "showing/camera_sight", "showing/live", html="<div class='guess'></div>"
)


class Frame(sent.Shape):
    """One frame of the camera.

    Args:
        n: names it; the answer does too.
        picture: as a data address.
    """

    n: float
    picture: Annotated[str, MaxLen(cards.MAX_FRAME)]


@st.fragment
def draw(found: Showing | None, shown: Shown, learnt: Classifier | None, waiting: str) -> None:
    """Draws it; it redraws itself alone.

    Args:
        found, shown: what this tab shows.
        learnt: the classifier; None where there is none yet.
        waiting: why there is none.
    """
    with st.container(key="shown-live"):
        tried = session.remember(TRIED)
        data = {
            "classes": [one.name for one in shown.classes],
            "isLearnt": learnt is not None,
            "waiting": waiting,
            "answer": session.remember(ANSWER),
            "tried": _of_tried(found, shown, learnt, tried) if tried else None,
            "filesKey": f"{TRY}-{session.remember(TURN, 0)}",
            "largest": MAX_BYTES,
        }
        _guess(key=KEY, data=data, on_look_change=session.whole(_look))
        with st.container(key=TRY):
            _uploader()


def _look() -> None:
    """Answers the frame that came, for the drawing that follows."""
    came = getattr(session.sent(KEY), "look", None)
    if came is None:
        return
    n = None
    try:
        frame = sent.read(Frame, came)
        n, learnt = frame.n, session.remember(current.LEARNT)
        found, shown = current.showing()
        features = learnt.embedder.of_pictures([cards.picture_of(frame.picture)]) if learnt else None
        session.keep(ANSWER, {"n": n, **_told(found, shown, learnt, features)})
    except UserError as error:
        session.keep(ANSWER, {"n": n, "error": str(error)})


@dataclass
class Tried:
    """The picture that was brought.

    Args:
        uri: of it, made small.
        pixels: uint8 (H, W, 3); None where it could not be read.
        error: why not.
        features: of it, by the key of the base that gave them.
    """

    uri: str = ""
    pixels: np.ndarray | None = None
    error: str = ""
    features: dict[str, np.ndarray] = field(default_factory=dict)


def _of_tried(found: Showing | None, shown: Shown, learnt: Classifier | None, tried: Tried) -> dict[str, Any]:
    """The picture that was brought, with what is said of it by now."""
    features, error = None, tried.error
    if learnt is not None and tried.pixels is not None:
        base = learnt.embedder
        try:
            if base.key not in tried.features:
                tried.features[base.key] = base.of_pictures([tried.pixels])
            features = tried.features[base.key]
        except UserError as refused:
            error = str(refused)
    return {"uri": tried.uri, "error": error, "answer": _told(found, shown, learnt, features) or None}


def _told(
    found: Showing | None, shown: Shown, learnt: Classifier | None, features: np.ndarray | None
) -> dict[str, Any]:
    """An answer for the browser; nothing where there is no classifier."""
    if learnt is None or features is None or found is None:
        return {}
    answer = learnt.answer(features)
    shares = {one.id: float(share) for one, share in zip(learnt.classes, answer.shares, strict=True)}
    of = next((one.name for one in shown.classes if answer.nearest in one.images), "")
    return {
        "shares": [shares.get(one.id) for one in shown.classes],
        "words": _words(learnt, answer),
        "isSure": not answer.is_unlike and bool(answer.shares.max() >= SURE),
        "isUnlike": answer.is_unlike,
        "nearest": {"name": of, "uri": cards._thumb(found, answer.nearest)} if of else None,
    }


def _words(learnt: Classifier, answer: Answer) -> str:
    """What it is, in a few words."""
    if answer.is_unlike:
        return "Unlike everything that was shown"
    first, second = np.argsort(-answer.shares, kind="stable")[:2]
    if answer.shares[first] >= SURE:
        return learnt.classes[first].name
    return f"Not sure: {learnt.classes[first].name} or {learnt.classes[second].name}"


def _uploader() -> None:
    """The uploader that the picture to try is handed to."""
    key = f"{TRY}-{session.remember(TURN, 0)}"
    file = st.file_uploader(
        "A picture to try",
        key=key,
        max_upload_size=MAX_BYTES // 1_000_000,
        on_change=session.whole(_take),
        args=(key,),
    )
    if file:  # something else was pressed just then, and the callback was left out
        with session.undisturbed():
            _take(key)
        st.rerun()


def _take(key: str) -> None:
    """Takes in the picture that was brought; an empty uploader takes the place of its own."""
    file = session.sent(key)
    if file is None:
        return
    try:
        pixels = decode_apart(file.getvalue(), file.name).pixels
        session.keep(TRIED, Tried(cards.thumb_of(pixels, SHOWN), pixels))
    except UserError as error:
        session.keep(TRIED, Tried(error=str(error)))
    session.keep(TURN, session.remember(TURN, 0) + 1)
