"""The whole network for one picture: every layer's maps in columns, opened by a click, the answer at the end."""

from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Lt, MaxLen

from core.experiment.network import Row, wires
from core.lens.feature_maps import FeatureMaps, LayerMaps
from core.lens.geometry import links
from core.lens.last_sum import MOST_WEIGHTS
from core.words import number
from pages.components.browser.component import component
from pages.components.browser.packet import Packet
from pages.components.frame import sent, session
from pages.components.understand.looking import Looking
from pages.components.understand.predictions import percent

LONG = 1_500_000
"""Values up to which each is sent in full, 6 MB; of more, each in two bytes."""
MOST_MAPS, MOST_PAGES = 1_000_000, 400
"""Of one layer, and layers of which others than the first are asked for at once: more than any network has."""
PARTS = (
    *("functions", "shown_network", "worked_out", "graph", "marks", "layout", "terms", "scroller", "answer"),
    *("window_numbers", "convolved", "flow", "player", "window_sum", "map_pair", "map_join"),
    *("opened_map", "sum_of_terms", "opened_answer", "opened_unit"),
    *("pages", "connections", "answer_wires", "walk", "overview"),
)

_maps = component(
    "feature_maps",
    "browser/signed",
    "understand/layer_choice",
    *(f"understand/maps/{part}" for part in PARTS),
    "understand/feature_maps",
    html="<div class='inside'></div>",
)


def draw(maps: LayerMaps, looking: Looking) -> None:
    """Draws it; what follows the pointer costs no round trip.

    Args:
        maps: as the lens gave them.
        looking: at which network and which picture.

    Raises:
        UserError: other maps can't be had.
    """
    key = looking.key("feature-maps")
    wanted = _wanted(session.sent(key))
    if wanted != FeatureMaps():
        maps = looking.ask(wanted)
    _maps(key=key, data=sealed(maps, looking, wanted), on_wanted_change=lambda: None)


class Wanted(sent.Shape):
    """What else of a network the reader asked for: of which layer which maps, and which stage of a base."""

    pages: Annotated[dict[sent.Name, Annotated[int, Ge(0), Lt(MOST_MAPS)]], MaxLen(MOST_PAGES)] = {}
    stage: sent.Name = ""


def _wanted(came: object) -> FeatureMaps:
    """The lens for what the component sent last.

    Raises:
        UserError: no button of it sends that.
    """
    told = getattr(came, "wanted", None)
    wanted = Wanted() if told is None else sent.read(Wanted, told)
    return FeatureMaps(pages=tuple(sorted(wanted.pages.items())), stage=wanted.stage)


def sealed(maps: LayerMaps, looking: Looking, wanted: FeatureMaps | None = None) -> bytes:
    """What the browser is sent.

    Args:
        maps, looking: as `draw` takes them.
        wanted: what else than the first maps the reader asked for.
    """
    wanted = wanted or FeatureMaps()
    packet, chosen = Packet(), looking.chosen
    header = {
        "picture": {"shape": list(maps.pixels.shape), "pixels": packet.put(maps.pixels), "name": chosen.names[0]},
        "input": packet.put(np.moveaxis(maps.scaled, -1, 0)),
        "layers": _layers(looking, maps, packet),
        "wanted": {"pages": dict(wanted.pages), "stage": wanted.stage},
        "first": looking.outline.telling([row.name for row in looking.outline.layers_with_maps] or [""]),
        "answer": _answer(looking, maps) | {"sum": _sum(looking, maps.last_sum, packet)},
    }
    return packet.seal(header)


