"""Thirty kinds of things drawn by formula, each in another pose every time: animals, hands, people, furniture, plants.

A thing is a list of parts, back to front: the corners of an outline, float (n, 2), in a square from -1 to 1 with y
downwards, and which of its three colours fills it.
"""

from collections.abc import Callable

import numpy as np

Part = tuple[np.ndarray, int]
Draw = Callable[[np.random.Generator], list[Part]]
DOWN, UP, RIGHT = np.pi / 2, -np.pi / 2, 0.0


def at(x: float, y: float) -> np.ndarray:
    return np.array([x, y], float)


def towards(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle)])


def oval(centre: np.ndarray, wide: float, high: float, turn: float = 0.0) -> np.ndarray:
    """An ellipse with two radii, turned."""
    angles = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    along, across = np.cos(angles)[:, None] * wide, np.sin(angles)[:, None] * high
    return centre + along * towards(turn) + across * towards(turn + np.pi / 2)


def capsule(start: np.ndarray, end: np.ndarray, thick: float, thin: float, points: int = 10) -> np.ndarray:
    """A limb: a thick round end, a thin round end, each of so many points."""
    turn = np.arctan2(*(end - start)[::-1])
    first = turn + np.linspace(np.pi / 2, 3 * np.pi / 2, points)
    second = turn + np.linspace(-np.pi / 2, np.pi / 2, points)
    ends = [(start, thick, first), (end, thin, second)]
    return np.concatenate([point + size * np.stack([np.cos(a), np.sin(a)], -1) for point, size, a in ends])


def quad(centre: np.ndarray, wide: float, high: float, narrow: float = 1.0, turn: float = 0.0) -> np.ndarray:
    """A box, its upper side `narrow` times as wide, turned."""
    corners = np.array([(-narrow, -1), (narrow, -1), (1, 1), (-1, 1)], float) * (wide, high)
    return centre + corners[:, :1] * towards(turn) + corners[:, 1:] * towards(turn + np.pi / 2)


def limb(joint: np.ndarray, angles: tuple[float, ...], long: float, thick: float, colour: int) -> list[Part]:
    """Parts one after another, each thinner."""
    parts = []
    for angle in angles:
        end = joint + long * towards(angle)
        parts.append((capsule(joint, end, thick, 0.75 * thick), colour))
        joint, thick = end, 0.75 * thick
    return parts


def _four_legged(rng: np.random.Generator, leg: float, neck: float, girth: float, head: float) -> list[Part]:
    front, back = at(0.5, -0.1), at(-0.5, -0.1)
    thick = rng.uniform(0.08, 0.13)
    far, near = [], []
    for side in (far, near):
        for hip in (front, back):
            swing = rng.normal(0, 0.3)
            bend = swing + rng.normal(0.1, 0.25)
            side += limb(hip + at(rng.normal(0, 0.05), 0.1), (DOWN + swing, DOWN + bend), leg / 2, thick, 0)
    lift = rng.normal(-0.9, 0.35)
    nape = front + neck * towards(lift) + at(0.05, -0.1)
    nose = rng.normal(0.5, 0.35)
    tail = limb(
        back + at(-0.15, -0.1), (rng.uniform(1.6, 3.6), rng.uniform(1.4, 2.6)), rng.uniform(0.15, 0.35), 0.06, 1
    )
    face = capsule(nape, nape + head * 1.6 * towards(nose), head, head * rng.uniform(0.5, 0.8))
    ears = [(capsule(nape, nape + towards(UP + a) * head * 1.8, head * 0.35, 0.02), 0) for a in (-0.3, 0.2)]
    mane = [(capsule(front + at(-0.1, -0.2), nape - at(0.05, 0.05), 0.14, 0.1), 1)] if neck > 0.4 else []
    trunk = [(capsule(back, front, girth, girth * rng.uniform(0.85, 1.1)), 0)]
    throat = [(capsule(front, nape, girth * 0.75, head), 0)]
    return [*far, *tail, *mane, *trunk, *throat, *ears, (face, 0), *near]


