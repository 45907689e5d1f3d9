"""A pad to draw on with mouse, finger or pen; the server hears of it when the pen is lifted."""

import base64
from typing import Annotated

from annotated_types import MaxLen

from pages.components.browser.component import component
from pages.components.frame import sent

SIDE = 280
"""px of the longer side: ten times an MNIST digit, and it fits a phone."""
BRUSH = 0.1
"""Width of a fresh brush as a part of the pad: about the stroke of a digit in its frame."""
MAX_TEXT = 4_000_000
"""Letters of a drawing in base64; a pad of this size never makes more."""
KEY, PREFIX = "drawing-pad", "data:image/png;base64,"

_pad = component(
    "drawing_pad",
    "understand/drawing_pad",
    html="<div class='pad'></div>",
)


def draw(shape: tuple[int, int, int], paper: int | None) -> bytes | None:
    """Draws the pad.

    Args:
        shape: (height, width, channels) of the pictures that the network takes; the pad has the same proportions.
        paper: grey value of the ground, 0 or 255, with ink of the other; None for colours of the reader's choice.

    Returns:
        the drawing as a PNG file; None while the pad is empty.

    Raises:
        UserError: something came that no pad sends.
    """
    height, width = shape[:2]
    scale = SIDE / max(height, width)
    data = {
        "width": max(40, round(width * scale)),
        "height": max(40, round(height * scale)),
        "paper": paper,
        "brush": round(SIDE * BRUSH),
    }
    return _png(_pad(key=f"{KEY}-{paper}", data=data, on_picture_change=lambda: None).picture)


def _png(drawing: object) -> bytes | None:
    """The bytes that the browser sent; None for an empty pad."""
    if drawing in (None, ""):
        return None
    text = sent.read(Annotated[str, MaxLen(MAX_TEXT)], drawing)
    try:
        if not text.startswith(PREFIX):
            raise ValueError("no picture of a pad")
        return base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError as error:  # of letters beside ASCII it is not even a binascii.Error
        raise sent.refused() from error
