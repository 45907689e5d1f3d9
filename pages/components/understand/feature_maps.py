"""The whole network for one picture: every layer's maps in columns, opened by a click, the answer at the end."""

import hashlib
import json
from typing import Any

import numpy as np

from core.experiment import Experiment
from core.lens.geometry import links
from core.lens.kernels import as_planes
from pages.components.browser.component import component
from pages.components.understand.predictions import percent

PARTS = ("shown_network", "marks", "layout", "answer", "window_sum", "map_pair", "opened_map", "overview")

_maps = component(
    "feature_maps",
    "browser/signed",
    *(f"understand/maps/{part}" for part in PARTS),
    "understand/feature_maps",
    html="<div class='inside'></div>",
)


class Packet:
    """Arrays on their way to the browser as one run of bytes; a header tells where each begins."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0

    def put(self, values: np.ndarray) -> int:
        """Adds numbers as float32; returns the index of the first among all."""
        data = np.ascontiguousarray(values, np.float32).tobytes()
        self._pieces.append(data)
        self._length += len(data)
        return (self._length - len(data)) // 4

    def seal(self, header: dict[str, Any]) -> bytes:
        """The header's length (uint32, little endian), the header as JSON filled up to four bytes, the numbers."""
        numbers = b"".join(self._pieces)
        sign = hashlib.blake2b(json.dumps(header).encode() + numbers, digest_size=12).hexdigest()
        text = json.dumps({"sign": sign, **header}).encode()
        text += b" " * (-len(text) % 4)
        return len(text).to_bytes(4, "little") + text + numbers


def draw(experiment: Experiment, name: str, truth: int | None, maps: dict[str, Any], kernels: dict[str, Any]) -> None:
    """Draws it; what follows the pointer costs no round trip.

    Args:
        experiment: of the run.
        name: what to call the picture.
        truth: its class where it is known.
        maps: the lens' answer to "feature_maps".
        kernels: its answer to "kernels".
    """
    packet = Packet()
    seen = maps["seen"][0]
    header = {
        "picture": {"shape": list(seen.shape), "pixels": packet.put(seen), "name": name},
        "input": packet.put(np.moveaxis(maps["input"], -1, 0)),
        "layers": _layers(experiment, maps, _kernels(kernels, packet), packet),
        "answer": _answer(experiment, truth, maps),
    }
    _maps(key="feature-maps", data=packet.seal(header))


def _layers(
    experiment: Experiment, maps: dict[str, Any], kernels: dict[str, dict[str, Any]], packet: Packet
) -> list[dict[str, Any]]:
    """Every layer with its maps (planes one after another) and how it reads its input."""
    rows = experiment.trace(experiment.dataset.facts()).rows
    layers = []
    for i, (told, row, link) in enumerate(zip(maps["layers"], rows, links(rows), strict=True)):
        values = maps[f"map_{i}"]
        layers.append(
            {
                **told,
                "shown": values.shape[-1],
                "values": packet.put(np.moveaxis(values, -1, 0) if values.ndim == 3 else values),
                "low": float(values.min()),
                "high": float(values.max()),
                "link": link.to_json(),
                "activation": getattr(row.layer, "activation", ""),
                "kernel": kernels.get(told["name"]),
            }
        )
    return layers


def _kernels(kernels: dict[str, Any], packet: Packet) -> dict[str, dict[str, Any]]:
    """The kernels by the name of their layer, as `as_planes` gives them."""
    found = {}
    for i, told in enumerate(kernels["layers"]):
        planes = as_planes(kernels, i)
        bias = kernels.get(f"bias_{i}")
        found[told["name"]] = {
            "values": packet.put(planes),
            "filters": planes.shape[0],
            "channels": planes.shape[1],
            "size": planes.shape[2],
            "bias": None if bias is None else packet.put(bias),
            "product": told["kind"] == "SeparableConv2D",
        }
    return found


def _answer(experiment: Experiment, truth: int | None, maps: dict[str, Any]) -> dict[str, Any]:
    """Logit and probability of every class; two classes share one logit, which speaks for the second."""
    names = experiment.dataset.facts().class_names
    logits, probabilities = maps["logits"][0], maps["probabilities"][0]
    spoken = [None, float(logits[0])] if len(logits) < len(names) else [float(value) for value in logits]
    return {
        "activation": experiment.head(experiment.dataset.facts()).activation,
        "truth": truth,
        "classes": [
            {"name": name, "logit": logit, "share": float(share), "text": percent(float(share))}
            for name, logit, share in zip(names, spoken, probabilities, strict=True)
        ],
    }
