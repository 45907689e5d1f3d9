"""Noise with a seed, the same here and in the browser."""

from typing import Literal

import numpy as np

from core.labs.chance import Chance

Noise = Literal["none", "Gaussian", "salt and pepper"]


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
        return np.clip(picture + strength * Chance(seed).normals(picture.size).reshape(picture.shape), 0, 1)
    drawn = Chance(seed).draws(picture.size).reshape(picture.shape)
    return np.where(drawn < strength / 2, 0.0, np.where(drawn < strength, 1.0, picture))
