"""Which images are the same picture: equal ones, and those that were saved again, resized or mirrored.

Two images are near copies when they look alike small, when fine details stand in the same places, and when they are
much nearer to each other than to anything else: digits and shoes all look alike, and are no copies for that.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.datasets import images_at
from core.inspection.measuring import Measured, luma
from core.intake.pixels import fit_to

ALIKE = 0.97
"""Correlation of small versions from which on images may be copies; planted copies have 0.98 and more."""
NEARER = 0.3
"""So much nearer than the AMONG-th neighbour; planted copies of photos are nearer than 0.22."""
AMONG = 7
DETAIL = 0.45
"""Correlation of fine details; planted copies of half the size have 0.5 and more, other images about 0."""
SURE_ALIKE, SURE_DETAIL = 0.998, 0.97
"""From these on images are copies however many more there are, as in a burst."""
FLAT = 3.0
"""Standard deviation of a small version's values, 0..255, below which there is nothing to compare."""
DIMENSIONS, FITTED_ON = 96, 4000
"""Of the space in which neighbours are looked for, and images by which it is found."""
LEFT_OUT = 0.1
"""Of a correlation, what fewer dimensions may leave out."""
BLOCK = 8_000_000
"""Numbers of a block of similarities: 32 MB."""
DETAIL_SIDE = 64
"""px: details are compared at this size at most."""


@dataclass(frozen=True)
class Pair:
    """Two images that are one picture.

    Args:
        first, second: positions, the lower one first.
        how: "equal", "near" or "mirrored".
        distance: 0 for equal ones; sqrt(1 - correlation of the small versions).
    """

    first: int
    second: int
    how: str
    distance: float = 0.0


@dataclass(frozen=True)
class _Candidate:
    """Two images that look alike small; `lone` where they are much nearer to each other than to others."""

    first: int
    second: int
    mirrored: bool
    distance: float
    lone: bool


def equal_pairs(digests: np.ndarray, used: np.ndarray) -> list[Pair]:
    """Each image that repeats an earlier one, with the first of its like.

    Args:
        digests: uint8 (N, 16).
        used: positions that count, ascending.
    """
    first: dict[bytes, int] = {}
    pairs = []
    for position in used.tolist():
        known = first.setdefault(digests[position].tobytes(), position)
        if known != position:
            pairs.append(Pair(known, position, "equal"))
    return pairs


def near_pairs(
    known: Measured,
    images: np.ndarray,
    used: np.ndarray,
    *,
    mirrored: bool = True,
    tell: Callable[[float], None] = lambda part: None,
) -> list[Pair]:
    """Pairs of near copies, among images of which no two are equal.

    Args:
        known: what was measured.
        images: uint8 (N, H, W, C), to compare details.
        used: positions that count, ascending.
        mirrored: whether mirrored copies are looked for.
        tell: called with the part that is done, 0..1.
    """
    flat = _contrast(known.small, used) < FLAT
    used = used[~flat]
    if len(used) < 3:
        return []
    best: dict[tuple[int, int], _Candidate] = {}
    ways = (False, True) if mirrored else (False,)
    for one in _candidates(_Space(known.small, used), ways, tell):
        pair = (one.first, one.second)
        if pair not in best or (one.lone, -one.distance) > (best[pair].lone, -best[pair].distance):
            best[pair] = one
    return _with_same_details(images, [best[pair] for pair in sorted(best)])


