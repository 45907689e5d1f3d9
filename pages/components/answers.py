"""What a network says about pictures: the picture, what the network saw of it, and the likeliest classes as bars."""

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.datasets import Facts
from pages.components import pixels
from pages.components.picture_source import Chosen

STATIC = Path(__file__).parent / "static"
TOP, TOP_MANY = 5, 3
"""Classes named for one picture, and for each of many."""
LARGE, SMALL = 224, 72
"""px that a picture takes when it is alone, and among many."""

_answers = st.components.v2.component(
    "answers",
    html="<div class='answers'></div>",
    css=(STATIC / "answers.css").read_text(encoding="utf-8"),
    js=(STATIC / "answers.js").read_text(encoding="utf-8"),
)


def draw(chosen: Chosen, facts: Facts, answer: dict[str, Any]) -> int | None:
    """Draws all good pictures with their answers; the others are listed with the reason.

    Args:
        chosen: what was asked about.
        facts: of the dataset that the network learned from.
        answer: of the lens to "predict".

    Returns:
        the place among the good ones of the picture whose "Why?" was just pressed; None otherwise.
    """
    for sentence in [*chosen.refused, *(told["error"] for told in answer["pictures"] if told["error"])]:
        st.error(sentence)
    good = [i for i, told in enumerate(answer["pictures"]) if told["row"] is not None]
    if not good:
        return None
    many = len(good) > 1
    items = [_item(row, chosen.names[i], chosen.truth[i], facts, answer, many) for row, i in enumerate(good)]
    data = {"items": items, "many": many, "height": facts.shape[0], "width": facts.shape[1]}
    return _answers(key="answers", data=data, on_why_change=lambda: None).why


def _item(row: int, name: str, truth: int | None, facts: Facts, answer: dict[str, Any], many: bool) -> dict[str, Any]:
    """What the browser draws for one picture."""
    probabilities = answer["probabilities"][row]
    order = np.argsort(-probabilities, kind="stable")[: TOP_MANY if many else TOP]
    told = next(told for told in answer["pictures"] if told["row"] == row)
    seen, side = answer["seen"][row], SMALL if many else LARGE
    original = answer.get(f"original_{row}")
    return {
        "name": name,
        "words": told["words"],
        "original": _picture(original, side) if original is not None else None,
        "seen": _picture(seen, side),
        "truth": None if truth is None else facts.class_names[truth],
        "right": None if truth is None else bool(order[0] == truth),
        "top": [
            {"name": facts.class_names[i], "share": float(probabilities[i]), "text": percent(float(probabilities[i]))}
            for i in order
        ],
    }


def _picture(image: np.ndarray, side: int) -> dict[str, Any]:
    """A picture and the size at which it stands: a whole multiple or part of its own."""
    zoom = pixels.multiple(max(image.shape[:2]), side)
    height, width = image.shape[:2]
    return {"uri": pixels.png_uri(image), "width": width * zoom, "height": height * zoom, "crisp": zoom >= 1}


def percent(share: float) -> str:
    """A probability in three significant digits: 0.98765 -> "98.8 %", 0.000001 -> "below 0.001 %"."""
    value = 100 * share
    if value < 0.001:
        return "below 0.001 %"
    decimals = 0 if value >= 99.95 else 1 if value >= 9.995 else 2 if value >= 0.9995 else 3
    return f"{value:.{decimals}f} %"
