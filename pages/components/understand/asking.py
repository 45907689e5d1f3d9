"""Asking a network about any number of pictures, a portion at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.lens.turned_round import Unlike
from core.runs.run import Run
from pages.components.frame import lens
from pages.components.understand.image_source import Chosen

PORTION = 20
"""Files in one question: decoded they take up to 16 MB, and between two portions other tabs are answered."""


@dataclass(frozen=True, eq=False)
class Way:
    """One way in which a picture was shown to the network.

    Args:
        seen: uint8 (height, width, channels), 0..255, what it saw.
        probabilities: float32 (classes,).
    """

    seen: np.ndarray
    probabilities: np.ndarray


@dataclass(frozen=True, eq=False)
class Answered:
    """One picture with what the network said.

    Args:
        place: among those asked about.
        name: of it.
        words: what is worth knowing of a file: "640×480 px".
        error: why there is no answer; else empty.
        unlike: in what it is unlike the training pictures.
        ways: as it is; then, where it is unlike them, adjusted.
        original: uint8 (H, W, 3), the file made small enough to be shown; None for a picture of the dataset.
    """

    place: int
    name: str
    words: str = ""
    error: str = ""
    unlike: Unlike = ""
    ways: tuple[Way, ...] = ()
    original: np.ndarray | None = None


def ask(run: Run, epoch: int | None, chosen: Chosen) -> list[Answered]:
    """What a network says about pictures, in their order; for those that can't be read, why.

    Args:
        run, epoch: whose network, and after which epoch.
        chosen: the pictures.

    Raises:
        UserError: the lens' refusal.
    """
    found: list[Answered] = []
    for part in _portions(chosen):
        answer = lens.ask("predict", run=run.id, epoch=epoch, **part.fields())
        names = chosen.names[len(found) :]
        found += [_answered(len(found) + i, names[i], told, answer) for i, told in enumerate(answer["pictures"])]
    return found


def _portions(chosen: Chosen) -> Iterator[Chosen]:
    if len(chosen.uploads) <= PORTION:
        yield chosen
        return
    for start in range(0, len(chosen.uploads), PORTION):
        yield replace(chosen, uploads=chosen.uploads[start : start + PORTION])


def _answered(place: int, name: str, told: dict[str, Any], answer: dict[str, Any]) -> Answered:
    """One of the pictures that an answer tells of."""
    rows = [row for row in (told["row"], told["beside"]) if row is not None]
    ways = tuple(Way(answer["seen"][row], answer["result"].probabilities[row]) for row in rows)
    original = answer.get(f"original_{told['row']}")
    return Answered(place, name, told["words"], told["error"], told["unlike"], ways, original)
