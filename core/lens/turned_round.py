"""Ink on paper as people photograph it, for a network that learned from the opposite: light strokes on a dark ground,
in the middle of their frame.

A digit written on white paper is a picture that such a network has never seen. It is recognised by its edges, where the
paper shows; the light on the paper is taken away, ink becomes what strokes are in the training pictures, and it is put
where they have it.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PIL import Image

from core import datasets
from core.datasets import Dataset
from core.lens.drawings import CONTRAST, SAMPLE, Manner, is_off_centre, placed

EVEN_EDGES, EVEN_ALL, COLOURLESS = 0.7, 0.4, 8.0
"""Drawn pictures: so much of their edges and of all is bare paper, and so little do their channels differ, of 255.
Digits have 0.81, 0.60 and 0; Fashion-MNIST 0.92, 0.61 and 0; photos of flowers 0.39, 0.31 and 58."""
STRONG = 40
"""Grey values by which ink differs from the paper beside it, of 255; shadows and folds differ less."""
LEAST_INK, MOST_INK = 0.003, 0.6
"""Share of a picture that ink takes; outside of it there is no telling what is ink."""
RING = 0.04
"""Width of the edge where the paper is measured, as a part of the shorter side."""
NEAR = 16
"""Grey values by which bare paper differs from the surface through it: noise, grain, a soft shadow."""
TRIMMED = 0.005
"""Part of all ink that may lie outside of the drawing on each side: dirt."""


Unlike = Literal["", "dark on light", "light on dark", "off centre"]
"""In what a drawing differs from training pictures: its ink and paper are the other way round; or it lies elsewhere in
the frame, or is smaller or larger."""


@dataclass(frozen=True, eq=False)
class Ink:
    """What is drawn on a picture.

    Args:
        strength: float32 (H, W), 0 for bare paper, 1 for full ink.
        is_dark: whether it is darker than the paper.
    """

    strength: np.ndarray
    is_dark: bool


def are_drawn(images: np.ndarray) -> bool:
    """Whether pictures are strokes on even paper, white or black, rather than photos.

    Args:
        images: uint8 (N, H, W, C), 0..255.
    """
    grey = images.mean(3)
    edges = np.concatenate([grey[:, 0].ravel(), grey[:, -1].ravel(), grey[:, :, 0].ravel(), grey[:, :, -1].ravel()])
    paper = 0 if np.median(edges) < 128 else 255
    colour = np.mean(images.max(3).astype(float) - images.min(3))
    bare = [float(np.mean(np.abs(values - paper) <= CONTRAST)) for values in (edges, grey)]
    return bare[0] >= EVEN_EDGES and bare[1] >= EVEN_ALL and colour <= COLOURLESS


def have_paper(dataset: Dataset) -> bool:
    """`are_drawn` of a sample of a dataset.

    Raises:
        UserError: the data cannot be had.
    """
    images = datasets.load(dataset).images
    return are_drawn(np.array(images[:: max(1, len(images) // SAMPLE)][:SAMPLE]))


def unlike(pixels: np.ndarray, manner: Manner) -> Unlike:
    """In what a picture is unlike the training pictures; "" for one that is like them, or holds no ink on paper.

    Args:
        pixels: uint8 (H, W, 3), 0..255.
        manner: of the training pictures.
    """
    ink = ink_of(pixels)
    if ink is None:
        return ""
    if ink.is_dark == (manner.paper == 0):
        return "dark on light" if ink.is_dark else "light on dark"
    return "off centre" if is_off_centre(ink.strength, _box(ink), manner) else ""


def turned(pixels: np.ndarray, manner: Manner, height: int, width: int, channels: int) -> np.ndarray:
    """The ink of a picture in the manner of the training pictures: their strokes, on their paper, in their place.

    Args:
        pixels: uint8 (H, W, 3), 0..255.
        manner: of the training pictures.
        height, width, channels: what the network takes.

    Returns:
        uint8 (height, width, channels); without ink all of it is paper.
    """
    ink = ink_of(pixels)
    if ink is None:
        return np.full((height, width, channels), manner.paper, np.uint8)
    drawing = np.rint(255 * ink.strength).astype(np.uint8)
    small = placed(_rgb(drawing), _box(ink), replace(manner, paper=0), height, width, channels)
    # Thin lines fade when they are shrunk; in the training pictures strokes reach full ink.
    full = np.minimum(255, small * (255 / max(64, small.max()))).round().astype(np.uint8)
    return full if manner.paper == 0 else 255 - full


def ink_of(pixels: np.ndarray) -> Ink | None:
    """Tells ink from paper, however the light falls on it; None where a picture is not ink on paper.

    Args:
        pixels: uint8 (H, W, 3), 0..255.
    """
    grey = np.asarray(Image.fromarray(pixels).convert("L"), np.float32)
    if min(grey.shape) < 8:
        return None
    paper = np.clip(_paper_under(grey), 1, 255)
    beside = grey - paper
    dark, light = beside < -STRONG, beside > STRONG
    is_dark = bool(dark.sum() >= light.sum())
    strong = dark if is_dark else light
    if not LEAST_INK <= strong.mean() <= MOST_INK:
        return None
    depth = -beside / paper if is_dark else beside / np.maximum(1, 255 - paper)
    noise = np.clip(3 * np.median(np.abs(depth[~strong])), 0.02, 0.15)
    full = max(float(np.quantile(depth[strong], 0.8)), noise + 0.05)
    return Ink(np.clip((depth - noise) / (full - noise), 0, 1).astype(np.float32), is_dark)


def _paper_under(grey: np.ndarray) -> np.ndarray:
    """How light the bare paper is at each place, (H, W): even, a slope or a surface of second degree.

    The simplest that fits half of the edge is taken, as most of the edge is paper, and ink that reaches it bends a
    surface. Each is the one with the least absolute differences, which passes over ink.
    """
    height, width = grey.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)  # (H, W, 6)
    ring = max(1, round(RING * min(height, width)))
    at_edge = np.ones(grey.shape, bool)
    at_edge[ring:-ring, ring:-ring] = False
    step = max(1, int(at_edge.sum()) // 4000)
    given, told = terms[at_edge][::step], grey[at_edge][::step]
    counts = np.convolve(np.bincount(told.astype(int), minlength=256), np.ones(2 * NEAR + 1), "same")
    surface = np.array([float(np.argmax(counts))])
    for degree in (3, 6):
        if np.mean(np.abs(told - given[:, : len(surface)] @ surface) <= NEAR) >= 0.5:
            break
        surface = _least_absolute(given[:, :degree], told)
    return terms[..., : len(surface)] @ surface


def _least_absolute(given: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Coefficients with the least sum of absolute differences, found by weighting again and again."""
    weights, found = np.ones(len(told)), np.zeros(given.shape[1])
    for _ in range(20):
        root = np.sqrt(weights)
        found = np.linalg.lstsq(given * root[:, None], told * root, rcond=None)[0]
        weights = 1 / np.maximum(1.0, np.abs(told - given @ found))
    return found


def _span(mass: np.ndarray) -> tuple[int, int]:
    """Where the ink begins and ends along one direction, but for a trace of it."""
    share = np.cumsum(mass) / mass.sum()
    return int(np.searchsorted(share, TRIMMED)), int(np.searchsorted(share, 1 - TRIMMED)) + 1


def _box(ink: Ink) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what is drawn, px, ends excluded."""
    top, bottom = _span((ink.strength > 0.5).sum(1))
    left, right = _span((ink.strength > 0.5).sum(0))
    return top, bottom, left, right


def _rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[..., None], 3, axis=2)
