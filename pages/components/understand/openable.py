"""Groups of images as rows and columns whose size is told; each opens its images below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pages.components.browser.component import component
from pages.components.understand.looking import Looking
from pages.components.understand.opening import Opening

_component = component("openable", "browser/gestures", "understand/openable", html="<div class='openable'></div>")
OPENINGS = {view: Opening(view) for view in ("learnt", "by_property")}
"""What has such rows."""


@dataclass(frozen=True)
class Row:
    """A group of images in a line of its own.

    Args:
        key: names it.
        name: what its images have in common.
        words: how many they are, or how often they are right.
        value: what its bar or its dot tells, 0..1.
        between: the ends of an interval around it, 0..1; empty for a bar.
    """

    key: str
    name: str
    words: str
    value: float
    between: tuple[float, float] | tuple[()] = ()

    def told(self) -> dict[str, Any]:
        """For the browser."""
        return {**vars(self), "between": list(self.between)}


def rows(title: str, told: Sequence[Row], *, note: str = "", tone: str = "plain") -> dict[str, Any]:
    """A block of rows.

    Args:
        title: what they are.
        told: the rows.
        note: a sentence below them.
        tone: "train", "validation" or "plain": the colour of what they are of.
    """
    low = min((end for row in told for end in row.between[:1]), default=0.0)
    start = max(0.0, np.floor(low * 10) / 10)
    return {"kind": "rows", "title": title, "rows": [row.told() for row in told], "note": note, "tone": tone,
            "start": min(start, 0.9)}  # fmt: skip


def columns(title: str, names: Sequence[str], up: Sequence[int], down: Sequence[int], note: str) -> dict[str, Any]:
    """A block of columns, one a name: counts upwards and downwards, opened by "up:3" and "down:3"."""
    pairs = zip(names, up, down, strict=True)
    told = [{"name": name, "up": int(high), "down": int(low)} for name, high, low in pairs]
    return {"kind": "columns", "title": title, "columns": told, "note": note}


def draw(view: str, looking: Looking, blocks: Sequence[dict[str, Any]], *about: object) -> str:
    """Draws some blocks; returns the key of what is open, empty for nothing.

    Args:
        view: a key of OPENINGS.
        looking: the network.
        blocks: from `rows` and `columns`.
        about: with another value these are other groups, of which none is open.
    """
    return OPENINGS[view].drawn(_component, looking, {"blocks": list(blocks)}, *about)
