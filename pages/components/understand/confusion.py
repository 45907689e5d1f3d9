"""The confusion matrix: counts and rates, the commonest confusions; a cell, a class or all mistakes open as images."""

import numpy as np

from core.lens.confusion import ConfusionMatrix
from core.words import counted
from pages.components.browser.component import component
from pages.components.understand import chosen_images
from pages.components.understand.looking import Looking
from pages.components.understand.opening import Opening

_component = component(
    "confusion",
    "browser/gestures",
    "understand/confusion_cells",
    "understand/confusion",
    html="<div class='confusion'></div>",
)
_opening = Opening("confusion")


def draw(found: ConfusionMatrix, looking: Looking) -> None:
    """Draws it, and below it the images of what was opened.

    Args:
        found: as the lens found it.
        looking: the network.
    """
    rows, columns = np.nonzero(found.counts)
    cells = np.stack([rows, columns, found.counts[rows, columns]], axis=1)
    data = {"names": list(found.names), "cells": cells.tolist(), "part": WORDS[found.part]}
    what = _opening.drawn(_component, looking, data, found.part, found.names)
    opened = meant(what, found)
    if opened:
        is_meant, title = opened
        chosen_images.show(looking, found.positions[is_meant], title)


WORDS = {"validation": "validation image", "train": "training image", "test": "test image"}


def meant(what: str, found: ConfusionMatrix) -> tuple[np.ndarray, str] | None:
    """The images that something opened stands for: bool (N,), and what they have in common; None for nothing.

    Args:
        what: "3-8", the images of class 3 that were taken for class 8; "3-" and "-8", mistakes that are, or are taken
            for, a class; "-", all mistakes.
        found: the answers.
    """
    ends = [_class(end, len(found.names)) for end in what.split("-")]
    if len(ends) != 2 or None in ends:
        return None
    actual, predicted = ends
    wrong = found.labels != found.chosen
    if actual >= 0 and predicted >= 0:
        title = f"{found.names[actual]} taken for {found.names[predicted]}"
        if actual == predicted:
            title = f"{found.names[actual]}, rightly answered"
        return (found.labels == actual) & (found.chosen == predicted), title
    if actual >= 0:
        return wrong & (found.labels == actual), f"{found.names[actual]} taken for something else"
    if predicted >= 0:
        return wrong & (found.chosen == predicted), f"Something else taken for {found.names[predicted]}"
    return wrong, f"All mistakes on {counted(len(wrong), WORDS[found.part])}"


def _class(end: str, count: int) -> int | None:
    """A class by its number, -1 for any, None for what is neither."""
    if not end:
        return -1
    return int(end) if end.isascii() and end.isdigit() and len(end) < 6 and int(end) < count else None
