"""A picture that is pasted: by the keys anywhere on the page, or by a button."""

import base64
from typing import Annotated

from annotated_types import MaxLen

from pages.components.browser.component import component
from pages.components.frame import sent

MOST_BYTES = 10_000_000
"""Of a pasted picture: a screenshot of a large screen takes 2 to 5 MB."""
KEY = "clipboard"

_clipboard = component(
    "clipboard",
    "browser/signed",
    "understand/clipboard",
    html="<div class='clipboard'></div>",
)


def draw() -> bytes | None:
    """Draws the place where a picture is pasted.

    Returns:
        the file as the clipboard held it, whatever it is; None before anything was pasted.

    Raises:
        UserError: something came that no paste sends.
    """
    data = {"most": MOST_BYTES, "key": KEY}
    return _file(_clipboard(key=KEY, data=data, on_picture_change=lambda: None).picture)


def _file(pasted: object) -> bytes | None:
    """The bytes that the browser sent; None before anything was pasted."""
    if pasted in (None, ""):
        return None
    text = sent.read(Annotated[str, MaxLen(MOST_BYTES * 4 // 3 + 4)], pasted)
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise sent.refused() from error
