"""What a network says of what the camera sees, a few times a second."""

from typing import Any

import numpy as np
import streamlit as st

from core.errors import UserError
from core.runs.run import Run
from pages.components.browser import pixels
from pages.components.browser.component import component
from pages.components.frame import lens, sent, session
from pages.components.showing import cards, live
from pages.components.understand.paper import DONE
from pages.components.understand.predictions import percent

KEY, ANSWER, OF = "live-camera", "live-camera-answer", "live-camera-of"
"""The component, and what the tab remembers: the answer to the last frame, and which network is asked."""
CLASSES = 5
"""The likeliest that are named."""
SIDE = 140
"""px of what the network sees."""

_live = component(
    "live_camera",
    "showing/camera",
    "showing/camera_sight",
    "understand/answers/picture",
    "understand/live_camera",
    html="<div class='live'></div>",
)


@st.fragment
def draw(run: Run, epoch: int | None) -> None:
    """Draws it; it redraws itself alone.

    Args:
        run, epoch: whose network answers, and after which epoch.
    """
    of = (run.id, epoch)
    if session.remember(OF) != of:
        session.keep(OF, of)
        session.keep(ANSWER, None)
    _live(key=KEY, data={"answer": session.remember(ANSWER)}, on_look_change=session.whole(_look))


def _look() -> None:
    """Answers the frame that came, for the drawing that follows."""
    came, of = getattr(session.sent(KEY), "look", None), session.remember(OF)
    if came is None or of is None:
        return
    n = None
    try:
        frame = sent.read(live.Frame, came)
        n = frame.n
        session.keep(ANSWER, {"n": n, **_answer(of, cards.file_of(frame.picture))})
    except UserError as error:
        session.keep(ANSWER, {"n": n, "error": str(error)})


def _answer(of: tuple[str, int | None], file: bytes) -> dict[str, Any]:
    """What the network says of one frame; asked past the memory for answers, as no frame comes twice.

    Raises:
        UserError: the frame is no picture, or the network can't be asked.
    """
    run_id, epoch = of
    run = session.runs().find(run_id)
    uploads = [("What the camera sees", file)]
    told = lens.client().ask("predict", uploads, run=run_id, epoch=epoch or run.chosen_epoch, adjusted="instead")
    (picture,) = told["pictures"]
    if picture["error"]:
        return {"error": picture["error"]}
    return _told(told["seen"][0], told["result"].probabilities[0], run.experiment.dataset.facts().class_names) | {
        "manner": DONE.get(picture["unlike"], "")
    }


def _told(seen: np.ndarray, shares: np.ndarray, names: tuple[str, ...]) -> dict[str, Any]:
    """An answer for the browser."""
    order = np.argsort(-shares, kind="stable")[:CLASSES]
    zoom = pixels.multiple(max(seen.shape[:2]), SIDE)
    return {
        "top": [{"name": names[i], "share": float(shares[i]), "text": percent(float(shares[i]))} for i in order],
        "seen": {"uri": pixels.png_uri(seen), "width": seen.shape[1] * zoom, "height": seen.shape[0] * zoom},
        "size": f"{seen.shape[0]}×{seen.shape[1]} px",
    }
