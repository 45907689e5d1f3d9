"""What images are added to: a dataset of own images, by the names that its classes have by now."""

import numpy as np

from core.corrections import LEFT_OUT, MOST_CLASSES, Labelled, applied
from core.corrections.classes import AddClass
from core.datasets.own_images import OwnImages
from core.errors import UserError
from core.intake.additions import Onto

NEW = "\0"
"""Stands for a class that may come: no class is called so."""


def onto(dataset: OwnImages) -> Onto:
    """How more images find their classes in a dataset, also in one whose classes were renamed, merged or added since.

    Raises:
        UserError: it is gone, or steps that added classes would mean others afterwards.
    """
    came = dataset.upload().class_names
    more = tuple(
        dict.fromkeys(step.name for step in dataset.corrections if isinstance(step, AddClass) and step.name not in came)
    )
    before, after = _ends(dataset, came), _ends(dataset, (*came, *more, NEW))
    is_same = np.array_equal(before.labels, after.labels[: len(came)])
    if (*before.class_names, NEW) != after.class_names or not is_same:
        what = "A class was added, renamed, and added again under its old name: new pictures can't tell them apart."
        raise UserError(what, "Take one of these steps back first.", "DATASET_ADDING_CLASSES")
    labels = {}
    kept = [label for label in reversed(range(len(came) + len(more))) if after.split[label] != LEFT_OUT]
    for label in kept:
        labels[(*came, *more)[label]] = label
    for label in kept:  # what it is called by now is what counts
        labels[after.class_names[after.labels[label]]] = label
    return Onto(dataset.images_id, labels, more)


def extended(dataset: OwnImages, images_id: str) -> OwnImages:
    """The same dataset with more images behind its own, so that all that was mended in it holds.

    Args:
        dataset: that they were added to.
        images_id: what it became.
    """
    return dataset.edited(
        images_id=images_id, corrections=dataset.corrections, learns_as_brought=dataset.learns_as_brought
    )


def _ends(dataset: OwnImages, class_names: tuple[str, ...]) -> Labelled:
    """What becomes of one image of each class: its label in the end, and whether it is left out."""
    one_of_each = np.arange(min(len(class_names), MOST_CLASSES))
    given = Labelled(one_of_each, np.zeros(len(one_of_each), np.int8), class_names)
    return applied([step for step in dataset.corrections if step.of_classes], given)
