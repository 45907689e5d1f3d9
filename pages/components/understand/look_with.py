"""Which ways of looking the page Look inside shows: all layers, as always, or a lens of the reader's choice."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import streamlit as st

from core.errors import UserError
from core.lens import Lens, Place, lenses
from core.lens.outline import Outline
from core.runs.run import Run
from core.spec import kinds
from pages.components.frame import session, spec_form
from pages.components.frame.markdown import plain
from pages.components.frame.spec_form import Choices
from pages.components.runs import run_view

L = TypeVar("L", bound=Lens)

OVERVIEW = "All layers"
WITH = run_view.LOOK_WITH
"""What the tab remembers: the question of the chosen lens."""
VIEW, WAY = "view-of-set", "way-to-break"
"""The same of the pages Mistakes and Break it."""
TURN = "look-with-turn"
"""The same: how often something else than the menus chose; each time they begin anew."""
MENU_WIDTH, OPTION_WIDTH = 400, 260
"""px"""


def choose(run: Run) -> str:
    """A menu of the ways of looking that fit a network; without any but the usual ones there is none.

    Returns:
        the question of the chosen lens, or `OVERVIEW`.
    """
    found = _offered(run)
    if not found:
        return OVERVIEW
    questions, start = [OVERVIEW, *found], session.remember(WITH, OVERVIEW)
    chosen = st.selectbox(
        "Look with",
        questions,
        index=questions.index(start) if start in questions else 0,
        # Said within the menu: a label above it would make the row higher for those who never open it.
        format_func=lambda question: f"Look with: {found[question].title() if question in found else question}",
        label_visibility="collapsed",
        key=f"{WITH}-{session.remember(TURN, 0)}-{'-'.join(questions)}",
        width=MENU_WIDTH,
    )
    session.keep(WITH, chosen)
    return chosen


def lead_to(lens: Lens) -> None:
    """Has the page look with a lens as it is set, whatever its menus said before."""
    session.keep(WITH, lens.question)
    session.keep(f"lens-{lens.question}", lens)
    session.keep(TURN, session.remember(TURN, 0) + 1)


def needs_picture(question: str) -> bool:
    """Whether what is looked with reads a picture of the reader's choice."""
    found = next((kind for kind in kinds(Lens).values() if kind.question == question), None)
    return found is None or found.needs_images


def _offered(run: Run) -> dict[str, type[Lens]]:
    """The lenses that may be chosen; none while the dataset is not there, which the page says itself."""
    try:
        return lenses("choice", Outline.of(run.experiment))
    except UserError:
        return {}


def of_set(run: Run, outline: Outline) -> Lens:
    """The views of many images as buttons side by side; returns the chosen one, with a form of its options."""
    return _side_by_side("set", VIEW, run, outline)


def to_break(run: Run, outline: Outline) -> Lens:
    """The same of the ways to break one image."""
    return _side_by_side("break", WAY, run, outline)


def _side_by_side(place: Place, name: str, run: Run, outline: Outline) -> Lens:
    """The lenses of a place as buttons.

    Args:
        place: which.
        name: under which the tab remembers the chosen one's question.
        run, outline: whose network is looked at.
    """
    found = lenses(place, outline)
    start = session.remember(name)
    question = st.segmented_control(
        "View",
        list(found),
        default=start if start in found else next(iter(found)),
        required=True,
        format_func=lambda question: plain(found[question].title()),
        label_visibility="collapsed",
        key=f"{name}-{run.id}-{'-'.join(found)}",
    )
    session.keep(name, question)
    return _with_options(found[question], outline)


def chosen_lenses(question: str, outline: Outline) -> list[Lens]:
    """What is looked with, in order; a chosen lens with a form of its options."""
    if question == OVERVIEW:
        return [kind().fitted(outline) for kind in lenses("overview", outline).values()]
    return [_with_options(lenses("choice", outline)[question], outline)]


def _with_options(kind: type[Lens], outline: Outline) -> Lens:
    """A lens as the reader sets it."""
    start = as_set(kind, outline)
    choices = kind.choices(outline)
    st.caption(plain(kind.sentence()))
    shown = sum(option.shown for option in kind.options().values())
    if not shown:
        return start
    with st.container(horizontal=True, vertical_alignment="bottom", width=OPTION_WIDTH * max(1, shown)):
        lens = spec_form.edit(
            start, f"lens-{kind.question}-{session.remember(TURN, 0)}-{_told(choices)}", choices=choices
        )
    remember(lens)
    return lens


def as_set(kind: type[L], outline: Outline) -> L:
    """A lens as the tab remembers it, with values that a network has."""
    kept = session.remember(f"lens-{kind.question}")
    return (kept if isinstance(kept, kind) else kind()).fitted(outline)


def remember(lens: Lens) -> None:
    """Keeps how a lens is set, for this tab."""
    session.keep(f"lens-{lens.question}", lens)


def _told(choices: Choices) -> str:
    """Names a form by what it offers: another network's form is another one."""
    return "-".join(f"{name}:{','.join(_words(values))}" for name, values in choices.items())


def _words(values: Mapping[str, str] | Sequence[str]) -> Iterable[str]:
    return values.values() if isinstance(values, Mapping) else values
