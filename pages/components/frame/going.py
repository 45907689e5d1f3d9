"""Going to another page because of something that was pressed: wanted at once, done by the next run of the script."""

from pathlib import Path

import streamlit as st

from pages.components.frame import session, titles

GOING, HERE = "going", "here"
"""What the tab remembers: the page to open and the one where that was wanted, and the page that is open."""


def to(page: str) -> None:
    """Wants a page opened; what is pressed just then can't make that forgotten.

    Args:
        page: its file, "pages/3_Train/1_Live_run.py".
    """
    session.keep(GOING, (page, session.remember(HERE)))


def on(title: str | None = None) -> None:
    """Opens the page that is wanted, if any; of a reader who went to another one meanwhile nothing is wanted any more.

    Args:
        title: of the page that the frame is about to draw; None within a page.
    """
    wanted, start = session.remember(GOING) or (None, None)
    here = session.remember(HERE) if title is None else title
    if wanted and start in (None, here) and titles.of(Path(wanted)) != here:
        st.switch_page(wanted)
    session.keep(GOING, None)
    session.keep(HERE, here)