def tall_animal(rng: np.random.Generator) -> list[Part]:
    return _four_legged(rng, rng.uniform(0.75, 1.05), rng.uniform(0.45, 0.7), rng.uniform(0.22, 0.32), 0.13)


def low_animal(rng: np.random.Generator) -> list[Part]:
    return _four_legged(rng, rng.uniform(0.35, 0.55), rng.uniform(0.1, 0.3), rng.uniform(0.22, 0.35), 0.2)


def person(rng: np.random.Generator) -> list[Part]:
    hip, chest, wide = at(rng.normal(0, 0.04), 0.1), at(0, -0.45), rng.uniform(0.16, 0.24)
    legs, arms = [], []
    for side in (-1, 1):
        swing = side * abs(rng.normal(0.12, 0.15))
        legs += limb(hip + at(side * 0.1, 0), (DOWN - swing, DOWN - swing + rng.normal(0, 0.15)), 0.42, 0.12, 1)
        rise = side * rng.choice((rng.uniform(0, 0.5), rng.uniform(0, 2.6)))
        arms += limb(
            chest + at(side * wide, 0), (DOWN - rise, DOWN - rise - side * rng.uniform(-0.2, 1.3)), 0.3, 0.08, 2
        )
    if rng.random() < 0.3:
        legs = [*legs, (quad(hip + at(0, 0.2), 0.32, 0.3, 0.55), 1)]
    head = chest + at(rng.normal(0, 0.03), -0.33)
    hair = [(oval(head - at(0, 0.04), 0.17, rng.uniform(0.17, 0.3)), 1)]
    trunk = [(capsule(chest, hip, wide, wide * rng.uniform(0.7, 0.95)), 0)]
    return [*legs, *hair, *trunk, *arms, (capsule(chest, head, 0.07, 0.07), 2), (oval(head, 0.13, 0.16), 2)]


def bust(rng: np.random.Generator) -> list[Part]:
    head, wide = at(rng.normal(0, 0.06), -0.25), rng.uniform(0.36, 0.46)
    parts = [(oval(head - at(0, 0.08), wide * 1.15, rng.uniform(0.5, 0.8)), 1), (oval(at(0, 1.0), 0.85, 0.55), 0)]
    parts += [(capsule(head, at(0, 0.6), 0.22, 0.22), 2), (oval(head, wide, 0.5), 2)]
    parts += [(oval(head + at(side * 0.16, -0.06), 0.06, 0.035), 1) for side in (-1, 1)]
    return [
        *parts,
        (oval(head + at(0, 0.26), rng.uniform(0.08, 0.18), 0.03), 0),
        (oval(head + at(0, 0.1), 0.05, 0.08), 2),
    ]


def _hand(rng: np.random.Generator, out: tuple[int, ...], thumb: bool) -> list[Part]:
    """A palm on an arm from below; fingers that are out are long, the others short knuckles."""
    wide, fan = rng.uniform(0.26, 0.34), rng.uniform(0.05, 0.26)
    parts = [(capsule(at(rng.normal(0, 0.05), 1.6), at(0, 0.45), 0.24, 0.2), 0)]
    palm = [(capsule(at(0, 0.3), at(0, 0.02), wide, wide * 1.05), 0)]
    fingers, knuckles = [], []
    for finger in range(4):
        root = at((finger - 1.5) * wide * 0.56, -0.12 + 0.05 * abs(finger - 1.4))
        angle = UP + fan * (finger - 1.5) + rng.normal(0, 0.05)
        if finger in out:
            long = (0.3, 0.34, 0.32, 0.25)[finger] * rng.uniform(0.9, 1.15)
            fingers += limb(root, (angle, angle + rng.normal(0, 0.06)), long, wide * 0.27, 0)
        else:
            knuckles.append((capsule(root, root + at(0, 0.22), wide * 0.29, wide * 0.27), 0))
    root, angle = at(-wide * 0.8, 0.25), rng.uniform(3.6, 4.3) if thumb else rng.uniform(5.2, 6)
    return [
        *parts,
        *fingers,
        *palm,
        *knuckles,
        *limb(root, (angle, angle + (0.1 if thumb else 0.6)), 0.27, wide * 0.32, 0),
    ]


