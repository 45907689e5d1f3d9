"""Which part of the image every value of a layer sees: its receptive field, followed from layer to layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from core.layers import Layer, Reach, Shape


@dataclass(frozen=True, eq=False)
class Seen:
    """Along one side of the image, the part behind each place of a layer's maps; nothing outside the image counts.

    Args:
        starts, ends: int (places,), px of the image, ends excluded; a place that sees nothing ends where it starts.
    """

    starts: np.ndarray
    ends: np.ndarray

    @cached_property
    def is_plain(self) -> bool:
        """Whether every place sees something, and none less far on than the place before it."""
        moves_on = (np.diff(self.starts) >= 0).all() and (np.diff(self.ends) >= 0).all()
        return bool(moves_on and (self.ends > self.starts).all())

    @property
    def size(self) -> int:
        """Length of the longest part, px."""
        return int((self.ends - self.starts).max(initial=0))

    def at(self, place: int) -> tuple[int, int]:
        """What one place sees: first px, and the first one after it."""
        return int(self.starts[place]), int(self.ends[place])

    def all(self) -> "Seen":
        """One place that sees what all of these see together."""
        full = self.ends > self.starts
        if not full.any():
            return Seen(np.zeros(1, int), np.zeros(1, int))
        return Seen(self.starts[full].min(keepdims=True), self.ends[full].max(keepdims=True))

    def through(self, reach: Reach, made: int) -> "Seen":
        """What the places of the next layer see.

        Args:
            reach: which of these places each of them reads.
            made: how many they are.
        """
        if reach == Reach() and made == len(self.starts):
            return self
        first, final, is_full = _places(reach, len(self.starts), made)
        if not self.is_plain:
            return self._one_by_one([slice(a, b + 1, reach.gap) for a, b in zip(first, final, strict=True)])
        if is_full:
            return Seen(self.starts[first], self.ends[final])
        full, last = first <= final, len(self.starts) - 1
        starts, ends = self.starts[np.minimum(first, last)], self.ends[np.maximum(final, 0)]
        return Seen(np.where(full, starts, 0), np.where(full, ends, 0))

    def _one_by_one(self, reads: list[slice]) -> "Seen":
        """`through`, where the outermost places do not tell: each looks through all that it reads."""
        parts = [Seen(self.starts[read], self.ends[read]).all() for read in reads]
        return Seen(np.concatenate([one.starts for one in parts]), np.concatenate([one.ends for one in parts]))

    def joined(self, other: "Seen") -> "Seen":
        """What each place sees through either of two layers; a single place stands for all of the other's."""
        places = {len(self.starts), len(other.starts)}
        if len(places - {1}) > 1:
            return self.all().joined(other.all())
        mine, others = self.ends > self.starts, other.ends > other.starts
        starts = np.where(
            mine & others, np.minimum(self.starts, other.starts), np.where(mine, self.starts, other.starts)
        )
        ends = np.where(mine & others, np.maximum(self.ends, other.ends), np.where(mine, self.ends, other.ends))
        return Seen(starts, ends)


@lru_cache(maxsize=1024)
def _places(reach: Reach, length: int, made: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """The first and the last place that each of `made` outputs reads of `length`, and whether all read some."""
    steps = np.arange(made) * reach.stride
    first, final = (steps + reach.first) // reach.per, (steps + reach.last) // reach.per
    first = np.where(first < 0, first % reach.gap, first)
    final = np.where(final >= length, length - 1 - (length - 1 - first) % reach.gap, final)
    return first, np.maximum(final, -1), bool((first <= final).all() and (first < length).all())


Field = tuple[Seen, Seen]
"""Along the rows of the image, along its columns."""


def of_image(shape: Shape) -> Field:
    """Every px of an image sees itself."""
    rows, columns = (Seen(np.arange(side), np.arange(side) + 1) for side in shape[:2])
    return rows, columns


def after(layer: Layer, before: Sequence[Field], shapes: Sequence[Shape], made: Shape) -> Field:
    """What the values of a layer see.

    Args:
        layer: which.
        before: what the values of each of its inputs see.
        shapes: of its inputs.
        made: its own.
    """
    found = [_through(layer, field, shape, made) for field, shape in zip(before, shapes, strict=True)]
    rows, columns = found[0]
    for more in found[1:]:
        rows, columns = rows.joined(more[0]), columns.joined(more[1])
    return rows, columns


def _through(layer: Layer, field: Field, shape: Shape, made: Shape) -> Field:
    """What the values of a layer see through one of its inputs; flat values keep the places that they came from."""
    is_mixed = len(shape) == 3 and layer.reads in ("everything", "reshaped", "permuted") or len(made) > len(shape)
    if layer.window(shape).whole or is_mixed:
        places = made[:2] if len(made) == 3 else (1, 1)
        rows, columns = (_spread(seen.all(), count) for seen, count in zip(field, places, strict=True))
        return rows, columns
    if len(shape) != 3 or len(made) != 3:
        return field
    if len(shape) == 3 and layer.takes[1] > 1:
        return field
    sides = zip(field, layer.reach(shape), made, strict=False)
    rows, columns = (seen.through(reach, count) for seen, reach, count in sides)
    return rows, columns


def _spread(seen: Seen, count: int) -> Seen:
    """One place as so many that see the same."""
    return Seen(np.repeat(seen.starts, count), np.repeat(seen.ends, count))
