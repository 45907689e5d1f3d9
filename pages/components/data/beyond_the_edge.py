"""What comes into an image from outside its frame, and the four ways of filling that, side by side."""

from typing import get_args

import numpy as np
import streamlit as st

from core.augmentation import Augmentation
from core.augmentation.movement import FillMode
from core.experiment import Experiment
from core.words import percent
from pages.components.browser.pixels import reduced
from pages.components.data import augmentation_view, shown_images
from pages.components.data.augmentation_words import name_of
from pages.components.frame import cached, lens, session
from pages.components.frame.markdown import plain, say

TRIED, DRAWS, LONGEST = 12, 2, 160
"""Draws of each way, the same for all, and how many different ones are shown; px of their longer side."""
CHOSEN = "edge-operation"
WORDS = {
    "nearest": "nearest: the edge goes on",
    "reflect": "reflect: mirrored at the edge",
    "wrap": "wrap: the other side comes in",
    "constant": "constant: one grey value, black at first",
}


def show(experiment: Experiment) -> None:
    """Draws them for one operation of the stack.

    Raises:
        UserError: the draws can't be made.
    """
    movers = [place for place, change in enumerate(experiment.augmentations) if hasattr(change, "fill_mode")]
    if not movers:
        st.caption(
            "Only what moves pixels lets something in from outside: add a rotation, a translation, a zoom or a shear."
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        at = _operation(experiment, movers)
        change = experiment.augmentations[at]
        _fill(at, change)
    data = cached.data(experiment.dataset, experiment.training.validation_split, experiment.seed)
    picture = np.array(data.images[augmentation_view.position(data)])
    each = np.repeat(picture[None], TRIED, axis=0)
    rows, outside = [], 0.0
    for mode in get_args(FillMode):
        asked = change.edited(fill_mode=mode).model_dump(mode="json")
        told = lens.ask("alone", images=each, change=asked, seed=session.remember("draw-seed", 0) * 101, whole=True)
        small = reduced(told["images"], LONGEST)
        masks = reduced(255 * told["outside"][..., None], LONGEST)[..., 0] > 127
        said = [", ".join(one) for one in told["words"]]
        apart = [said.index(one) for one in dict.fromkeys(said)][:DRAWS]  # all the way there are few different ones
        shown = [shown_images.image(small[one], words=said[one], outside=masks[one]) for one in apart]
        title = f"{WORDS[mode]}{' · in use' if mode == change.fill_mode else ''}"
        rows.append({"title": title, "images": shown})
        outside = max(outside, float(told["outside"].mean((1, 2)).max()))
    words = (
        f"The line is the edge of the original frame: nothing is known beyond it. As far as {name_of(change.kind)} "
        f"goes here, up to {percent(outside)} of what the network sees is filled in."
    )
    shown_images.draw("beyond-the-edge", rows, words, side=130)


def _operation(experiment: Experiment, movers: list[int]) -> int:
    """Which operation of the stack is looked at."""
    kept = session.remember(CHOSEN)
    start = kept if kept in movers else movers[0]
    if len(movers) == 1:
        return start
    chosen = st.segmented_control(
        "Operation",
        movers,
        default=start,
        required=True,
        format_func=lambda place: plain(name_of(experiment.augmentations[place].kind)),
        key=session.key(f"edge-operation-{movers}"),
    )
    session.keep(CHOSEN, chosen)
    return chosen


def _fill(at: int, change: Augmentation) -> None:
    """The fill mode in use; another press changes it in the experiment."""
    for mode in get_args(FillMode):
        st.button(
            say("Use {}", mode),
            key=f"fill-{mode}",
            disabled=mode == change.fill_mode,
            on_click=session.whole(_use),
            args=(at, change.kind, mode),
        )


def _use(at: int, kind: str, mode: FillMode) -> None:
    """Fills by this mode from now on."""
    stack = list(session.experiment().augmentations)
    if at < len(stack) and stack[at].kind == kind:
        stack[at] = stack[at].edited(fill_mode=mode)
        session.save(session.experiment().edited(augmentations=tuple(stack)), redraw=True)
