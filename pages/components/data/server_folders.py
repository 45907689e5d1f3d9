"""Folders of the server that its operator offers: named with what lies in each, and brought by one press."""

from collections.abc import Callable

import streamlit as st

from core import child
from core.datasets.own_images import OwnImages
from core.intake.manifest import Ingested
from core.intake.questions import Question
from core.uploads import adding, server_folders
from pages.components.frame import session
from pages.components.frame.markdown import say

ASKED = "server-folder-asked"
"""What the tab remembers: the folder that is to be brought."""


def draw() -> None:
    """Draws them; nothing where none is offered."""
    found = server_folders.offered()
    if not found:
        return
    st.markdown("**On this server**")
    counts = server_folders.surveys(found)
    for one in found:
        survey = counts.get(one.name)
        words = survey.words() if survey else "not counted yet"
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                "Use",
                key=f"server-folder-{one.name}",
                disabled=survey is not None and not survey.pictures,
                on_click=session.whole(session.keep),
                args=(ASKED, one.name),
            )
            st.markdown(say("**{}** · {}", one.name, words))


def wanted(into: OwnImages | None) -> Callable[[child.Progress], Ingested | Question] | None:
    """The work that a press asked for, once; it takes a function that shows progress.

    Args:
        into: the dataset that it is added to.
    """
    name = session.remember(ASKED)
    session.keep(ASKED, None)
    return (lambda show: server_folders.bring(name, show, adding.onto(into) if into else None)) if name else None
