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
STRAYS, SMALLER, LARGER = 0.04, 0.7, 1.2
"""Beyond the sample's own spread: so far from the usual centre, in parts of the frame, or so many times as large, a
drawing is unlike all training pictures. MNIST's centres of mass stray by 0.02, the boxes of 8x8 digits by 0.13."""
INK = 0.02
"""Share of a pad's pixels below which it counts as empty of anything to centre: a dot, set by accident."""


@dataclass(frozen=True)
class Manner:
    """How the pictures of a dataset are drawn.

    Args:
        paper: grey value of the ground, 0 or 255.
        height, width: part of the frame that the ink fills, 0..1: the usual height, the width of wide ones.
        y, x: centre of the ink, 0..1 of the frame.
        by_mass: whether that is the centre of mass, as in MNIST, rather than the middle of the box around it: the one
            that varies less from picture to picture.
        strays: how far from (y, x) the centre of nearly all lies at most, 0..1 of the frame.
        least, most: longer side of the ink in nearly all, 0..1 of the frame.
    """

    paper: int = 0
    height: float = 1.0
    width: float = 1.0
    y: float = 0.5
    x: float = 0.5
    by_mass: bool = False
    strays: float = 1.0
    least: float = 0.0
    most: float = 1.0

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
    inked = [(one, box) for one in grey if (box := _ink_box(one, paper)) is not None]
    if not inked:
        return Manner(paper)
    sides = np.array(grey.shape[1:], float)
    boxes = np.array([box for _, box in inked]).reshape(-1, 2, 2)  # (N, down or across, begin or end), px
    extents = (boxes[:, :, 1] - boxes[:, :, 0]) / sides  # (N, 2), 0..1
    centres = boxes.mean(2) / sides, np.array([_mass_centre(np.abs(one - paper)) for one, _ in inked]) / sides
    by_mass = bool(centres[1].std(0).sum() < centres[0].std(0).sum())
    middle = np.median(centres[by_mass], axis=0)
    away = np.abs(centres[by_mass] - middle).max(1)
    return Manner(
        paper,
        height=float(np.median(extents[:, 0])),
        width=float(np.quantile(extents[:, 1], 0.9)),
        y=float(middle[0]),
        x=float(middle[1]),
        by_mass=by_mass,
        strays=float(np.quantile(away, 0.99)),
        least=float(np.quantile(extents.max(1), 0.01)),
        most=float(np.quantile(extents.max(1), 0.99)),
    )


def is_off_centre(strength: np.ndarray, box: tuple[int, int, int, int], manner: Manner) -> bool:
    """Whether ink lies elsewhere in its frame, or is smaller or larger, than in any of the training pictures.

    Args:
        strength: (H, W), 0 for bare paper.
        box: of the ink: top, bottom, left, right in px, ends excluded.
        manner: of the training pictures.
    """
    sides = np.array(strength.shape, float)
    away = np.abs(np.array(_centre(strength, box, manner)) / sides - (manner.y, manner.x)).max()
    extent = max((box[1] - box[0]) / sides[0], (box[3] - box[2]) / sides[1])
    return bool(away > manner.strays + STRAYS or not SMALLER * manner.least <= extent <= LARGER * manner.most)


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
    y, x = _centre(np.abs(drawing.mean(2) - manner.paper), box, manner)
    y0, x0 = y - manner.y * height * scale, x - manner.x * width * scale
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


def _centre(strength: np.ndarray, box: tuple[int, int, int, int], manner: Manner) -> tuple[float, float]:
    """Row and column of the ink's centre in px, as the training pictures have it; strength (H, W), 0 for paper."""
    if not manner.by_mass:
        return (box[0] + box[1]) / 2, (box[2] + box[3]) / 2
    within = np.zeros_like(strength)
    rows, columns = slice(*box[:2]), slice(*box[2:])
    within[rows, columns] = strength[rows, columns]  # dirt elsewhere does not count
    return _mass_centre(within)


def _mass_centre(strength: np.ndarray) -> tuple[float, float]:
    """Row and column in px around which strength (H, W) balances."""
    down, across = strength.sum(1), strength.sum(0)
    y, x = np.arange(len(down)) + 0.5, np.arange(len(across)) + 0.5
    return float(down @ y / down.sum()), float(across @ x / across.sum())


def _ink_box(grey: np.ndarray, paper: int) -> tuple[int, int, int, int] | None:
    """(top, bottom, left, right) of all that differs from the paper, ends excluded; None without ink."""
    ink = np.abs(grey - paper) > CONTRAST
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return (int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1) if len(rows) else None
