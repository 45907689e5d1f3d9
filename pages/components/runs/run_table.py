"""The table of all runs, and what can be done to the chosen ones."""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, Self

import streamlit as st
from annotated_types import MaxLen
from pydantic import model_validator

from core.errors import UserError
from core.runs import trash
from core.runs.overview import RunRow
from core.runs.run import Run
from core.words import counted
from pages.components.browser.component import component
from pages.components.frame import going, sent, session
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import plain
from pages.components.runs import launching

KEY = "run-table"
LIVE_PAGE, NETWORK_PAGE = "pages/3_Train/1_Live_run.py", "pages/2_Design/3_Network.py"
CHOSEN, NOTICE, REFUSAL = "runs-chosen", "runs-notice", "runs-refusal"
"""What the tab remembers: the chosen runs, what to tell, why a gesture was refused."""


_component = component(
    "run_table",
    "browser/gestures",
    "runs/dashes",
    "runs/run_rows",
    "runs/run_table_frame",
    "runs/run_table",
    "runs/run_table_narrow",
    html="<div class='host'><div class='bar'></div>"
    "<div class='tools' role='toolbar' aria-label='The chosen runs'></div>"
    "<div class='scroll'><table role='table' aria-label='Runs'>"
    "<thead><tr role='row'></tr></thead><tbody></tbody></table>"
    "<div class='nothing' hidden>No run is like that.</div></div><div class='total' role='status'></div></div>",
)


def draw(rows: Sequence[RunRow], compared: Sequence[RunRow]) -> None:
    """Draws the table of the rows that `run_rows` brings; what is done in it is already done when the page runs.

    Args:
        rows: all runs.
        compared: those whose curves are shown beside it, in the order of their dashes.
    """
    if refusal := session.remember(REFUSAL):
        session.keep(REFUSAL, None)
        st.warning(plain(refusal))
    data = {
        "chosen": [row.run.id for row in chosen(rows)],
        "compared": [row.run.id for row in compared],
        "notice": session.remember(NOTICE),
        "gestures": _gestures.data(),
    }
    _component(key=KEY, data=data, on_gestures_change=_gestures.take)


def chosen(rows: Sequence[RunRow]) -> list[RunRow]:
    """The chosen runs in the order of choosing; those gone since are left out."""
    by_id = {row.run.id: row for row in rows}
    return [by_id[run_id] for run_id in session.remember(CHOSEN) or [] if run_id in by_id]


def choose(ids: Sequence[str]) -> None:
    """Chooses these runs and no others."""
    session.keep(CHOSEN, list(ids))


class Asked(sent.Shape):
    """A gesture of the table.

    Args:
        action: what is to be done.
        ids: of the runs that it is done to.
        name, note: what one of them is called from now on, and what is noted of it.
        sure: whether a run that is being trained is meant as well.
    """

    action: Literal["choose", "open", "clone", "annotate", "resume", "stop", "delete", "restore"]
    ids: Annotated[list[sent.Name], MaxLen(5000)] = []
    name: Annotated[str, MaxLen(10_000)] = ""
    note: Annotated[str, MaxLen(100_000)] = ""
    sure: bool = False

    @model_validator(mode="after")
    def _about_runs(self) -> Self:
        """Only choosing may be about none, and these are about one."""
        if self.action != "choose" and not self.ids:
            raise ValueError("about no run")
        if self.action in ("open", "clone", "annotate") and len(self.ids) > 1:
            raise ValueError("about several runs")
        return self


def apply(gesture: object) -> None:
    """Does a gesture; what can't be done is said above the table.

    Args:
        gesture: as the browser sent it.
    """
    try:
        asked = sent.read(Asked, gesture)
        session.keep(NOTICE, None)
        ACTIONS[asked.action](list(dict.fromkeys(asked.ids)), asked)
    except UserError as error:
        session.keep(REFUSAL, str(error))


_gestures = Gestures(KEY, apply, REFUSAL)


def _open(ids: list[str], asked: Asked) -> None:
    session.choose_run(session.runs().find(ids[0]))
    going.to(LIVE_PAGE)


def _clone(ids: list[str], asked: Asked) -> None:
    session.save(session.runs().find(ids[0]).experiment, redraw=True)
    going.to(NETWORK_PAGE)


def _annotate(ids: list[str], asked: Asked) -> None:
    session.runs().find(ids[0]).annotate(name=asked.name, note=asked.note)


def _resume(ids: list[str], asked: Asked) -> None:
    for run in map(session.runs().find, ids):
        if run.can_resume():
            launching.ask(run)


def _stop(ids: list[str], asked: Asked) -> None:
    for run in map(session.runs().find, ids):
        if run.status().is_live:
            run.request_stop()


def _delete(ids: list[str], asked: Asked) -> None:
    """Live runs go only when that was said to be meant."""
    found = [session.runs().find(run_id) for run_id in ids]
    live = [run for run in found if run.status().is_live]
    if live and not asked.sure:
        raise UserError("A run that is being trained was not deleted.", "Stop it first.", "RUN_LIVE")
    for run in live:  # all at once: each takes its time to let go
        run.request_stop()
    gone: list[str] = []
    try:
        for run in found:
            _to_trash(run)
            gone.append(run.id)
    finally:  # one that does not let go takes nothing from those before it
        if gone:
            choose([run_id for run_id in session.remember(CHOSEN) or [] if run_id not in gone])
            session.keep(NOTICE, {"text": f"{_many(len(gone))} deleted.", "undo": gone})
            trash.keep_to_budget(session.workspace())


def _to_trash(run: Run) -> None:
    """Deletes a run, and looks at it no more."""
    session.runs().delete(run)
    current = session.run()
    if current and run.id == current.id:
        session.leave_run()


def _restore(ids: list[str], asked: Asked) -> None:
    for run_id in ids:
        session.runs().restore(run_id)
    session.keep(NOTICE, {"text": f"{_many(len(ids))} brought back."})


def _many(count: int) -> str:
    return counted(count, "run")


ACTIONS: dict[str, Callable[[list[str], Asked], None]] = {
    "choose": lambda ids, asked: choose(ids),
    "open": _open,
    "clone": _clone,
    "annotate": _annotate,
    "resume": _resume,
    "stop": _stop,
    "delete": _delete,
    "restore": _restore,
}
