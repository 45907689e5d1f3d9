"""What a filter wants: its kernel, the parts of images that excite it most, and the image made to excite it."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.build.weights import of_layer
from core.experiment.network import Row
from core.lens import Compatibility, Lens, Outline, Result
from core.lens.ascent import STEPS, Recipe, centre_of, wished
from core.lens.excitation import Excited, count_looked_at, excited, looked_at, places_of, wanting
from core.lens.network import Network
from core.lens.of_set import MOMENT
from core.lens.own_kernels import kernel_planes, own_kernels
from core.spec import option

PAGE = 12
"""Filters side by side."""
CROPS, MORE_CROPS = 9, 36
"""Crops of each filter of a page, and of one that is opened."""
FORTH_AND_BACK = 3
"""A step of maximisation takes as long as so many answers."""
SEED = 17
"""Of the noise that maximisation begins with: the same for every filter and epoch."""


@dataclass(frozen=True, eq=False)
class FilterWishes(Result):
    """A page of filters, or one that is opened.

    Args:
        layer: its name.
        noun: what its filters are called: "filter", "unit", "class" or "map".
        count: how many it has.
        first: index of the first one told here.
        is_opened: whether one is told at length.
        seen, of: images that were looked at, and training images in all.
        filters: of each
            `index`;
            `kernel`, as `OwnKernels.of` tells it, None without one;
            `positions` int64 (n,), of the images that excite it most, the first most of all; none where it is always 0;
            `frames` int32 (n, 4), the part of each that it sees: top, bottom, left, right in px, ends excluded;
            `peaks` float32 (n,), its value there;
            `means` float32 (classes,), its mean over the images of each class, NaN for a class without one;
            `made` uint8 (h, w, channels), what maximisation came to within what it sees; `made_peak` and `begun_peak`,
            its value there and before the first step;
            of one that is opened in the first convolution `epochs`, all that are kept, and `strip` float32 (epochs,
            planes, rows, columns), its kernel after each.
    """

    layer: str
    noun: str
    count: int
    first: int
    is_opened: bool
    seen: int
    of: int
    filters: tuple[dict[str, Any], ...]


class WhatAFilterWants(Lens):
    """Side by side: its kernel, the crops of training images that excite it most, and the image that maximises it."""

    question: ClassVar[str] = "filter_wishes"
    needs_images: ClassVar[bool] = False
    through_time: ClassVar[bool] = True
    rank: ClassVar[int] = 30

    layer: str = option("", "The layer whose filters, units or classes are looked at.")
    page: int = option(0, "Which page of filters, 0 for the first.", low=0, shown=False)
    opened: int = option(-1, "The filter that is opened, 0 for the first; -1 for none.", low=-1, shown=False)
    within: str = option("", "The layer that page and opened are of.", shown=False)

    @classmethod
    def title(cls) -> str:
        return "What a filter wants"

    @classmethod
    def is_compatible(cls, outline: Outline) -> Compatibility:
        return Compatibility("" if outline.facts.count else "Without images nothing can excite a filter.")

    @classmethod
    def choices(cls, outline: Outline) -> dict[str, tuple[str, ...]]:
        return {"layer": tuple(row.name for row in wanting(outline))}

    def is_long(self, outline: Outline) -> bool:
        climbs = PAGE * STEPS * FORTH_AND_BACK
        return outline.trace.multiply_adds * (min(count_looked_at(outline), outline.facts.count) + climbs) > MOMENT

    def look(self, network: Network, images: np.ndarray) -> FilterWishes:
        row = next(row for row in network.rows if row.name == self.layer)
        found = excited(network)[row.name]
        count = len(found.peaks)
        own = self.within == row.name
        is_opened = own and 0 <= self.opened < count
        first = self.opened if is_opened else PAGE * min(self.page if own else 0, (count - 1) // PAGE)
        maps = np.arange(first, first + 1 if is_opened else min(count, first + PAGE))
        data, positions = looked_at(network)
        filters = _told(network, row, found, maps, MORE_CROPS if is_opened else CROPS)
        if is_opened:
            filters[0] |= _strip(network, row, first)
        noun = noun_of(network.outline, row)
        return FilterWishes(
            row.name, noun, count, int(first), is_opened, len(positions), len(data.train), tuple(filters)
        )


def noun_of(outline: Outline, row: Row) -> str:
    """What the maps of a layer are called."""
    if row is outline.trace.rows[-1]:
        return "class"
    if len(row.output_shape) == 1:
        return "unit"
    return "filter" if row.layer.does == "convolve" or row.layer.family == "Convolution" else "map"


def _told(network: Network, row: Row, found: Excited, maps: np.ndarray, crops: int) -> list[dict[str, Any]]:
    """What is told of some filters."""
    data, _ = looked_at(network)
    positions = found.positions[maps, :crops]  # (maps, n)
    each = np.repeat(maps, positions.shape[1])
    shown = np.asarray(data.images[positions.reshape(-1)]) if positions.size else np.zeros((0, *network.facts.shape))
    places, _ = places_of(network, row, shown.astype(np.uint8), each)
    frames = frames_of(row, places).reshape(*positions.shape, 4)
    recipe = Recipe.of(network.facts.shape, len(maps), row.receptive_field, SEED)
    made = wished(network, row, maps, recipe)
    _, ends = places_of(network, row, made, maps)
    _, starts = places_of(network, row, np.rint(255 * recipe.start).astype(np.uint8), maps)
    top, bottom, left, right = frames_of(row, np.array([centre_of(row) or (0, 0)]))[0]
    kernels = own_kernels(network, row)
    lit = found.peaks[maps, :crops] != 0  # a relu that stays at 0 is excited by nothing
    return [
        {
            "index": int(index),
            "kernel": kernels.of(index) if kernels else None,
            "positions": positions[i, lit[i]],
            "frames": frames[i, lit[i]],
            "peaks": found.peaks[index, :crops][lit[i]],
            "means": found.means[index],
            "made": np.ascontiguousarray(made[i, top:bottom, left:right]),
            "made_peak": float(ends[i]),
            "begun_peak": float(starts[i]),
        }
        for i, index in enumerate(maps)
    ]


def frames_of(row: Row, places: np.ndarray) -> np.ndarray:
    """The part of the image that values of a layer see: int32 (n, 4), top, bottom, left, right in px, ends excluded;
    all zeros where one sees padding only.

    Args:
        row: of the layer.
        places: int (n, 2), row and column in its maps; of a flat layer whatever they are.
    """
    down, across = row.field if len(row.output_shape) == 3 else (seen.all() for seen in row.field)
    y, x = places.T if len(row.output_shape) == 3 else 0 * places.T
    return np.stack([down.starts[y], down.ends[y], across.starts[x], across.ends[x]], 1).astype(np.int32)


def _strip(network: Network, row: Row, index: int) -> dict[str, Any]:
    """A filter of the first convolution after every kept epoch; nothing for others."""
    kernels = own_kernels(network, row)
    first = next((one for one in network.rows if one.layer.family == "Convolution"), None)
    if kernels is None or kernels.row is not first:
        return {}
    name, found = kernels.row.name, {}
    for epoch, weights in network.moments():
        if own := of_layer(weights, name):  # of the oldest format nothing is any layer's
            found[epoch] = kernel_planes(network, kernels.row, own)[index]
    if not found:
        return {}
    return {"epochs": list(found), "strip": np.stack(list(found.values())).astype(np.float32)}
