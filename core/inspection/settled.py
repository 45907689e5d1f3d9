"""What became of findings: mended since, or said to be no flaw."""

import hashlib
import threading
from collections.abc import Iterable
from typing import Annotated

import numpy as np
from pydantic import Field, TypeAdapter

from core import stored, workspace
from core.corrections import LEFT_OUT, Correction, positions, written
from core.corrections.steps import differs, identities
from core.datasets import Dataset
from core.datasets.browsing import View
from core.inspection import Finding, Group

FOLDER = "not-flaws"
MOST = 5000
"""Groups of one dataset that are no flaws: the latest are kept."""
LARGEST = 1 << 20
_turn = threading.Lock()
"""Two tabs that dismiss at once: each reads what the other wrote."""
_SIGNS = TypeAdapter(Annotated[list[Annotated[str, Field(pattern="^[0-9a-f]{16}$")]], Field(max_length=MOST)])


def sign(finding: Finding, group: Group) -> str:
    """Names a group of images that a check found, whatever else it found."""
    return hashlib.sha256(f"{finding.check} {group.images}".encode()).hexdigest()[:16]


def dismissed(dataset: Dataset) -> list[str]:
    """Signs of the groups that somebody said to be no flaws, in this order."""
    path = workspace.current().home / FOLDER / f"{dataset.key()}.json"
    try:
        return _SIGNS.validate_json(stored.read_file(path, LARGEST))
    except (OSError, ValueError):
        return []


def dismiss(dataset: Dataset, signs: Iterable[str], *, again: bool = False) -> None:
    """Keeps that some groups are no flaws, or with `again` that they are.

    Raises:
        UserError: the disk is full.
    """
    signs = list(signs)
    folder = workspace.current().folder(FOLDER)
    with _turn:
        known = [one for one in dismissed(dataset) if one not in signs] + ([] if again else signs)
        workspace.write_json(folder / f"{dataset.key()}.json", known[-MOST:])


def mended_since(before: View, now: View) -> np.ndarray:
    """Of which images something else is said than was said at an inspection, or which are left out: bool (N,)."""
    classes = len(now.brought.class_names)
    ids, old = (identities(one.dataset.corrections, classes) for one in (now, before))
    return differs(now.now, before.now, ids, old) | (now.now.split == LEFT_OUT)


def is_settled(group: Group, mended: np.ndarray) -> bool:
    """Whether a group asks for nothing any more: one of its remedies is done, or one image at most is left of it.

    Args:
        group: of images that were found together.
        mended: bool (N,), as `mended_since`.
    """
    left = int((~mended[list(group.images)]).sum())
    touched = [_touched(remedy.corrections, len(mended)) for remedy in group.remedies]
    return left < min(2, len(group.images)) or any(len(some) and mended[some].all() for some in touched)


def _touched(corrections: Iterable[Correction], count: int) -> np.ndarray:
    some = [step.touched(count) for step in corrections]
    return np.concatenate(some) if some else np.zeros(0, np.int64)


def spared(corrections: Iterable[Correction], spare: np.ndarray, count: int) -> list[Correction]:
    """Corrections without some images; one that is about nothing else goes.

    Args:
        corrections: of a remedy.
        spare: int64, positions of images that are left as they are.
        count: images that there are.
    """
    found = []
    for step in corrections:
        if not getattr(step, "images", ""):
            found.append(step)
        elif len(left := np.setdiff1d(positions(step.images, count), spare)):
            found.append(step.edited(images=written(left)))
    return found
