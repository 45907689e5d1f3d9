"""The catalogue of layers as small pictures: what each would make of the maps at the place where it would go."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.datasets import Facts
from core.experiment import Experiment
from core.layers import Impossible, Layer, Shape
from core.spec import kinds
from core.words import number, side_by_side
from pages.components import layer_list, session

STATIC = Path(__file__).parent / "static"
KEY = "catalogue"
ANSWERED = "catalogue-answered"

_component = st.components.v2.component(
    "catalogue",
    html="<div class='catalogue'></div>",
    css=(STATIC / "catalogue.css").read_text(encoding="utf-8"),
    js=layer_list.script("catalogue.js"),
)


def draw(experiment: Experiment, facts: Facts) -> None:
    """Draws it; a click puts the layer in after the selected one."""
    at = layer_list.place_of_new()
    shape = shape_before(experiment, facts, at)
    families: dict[str, list[dict[str, Any]]] = {}
    for kind in kinds(Layer).values():
        families.setdefault(kind.family, []).append(_offer(kind, shape))
    after = f"after {experiment.layers[at - 1].kind} #{at}" if at else "first, on the picture itself"
    given = f"It is given {side_by_side(shape)}." if shape else ""
    _component(
        key=KEY,
        data={"title": f"Goes {after}. {given}", "families": families, "can_close": bool(experiment.layers)},
        on_choice_change=_take,
    )


def shape_before(experiment: Experiment, facts: Facts, at: int) -> Shape | None:
    """Shape of what a layer at place `at` is given; None behind a layer that can't be."""
    return experiment.trace(facts).rows[at].input_shape


def _take() -> None:
    """Adds the chosen kind, once."""
    choice = getattr(session.sent(KEY), "choice", None)
    if isinstance(choice, dict) and choice.get("n") != session.remember(ANSWERED):
        session.keep(ANSWERED, choice.get("n"))
        kind = choice.get("kind")
        layer_list.apply({"action": "add", "kind": kind, "at": layer_list.place_of_new()} if kind else {"action": "close"})


def _offer(kind: type[Layer], shape: Shape | None) -> dict[str, Any]:
    """One kind with its defaults, and what it would do here."""
    layer = kind()
    offer = {"kind": layer.kind, "blurb": kind.blurb, "sentence": kind.sentence(), "here": "", "cannot": ""}
    if shape is None:
        return offer
    try:
        after = layer.output_shape(shape)
    except Impossible as impossible:
        return {**offer, "cannot": f"Does not fit here: {impossible.reason}."}
    parameters = layer.parameters(shape)
    same = "keeps the shape" if after == shape else f"→ {side_by_side(after)}"
    return {**offer, "here": same + (f" · {number(parameters)} parameters" if parameters else "")}
