"""Chance with a seed: the same numbers here and in the browser, so that a link shows everybody the same thing."""

import numpy as np


class Chance:
    """Draws numbers from a seed, as `generator` in arithmetic.js does.

    Args:
        seed: 0 or more; taken modulo 2^32.

    Source: mulberry32 (T. Ettinger 2017); its state grows by one constant, so that many draws are made at once.
    """

    def __init__(self, seed: int) -> None:
        self._seed = np.uint32(seed % 2**32)
        self._drawn = 0

    def draws(self, count: int) -> np.ndarray:
        """Evenly spread numbers: float64 (count,), 0 <= number < 1."""
        steps = np.arange(self._drawn + 1, self._drawn + count + 1, dtype=np.uint32)
        self._drawn += count
        state = self._seed + steps * np.uint32(0x6D2B79F5)
        mixed = (state ^ (state >> np.uint32(15))) * (state | np.uint32(1))
        mixed ^= mixed + (mixed ^ (mixed >> np.uint32(7))) * (mixed | np.uint32(61))
        return (mixed ^ (mixed >> np.uint32(14))) / 2.0**32

    def normals(self, count: int) -> np.ndarray:
        """Draws from the normal distribution with mean 0 and spread 1: float64 (count,), two even draws for each.

        Source: Box and Muller 1958.
        """
        pairs = self.draws(2 * count).reshape(count, 2)
        return np.sqrt(-2 * np.log(1 - pairs[:, 0])) * np.cos(2 * np.pi * pairs[:, 1])

    def order(self, count: int) -> list[int]:
        """The numbers 0 to `count` - 1 in random order (Fisher and Yates 1938)."""
        places = list(range(count))
        for last, draw in zip(range(count - 1, 0, -1), self.draws(max(0, count - 1)), strict=True):
            other = int(draw * (last + 1))
            places[last], places[other] = places[other], places[last]
        return places
