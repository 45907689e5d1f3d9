"""Messages that no button sends: JSON of any shape, drawn by a seed."""

import math
import random

TEXTS = ["", "x", "\ud800", "a\0b", "../../x", "0" * 32, "choose", "delete", "Conv2D", "é" * 500, "x" * 300_000]
NUMBERS = [0, 1, -1, 2**31, 2**64, 10**300, -0.0, 1.5, 1e308, math.nan, math.inf, -math.inf]
NAMES = ["line", "n", "action", "ids", "at", "to", "field", "value", "kind", "name", "note", "sure", "id", "turn"]


def forged(seed):
    """One value as a browser could send it."""
    return _value(random.Random(seed), 3)


def _value(draw, depth):
    kinds = ["none", "bool", "text", "number", "number"] + ["list", "fields", "fields", "deep", "long"] * (depth > 0)
    match draw.choice(kinds):
        case "none":
            return None
        case "bool":
            return draw.random() < 0.5
        case "text":
            return draw.choice(TEXTS)
        case "number":
            return draw.choice(NUMBERS)
        case "list":
            return [_value(draw, depth - 1) for _ in range(draw.randrange(4))]
        case "fields":
            return {name: _value(draw, depth - 1) for name in draw.sample(NAMES, draw.randrange(len(NAMES)))}
        case "deep":
            return _deep(draw.choice([10, 400]))
        case "long":
            return [0] * draw.choice([100, 20_000])


def _deep(levels):
    value = 0
    for _ in range(levels):
        value = [value]
    return value
