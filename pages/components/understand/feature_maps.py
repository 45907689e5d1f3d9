"""The whole network for one picture: every layer's maps in columns, opened by a click, the answer at the end."""

from typing import Any

import numpy as np

from core.experiment.network import wires
from core.lens.feature_maps import LayerMaps
from core.lens.geometry import links
from core.lens.kernels import Kernels, LayerKernels
from pages.components.browser.component import component
from pages.components.browser.packet import Packet
from pages.components.understand.looking import Looking
from pages.components.understand.predictions import percent

PARTS = (
    *("shown_network", "graph", "marks", "layout", "terms", "scroller", "answer"),
    *("window_numbers", "convolved", "flow", "player", "window_sum", "map_pair", "map_join"),
    *("opened_map", "opened_answer", "connections", "answer_wires", "walk", "overview"),
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
        UserError: the kernels can't be had.
    """
    packet, chosen = Packet(), looking.chosen
    header = {
        "picture": {"shape": list(maps.pixels.shape), "pixels": packet.put(maps.pixels), "name": chosen.names[0]},
        "input": packet.put(np.moveaxis(maps.scaled, -1, 0)),
        "layers": _layers(looking, maps, _kernels(looking.ask(Kernels()), packet), packet),
        "first": looking.outline.telling([row.name for row in looking.outline.layers_with_maps] or [""]),
        "answer": _answer(looking, maps) | {"sum": _sum(looking, maps, packet)},
    }
    _maps(key=looking.key("feature-maps"), data=packet.seal(header))


def _layers(
    looking: Looking, maps: LayerMaps, kernels: dict[str, dict[str, Any]], packet: Packet
) -> list[dict[str, Any]]:
    """Every layer with its maps (planes one after another) and how it reads its input."""
    traced = looking.outline.trace
    layers = []
    for told, row, link in zip(maps.layers, traced.rows, links(traced.rows), strict=True):
        values, kernel = told["values"], kernels.get(row.name)
        # Sums are shown step by step where the kernels are known; a join does what it does to flat values too.
        does = row.layer.does if len(row.inputs) > 1 else link.does if kernel or link.does != "convolve" else ""
        layers.append(
            {
                **{name: told[name] for name in ("name", "kind", "shape")},
                "words": " · ".join(filter(None, (told["words"], wires(row, traced)))),
                "block": row.called if row.block else "",
                "stage": looking.outline.stages.get(row.name, ""),
                "isPart": row.base is not None,
                "sources": [source + 1 for source in traced.sources(row)],  # step 0 is the scaled picture
                "shown": values.shape[-1],
                "values": packet.put(np.moveaxis(values, -1, 0) if values.ndim == 3 else values),
                "low": float(values.min()),
                "high": float(values.max()),
                "link": link.to_json() | {"does": does},
                "activation": getattr(row.layer, "activation", ""),
                "kernel": kernel,
            }
        )
    return layers


def _kernels(kernels: LayerKernels, packet: Packet) -> dict[str, dict[str, Any]]:
    """The kernels by the name of their layer."""
    found = {}
    for told in kernels.layers:
        planes, bias = told["planes"], told["bias"]
        found[told["name"]] = {
            "values": packet.put(planes),
            "filters": planes.shape[0],
            "channels": planes.shape[1],
            "size": planes.shape[2:],
            "bias": None if bias is None else packet.put(bias),
            "product": bool(told["kernels_are"]),
        }
    return found


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


def _sum(looking: Looking, maps: LayerMaps, packet: Packet) -> dict[str, Any] | None:
    """How each logit comes about: terms one by one, their places and numbers (units, terms) within the packet."""
    if maps.last_sum is None:
        return None
    told, names = maps.last_sum, [row.name for row in looking.outline.trace.rows]
    units, terms = told["inputs"].shape
    places = {name: packet.put(told[name]) for name in ("inputs", "values", "weights", "rest", "bias")}
    # Step 0 is the scaled picture.
    return {**places, "source": names.index(told["source"]) + 1, "count": told["count"], "units": units, "terms": terms}


def _logits(logits: np.ndarray | None, classes: int) -> list[float | None]:
    """One for every class, None where it has none of its own."""
    spoken = [] if logits is None else [float(value) for value in logits]
    return [None] * (classes - len(spoken)) + spoken
