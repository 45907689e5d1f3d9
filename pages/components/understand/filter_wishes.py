"""What a filter wants: its kernel, the crops that excite it most, the image made to; or one filter at length."""

import hashlib
from typing import Annotated, Any

import numpy as np
import streamlit as st
from annotated_types import Ge, Lt

from core.datasets import images_at
from core.errors import UserError
from core.figures import results as figures
from core.lens.filter_wishes import PAGE, FilterWishes, WhatAFilterWants
from pages.components.browser import pixels
from pages.components.browser.component import component
from pages.components.browser.packet import Packet
from pages.components.frame import cached, sent, session
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import plain, say
from pages.components.understand import chosen_images
from pages.components.understand.looking import Looking

KEY, REFUSAL = "filter-wishes", "filter-wishes-refusal"
"""The component, and under which name the tab remembers why what it sent was refused."""
SENT = 96
"""px: longest side of an image or a crop on its way to the browser."""
COLUMNS = 18
"""Pictures of a sheet side by side."""
MOST = 100_000
"""Filters that a layer may have, and more."""
CLEAR = 1.5
"""A filter is for a class where its mean is so many times that of the others."""
CHART = {"displayModeBar": False}

_component = component(
    KEY,
    "browser/signed",
    "browser/gestures",
    "understand/filter_pictures",
    "understand/filter_wishes",
    html="<div class='wishes'></div><div class='whole-image'></div>",
)


def draw(found: FilterWishes, looking: Looking) -> None:
    """Draws a page of filters, or the one that is opened.

    Args:
        found: as the lens gave it.
        looking: at which network.

    Raises:
        UserError: its images are not there.
    """
    if refusal := session.remember(REFUSAL):
        session.keep(REFUSAL, None)
        st.warning(plain(refusal))
    experiment = looking.run.experiment
    data = cached.data(experiment.dataset, experiment.training.validation_split, experiment.seed)
    names = looking.outline.facts.class_names
    packet, gestures = Packet(), _GESTURES[looking.side]
    sheets = _sheets(found, data.images)
    header = {
        "layer": found.layer,
        "noun": found.noun,
        "count": found.count,
        "first": found.first,
        "page": PAGE,
        "opened": found.is_opened,
        "seen": found.seen,
        "of": found.of,
        "names": list(names),
        "image": list(looking.outline.facts.shape[:2]),
        "sees": _sees(found),
        "filters": [_filter(one, data.labels, packet) for one in found.filters],
        "sheets": sheets,
    }
    content = hashlib.blake2b(packet.seal(header), digest_size=12).hexdigest()  # the same until something else is shown
    _component(
        key=looking.key(KEY),
        data=packet.seal({**header, "content": content, "gestures": gestures.data()}),
        on_gestures_change=gestures.take,
    )
    if found.is_opened:
        _opened(found, names, looking)


def _sees(found: FilterWishes) -> list[int]:
    """Rows and columns of the largest part that is seen."""
    every = np.concatenate([one["frames"].reshape(-1, 4) for one in found.filters])
    made = np.array([one["made"].shape[:2] for one in found.filters])
    if not len(every):
        return made.max(0).tolist()
    return np.maximum(made.max(0), [(every[:, 1] - every[:, 0]).max(), (every[:, 3] - every[:, 2]).max()]).tolist()


def _filter(one: dict[str, Any], labels: np.ndarray, packet: Packet) -> dict[str, Any]:
    """One filter without its pictures, which lie in the sheets in the same order."""
    kernel = one["kernel"]
    told = {
        "index": one["index"],
        "kernel": kernel and _kernel(kernel, packet),
        "peaks": packet.put(one["peaks"]),
        "frames": one["frames"].tolist(),
        "positions": one["positions"].tolist(),
        "labels": labels[one["positions"]].tolist(),
        "means": [None if np.isnan(mean) else round(float(mean), 6) for mean in one["means"]],
        "isFor": is_for(one["means"]),
        "made": list(one["made"].shape[:2]),
        "madePeak": one["made_peak"],
        "begunPeak": one["begun_peak"],
    }
    if "strip" in one:
        told |= {"epochs": list(one["epochs"]), "strip": packet.put(one["strip"]), "strips": list(one["strip"].shape)}
    return told


def _kernel(kernel: dict[str, Any], packet: Packet) -> dict[str, Any]:
    """The weights of one filter."""
    return {
        "planes": packet.put(kernel["planes"]),
        "shape": list(kernel["planes"].shape),
        "inputs": kernel["inputs"].tolist(),
        "count": kernel["count"],
        "colours": kernel["colours"],
    }


