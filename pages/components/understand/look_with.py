"""Which ways of looking the page Look inside shows: all layers, as always, or a lens of the reader's choice."""

import streamlit as st

from core.errors import UserError
from core.lens import Lens, lenses
from core.lens.outline import Outline
from core.runs.run import Run
from core.spec import kinds
from pages.components.frame import session, spec_form
from pages.components.frame.markdown import plain
from pages.components.runs import run_view

OVERVIEW = "All layers"
WITH = run_view.LOOK_WITH
"""What the tab remembers: the question of the chosen lens."""
VIEW = "view-of-set"
"""The same of the page Mistakes."""
TURN = "look-with-turn"
"""The same: how often something else than the menus chose; each time they begin anew."""
MENU_WIDTH, OPTION_WIDTH = 340, 260
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
    found = lenses("set", outline)
    start = session.remember(VIEW)
    question = st.segmented_control(
        "View",
        list(found),
        default=start if start in found else next(iter(found)),
        required=True,
        format_func=lambda question: plain(found[question].title()),
        label_visibility="collapsed",
        key=f"{VIEW}-{run.id}-{'-'.join(found)}",
    )
    session.keep(VIEW, question)
    return _with_options(found[question], outline)


def chosen_lenses(question: str, outline: Outline) -> list[Lens]:
    """What is looked with, in order; a chosen lens with a form of its options."""
    if question == OVERVIEW:
        return [kind().fitted(outline) for kind in lenses("overview", outline).values()]
    return [_with_options(lenses("choice", outline)[question], outline)]


def _with_options(kind: type[Lens], outline: Outline) -> Lens:
    """A lens as the reader sets it."""
    kept = session.remember(f"lens-{kind.question}")
    start = (kept if isinstance(kept, kind) else kind()).fitted(outline)
    choices = kind.choices(outline)
    st.caption(plain(kind.sentence()))
    shown = sum(option.shown for option in kind.options().values())
    if not shown:
        return start
    with st.container(horizontal=True, vertical_alignment="bottom", width=OPTION_WIDTH * max(1, shown)):
        lens = spec_form.edit(
            start, f"lens-{kind.question}-{session.remember(TURN, 0)}-{_told(choices)}", choices=choices
        )
    session.keep(f"lens-{kind.question}", lens)
    return lens


def _told(choices: dict[str, tuple[str, ...]]) -> str:
    """Names a form by what it offers: another network's form is another one."""
    return "-".join(f"{name}:{','.join(values)}" for name, values in choices.items())
