"""What was mended, step by step: each is taken out again by one press, and all of them by another."""

from pathlib import Path

import streamlit as st

from core.datasets import Dataset
from core.words import counted
from pages.components.frame import session
from pages.components.frame.markdown import plain
from pages.components.mending import current

STYLE = Path(__file__).with_name("history.css")
PAGE = 12
"""Steps that are listed at once, the latest first."""


def draw(dataset: Dataset) -> None:
    """The list, or what it will be."""
    told = current.told(dataset)
    st.markdown("**What was mended**")
    if not told:
        st.caption("Nothing yet. What you mend is listed here; your files stay as they are, and every step can go.")
        return
    if dataset.learns_as_brought:
        _as_brought()
    pages = -(-len(told) // PAGE)
    page = st.pagination(pages, key="history-page", max_visible_pages=5) if pages > 1 else 1
    st.html(STYLE)
    with st.container(gap="xxsmall", key="history"):
        for one in told[::-1][(page - 1) * PAGE : page * PAGE]:
            st.button(
                plain(one.words),
                icon=":material/undo:",
                type="tertiary",
                key=f"take-out-{one.place}",
                help="Take this step out. Those after it stay.",
                on_click=session.whole(current.take_out),
                args=(one.place,),
            )
    st.button(
        "As it came",
        icon=":material/restart_alt:",
        key="as-it-came",
        help=plain(f"Takes out {counted(len(told), 'step')}. Undo brings them back."),
        on_click=session.whole(current.put),
        args=((),),
    )


def _as_brought() -> None:
    """Says that training leaves the images as they came, with the way back."""
    st.info("This experiment learns from the images as they came; only what is checked on is mended.")
    st.button(
        "Learn from the mended ones",
        key="learn-mended",
        on_click=session.whole(current.put_mended),
    )
