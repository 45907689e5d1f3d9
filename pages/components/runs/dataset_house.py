"""Datasets on the Storage page: what each takes, which runs learned from it, and a press that frees what is remade."""

import streamlit as st

from core.errors import UserError
from core.holdings import size_words
from core.runs import house
from core.runs.house import Kept
from core.runs.run import Run
from core.words import counted, listed
from pages.components.frame import session
from pages.components.frame.markdown import say

FREED, REFUSED = "storage-freed", "storage-not-freed"
"""What the tab remembers: what the last press freed, or why it did not."""
LISTED = 12
NAMED = 2
"""Runs that are named; of more only their number is told."""
HELP = "Prepared images and features go, and are made again when wanted. Pictures, runs and what you mended stay."


def show() -> None:
    """A row for each dataset, the largest first; nothing where there is none."""
    found = house.kept(session.runs())
    if not found:
        return
    st.subheader("Datasets", anchor=False)
    if refused := session.remember(REFUSED):
        st.error(say("{}", refused))
    elif freed := session.remember(FREED):
        st.success(say("{}", freed))
    for one in found[:LISTED]:
        _row(one)
    if len(found) > LISTED:
        st.caption(say("The {} largest of {}.", LISTED, counted(len(found), "dataset")))
    st.page_link("pages/2_Design/1_Data.py", label="Delete pictures on the Data page", icon=":material/arrow_forward:")


def _row(one: Kept) -> None:
    parts = " · ".join(f"{name} {size_words(size)}" for name, size in house.parts(one).items())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(say("**{}** · {} · {}", one.title, parts, _users(one.runs)), width="stretch")
        if one.freeable:
            st.button(
                say("Free {}", size_words(one.freeable)),
                key=f"storage-free-{one.key or 'unknown'}",
                type="tertiary",
                help=HELP,
                on_click=session.whole(_free),
                args=(one.key, one.title),
            )


def _users(runs: list[Run]) -> str:
    """ "no run", "1 run: Digits CNN", "3 runs: A, B and 1 more" """
    if not runs:
        return "no run"
    return f"{counted(len(runs), 'run')}: {listed([run.title for run in runs], NAMED)}"


def _free(key: str, title: str) -> None:
    session.keep(REFUSED, None)
    session.keep(FREED, None)
    try:
        session.keep(FREED, f"{size_words(house.free(key, session.runs()))} that {title} took are free again.")
    except UserError as error:
        session.keep(REFUSED, str(error))
