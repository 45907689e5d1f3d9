"""A lab on its page: the browser does what follows the pointer, the server keeps the link and brings pictures."""

import base64
import hashlib
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from core.labs import Lab
from core.options import Option
from pages.components.browser.component import HOME, component
from pages.components.frame import notices, session

SHARED = (
    "browser/signed",
    "labs/arithmetic",
    "labs/network_arithmetic",
    "labs/tools",
    "labs/cells",
    "labs/sheet",
    "labs/ink",
    "labs/number_table",
    "labs/tasks",
    "labs/question",
    "labs/code_lines",
    "labs/lab",
    "browser/plot",
)
"""Read before the script of every lab."""


def parts(name: str) -> tuple[str, ...]:
    """What the browser's side of a lab is made of: the shared parts, those in `labs/<name>/`, and `<name>` itself."""
    own = sorted(f"labs/{name}/{file.stem}" for file in (HOME / "labs" / name).glob("*.js") if file.stem != name)
    return (*SHARED, *own, f"labs/{name}/{name}")


@cache
def _component(name: str) -> Callable[..., Any]:
    """The browser's side of a lab."""
    return component(f"lab_{name}", *parts(name), html="<div class='lab'></div>")


def show(name: str, kind: type[Lab], picture: np.ndarray | None = None, **data: Any) -> Any:
    """Draws a lab; what is set in it is kept and stands in the address.

    Args:
        name: of its folder in `pages/components/labs`.
        kind: of its settings.
        picture: uint8 (H, W, 1) or (H, W, 3), 0..255; what the lab works on, where it works on a picture.
        data: anything else its script needs, as JSON; and by the name `on_<name>_change` what is called when the
            browser asks for `<name>` (`this.act("<name>", value)`).

    Returns:
        the component's result, for labs that ask the server for more.
    """
    settings, revision = session.lab(kind)
    notices.draw()
    key = f"lab-{kind.__name__}"
    asked = {word: data.pop(word) for word in list(data) if word.startswith("on_") and word.endswith("_change")}
    return _component(name)(
        key=key,
        data={
            "name": kind.__name__,
            "fields": _fields(kind),
            "settings": settings.model_dump(mode="json"),
            "revision": revision,
            "checks": _checks(kind),
            "picture": None if picture is None else packed_image(picture),
            **data,
        },
        on_settings_change=partial(_take, kind, key),
        **asked,
    )


def _take(kind: type[Lab], key: str) -> None:
    session.keep_lab(kind, getattr(session.sent(key), "settings", None))


def packed_image(image: np.ndarray) -> dict[str, Any]:
    """A picture as the browser unpacks it: its size and its bytes in base64.

    Args:
        image: uint8 (H, W, C), 0..255.
    """
    height, width, channels = image.shape
    data = np.ascontiguousarray(image).tobytes()
    sign = hashlib.blake2b(data, digest_size=8).hexdigest() + f"-{height}x{width}x{channels}"
    pixels = base64.b64encode(data).decode()
    return {"height": height, "width": width, "channels": channels, "pixels": pixels, "sign": sign}


@cache
def _checks(kind: type[Lab]) -> list[dict[str, Any]]:
    return [check.to_json() for check in kind.checks()]


@cache
def _fields(kind: type[Lab]) -> dict[str, dict[str, Any]]:
    """What the browser makes knobs of."""
    defaults = kind().model_dump(mode="json")  # a default may be a value of several numbers, such as kernels
    return {name: _field(option) | {"default": defaults[name]} for name, option in kind.options().items()}


def _field(option: Option) -> dict[str, Any]:
    """One knob: its type, range, choices and words."""
    told = {
        "type": "several" if option.is_several else option.type.__name__,
        "low": option.low,
        "high": option.high,
        "what": option.what,
        "advice": option.advice,
        "unit": option.unit,
        "steps": list(option.steps),
    }
    return told | ({"choices": list(option.choices)} if option.choices else {})