def _contrast(small: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Standard deviation of each small version: float32 (n,)."""
    parts = [small[used[start : start + 4096]].reshape(-1, small[0].size) for start in range(0, len(used), 4096)]
    return np.concatenate([part.std(1) for part in parts]) if parts else np.zeros(0)


class _Space:
    """Small versions, brought to mean 0 and length 1, in fewer dimensions: the dot product is about the correlation.

    Args:
        small: uint8 (N, side, side, C).
        used: positions that count.
    """

    def __init__(self, small: np.ndarray, used: np.ndarray) -> None:
        self.small, self.used = small, used
        step = max(1, len(used) // FITTED_ON)
        sample = np.concatenate([self.units(used[::step], mirrored) for mirrored in (False, True)])
        _, directions = np.linalg.eigh(sample.T @ sample)
        self.basis = np.ascontiguousarray(directions[:, ::-1][:, :DIMENSIONS])
        starts = range(0, len(used), 4096)
        self.all = np.concatenate([self.units(used[start : start + 4096], False) @ self.basis for start in starts])

    def units(self, positions: np.ndarray, mirrored: bool) -> np.ndarray:
        """Vectors of mean 0 and length 1: float32 (n, side * side * C)."""
        values = self.small[positions].astype(np.float32)
        values = (values[:, :, ::-1] if mirrored else values).reshape(len(positions), -1)
        values -= values.mean(1, keepdims=True)
        return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-6)


def _candidates(space: _Space, ways: Sequence[bool], tell: Callable[[float], None]) -> Iterator[_Candidate]:
    """Pairs that look alike small; `ways` says whether they are looked for mirrored."""
    used, count = space.used, len(space.used)
    rows = max(1, min(4096, BLOCK // count))
    many = min(AMONG, count - 1)
    for start in range(0, count, rows):
        tell(start / count)
        here = used[start : start + rows]
        for mirrored in ways:
            given = space.units(here, mirrored)
            nearest, best = _nearest(given @ space.basis @ space.all.T, start, many)
            for place in np.flatnonzero(best >= ALIKE - LEFT_OUT):
                others = used[nearest[place]]
                yield from _judged(int(here[place]), others, space.units(others, False) @ given[place], mirrored)


def _nearest(alike: np.ndarray, start: int, many: int) -> tuple[np.ndarray, np.ndarray]:
    """The columns of the largest values of each row, but not of itself, int64 (n, many), and the largest (n,).

    Taking the largest one a few times is much quicker than to sort.
    """
    rows = np.arange(len(alike))
    alike[rows, start + rows] = -2
    found, best = [], None
    for _ in range(many):
        found.append(alike.argmax(1))
        best = alike[rows, found[-1]] if best is None else best
        alike[rows, found[-1]] = -2
    return np.stack(found, 1), best


def _judged(position: int, others: np.ndarray, alike: np.ndarray, mirrored: bool) -> Iterator[_Candidate]:
    """Those neighbours of an image that may be its copies."""
    distances = np.sqrt(np.maximum(0, 1 - alike))
    lone = distances < NEARER * distances.max()
    for place in np.flatnonzero((alike >= SURE_ALIKE) | (alike >= ALIKE) & lone):
        other = int(others[place])
        first, second = min(position, other), max(position, other)
        yield _Candidate(first, second, mirrored, float(distances[place]), bool(lone[place]))


def _with_same_details(images: np.ndarray, candidates: list[_Candidate]) -> list[Pair]:
    """Those whose fine details stand in the same places."""
    firsts = images_at(images, [one.first for one in candidates])
    seconds = images_at(images, [one.second for one in candidates])
    pairs = []
    for one, first, second in zip(candidates, firsts, seconds, strict=True):
        same = float((details(first) * details(second[:, ::-1] if one.mirrored else second)).sum())
        if same >= (DETAIL if one.lone else SURE_DETAIL):
            pairs.append(Pair(one.first, one.second, "mirrored" if one.mirrored else "near", one.distance))
    return pairs


def details(image: np.ndarray) -> np.ndarray:
    """An image without its coarse parts, brought to mean 0 and length 1: float32 (side, side).

    Args:
        image: uint8 (H, W, C).
    """
    side = min(DETAIL_SIDE, *image.shape[:2])
    grey = luma(image if image.shape[:2] == (side, side) else fit_to(image, side, side, image.shape[2]))
    wide = 2 * (max(2, side // 8) // 2) + 1
    padded = np.pad(grey, wide // 2, mode="edge").astype(np.float64)
    sums = np.pad(padded.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    coarse = (sums[wide:, wide:] - sums[:-wide, wide:] - sums[wide:, :-wide] + sums[:-wide, :-wide]) / wide**2
    fine = grey - coarse
    fine -= fine.mean()
    return fine / max(np.linalg.norm(fine), 1e-6)


def clusters(pairs: list[Pair]) -> list[tuple[int, ...]]:
    """Images that are one picture by way of some pairs: positions ascending, the first image's group first."""
    leader: dict[int, int] = {}

    def find(position: int) -> int:
        while leader.setdefault(position, position) != position:
            position = leader[position]
        return position

    for pair in pairs:
        one, other = find(pair.first), find(pair.second)
        leader[max(one, other)] = min(one, other)
    members: dict[int, list[int]] = {}
    for position in sorted(leader):
        members.setdefault(find(position), []).append(position)
    return [tuple(some) for some in members.values()]
