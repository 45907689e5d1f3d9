"""What a reader opens in a picture of many images: a cell, a bar, a row; its images stand below."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Annotated, Any

from annotated_types import MaxLen

from core.errors import UserError
from pages.components.frame import sent, session
from pages.components.frame.gestures import Gestures
from pages.components.mending import current
from pages.components.understand.looking import Looking


class Opened(sent.Shape):
    """A press on something that stands for images.

    Args:
        sign: of the picture that stood there.
        what: a name that the picture itself gave it, "3-8"; empty closes.
    """

    sign: sent.Name
    what: Annotated[str, MaxLen(60)]


class Opening:
    """What stands open in one kind of picture, on each side of a page; it stays while the epoch changes.

    Args:
        key: of its component.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._gestures = {side: Gestures(key + side, self._doing(key + side), current.REFUSAL) for side in ("", BESIDE)}

    def drawn(self, component: Callable[..., Any], looking: Looking, data: dict[str, Any], *about: object) -> str:
        """Draws the picture and says what stands open in it, empty for nothing.

        Args:
            component: what draws it.
            looking: the network.
            data: what its script is given.
            about: with another value it is another picture, in which nothing stands open.
        """
        sign = blake2b(repr((looking.run.id, about)).encode(), digest_size=12).hexdigest()
        key, gestures = looking.key(self._key), self._gestures[BESIDE if looking.side else ""]
        before, what = session.remember(_name(key)) or ("", "")
        what = what if before == sign else ""
        told = {"sign": sign, "opened": what, "gestures": gestures.data()}
        current.refusals()
        component(key=key, data=data | told, on_gestures_change=gestures.take)
        return what

    @staticmethod
    def _doing(key: str) -> Callable[[object], None]:
        return lambda gesture: do(gesture, key)


BESIDE = "-beside"


def do(gesture: object, key: str) -> None:
    """Remembers what was opened; what can't be read is told."""
    try:
        asked = sent.read(Opened, gesture)
    except UserError as error:
        session.keep(current.REFUSAL, str(error))
        return
    session.keep(_name(key), (asked.sign, asked.what))


def _name(key: str) -> str:
    return f"opened-in-{key}"
