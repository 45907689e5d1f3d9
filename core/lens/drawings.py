"""What is drawn by hand, brought into the manner of the pictures that a network learned from.

A digit in a corner of the pad is a picture that a network has never seen: training pictures are centred and fill their
frame. The manner is measured from the dataset, so that it holds for any of them.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from core import datasets
from core.datasets import Dataset

SAMPLE = 300
"""Pictures that are measured: a median of 300 is steady."""
CONTRAST = 64
"""Grey values by which ink differs from paper, of 255; less is noise of scanning or shrinking."""
INK = 0.02
"""Share of a pad's pixels below which it counts as empty of anything to centre: a dot, set by accident."""


@dataclass(frozen=True)
class Manner:
    """How the pictures of a dataset are drawn.

    Args:
        paper: grey value of the ground, 0 or 255.
        height, width: part of the frame that the ink fills, 0..1: the usual height, the width of wide ones.
        y, x: centre of the ink, 0..1 of the frame.
    """

    paper: int = 0
    height: float = 1.0
    width: float = 1.0
    y: float = 0.5
    x: float = 0.5

    @property
    def ink(self) -> int:
        """Grey value of the strokes."""
        return 255 - self.paper


def manner_of(dataset: Dataset) -> Manner:
    """Measures a sample of a dataset.

    Raises:
        UserError: the data cannot be had.
    """
    images = datasets.load(dataset).images
    step = max(1, len(images) // SAMPLE)
    return measure(np.array(images[::step][:SAMPLE]))


def measure(images: np.ndarray) -> Manner:
    """The manner of some pictures.

    Args:
        images: uint8 (N, H, W, C), 0..255.
    """
    grey = images.mean(3)  # (N, H, W)
    edges = np.concatenate([grey[:, 0].ravel(), grey[:, -1].ravel(), grey[:, :, 0].ravel(), grey[:, :, -1].ravel()])
    paper = 0 if np.median(edges) < 128 else 255
    boxes = [box for one in grey if (box := _ink_box(one, paper)) is not None]
    if not boxes:
        return Manner(paper)
    top, bottom, left, right = np.array(boxes).T / np.repeat(grey.shape[1:], 2)[:, None]  # each (N,), 0..1
    height, width = np.median(bottom - top), np.quantile(right - left, 0.9)
    middle = np.median(top + bottom) / 2, np.median(left + right) / 2
    return Manner(paper, float(height), float(width), *map(float, middle))


def centred(drawing: np.ndarray, manner: Manner, height: int, width: int, channels: int) -> np.ndarray:
    """Scales and moves a drawing so that its ink lies where the training pictures have theirs.

    Args:
        drawing: uint8 (H, W, 3), 0..255, ink on paper of the manner's grey.
        manner: of the dataset.
        height, width, channels: what the network takes.

    Returns:
        uint8 (height, width, channels); each value is the mean of the area that it covers.
    """
    box = _ink_box(drawing.mean(2), manner.paper)
    if box is None or (box[1] - box[0]) * (box[3] - box[2]) < INK**2 * drawing[..., 0].size:
        return shrunk(drawing, height, width, channels)
    return placed(drawing, box, manner, height, width, channels)


def placed(
    drawing: np.ndarray, box: tuple[int, int, int, int], manner: Manner, height: int, width: int, channels: int
) -> np.ndarray:
    """A drawing whose ink lies in a box, (top, bottom, left, right) with ends excluded; else as `centred`."""
    top, bottom, left, right = box
    # Drawn pixels per pixel of the result, one number for both directions: a stretched digit is another digit.
    scale = max((bottom - top) / (manner.height * height), (right - left) / (manner.width * width))
    y0 = (top + bottom) / 2 - manner.y * height * scale
    x0 = (left + right) / 2 - manner.x * width * scale
    return shrunk(_framed(drawing, manner.paper, y0, x0, height * scale, width * scale), height, width, channels)


def shrunk(drawing: np.ndarray, height: int, width: int, channels: int) -> np.ndarray:
    """A drawing at another size, each value the mean of the area that it covers; uint8 (height, width, channels)."""
    image = Image.fromarray(drawing).convert("L" if channels == 1 else "RGB")
    return np.array(image.resize((width, height), Image.Resampling.BOX)).reshape(height, width, channels)


def _framed(drawing: np.ndarray, paper: int, y0: float, x0: float, height: float, width: float) -> np.ndarray:
    """The part of a drawing in a frame that may reach over its edges; paper continues there."""
    rows, columns = max(1, round(height)), max(1, round(width))
    framed = np.full((rows, columns, drawing.shape[2]), paper, np.uint8)
    top, left = round(y0), round(x0)
    y, x = np.arange(rows) + top, np.arange(columns) + left
    inside_y, inside_x = (y >= 0) & (y < drawing.shape[0]), (x >= 0) & (x < drawing.shape[1])
    framed[np.ix_(inside_y, inside_x)] = drawing[np.ix_(y[inside_y], x[inside_x])]
    return framed


def _ink_box(grey: np.ndarray, paper: int) -> tuple[int, int, int, int] | None:
    """(top, bottom, left, right) of all that differs from the paper, ends excluded; None without ink."""
    ink = np.abs(grey - paper) > CONTRAST
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return (int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1) if len(rows) else None