def fist(rng: np.random.Generator) -> list[Part]:
    return _hand(rng, (), False)


def open_hand(rng: np.random.Generator) -> list[Part]:
    return _hand(rng, (0, 1, 2, 3), True)


def two_fingers(rng: np.random.Generator) -> list[Part]:
    return _hand(rng, (0, 1), False)


def one_finger(rng: np.random.Generator) -> list[Part]:
    return _hand(rng, (0,), bool(rng.random() < 0.5))


def bird(rng: np.random.Generator) -> list[Part]:
    head = at(0.5, rng.uniform(-0.5, -0.2))
    wing = at(-0.1, -0.1) + np.array([(-0.3, 0), (0.3, 0), (rng.uniform(-0.6, 0.2), rng.uniform(-0.9, 0.7))])
    tail = np.array([(-0.4, 0), (-1, rng.uniform(-0.2, 0.3)), (-0.9, 0.35)])
    legs = [part for x in (-0.05, 0.1) for part in limb(at(x, 0.2), (DOWN + rng.normal(0, 0.2),), 0.45, 0.03, 2)]
    beak = head + np.array([(0.1, -0.08), (0.1, 0.08), (0.4, 0.03)])
    return [*legs, (tail, 1), (oval(at(0, 0), 0.55, 0.32, -0.2), 0), (beak, 2), (oval(head, 0.2, 0.18), 0), (wing, 1)]


def fish(rng: np.random.Generator) -> list[Part]:
    tail = np.array([(-0.5, 0), (-1, -0.4), (-0.85, 0), (-1, 0.4)])
    fin = np.array([(-0.2, -0.2), (0.3, -0.25), (0, rng.uniform(-0.75, -0.45))])
    return [
        (tail, 1),
        (fin, 1),
        (oval(at(0, 0), 0.7, rng.uniform(0.25, 0.45)), 0),
        (oval(at(0.45, -0.08), 0.06, 0.06), 2),
    ]


def crawler(rng: np.random.Generator) -> list[Part]:
    pairs, parts = int(rng.integers(3, 5)), []
    for pair in range(pairs):
        for side in (-1, 1):
            angle = side * (0.5 + 1.9 * pair / pairs + rng.normal(0, 0.1))
            parts += limb(at(0.25 - 0.5 * pair / pairs, 0), (angle, angle + side * 0.5), 0.42, 0.045, 1)
    return [
        *parts,
        (oval(at(-0.4, 0), 0.4, 0.28), 0),
        (oval(at(0.1, 0), 0.24, 0.2), 2),
        (oval(at(0.42, 0), 0.17, 0.17), 0),
    ]


def snake(rng: np.random.Generator) -> list[Part]:
    x = np.linspace(-0.95, 0.9, 14)
    y = rng.uniform(0.2, 0.5) * np.sin(x * rng.uniform(3, 7) + rng.uniform(0, 6))
    points = np.stack([x, y], -1)
    size = np.linspace(0.04, rng.uniform(0.1, 0.18), 14)
    parts = [(capsule(points[i], points[i + 1], size[i], size[i + 1]), i % 2) for i in range(13)]
    return [*parts, (oval(points[-1] + at(0.1, 0), 0.2, 0.13), 0)]


def tree(rng: np.random.Generator) -> list[Part]:
    parts = [(quad(at(0, 0.6), 0.13, 0.45, 0.7), 1)]
    for _ in range(rng.integers(4, 9)):
        parts.append(
            (oval(at(*rng.normal(0, 0.25, 2)) - at(0, 0.35), *rng.uniform(0.22, 0.45, 2)), int(rng.choice((0, 0, 2))))
        )
    return parts


def fir(rng: np.random.Generator) -> list[Part]:
    parts, tiers = [(quad(at(0, 0.8), 0.1, 0.25), 1)], int(rng.integers(2, 5))
    for tier in range(tiers):
        centre, wide = at(0, 0.45 - 1.1 * tier / tiers), 0.7 - 0.4 * tier / tiers
        parts.append((quad(centre, wide, 0.4, 0.05), 0))
    return parts


