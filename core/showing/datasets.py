"""What was shown becomes an ordinary dataset of own images, and an experiment begins with it."""

import re
from dataclasses import asdict

import numpy as np

from core import child, holdings
from core.errors import UserError
from core.intake.additions import Onto
from core.intake.manifest import Ingested
from core.intake.process import ingest_in_process, share_in_process
from core.intake.questions import UNDERSTOOD, Question
from core.showing.classifier import LEAST
from core.showing.head import FOLDS, folds
from core.showing.shown import Shown, ShownClass, presses_of
from core.showing.store import IMAGES, Showing

MOST_HELD_OUT = 0.4
"""Of a class: of two presses, neither can be spared."""
NOT_IN_NAMES = re.compile(r'[/\\:*?"<>|]')
"""What no system allows in the name of a file."""


def make_dataset(
    showing: Showing, on_progress: child.Progress | None = None, onto: Onto | None = None, *, holds_out: bool = True
) -> Ingested:
    """Makes a dataset of what was shown by now; the same pictures give the same dataset.

    Each class's last fifth is for validation: whole presses where there are several, as pictures of one press are
    alike, and who learnt from some of them would know the others.

    Args:
        showing: of two classes with two pictures each, or more; of one picture, where it is added to a dataset.
        on_progress: called with (pictures done, pictures in all).
        onto: the dataset that the pictures are added to.
        holds_out: whether some are for validation; else all are learnt from, and who trains draws some of all.

    Raises:
        UserError: there are too few, or no room is left.
    """
    shown = showing.read()
    least = 1 if onto else LEAST
    classes = [one for one in shown.classes if len(one.images) >= least]
    if len(classes) < (1 if onto else 2):
        what = "A dataset needs at least two classes of two pictures each."
        raise UserError(what, "Show a few more.", "SHOWN_TOO_FEW")
    names, places = _layout(classes, holds_out=holds_out)
    room = holdings.room(showing.home, holdings.IMAGES)
    root = showing.home.folder(holdings.IMAGES.folder)
    job = {"folder": str(showing.path / IMAGES), "names": names, "places": places, "title": shown.title}
    job |= {"onto": asdict(onto)} if onto else {}
    told = ingest_in_process(job | {"root": str(root), "answer": asdict(UNDERSTOOD), "room": room}, on_progress)
    if isinstance(told, Question):  # nothing is asked where the places are said
        raise told.refusal()
    share_in_process(root, told.id, on_progress)
    holdings.forget(showing.home, holdings.IMAGES)
    return told


def _layout(classes: list[ShownClass], *, holds_out: bool) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
    """What each file is called in the dataset, and split and class of each folder."""
    names, places = {}, {}
    for number, one in enumerate(classes, start=1):
        is_held_out = held_out(one.images) if holds_out else np.zeros(len(one.images), bool)
        for split in ("train", "validation"):
            # A number before it: no name of a class is taken for a hidden folder, or for one of the system's.
            folder = f"{split}/{number} {NOT_IN_NAMES.sub('-', one.name)}"
            places[folder] = (split, one.name)
            for at, image in enumerate(one.images):
                if is_held_out[at] == (split == "validation"):
                    names[image] = f"{folder}/{at + 1:04d}.png"
    return names, places


def held_out(images: tuple[str, ...]) -> np.ndarray:
    """Which images of a class are for validation: bool (N,); one of them at least, and the last ones.

    The last of the parts of the estimate, or the last fifth where that would be more than MOST_HELD_OUT of them.
    """
    presses = np.array(presses_of(images))
    fold = folds(np.zeros(len(images), np.int64), presses)
    last = fold == fold.max()
    if last.mean() <= MOST_HELD_OUT:
        return last
    return np.arange(len(images)) >= len(images) - max(1, len(images) // FOLDS)


def total(shown: Shown) -> int:
    """Pictures that would be in the dataset."""
    return sum(len(one.images) for one in shown.classes if len(one.images) >= LEAST)
