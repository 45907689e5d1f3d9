"""Images in rows with words under them, and a line around what came from outside the frame."""

from typing import Any

import numpy as np

from pages.components.browser.component import component
from pages.components.browser.pixels import png_uri

_component = component(
    "shown_images",
    "data/shown_images",
    html="<div class='shown'></div><p class='said'></p>",
)


def draw(key: str, rows: list[dict[str, Any]], words: str, side: int = 84) -> None:
    """Draws them.

    Args:
        key: of the component.
        rows: each a `title`, which may be empty, and `images` as `image` gives them.
        words: under them while nothing is pointed at.
        side: px of an image at most.
    """
    _component(key=key, data={"rows": rows, "words": words, "side": side})


def image(
    pixels: np.ndarray,
    caption: str = "",
    words: str = "",
    before: np.ndarray | None = None,
    outside: np.ndarray | None = None,
) -> dict[str, Any]:
    """One image for the browser.

    Args:
        pixels: uint8 (H, W, C).
        caption: under it.
        words: what was done to it.
        before: uint8 (H, W, C), shown while it is pointed at.
        outside: (H, W), other than 0 where what is seen came from outside the frame.
    """
    return {
        "image": png_uri(pixels),
        "before": "" if before is None else png_uri(before),
        "caption": caption,
        "words": words,
        "outline": "" if outside is None else outline(outside),
        "size": list(pixels.shape[:2]),
    }


def outline(outside: np.ndarray) -> str:
    """The line between what was inside the frame and what was not, as the path of a drawing, in px.

    Args:
        outside: (H, W), other than 0 outside.
    """
    out = outside.astype(bool)
    down = [f"M{x + 1} {y}v1" for y, x in np.argwhere(out[:, 1:] != out[:, :-1])]
    across = [f"M{x} {y + 1}h1" for y, x in np.argwhere(out[1:] != out[:-1])]
    return "".join([*down, *across])
