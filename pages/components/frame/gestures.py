"""What is pressed in a component is done once and in order; `browser/gestures.js` is the other half."""

import hashlib
from collections.abc import Callable
from typing import Annotated, Any

from annotated_types import Ge, Lt, MaxLen

from core.errors import UserError
from pages.components.frame import sent, session

LINES = 8
"""Lines of gestures that are remembered per component; a page that is loaded anew begins another."""
MOST = 1000
"""Gestures in one message: more than anybody makes while a server is silent."""
LARGEST = 2**53
"""Numbers that a browser counts to without a gap."""


class Numbered(sent.Shape):
    """What every gesture holds beside what it asks for."""

    line: Annotated[str, MaxLen(64)]
    n: Annotated[int, Ge(1), Lt(LARGEST)]


_all: dict[str, "Gestures"] = {}
"""The gestures of every component, by its key."""


def take_all() -> None:
    """Does what was sent and not done yet, of all components; called by the frame before any page.

    A callback that Streamlit left out because something else was pressed just then is not called again.
    """
    with session.undisturbed():
        for gestures in _all.values():
            gestures.take()


class Gestures:
    """The gestures of one component, each a number and what it asks for.

    Args:
        key: of the component.
        do: does one gesture to what the tab holds; what can't be done is told by it, not raised.
        refusal: under which name the tab remembers why a gesture was refused, until the component is drawn.
    """

    def __init__(self, key: str, do: Callable[[dict[str, Any]], None], refusal: str) -> None:
        self._key, self._do, self._refusal = key, do, refusal
        _all[key] = self

    def data(self) -> dict[str, Any]:
        """What the browser must know, under "gestures" in the component's data."""
        return {"queue": self._key, "answered": self._answered()}

    def take(self) -> None:
        """Does what was sent and not done yet; the component's `on_gestures_change`."""
        with session.undisturbed():
            for gesture in self._sent():
                answered = self._answered()
                if gesture["n"] > answered.get(gesture["line"], 0):
                    others = {line: n for line, n in answered.items() if line != gesture["line"]}
                    latest = [*others.items(), (gesture["line"], gesture["n"])][-LINES:]
                    session.keep(self._name(), dict(latest))
                    self._do(gesture)

    def _sent(self) -> list[dict[str, Any]]:
        """The gestures that came with the last message; of a message that no browser of ours sends, none."""
        came = getattr(session.sent(self._key), "gestures", None)
        if came is None:
            return []
        try:
            sent.read(Annotated[list[Numbered], MaxLen(MOST)], came)
        except UserError as error:
            self._tell(came, error)
            return []
        return came

    def _tell(self, came: object, error: UserError) -> None:
        """Says once that a message was refused: it comes again with every other one."""
        digest = hashlib.blake2b(repr(came).encode("utf-8", "surrogatepass")).hexdigest()
        if session.remember(f"refused-{self._key}") != digest:
            session.keep(f"refused-{self._key}", digest)
            session.keep(self._refusal, str(error))

    def _answered(self) -> dict[str, int]:
        """Number of the last gesture that was done, by line."""
        return session.remember(self._name(), {})

    def _name(self) -> str:
        return f"answered-{self._key}"
