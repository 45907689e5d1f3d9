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
NEARER = 0.25
"""So much nearer than the AMONG-th neighbour; planted copies of photos are nearer than 0.22."""
ROUGHLY = 2.0
"""Times by which coarse waves may be wrong about that."""
AMONG = 7
DETAIL = 0.45
"""Correlation of fine details; planted copies of half the size have 0.5 and more, other images about 0."""
SURE_ALIKE, SURE_DETAIL = 0.998, 0.97
"""From these on images are copies however many more there are, as in a burst."""
FLAT = 3.0
"""Standard deviation of a small version's values, 0..255, below which there is nothing to compare."""
WAVES = (8, 6)
"""In each direction, of which neighbours are found: of one channel, and of each of three."""
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
    """Small versions in fewer dimensions, brought to length 1: the dot product is about the correlation.

    Args:
        small: uint8 (N, side, side, C).
        used: positions that count.
    """

    def __init__(self, small: np.ndarray, used: np.ndarray) -> None:
        self.small, self.used = small, used
        self.all = np.concatenate([self.rough(used[at : at + 4096]) for at in range(0, len(used), 4096)])

    def rough(self, positions: np.ndarray, mirrored: bool = False) -> np.ndarray:
        """Coarse waves of some images: float32 (n, dimensions)."""
        return _unit(waves(self.small[positions], mirrored))

    def exact(self, positions: np.ndarray, mirrored: bool = False) -> np.ndarray:
        """All pixels of their small versions: float32 (n, side * side * C)."""
        values = self.small[positions].astype(np.float32)
        return _unit((values[:, :, ::-1] if mirrored else values).reshape(len(positions), -1))


def _unit(values: np.ndarray) -> np.ndarray:
    """Rows of mean 0 and length 1."""
    values = values - values.mean(1, keepdims=True)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-6)


def waves(small: np.ndarray, mirrored: bool = False) -> np.ndarray:
    """The coarse waves of small versions, by the discrete cosine transform: float32 (n, waves * waves * C).

    Args:
        small: uint8 (n, side, side, C), 0..255.
        mirrored: whether of their mirror images; waves that are odd from left to right change their sign.

    Source: Ahmed, Natarajan, Rao: Discrete Cosine Transform (1974); its coarse part is what perceptual hashes keep.
    """
    side, channels = small.shape[1], small.shape[3]
    many = min(side, WAVES[channels > 1])
    places = (2 * np.arange(side) + 1)[None] * np.arange(many)[:, None]
    basis = np.cos(np.pi / (2 * side) * places).astype(np.float32)  # (waves, side)
    basis[0] *= np.float32(0.5**0.5)
    found = np.einsum("uy,nyxc,vx->nuvc", basis, small.astype(np.float32), basis, optimize=True)
    if mirrored:
        found[:, :, 1::2] *= -1
    return found.reshape(len(small), -1)


def _candidates(space: _Space, ways: Sequence[bool], tell: Callable[[float], None]) -> Iterator[_Candidate]:
    """Pairs that look alike small; `ways` says whether they are looked for mirrored."""
    count = len(space.used)
    rows, many = max(1, min(4096, BLOCK // count)), min(AMONG, count - 1)
    for start in range(0, count, rows):
        tell(start / count)
        here = np.arange(start, min(start + rows, count))
        around = _Around(space, here, many, mirrored=False)
        for mirrored in ways:
            found = _Around(space, here, many, mirrored=True) if mirrored else around
            for place in np.flatnonzero(found.best >= np.where(found.is_lone(around), ALIKE, SURE_ALIKE)):
                yield from _judged(space, int(here[place]), found.rows[place], around.rows[place], mirrored)


class _Around:
    """The nearest neighbours of some images, by their coarse waves.

    Taking the largest similarity a few times is much quicker than to sort.

    Args:
        space: of all images.
        here: rows of it.
        many: neighbours of each.
        mirrored: whether of their mirror images.
    """

    def __init__(self, space: _Space, here: np.ndarray, many: int, *, mirrored: bool) -> None:
        alike, lines = space.rough(space.used[here], mirrored) @ space.all.T, np.arange(len(here))
        alike[lines, here] = -2
        rows, values = [], []
        for _ in range(many):
            rows.append(alike.argmax(1))
            values.append(alike[lines, rows[-1]])
            alike[lines, rows[-1]] = -2
        self.rows, self.best, self.last = np.stack(rows, 1), values[0], values[-1]

    def is_lone(self, around: "_Around") -> np.ndarray:
        """Which may be much nearer than others are: bool (n,); coarse waves tell that roughly."""
        return 1 - self.best < (ROUGHLY * NEARER) ** 2 * (1 - np.minimum(around.last, 1))


def _judged(space: _Space, row: int, found: np.ndarray, around: np.ndarray, mirrored: bool) -> Iterator[_Candidate]:
    """Those neighbours of an image that may be its copies.

    How near others are is told by the image as it is: few shoes point to the right, and these look alike among many.
    """
    position, used = int(space.used[row]), space.used
    alike = space.exact(used[found]) @ space.exact(used[[row]], mirrored)[0]
    others = alike if not mirrored else space.exact(used[around]) @ space.exact(used[[row]])[0]
    distances = np.sqrt(np.maximum(0, 1 - alike))
    lone = distances < NEARER * np.sqrt(max(0.0, 1 - float(others.min())))
    for place in np.flatnonzero((alike >= SURE_ALIKE) | (alike >= ALIKE) & lone):
        other = int(used[found[place]])
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
