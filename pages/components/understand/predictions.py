"""What a network says about pictures: the picture, what the network saw of it, and the likeliest classes as bars."""

from typing import Any

import numpy as np
import streamlit as st

from core.datasets import Facts
from pages.components.browser import pixels
from pages.components.browser.component import component
from pages.components.frame import sent
from pages.components.frame.markdown import plain
from pages.components.understand.image_source import Chosen

TOP, TOP_MANY = 5, 3
"""Classes named for one picture, and for each of many."""
LARGE, SMALL = 224, 72
"""px that a picture takes when it is alone, and among many."""

_answers = component(
    "answers",
    "understand/predictions",
    html="<div class='answers'></div>",
)


def draw(chosen: Chosen, facts: Facts, answer: dict[str, Any]) -> int | None:
    """Draws all good pictures with their answers; the others are listed with the reason.

    Args:
        chosen: what was asked about.
        facts: of the dataset that the network learned from.
        answer: of the lens to "predict".

    Returns:
        the place among the good ones of the picture whose "Why?" was just pressed; None otherwise.

    Raises:
        UserError: what came back is no picture of these.
    """
    _say_what_failed([*chosen.refused, *(told["error"] for told in answer["pictures"] if told["error"])])
    good = [i for i, told in enumerate(answer["pictures"]) if told["row"] is not None]
    if not good:
        return None
    many = len(good) > 1
    items = [_item(row, i, chosen, facts, answer) for row, i in enumerate(good)]
    data = {"items": items, "many": many, "height": facts.shape[0], "width": facts.shape[1]}
    return sent.place(_answers(key="answers", data=data, on_why_change=lambda: None).why, len(good))


def _say_what_failed(sentences: list[str]) -> None:
    """One sentence, or a list of them."""
    if len(sentences) == 1:
        st.error(plain(sentences[0]))
    elif sentences:
        st.error(
            f"{len(sentences)} files were left out:\n" + "\n".join(f"- {plain(sentence)}" for sentence in sentences)
        )


def _item(row: int, place: int, chosen: Chosen, facts: Facts, answer: dict[str, Any]) -> dict[str, Any]:
    """What the browser draws for one picture: the `row`-th good one, the `place`-th of all that were asked about."""
    many = sum(told["row"] is not None for told in answer["pictures"]) > 1
    probabilities, truth = answer["result"].probabilities[row], chosen.truth[place]
    order = np.argsort(-probabilities, kind="stable")[: TOP_MANY if many else TOP]
    seen, side = answer["seen"][row], SMALL if many else LARGE
    # A drawing stands on its pad already.
    original = None if chosen.drawn else answer.get(f"original_{row}")
    return {
        "name": chosen.names[place],
        "words": answer["pictures"][place]["words"],
        "original": None if original is None else _photo(original, side),
        "seen": _pixels(seen, side),
        "manner": _manner(chosen.centred, answer["pictures"][place]["inverted"]),
        "truth": None if truth is None else facts.class_names[truth],
        "right": None if truth is None else bool(order[0] == truth),
        "top": [
            {"name": facts.class_names[i], "share": float(probabilities[i]), "text": percent(float(probabilities[i]))}
            for i in order
        ],
    }


def _manner(centred: bool, inverted: bool) -> str:
    """What was done to a picture before the network saw it, beside fitting its size."""
    what = "inverted, centred" if inverted else "centred" if centred else ""
    return f", {what} and scaled like the training pictures" if what else ""


def _pixels(image: np.ndarray, side: int) -> dict[str, Any]:
    """What the network saw, at a whole multiple or part of its size."""
    return _picture(image, pixels.multiple(max(image.shape[:2]), side))


def _photo(image: np.ndarray, side: int) -> dict[str, Any]:
    """A picture as people look at it: smooth, with the longer side filling the place; a tiny one is not blown up."""
    longest = max(image.shape[:2])
    return _picture(image, side / longest if longest > SMALL else pixels.multiple(longest, side))


def _picture(image: np.ndarray, zoom: float) -> dict[str, Any]:
    height, width = image.shape[:2]
    is_crisp = zoom >= 1 and float(zoom).is_integer()
    return {"uri": pixels.png_uri(image), "width": width * zoom, "height": height * zoom, "crisp": is_crisp}


def percent(share: float) -> str:
    """A probability in three significant digits: 0.98765 -> "98.8 %", 0.000001 -> "< 0.001 %"."""
    value = 100 * share
    if value < 0.001:
        return "< 0.001 %"
    decimals = 0 if value >= 99.95 else 1 if value >= 9.995 else 2 if value >= 0.9995 else 3
    return f"{value:.{decimals}f} %"
