"""What stands above every page and follows the experiment: undo and redo, and the strip."""

from streamlit.delta_generator import DeltaGenerator

from pages.components.frame import notices, session, strip, undoing

FOLLOWED = frozenset({"Network"})
"""Titles of pages that draw it themselves: a part of theirs redraws itself, and what stands above with it."""


class Head:
    """Its places on the screen.

    Args:
        title: of the page below.
    """

    def __init__(self, title: str) -> None:
        self._pair: DeltaGenerator | None = undoing.place(title)
        self._strip = strip.place(title)
        if title not in FOLLOWED:
            self.draw()
        notices.draw()

    def draw(self) -> None:
        """Draws it, as the experiment is by now; in a part of a page that redraws itself, at every time."""
        if self._pair:
            with self._pair:
                undoing.draw()
        self._strip.draw()

    def follow(self) -> None:
        """Lets the strip follow what the page below has changed."""
        self._strip.follow()


def draw(title: str) -> Head:
    """Draws it above a page, or leaves that to the page.

    Args:
        title: of the page.
    """
    head = Head(title)
    session.keep("head", head)
    return head


def here() -> Head:
    """The one above this page, for those that draw it themselves."""
    return session.remember("head")
