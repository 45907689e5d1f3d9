"""What an upload asks back, and what of its report can be taken back: the ways to read it, each a button."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import streamlit as st

from core.intake.manifest import Ingested
from core.intake.questions import Answer, Question, Reading
from core.uploads import incoming
from core.words import counted
from pages.components.browser.component import component
from pages.components.frame import session
from pages.components.frame.markdown import plain, say

ASKED, ANSWERED = "upload-question", "upload-answer"
MOST_CLASSES = 6
"""Drawn for each split of a reading."""

_reading = component("folder_reading", "data/readings", html="<div class='reading' role='img'></div>")


def ask(question: Question) -> None:
    """Draws a question: each way to read the folders with its classes, their images and a button.

    Args:
        question: of an upload whose files are kept.
    """
    st.warning(say("**{}**: {} Nothing is stored yet.", question.title, question.what))
    answers = question.answers()
    for place, column in enumerate(st.columns(len(answers))):
        reading = question.readings[place]
        with column, st.container(border=True):
            st.markdown(plain(reading.words))
            _reading(key=f"reading-{question.kept}-{reading.key}", data=_drawn(reading))
            st.button(
                plain(_label(reading)),
                key=f"read-{reading.key}",
                type="primary" if place == 0 else "secondary",
                on_click=session.whole(_answer),
                args=(question.kept, answers[place]),
                width="stretch",
            )
    st.button("Leave it", key="read-not", type="tertiary", on_click=session.whole(leave))


def take_back(arrived: Ingested) -> None:
    """Draws a button for everything that was decided on the way and can be undone.

    Args:
        arrived: what became of an upload whose files are kept.
    """
    ways = {offer.answer: offer.label for offer in arrived.offers} if arrived.kept else {}
    with st.container(horizontal=True):
        for place, (answer, label) in enumerate(ways.items()):
            st.button(
                plain(label),
                key=f"take-back-{place}",
                icon=":material/undo:",
                on_click=session.whole(_answer),
                args=(arrived.kept, answer),
            )


def answered() -> Callable | None:
    """The work that a press on one of the buttons asked for, once; it takes a function that shows progress."""
    kept, answer = session.remember(ANSWERED) or ("", None)
    session.keep(ANSWERED, None)
    return (lambda show: incoming.answer(kept, answer, show)) if kept else None


def _answer(kept: str, answer: Answer) -> None:
    session.keep(ASKED, None)
    session.keep(ANSWERED, (kept, answer))


def leave() -> None:
    """Puts a question away unanswered, and its files with it."""
    question: Question | None = session.remember(ASKED)
    session.keep(ASKED, None)
    if question:
        incoming.forget(question.kept)


def _drawn(reading: Reading) -> dict[str, Any]:
    """The first classes of each split; there may be thousands."""
    return {
        "counts": {split: dict(islice(classes.items(), MOST_CLASSES)) for split, classes in reading.counts.items()},
        "more": {split: max(0, len(classes) - MOST_CLASSES) for split, classes in reading.counts.items()},
    }


def _label(reading: Reading) -> str:
    """ "4 classes, 120 pictures"."""
    names = {name for classes in reading.counts.values() for name in classes}
    total = sum(count for classes in reading.counts.values() for count in classes.values())
    return f"{counted(len(names), 'class', 'classes')}, {counted(total, 'picture')}"
