"""What is done to chosen images, from whatever view: one message, one gate, one way into the dataset."""

from hashlib import blake2b
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Lt

from core.corrections import LEFT_OUT, MOST_CLASSES, Images, positions, steps, written
from core.corrections.images import Exclude
from core.corrections.steps import Steps, identities
from core.datasets.browsing import EVERY_CLASS, View, found
from core.datasets.split import SPLITS
from core.errors import UserError
from pages.components.frame import sent, session
from pages.components.mending import current

QUERY = "mending-query"
"""What the tab remembers: what was asked for last, of which dataset."""
OPENED = "mending-opened"
"""And which image stands large, of which dataset, and how it was called for from another page, else ""."""
ARRIVED = "mending-arrived"
"""And the last image that was called for from another page: under which name, and its position."""


class Act(sent.Shape):
    """What is to be done to images.

    Args:
        action: leaves them out, takes them back in, labels or moves them; opens one large, or closes it.
        dataset: key of the prepared images that stood there.
        classes: the classes that stood there, as `sign`.
        images: their positions.
        every: whether all images are meant that were asked for last.
        label: the class that they get.
        split: to which they go.
    """

    action: Literal["exclude", "include", "relabel", "move", "open", "close"]
    dataset: sent.Name
    classes: sent.Name = ""
    images: Images = ""
    every: bool = False
    label: Annotated[int, Ge(0), Lt(MOST_CLASSES)] = 0
    split: Literal["train", "validation", "test"] = "train"


def sign(seen: View) -> str:
    """Names the classes, whatever they are called: a number that was sent means the class that it meant then."""
    known = identities(seen.dataset.corrections, len(seen.brought.class_names))
    return blake2b(repr(known).encode(), digest_size=12).hexdigest()


def about(seen: View) -> dict[str, Any]:
    """What every view tells the browser, so that what is sent says what it was about."""
    dataset = seen.dataset
    return {
        "dataset": dataset.key(),
        "classes": sign(seen),
        "names": list(seen.now.class_names),
        "splits": list(SPLITS),
    }


def do(gesture: object) -> None:
    """Does what was sent; what can't be done is remembered and told."""
    try:
        act(sent.read(Act, gesture))
    except UserError as error:
        session.keep(current.REFUSAL, str(error))


def act(asked: Act) -> None:
    """Does it to the dataset in work; images of another one, which stood there until now, are left alone.

    Raises:
        UserError: it can't be done.
    """
    experiment = session.experiment()
    if asked.dataset != experiment.dataset.key():
        return
    if asked.action == "close":
        session.keep(OPENED, None)
        return
    seen = current.view_of(experiment)
    chosen = _chosen(asked, seen)
    if asked.action != "open":
        mend(asked, seen, chosen)
    elif len(chosen):
        session.keep(OPENED, (asked.dataset, int(chosen[0]), ""))


def mend(asked: Act, seen: View, chosen: np.ndarray) -> None:
    """Does to some images of the dataset in work what is asked; what was meant for other classes is left alone.

    Args:
        asked: leaves them out, takes them back in, labels or moves them.
        seen: the dataset in work.
        chosen: int64, positions of the images.

    Raises:
        UserError: it can't be done.
    """
    if len(chosen) and (asked.action != "relabel" or asked.classes == sign(seen)):
        current.put(_changed(asked, seen, chosen))


def _chosen(asked: Act, seen: View) -> np.ndarray:
    if not asked.every:
        return positions(asked.images, len(seen.now.labels))
    dataset, query = session.remember(QUERY) or ("", None)
    return found(seen, query) if dataset == asked.dataset and query else np.zeros(0, np.int64)


def _changed(asked: Act, seen: View, chosen: np.ndarray) -> Steps:
    """The steps with one more done to some images."""
    known, is_out = seen.dataset.corrections, seen.now.split[chosen] == LEFT_OUT
    match asked.action:
        case "exclude":
            left = chosen[~is_out]
            return steps.recorded(known, Exclude(images=written(left))) if len(left) else known
        case "include":
            return steps.taken_back(known, chosen[is_out], seen.brought)
        case "relabel":
            sent.place(asked.label, len(seen.now.class_names))
            return steps.labelled(known, chosen, asked.label, seen.brought)
        case _:
            return steps.moved(known, chosen, asked.split, seen.brought)


def called(seen: View, position: int) -> dict[str, Any]:
    """What is said of one image."""
    now, brought = seen.now, seen.brought
    is_out = now.split[position] == LEFT_OUT
    came = brought.class_names[brought.labels[position]]
    return {
        "at": position,
        "words": seen.dataset.caption(int(position)),
        "class": seen.called(position),
        "label": EVERY_CLASS if is_out else int(now.labels[position]),
        "split": seen.split(position),
        "out": bool(is_out),
        "came": came,
    }