def _layers(looking: Looking, maps: LayerMaps, packet: Packet) -> list[dict[str, Any]]:
    """Every layer with its maps (planes one after another) and how it reads its input."""
    traced = looking.outline.trace
    is_short = sum(told["values"].size for told in maps.layers) > LONG
    layers = []
    for told, row, link in zip(maps.layers, traced.rows, links(traced.rows), strict=True):
        values = np.moveaxis(told["values"], -1, 0) if told["values"].ndim == 3 else told["values"]
        in_short = is_short and values.ndim == 3 and values.size and np.isfinite(values).all()
        layers.append(
            {
                **{name: told[name] for name in ("name", "kind", "shape", "first", "low", "high")},
                "words": " · ".join(filter(None, (told["words"], wires(row, traced)))),
                "block": row.called if row.block else "",
                "stage": looking.outline.stages.get(row.name, ""),
                "isPart": row.base is not None,
                "sources": [source + 1 for source in traced.sources(row)],  # step 0 is the scaled picture
                "shown": len(values),
                "values": packet.put_short(values) if in_short else packet.put(values),
                "link": link.to_json() | {"does": row.layer.does},
                "activation": getattr(row.layer, "activation", ""),
                "sum": _sum(looking, maps.sums.get(row.name), packet),
                "closed": _closed(told, row, maps),
                "how": getattr(row.layer, "interpolation", ""),
                "numbers": {name: _number(one, packet) for name, one in told["numbers"].items()},
                "kernel": told["kernel"] and _kernel(told["kernel"], packet, is_short),
            }
        )
    return layers


def _closed(told: dict[str, Any], row: Row, maps: LayerMaps) -> str:
    """Why the units of a flat Dense layer can't be taken apart; empty where they can, and for the answer."""
    is_hidden = row.layer.does == "weigh" and told["values"].ndim == 1 and told is not maps.layers[-1]
    is_closed = is_hidden and row.name not in maps.sums
    return f"not taken apart: its layer has more than {number(MOST_WEIGHTS)} weights" if is_closed else ""


def _number(told: np.ndarray | float, packet: Packet) -> dict[str, Any] | float:
    """One number, or where numbers for rows, columns and maps begin, which stretch along sides of 1."""
    if not isinstance(told, np.ndarray):
        return told
    shaped = told.reshape(*(1,) * (3 - told.ndim), *told.shape)
    return {"values": packet.put(shaped), "shape": list(shaped.shape)}


def _kernel(told: dict[str, Any], packet: Packet, is_short: bool) -> dict[str, Any]:
    """The kernels of one layer, what they are a product of, and what is added to their sums."""
    put = packet.put_short if is_short else packet.put
    planes, steps = told["planes"], told["two_steps"]
    return {
        "values": put(planes),
        "filters": planes.shape[0],
        "channels": planes.shape[1],
        "size": planes.shape[2:],
        "bias": None if told["bias"] is None else packet.put(told["bias"]),
        "rest": None if told["rest"] is None else put(np.moveaxis(told["rest"], -1, 0)),
        "product": bool(steps),
        "steps": steps and {"depthwise": packet.put(steps[0]), "pointwise": packet.put(steps[1]),
                            "multiplier": steps[0].shape[1]},
    }  # fmt: skip


def _answer(looking: Looking, maps: LayerMaps) -> dict[str, Any]:
    """Logit and probability of every class; two classes share one logit, which speaks for the second."""
    names, shares = looking.outline.facts.class_names, maps.probabilities
    return {
        "activation": getattr(looking.outline.trace.rows[-1].layer, "activation", ""),
        "truth": looking.chosen.truth[0],
        "classes": [
            {"name": name, "logit": logit, "share": float(share), "text": percent(float(share))}
            for name, logit, share in zip(names, _logits(maps.logits, len(names)), shares, strict=True)
        ],
    }


def _sum(looking: Looking, told: dict[str, Any] | None, packet: Packet) -> dict[str, Any] | None:
    """How each unit comes about: terms one by one, their places and numbers (units, terms) within the packet."""
    if told is None:
        return None
    names = [row.name for row in looking.outline.trace.rows]
    units, terms = told["inputs"].shape
    places = {name: packet.put(told[name]) for name in ("inputs", "values", "weights", "rest", "bias")}
    # Step 0 is the scaled picture.
    return {**places, "source": names.index(told["source"]) + 1, "count": told["count"], "units": units, "terms": terms}


def _logits(logits: np.ndarray | None, classes: int) -> list[float | None]:
    """One for every class, None where it has none of its own."""
    spoken = [] if logits is None else [float(value) for value in logits]
    return [None] * (classes - len(spoken)) + spoken