def flower(rng: np.random.Generator) -> list[Part]:
    count, long = int(rng.integers(5, 14)), rng.uniform(0.25, 0.42)
    middle = at(0, -0.3)
    stem = limb(middle, (DOWN + rng.normal(0, 0.15), DOWN), 0.6, 0.05, 2)
    turns = np.arange(count) * 2 * np.pi / count
    petals = [
        (oval(middle + long * 1.1 * towards(turn), long, rng.uniform(0.6, 1.3) * 1.6 * long / count**0.6, turn), 0)
        for turn in turns
    ]
    return [*stem, *petals, (oval(middle, 0.18, 0.18), 1)]


def leaf(rng: np.random.Generator) -> list[Part]:
    wide = rng.uniform(0.15, 0.35)
    blades = [at(0, -0.7 + 0.35 * i) for i in range(1, 5)]
    sides = [(oval(p + s * at(0.35, -0.08), 0.36, wide * 0.6, -s * 0.5), 0) for p in blades for s in (-1, 1)]
    return [*limb(at(0, 0.95), (UP,), 1.7, 0.05, 1), *sides, (oval(at(0, -0.75), wide * 0.6, 0.3), 0)]


def cup(rng: np.random.Generator) -> list[Part]:
    high, wide = rng.uniform(0.4, 0.6), rng.uniform(0.35, 0.5)
    ring = [(oval(at(wide, 0), 0.33, 0.3), 0), (oval(at(wide, 0), 0.2, 0.18), 2)]
    return [
        *ring,
        (quad(at(0, 0), wide, high, 1.15), 0),
        (oval(at(0, -high), wide * 1.15, 0.12), 0),
        (oval(at(0, -high), wide, 0.08), 1),
    ]


def bottle(rng: np.random.Generator) -> list[Part]:
    wide = rng.uniform(0.2, 0.34)
    label = [(quad(at(0, 0.35), wide, 0.2), 1)] if rng.random() < 0.7 else []
    return [
        (capsule(at(0, 0), at(0, -0.8), wide, 0.09), 0),
        (quad(at(0, 0.4), wide, 0.5), 0),
        *label,
        (quad(at(0, -0.9), 0.1, 0.08), 2),
    ]


def chair(rng: np.random.Generator) -> list[Part]:
    legs = [(quad(at(x, 0.55), 0.05, 0.42), 1) for x in (-0.45, -0.25, 0.25, 0.45)]
    back = [(quad(at(-0.42, -0.4), 0.07, 0.55, 1, rng.normal(0, 0.1)), 1)]
    wide = [(quad(at(0, -0.45), rng.uniform(0.3, 0.48), 0.45), 0)] if rng.random() < 0.6 else back
    return [*legs, *wide, (quad(at(0, 0.15), 0.52, 0.09, 0.85), 0)]


def table(rng: np.random.Generator) -> list[Part]:
    legs = [(quad(at(x, 0.3), 0.05, rng.uniform(0.4, 0.6)), 1) for x in (-0.75, -0.5, 0.5, 0.75)]
    return [*legs, (quad(at(0, -0.25), 0.95, 0.12, rng.uniform(0.6, 1)), 0)]


def house(rng: np.random.Generator) -> list[Part]:
    parts = [(quad(at(0, 0.35), 0.7, 0.5), 0), (quad(at(0, -0.45), 0.85, 0.35, rng.uniform(0, 0.7)), 1)]
    parts += [(quad(at(x, 0.2), 0.12, 0.14), 2) for x in (-0.4, 0.4)]
    return [*parts, (quad(at(rng.normal(0, 0.1), 0.55), 0.13, 0.28), 2)]


def _wheel(centre: np.ndarray, size: float) -> list[Part]:
    return [(oval(centre, size, size), 1), (oval(centre, size * 0.5, size * 0.5), 2)]


def car(rng: np.random.Generator) -> list[Part]:
    roof = quad(at(rng.normal(0, 0.1), -0.2), rng.uniform(0.4, 0.7), 0.25, rng.uniform(0.5, 0.95))
    wheels = [*_wheel(at(-0.5, 0.4), 0.2), *_wheel(at(0.5, 0.4), 0.2)]
    return [(roof, 0), (0.8 * roof + at(0, -0.03), 2), (quad(at(0, 0.2), 0.95, 0.24, 0.95), 0), *wheels]


