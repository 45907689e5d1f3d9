"""Why a network answers as it does: the maps of several methods over the image, side by side, each large on a click."""

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from core.errors import UserError
from core.lens.attribution import Method
from core.lens.why import Explained, Why
from core.spec import kinds
from pages.components.browser.component import component
from pages.components.browser.packet import Packet
from pages.components.frame.markdown import plain
from pages.components.understand import patience, why_checks
from pages.components.understand.looking import Looking
from pages.components.understand.predictions import percent

_why = component(
    "why",
    "browser/signed",
    "understand/why/maps",
    "understand/why/save",
    "understand/why/gallery",
    html="<div class='why'></div>",
)


def draw(result: Explained, looking: Looking) -> None:
    """Draws it; methods that take longer come in their places once they are done.

    Args:
        result: as the lens gave it.
        looking: at which network and which image.
    """
    place = st.container()
    try:
        whole = _with_the_rest(result, looking)
    except UserError as error:
        st.error(plain(error))
        whole = result
    with place:
        packet = Packet()
        header = header_of(whole, looking, packet)
        _why(key=looking.key("why"), data=packet.seal(header))
    if not whole.waiting:
        why_checks.offer(whole, looking)


def _with_the_rest(result: Explained, looking: Looking) -> Explained:
    """The same with the methods that take longer, if they are done.

    Raises:
        UserError: they can't be had.
    """
    if not result.waiting:
        return result
    lens = Why(about=result.about, beside=result.beside, layer=result.layer, methods=",".join(result.waiting))
    is_long = lens.is_long(looking.outline)
    rest = patience.of(lens, looking) if is_long else looking.ask(lens)
    if not isinstance(rest, Explained):
        return result
    sides = tuple(
        one | {"maps": one["maps"] | more["maps"]} for one, more in zip(result.sides, rest.sides, strict=True)
    )
    return replace(result, sides=sides, waiting=())


def header_of(result: Explained, looking: Looking, packet: Packet) -> dict[str, Any]:
    """What the browser draws; numbers go into the packet.

    Args:
        result: what is drawn.
        looking: at which network and which image.
        packet: takes the maps.
    """
    names, (height, width) = looking.outline.facts.class_names, result.image.shape[:2]
    colours = np.broadcast_to(result.image, (height, width, 3))
    return {
        "image": {"shape": [height, width], "pixels": packet.put(colours), "name": looking.chosen.names[0]},
        "sides": [_side(side, result, names, packet) for side in result.sides],
        "methods": [_method(kind, result, looking) for kind in kinds(Method).values()],
    }


def _method(kind: type[Method], result: Explained, looking: Looking) -> dict[str, Any]:
    """A method in words, and why it has no map, if it has none."""
    reason = kind.is_compatible(looking.outline).reason
    waits = "Takes longer: see below." if kind.__name__ in result.waiting else ""
    return {
        "kind": kind.__name__,
        "name": kind.called,
        "layer": result.layer if kind.reads_layer else "",
        "means": kind.sentence(),
        "limits": kind.limits,
        "measure": kind.measure,
        "paper": kind.paper,
        "signed": kind.is_signed,
        "missing": reason or waits,
    }


def _side(side: dict[str, Any], result: Explained, names: tuple[str, ...], packet: Packet) -> dict[str, Any]:
    """A class with its maps."""
    maps = {
        kind: {"values": packet.put(values), "shape": list(values.shape)}
        for kind, values in side["maps"].items()
    }  # fmt: skip
    name, against = names[side["index"]], side["against"]
    return {
        "title": name if against is None else f"{name} rather than {names[against]}",
        "share": percent(float(result.probabilities[side["index"]])),
        "score": side["score"],
        "of": "logit" if against is None else "difference of the logits",
        "maps": maps,
    }
