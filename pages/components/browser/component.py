"""The one place that declares what runs in the browser: a component is a few parts, each a script and its style sheet.

A part is named by its place below `pages/components`, without an ending: "runs/curves" is `runs/curves.js` with
`runs/curves.css`, where there are such. Scripts are joined in their order, so that each sees those before it. All see
`browser/dom.js` and the colours of `browser/tokens.css`, a script as `TOKENS.orange`, a style sheet as `var(--orange)`.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

HOME = Path(__file__).resolve().parent.parent
TOKENS, DOM = "browser/tokens", "browser/dom"


def component(name: str, *parts: str, html: str = "") -> Callable[..., Any]:
    """Declares a component.

    Args:
        name: its own among all components.
        parts: in the order in which they are read; the last script ends with `export default`.
        html: what the scripts find when they begin.

    Returns:
        what draws it: call it with `key`, `data` and `on_<name>_change`.

    Raises:
        FileNotFoundError: a part has neither a script nor a style sheet.
    """
    for part in parts:
        if not any((HOME / f"{part}.{ending}").exists() for ending in ("js", "css")):
            raise FileNotFoundError(f"{part}: no script and no style sheet of that name")
    moves = any((HOME / f"{part}.js").exists() for part in parts)  # what only stands there has no `export default`
    return st.components.v2.component(name, html=html, css=styles(*parts), js=scripts(*parts) if moves else None)


def scripts(*parts: str) -> str:
    """The scripts of some parts as one text, after what every component has."""
    return f"const TOKENS = {json.dumps(tokens())};\n" + _joined("js", (DOM, *parts))


def styles(*parts: str) -> str:
    """The style sheets of some parts as one text, after the colours."""
    return _joined("css", (TOKENS, *parts))


@cache
def tokens() -> dict[str, str]:
    """The colours by their names, such as "orange", as "#" and six digits."""
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", _joined("css", (TOKENS,))))


def _joined(ending: str, parts: tuple[str, ...]) -> str:
    files = [HOME / f"{part}.{ending}" for part in parts]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.exists())
