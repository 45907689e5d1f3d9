"""Noise with a seed: the same numbers here and in the browser, so that a link shows everybody the same picture."""

from typing import Literal

import numpy as np

Noise = Literal["none", "Gaussian", "salt and pepper"]


def draws(seed: int, count: int) -> np.ndarray:
    """Evenly spread random numbers, 0 <= number < 1, as `generator` in arithmetic.js makes them.

    Args:
        seed: 0..2^32 - 1.
        count: how many.

    Returns:
        float64 (count,).

    Source: mulberry32 (T. Ettinger 2017); its state grows by one constant, so that all draws are made at once.
    """
    steps = np.arange(1, count + 1, dtype=np.uint32)
    state = np.uint32(seed) + steps * np.uint32(0x6D2B79F5)
    mixed = (state ^ (state >> np.uint32(15))) * (state | np.uint32(1))
    mixed ^= mixed + (mixed ^ (mixed >> np.uint32(7))) * (mixed | np.uint32(61))
    return (mixed ^ (mixed >> np.uint32(14))) / 2.0**32


def normals(seed: int, count: int) -> np.ndarray:
    """Draws from the normal distribution with mean 0 and spread 1, two even draws for each.

    Source: Box and Muller 1958.
    """
    pairs = draws(seed, 2 * count).reshape(count, 2)
    return np.sqrt(-2 * np.log(1 - pairs[:, 0])) * np.cos(2 * np.pi * pairs[:, 1])


def noisy(picture: np.ndarray, noise: Noise, strength: float, seed: int) -> np.ndarray:
    """A picture with noise on it; nothing leaves 0..1.

    Args:
        picture: float (H, W), 0..1.
        noise: "Gaussian" adds a random number to every pixel; "salt and pepper" makes some white and some black.
        strength: spread of the Gaussian noise, or the part of the pixels that is hit; 0..1.
        seed: of the draws.
    """
    if noise == "none":
        return picture.copy()
    if noise == "Gaussian":
        return np.clip(picture + strength * normals(seed, picture.size).reshape(picture.shape), 0, 1)
    drawn = draws(seed, picture.size).reshape(picture.shape)
    return np.where(drawn < strength / 2, 0.0, np.where(drawn < strength, 1.0, picture))
