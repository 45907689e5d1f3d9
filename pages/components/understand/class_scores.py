"""Precision, recall and F1 of each class as a table; a class, what it misses and what is wrongly called it open."""

import numpy as np

from core.lens.class_scores import Scorecard
from core.lens.scoring import Scores
from pages.components.browser.component import component
from pages.components.understand import chosen_images, confusion
from pages.components.understand.looking import Looking
from pages.components.understand.opening import Opening

_component = component("class_scores", "browser/gestures", "understand/class_scores", html="<div class='scores'></div>")
_opening = Opening("class_scores")
NAMES = ("precision", "recall", "f1")
ALL = "all-"
"""Before the number of a class of which all images open."""


def draw(found: Scorecard, looking: Looking) -> None:
    """Draws it, and below it the images of what was opened.

    Args:
        found: as the lens found it.
        looking: the network.
    """
    what = _opening.drawn(_component, looking, table(found), found.part, found.names)
    opened = meant(what, found)
    if opened:
        chosen_images.show(looking, found.positions[opened[0]], opened[1])


def table(found: Scorecard) -> dict:
    """What the component draws: of each class its name and what its figures are counted from, and the averages."""
    scores = Scores.of(found.counts)
    return {
        "part": confusion.WORDS[found.part],
        "names": list(found.names),
        "right": np.diag(found.counts).tolist(),
        "actual": found.counts.sum(1).tolist(),
        "predicted": found.counts.sum(0).tolist(),
        "accuracy": _figure(scores.accuracy),
        **{name: [_figure(value) for value in getattr(scores, name)] for name in NAMES},
        "macro": {name: _figure(scores.macro(name)) for name in NAMES},
        "weighted": {name: _figure(scores.weighted(name)) for name in NAMES},
    }


def meant(what: str, found: Scorecard) -> tuple[np.ndarray, str] | None:
    """The images that something opened stands for, as `confusion.meant`; "all-3" are all images of class 3."""
    if not what.startswith(ALL):
        return confusion.meant(what, found)
    number = what.removeprefix(ALL)
    if not confusion.meant(f"{number}-{number}", found) or not number:
        return None
    return found.labels == int(number), f"All images of {found.names[int(number)]}"


def _figure(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
