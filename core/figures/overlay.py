"""Maps over the images that they are about."""

import numpy as np
from PIL import Image

TEAL = (0x0D, 0x94, 0x88)
"""In the middle of its scale, so that it is read on dark and on light parts of an image."""
MOST, RAISED = 0.85, 0.7
"""How much of the image the strongest place covers, and the power that lifts small values, as the pages paint them."""
BRIGHTNESS = (0.299, 0.587, 0.114)
"""What red, green and blue count for the grey of a pixel."""


def over(images: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Each image in grey, and teal where its map is strong, each by a scale of its own: uint8 (N, H, W, 3).

    Args:
        images: uint8 (N, H, W, 1 or 3), 0..255.
        maps: float32 (N, h, w), not below zero; smaller ones are stretched.
    """
    return np.stack([_one(image, values) for image, values in zip(images, maps, strict=True)])


def _one(image: np.ndarray, values: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    grey = (np.broadcast_to(image, (height, width, 3)) @ np.array(BRIGHTNESS))[..., None]  # (H, W, 1)
    stretched = Image.fromarray(values.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    shares = np.asarray(stretched)[..., None] / max(float(values.max()), 1e-30)
    shares = MOST * np.clip(shares, 0, 1) ** RAISED
    return np.rint((1 - shares) * grey + shares * np.array(TEAL)).astype(np.uint8)
