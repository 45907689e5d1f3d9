"""Changed copies of an image with the answer for each, and the mean of all beside that for the image alone."""

from typing import Any

import numpy as np
import streamlit as st

from core.lens.changed_copies import ChangedCopies, CopiesAnswered
from core.words import counted
from pages.components.browser import pixels
from pages.components.browser.component import component
from pages.components.frame import session
from pages.components.frame.markdown import plain, say
from pages.components.understand import results
from pages.components.understand.looking import Looking
from pages.components.understand.predictions import percent

SIDE = 64
"""px of a copy."""
CLASSES = 5
"""The likeliest that are named."""
WANTED = "changed-copies"
"""Whether the tab wants them, and under which name."""

_copies = component(
    "changed_copies", "understand/answers/picture", "understand/changed_copies", html="<div class='copies'></div>"
)


def offer(looking: Looking) -> None:
    """A switch, and what a network says about changed copies when it is on.

    Args:
        looking: at a network and one picture.

    Raises:
        UserError: the lens' refusal.
    """
    wanted = st.toggle(
        "Ask about changed copies too",
        value=bool(session.remember(WANTED)),
        key=looking.key(WANTED),
        help="Test-time augmentation: the mean of the answers for several changed copies. If the copies disagree, the "
        "answer hangs on small changes of the picture.",
    )
    session.keep(WANTED, wanted)
    if wanted:
        results.draw(ChangedCopies(), looking)


def draw(found: CopiesAnswered, looking: Looking) -> None:
    """Draws it.

    Args:
        found: as the lens found it.
        looking: at which network.
    """
    names, chosen = looking.outline.facts.class_names, found.probabilities.argmax(1)
    mean = found.probabilities.mean(0)
    agree = int((chosen == mean.argmax()).sum())
    st.markdown(say("**{}**", _sentence(names, chosen[0], mean, agree, len(chosen))))
    ways = [
        {"title": "As it is", "top": _top(found.probabilities[0], names)},
        {"title": f"Mean of {counted(len(chosen), 'copy', 'copies')}", "top": _top(mean, names)},
    ]
    copies = [
        _copy(image, names[label], float(shares[label]), bool(label == mean.argmax()))
        for image, shares, label in zip(found.images, found.probabilities, chosen, strict=True)
    ]
    _copies(key=looking.key("copies"), data={"ways": ways, "copies": copies})
    st.caption(plain(_made(found)))


def _sentence(names: tuple[str, ...], alone: int, mean: np.ndarray, agree: int, count: int) -> str:
    """What came of it."""
    best = int(mean.argmax())
    said = f"{agree} of {counted(count, 'copy', 'copies')} are answered as {names[best]}, and so is their mean"
    if best == alone:
        return f"{said}, as the picture itself."
    return f"{said}; the picture itself is answered as {names[alone]}."


def _made(found: CopiesAnswered) -> str:
    """How the copies came about."""
    words = "; ".join(found.changes)
    how = "Changed as in this network's training:" if found.own else "Trained without augmentation, so copies are only"
    return f"{how} {words}. The first is the picture as it is."


def _top(shares: np.ndarray, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The likeliest classes, as bars."""
    order = np.argsort(-shares, kind="stable")[:CLASSES]
    return [{"name": names[i], "share": float(shares[i]), "text": percent(float(shares[i]))} for i in order]


def _copy(image: np.ndarray, name: str, share: float, agrees: bool) -> dict[str, Any]:
    """One copy with its answer."""
    zoom = pixels.multiple(max(image.shape[:2]), SIDE)
    return {
        "uri": pixels.png_uri(image),
        "width": image.shape[1] * zoom,
        "height": image.shape[0] * zoom,
        "name": name,
        "text": percent(share),
        "agrees": agrees,
    }
