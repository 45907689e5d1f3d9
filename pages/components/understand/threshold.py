"""One class against the rest: ROC and precision/recall, and a threshold to drag; each of its four cells opens."""

import numpy as np

from core.lens.scoring import Thresholds, share
from core.lens.threshold import OneAgainstRest
from pages.components.browser.component import component
from pages.components.understand import chosen_images
from pages.components.understand.confusion import WORDS
from pages.components.understand.looking import Looking
from pages.components.understand.opening import Opening

STEPS = 1000
"""From a threshold of 0 to one of 1."""
POINTS = 400
"""Of a curve, at most."""
CELLS = ("tp", "fp", "fn", "tn")

_component = component("threshold", "browser/gestures", "understand/threshold", html="<div class='threshold'></div>")
_opening = Opening("threshold")


def draw(found: OneAgainstRest, looking: Looking) -> None:
    """Draws it, and below it the images of the cell that was opened.

    Args:
        found: as the lens found it.
        looking: the network.
    """
    what = _opening.drawn(_component, looking, curves(found), found.part, found.name)
    opened = meant(what, found)
    if opened:
        chosen_images.show(looking, found.positions[opened[0]], opened[1])


def curves(found: OneAgainstRest) -> dict:
    """What the component draws: both curves as points, and for every threshold how many images it takes."""
    scores, at = found.scores.astype(np.float64), np.arange(STEPS + 1) / STEPS
    all_of = Thresholds.of(scores, found.is_class)
    false, true = all_of.roc()
    precision = share(all_of.hits, all_of.hits + all_of.alarms)
    taken = [(np.searchsorted(np.sort(some), at, "left")) for some in (scores[found.is_class], scores[~found.is_class])]
    return {
        "name": found.name,
        "classes": found.classes,
        "part": WORDS[found.part],
        "positives": all_of.positives,
        "negatives": all_of.negatives,
        "hits": (all_of.positives - taken[0]).tolist(),
        "alarms": (all_of.negatives - taken[1]).tolist(),
        "auc": _figure(all_of.auc()),
        "average_precision": _figure(all_of.average_precision()),
        "roc": _points(false, true),
        "precision": _points(true[1:], precision[1:]),
    }


def meant(what: str, found: OneAgainstRest) -> tuple[np.ndarray, str] | None:
    """The images of a cell at a threshold in thousandths, "fp-430", and what they have in common; None for nothing."""
    cell, _, text = what.partition("-")
    if cell not in CELLS or not (text.isascii() and text.isdigit() and len(text) < 5) or int(text) > STEPS:
        return None
    at, name = int(text) / STEPS, found.name
    takes, is_class = found.scores.astype(np.float64) >= at, found.is_class
    titles = {
        "tp": f"{name}, found at {at:.3f}",
        "fp": f"Others taken for {name} at {at:.3f}",
        "fn": f"{name}, missed at {at:.3f}",
        "tn": f"Others, left at {at:.3f}",
    }
    return (takes == (cell in ("tp", "fp"))) & (is_class == (cell in ("tp", "fn"))), titles[cell]


def _points(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    """A curve of at most `POINTS` points; none where either is unknown."""
    if not len(x) or np.isnan(x).any() or np.isnan(y).any():
        return []
    rows = np.unique(np.linspace(0, len(x) - 1, POINTS).round().astype(np.int64))
    return np.stack([x[rows], y[rows]], axis=1).round(5).tolist()


def _figure(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
