"""Chance with a seed that is the same here and in the browser, so that both compute the same numbers."""

import math


class Chance:
    """Draws numbers from a seed.

    Args:
        seed: 0 or more; taken modulo 2^32.

    Source: mulberry32, a generator of 32 bits of state; `arithmetic.js` has the same.
    """

    def __init__(self, seed: int) -> None:
        self._state = seed % 2**32

    def uniform(self) -> float:
        """A number from 0 to 1, 1 excluded."""
        self._state = (self._state + 0x6D2B79F5) % 2**32
        mixed = (self._state ^ self._state >> 15) * (self._state | 1) % 2**32
        mixed ^= (mixed + (mixed ^ mixed >> 7) * (mixed | 61)) % 2**32
        return (mixed ^ mixed >> 14) / 2**32

    def normal(self) -> float:
        """A draw from the normal distribution (Box and Muller 1958)."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.uniform()))
        return radius * math.cos(2.0 * math.pi * self.uniform())

    def order(self, count: int) -> list[int]:
        """The numbers 0 to `count` - 1 in random order (Fisher and Yates 1938)."""
        places = list(range(count))
        for last in range(count - 1, 0, -1):
            other = int(self.uniform() * (last + 1))
            places[last], places[other] = places[other], places[last]
        return places
