"""Whether a network is as sure as it is right: a reliability diagram before and after the best temperature."""

import numpy as np
import streamlit as st

from core.lens.calibration import Calibration
from core.lens.scoring import BINS, Reliability, bins_of
from core.words import percent
from pages.components.browser.component import component
from pages.components.frame.markdown import say
from pages.components.understand import chosen_images
from pages.components.understand.confusion import WORDS
from pages.components.understand.looking import Looking
from pages.components.understand.opening import Opening

CLOSE = 0.01
"""Between confidence and accuracy: nearer than that is as sure as right."""
HONEST = 0.03
"""A temperature as near to 1 as that changes nothing that is worth telling."""

_component = component(
    "calibration", "browser/gestures", "understand/calibration", html="<div class='calibration'></div>"
)
_opening = Opening("calibration")


def draw(found: Calibration, looking: Looking) -> None:
    """Draws it, and below it the images of the bar that was opened.

    Args:
        found: as the lens found it.
        looking: the network.
    """
    if not len(found.positions):
        st.caption(say("No {} here: hold images out on the Data page, then train again.", WORDS[found.part]))
        return
    st.markdown(say("{} {}", _how_sure(found), _mended(found)))
    what = _opening.drawn(_component, looking, diagrams(found), found.part)
    opened = meant(what, found)
    if opened:
        chosen_images.show(looking, found.positions[opened[0]], opened[1])


def _how_sure(found: Calibration) -> str:
    """Over-confident, under-confident or neither, in its own numbers."""
    sure, right = float(found.before.mean()), float(found.is_right.mean())
    figures = f"{percent(sure, 1)} sure on average, and right for {percent(right, 1)} of the images"
    if abs(sure - right) < CLOSE:
        return f"This network is about as sure as it is right: {figures}."
    return f"This network is {'over' if sure > right else 'under'}-confident: {figures}."


def _mended(found: Calibration) -> str:
    """What the temperature does."""
    if abs(found.temperature - 1) < HONEST:
        return f"Its best temperature is {found.temperature:.2f}: dividing its logits by another one gains nothing."
    way = "less" if found.temperature > 1 else "more"
    before, after = (f"{loss:.3f}" for loss in found.losses)
    loss = f"stays {before}" if before == after else f"goes from {before} to {after}"
    return (
        f"Its logits divided by a temperature of {found.temperature:.2f}, fitted on the validation images, make it "
        f"{way} sure, and its answers stay the same: the loss {loss}."
    )


def diagrams(found: Calibration) -> dict:
    """What the component draws: the bins as they are and at the temperature."""
    sides = [("As it is", found.before), (f"At temperature {found.temperature:.2f}", found.after)]
    return {
        "part": WORDS[found.part],
        "sides": [{"title": title} | _bins(Reliability.of(sure, found.is_right)) for title, sure in sides],
    }


def _bins(found: Reliability) -> dict:
    numbers = {name: [None if np.isnan(one) else float(one) for one in getattr(found, name)] for name in MEANS}
    return {"counts": found.counts.tolist(), "ece": found.ece, **numbers}


MEANS = ("confidence", "accuracy")


def meant(what: str, found: Calibration) -> tuple[np.ndarray, str] | None:
    """The images of a bin, "0-14" as it is and "1-14" at the temperature, and what they have in common."""
    side, _, text = what.partition("-")
    if side not in ("0", "1") or not (text.isascii() and text.isdigit() and len(text) < 3) or int(text) >= BINS:
        return None
    sure, at = (found.before, found.after)[int(side)], int(text)
    low, high = percent(at / BINS), percent((at + 1) / BINS)
    ending = f" at temperature {found.temperature:.2f}" if side == "1" else ""
    return bins_of(sure) == at, f"From {low} to {high} sure{ending}"
