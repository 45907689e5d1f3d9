"""What may take longer than a moment: how far it is, a way to end it, and what it found."""

import streamlit as st

from core.lens import Lens, Result
from core.lens.errands import AT_WORK, ENDED, FAILED, WAITING, Errand
from core.words import number
from pages.components.frame import lens as process
from pages.components.frame import session, ticks
from pages.components.frame.markdown import plain
from pages.components.understand.looking import Looking

MOMENT = 0.8
"""Seconds for which the page waits by itself: most answers come before anybody would read how far they are."""
TICK_SECONDS = 0.5
STOPPED = "errand-ended"
"""What the tab remembers: the errand that its reader ended."""


def of(lens: Lens, looking: Looking, about: str = "") -> Result | None:
    """What a long look found; None as long as it is at it, once it was ended, and where it was refused.

    Args:
        lens: what is looked with.
        looking: at which network.
        about: tells it from others of its lens that are waited for on the same page.
    """
    name = looking.key(f"{STOPPED}-{lens.question}-{about}")
    known = _ended(name)
    errand = known if known and known.fields == looking.asked(lens) else looking.begin(lens)
    process.want(name, errand)
    errand.over.wait(MOMENT)
    if errand.is_live:
        process.wait_for(errand)
        st.fragment(_wait, run_every=ticks.period(TICK_SECONDS))(errand, name)
        return None
    if errand.state == FAILED:
        st.error(plain(errand.trouble))
        st.button("Try again", key=f"{name}-retry", on_click=session.whole(process.errands().forget), args=(errand,))
    if errand.state == ENDED:
        st.caption("You ended this look.")
        st.button("Look again", key=f"{name}-again", on_click=session.whole(session.keep), args=(name, None))
    return errand.result


def _ended(name: str) -> Errand | None:
    """The errand of this view that the reader ended, which is not begun again by itself."""
    found = session.remember(name)
    return found if isinstance(found, Errand) and found.state == ENDED else None


def _wait(errand: Errand, name: str) -> None:
    """How far it is."""
    if not errand.is_live:
        st.rerun()
    st.progress(errand.done / max(1, errand.total), plain(doing(errand)))
    st.button("Cancel", key=f"{name}-cancel", type="tertiary", icon=":material/close:",
              on_click=session.whole(_end), args=(errand, name))  # fmt: skip


def doing(errand: Errand) -> str:
    """What is being waited for."""
    if errand.state == WAITING:
        return "Waiting: another long look is at work"
    if errand.state == AT_WORK and errand.total:
        return f"{number(errand.done)} of {number(errand.total)}"
    return "Opening the network"


def _end(errand: Errand, name: str) -> None:
    session.keep(name, errand)
    process.errands().end(errand)