def _sheets(found: FilterWishes, images: np.ndarray) -> dict[str, Any]:
    """All pictures, by three kinds: whole images, the parts of them that are seen, and what was made."""
    positions = np.concatenate([one["positions"] for one in found.filters])
    frames = np.concatenate([one["frames"].reshape(-1, 4) for one in found.filters])
    made = [one["made"] for one in found.filters]
    every = dict(zip(np.unique(positions).tolist(), images_at(images, np.unique(positions)), strict=True))
    whole = [every[int(position)] for position in positions]
    crops = [image[a:b, c:d] for image, (a, b, c, d) in zip(whole, frames, strict=True)]
    return {"whole": _sheet(whole), "crops": _sheet(crops), "made": _sheet(made)}


def _sheet(pictures: list[np.ndarray]) -> dict[str, Any]:
    """Pictures of any size as one PNG; each lies at the top left of its place, and its own `sizes` are told too."""
    if not pictures:
        return {"uri": "", "size": [1, 1], "columns": COLUMNS, "count": 0, "sizes": []}
    sides = np.array([one.shape[:2] for one in pictures])
    height, width = np.maximum(sides.max(0), 1)
    room = np.zeros((len(pictures), height, width, pictures[0].shape[2]), np.uint8)
    for place, one in zip(room, pictures, strict=True):
        place[: one.shape[0], : one.shape[1]] = one
    small = pixels.reduced(room, SENT)
    factor = -(-max(height, width) // SENT)
    return {
        "uri": pixels.sheet_uri(small, COLUMNS),
        "size": [small.shape[2], small.shape[1]],
        "columns": COLUMNS,
        "count": len(pictures),
        "sizes": (sides // factor).tolist(),
    }


def _opened(found: FilterWishes, names: tuple[str, ...], looking: Looking) -> None:
    """What stands below the pictures of an opened filter: its mean for each class, and the images that excite it."""
    one = found.filters[0]
    st.markdown(say("**{}**", answers_most(one["means"], names, found.noun)))
    if not np.isnan(one["means"]).all():
        chart = figures.bars(np.nan_to_num(one["means"]), names, f"mean of the {found.noun}", "class")
        st.plotly_chart(chart, key=looking.key("filter-means"), config=CHART, alt="Its mean for each class")
    if len(one["positions"]):
        chosen_images.show(looking, one["positions"], f"The images that excite {_called(found)} most", "as they come")


def _called(found: FilterWishes) -> str:
    return f"this {found.noun}" if found.noun == "class" else f"{found.noun} {found.first + 1}"


def is_for(means: np.ndarray) -> int | None:
    """The class that a filter answers to far more than to the others; None where there is none.

    Args:
        means: float32 (classes,), its mean over the images of each class; NaN for a class without one.
    """
    best, others = _best(means)
    if best is None or not means[best] or (len(others) and others.min() >= 0 and means[best] < CLEAR * others.mean()):
        return None
    return best


def _best(means: np.ndarray) -> tuple[int | None, np.ndarray]:
    """The class with the highest mean, and the means of the others."""
    known = np.flatnonzero(~np.isnan(means))
    if not len(known):
        return None, means[:0]
    best = int(known[means[known].argmax()])
    return best, means[known[known != best]]


def answers_most(means: np.ndarray, names: tuple[str, ...], noun: str) -> str:
    """For which class a filter is, as far as its means tell.

    Args:
        means: as for `is_for`.
        names: of the classes.
        noun: "filter", "unit" ...
    """
    best, others = _best(means)
    if best is None or not np.nan_to_num(means).any():
        return f"This {noun} answers to no class: its mean is 0 for all of them."
    if not len(others) or others.min() < 0 or not others.any():
        return f"This {noun} answers most to {names[best]}: its mean there is {means[best]:.3g}."
    times = f"{means[best] / others.mean():.3g} times that of the others"
    if is_for(means) is None:
        return f"This {noun} answers to all classes much alike; its mean is highest for {names[best]}, {times}."
    return f"This {noun} is for {names[best]}: there its mean is {times}."


class Pressed(sent.Shape):
    """A gesture: a filter to open, -1 to close it, or a page."""

    layer: sent.Name
    opened: Annotated[int, Ge(-1), Lt(MOST)] = -1
    page: Annotated[int, Ge(0), Lt(MOST)] = 0


def _do(gesture: dict[str, Any]) -> None:
    """Remembers what was pressed; the lens is asked anew by it."""
    try:
        asked = sent.read(Pressed, gesture)
    except UserError as error:
        session.keep(REFUSAL, str(error))
        return
    lens = WhatAFilterWants(layer=asked.layer, within=asked.layer, page=asked.page, opened=asked.opened)
    session.keep(f"lens-{lens.question}", lens)


_GESTURES = {side: Gestures(key, _do, REFUSAL) for side, key in enumerate((KEY, f"{KEY}-beside"))}
"""Of the network on the left, and of the one beside."""