def bicycle(rng: np.random.Generator) -> list[Part]:
    left, right, top, seat = at(-0.55, 0.3), at(0.55, 0.3), at(0.4, -0.35), at(-0.2, -0.35)
    wheels = [(oval(c, 0.38, 0.38), 1) for c in (left, right)] + [(oval(c, 0.31, 0.31), 2) for c in (left, right)]
    bars = [(left, seat), (seat, top), (top, right), (seat, at(0, 0.3)), (at(0, 0.3), top), (left, at(0, 0.3))]
    frame = [(capsule(a, b, 0.04, 0.04), 0) for a, b in bars]
    return [
        *wheels,
        *frame,
        (quad(seat - at(0, 0.1), 0.16, 0.05), 1),
        (capsule(top, top + at(-0.1, -0.25), 0.03, 0.05), 1),
    ]


def plane(rng: np.random.Generator) -> list[Part]:
    sweep = rng.uniform(-0.5, -0.1)
    wings = [np.array([(0.25, 0), (-0.05, 0), (sweep - 0.15, s * 0.9), (sweep, s * 0.9)]) for s in (-1, 1)]
    fins = [np.array([(-0.6, 0), (-0.8, 0), (-0.95, s * 0.35), (-0.8, s * 0.35)]) for s in (-1, 1)]
    return [*((w, 1) for w in wings), *((f, 1) for f in fins), (capsule(at(-0.85, 0), at(0.75, 0), 0.07, 0.14), 0)]


def box(rng: np.random.Generator) -> list[Part]:
    lean, deep = rng.uniform(0.2, 0.5), rng.uniform(0.2, 0.45)
    front = np.array([(-0.6, -0.3), (0.35, -0.3), (0.35, 0.65), (-0.6, 0.65)])
    top = np.array([(-0.6, -0.3), (0.35, -0.3), (0.35 + lean, -0.3 - deep), (-0.6 + lean, -0.3 - deep)])
    side = np.array([(0.35, -0.3), (0.35, 0.65), (0.35 + lean, 0.65 - deep), (0.35 + lean, -0.3 - deep)])
    return [(front, 0), (top, 1), (side, 2)]


def ball(rng: np.random.Generator) -> list[Part]:
    size = rng.uniform(0.5, 0.8)
    patch = [(oval(at(*rng.normal(0, 0.2, 2)), size * 0.4, size * 0.3), 1)] if rng.random() < 0.5 else []
    return [(oval(at(0, 0), size, size), 0), *patch]


def star(rng: np.random.Generator) -> list[Part]:
    count = int(rng.integers(4, 8))
    angles = np.arange(2 * count) * np.pi / count
    radii = np.where(np.arange(2 * count) % 2, rng.uniform(0.25, 0.5), 0.85)
    return [(np.stack([np.cos(angles) * radii, np.sin(angles) * radii], -1), 0)]


def mushroom(rng: np.random.Generator) -> list[Part]:
    cap = np.linspace(np.pi, 2 * np.pi, 24)
    wide, high = rng.uniform(0.5, 0.8), rng.uniform(0.4, 0.8)
    hat = np.stack([np.cos(cap) * wide, np.sin(cap) * high], -1) + at(0, 0.05)
    dots = [
        (oval(at(rng.uniform(-0.4, 0.4), rng.uniform(-0.35, -0.05)), 0.08, 0.07), 2) for _ in range(rng.integers(0, 5))
    ]
    return [(capsule(at(0, 0), at(0, 0.75), 0.15, 0.22), 1), (hat, 0), *dots]


THINGS: tuple[Draw, ...] = (
    *(tall_animal, low_animal, person, bust, fist, open_hand, two_fingers, one_finger, bird, fish, crawler, snake),
    *(tree, fir, flower, leaf, cup, bottle, chair, table, house, car, bicycle, plane, box, ball, star, mushroom),
)
