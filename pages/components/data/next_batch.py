"""The next batch as the network will see it, each image with its label or its shares of labels."""

import numpy as np
import streamlit as st

from core.experiment import Experiment
from core.words import counted, number
from pages.components.browser.pixels import reduced
from pages.components.data import shown_images
from pages.components.frame import lens, session
from pages.components.frame.markdown import say

MOST, LONGEST = 32, 96
"""Images that are shown of a batch, and px of their longer side."""
AT = "next-batch"
LEAST = 0.005
"""A share of a label that is smaller is not told."""


def show(experiment: Experiment) -> None:
    """Draws it.

    Raises:
        UserError: it can't be made.
    """
    told = lens.ask("batch", experiment=experiment.model_dump(mode="json"), number=session.remember(AT, 0))
    names = experiment.dataset.facts().class_names
    images, originals = (reduced(told[name][:MOST], LONGEST) for name in ("images", "originals"))
    shown = [
        shown_images.image(one, shares(told["shares"][place], names), ", ".join(told["words"][place]), before)
        for place, (one, before) in enumerate(zip(images, originals, strict=True))
    ]
    whole = len(told["labels"])
    words = f"Point at an image to see it as it was. Batch {number(told['number'] + 1)} of the first epoch"
    words += f", {MOST} of its {counted(whole, 'image')}." if whole > MOST else f", {counted(whole, 'image')}."
    shown_images.draw("next-batch", [{"title": "", "images": shown}], words)
    st.button(
        say("Batch {}", number((told["number"] + 1) % told["count"] + 1)),
        key="another-batch",
        icon=":material/arrow_forward:",
        on_click=session.whole(session.keep),
        args=(AT, (told["number"] + 1) % told["count"]),
    )


def shares(each: np.ndarray, names: tuple[str, ...]) -> str:
    """The label, or how much of an image is of which class: "70 % cat · 30 % dog", so that a digit is no number.

    Args:
        each: float32 (classes,), sum 1.
        names: of the classes.
    """
    found = [place for place in np.argsort(-each, kind="stable") if each[place] >= LEAST]
    if len(found) == 1:
        return names[found[0]]
    return " · ".join(f"{100 * each[place]:.0f} % {names[place]}" for place in found)
