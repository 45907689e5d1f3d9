"""The Storage page: each place with its budget, deleted runs with the way back and the way out, the largest runs."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import streamlit as st

from core import holdings
from core.datasets.own_images import find_upload
from core.errors import UserError
from core.holdings import Held, Place, size_words
from core.runs import trash
from core.runs.run import Run
from core.settings import TRASH_DAYS
from core.words import counted, number
from pages.components.frame import session
from pages.components.frame.markdown import plain, say
from pages.components.runs.run_board import deleted_title

ASKED, REFUSED = "storage-asked", "storage-refused"
"""What the tab remembers: what is to go for ever, and why something could not be done."""
ALL = "all"
LISTED = 20
LARGEST = 8


@dataclass(frozen=True)
class Shelf:
    """One place as the page shows it.

    Args:
        title: its name.
        one, many: what lies there.
        sentence: what happens when it is full.
    """

    place: Place
    title: str
    one: str
    many: str
    sentence: str


SHELVES = (
    Shelf(
        holdings.RUNS, "Runs", "run", "runs",
        "When they are full, no run is started until some are deleted. A finished run never goes by itself.",
    ),
    Shelf(
        holdings.TRASH, "Deleted runs", "run", "runs",
        "When they are full, the oldest go for ever; those of the last hour only when there is twice as much.",
    ),
    Shelf(
        holdings.IMAGES, "Your own pictures", "upload", "uploads",
        "When they are full, an upload is refused until others are deleted on the Data page.",
    ),
    Shelf(
        holdings.PREPARED, "Prepared data", "form of a dataset", "forms of datasets",
        "When it is full, what was not used for the longest time goes, and is made again when it is wanted.",
    ),
)  # fmt: skip


def show() -> None:
    """All of it."""
    home = session.workspace()
    trash.keep_to_budget(home)
    st.caption(f"{size_words(holdings.free(home))} of this machine's disk are free.")
    if refused := session.remember(REFUSED):
        session.keep(REFUSED, None)
        st.error(plain(refused))
    for pair in (SHELVES[:2], SHELVES[2:]):
        for column, shelf in zip(st.columns(2), pair, strict=True):
            with column.container(border=True, height="stretch"):
                _draw(shelf, holdings.held(home, shelf.place))
    _deleted_runs()
    st.space("small")
    runs, uploads = st.columns(2, gap="medium")
    with runs:
        _largest_runs()
    with uploads:
        _largest_uploads()


def _draw(shelf: Shelf, held: Held) -> None:
    """Name, bar and what it means."""
    budget = shelf.place.setting.value()
    more = "" if held.is_whole else "at least "
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown(say("**{}**", shelf.title))
        st.space("stretch")
        st.markdown(f"{more}{size_words(held.size)} of {size_words(budget)}", width="content")
    st.progress(min(1.0, held.size / budget) if budget else 1.0)
    count = counted(len(held.parts), shelf.one, shelf.many)
    wrong = (
        "" if shelf.place.setting.is_understood() or not shelf.place.setting.text() else " (what is set is no number)"
    )
    also = f" After {counted(TRASH_DAYS.value(), 'day')} they go anyway." if shelf.place is holdings.TRASH else ""
    st.caption(
        f"{plain(count)}. {plain(shelf.sentence)}{also} `{plain(shelf.place.setting.variable)}` sets the size{wrong}."
    )


# ---- deleted runs


def _deleted_runs() -> None:
    """Each with the way back and the way out; nothing when there are none."""
    home, found = session.workspace(), session.runs().deleted()
    if not found:
        return
    sizes = holdings.held(home, holdings.TRASH).parts
    st.space("small")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Deleted runs", anchor=False)
        st.space("stretch")
        st.button("Empty the trash", key="trash-empty", on_click=session.whole(session.keep), args=(ASKED, ALL))
    if session.remember(ASKED) == ALL:
        _ask_once_more(f"Delete {_runs(len(found))} for ever?")
    for run in sorted(found, key=_deleted_at, reverse=True)[:LISTED]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{deleted_title(run)} · {size_words(sizes.get(run.id, 0))} · {_ago(_deleted_at(run))}")
            st.space("stretch")
            st.button("Restore", key=f"trash-restore-{run.id}", on_click=session.whole(_restore), args=(run.id,))
            st.button(
                "Delete for ever",
                key=f"trash-delete-{run.id}",
                type="tertiary",
                on_click=session.whole(session.keep),
                args=(ASKED, run.id),
            )
        if session.remember(ASKED) == run.id:
            _ask_once_more(say("Delete {} for ever?", run.title))
    if len(found) > LISTED:
        st.caption(f"The {LISTED} that were deleted last, of {number(len(found))}.")


def _ask_once_more(question: str) -> None:
    """Says what goes, above the two ways on."""
    st.warning(f"{question} Curves, answers and networks go with it; nothing brings them back.")
    with st.container(horizontal=True):
        st.button("Delete for ever", key="trash-sure", on_click=session.whole(_delete_for_ever))
        st.button("Keep", key="trash-keep", on_click=session.whole(session.keep), args=(ASKED, None))


def _delete_for_ever() -> None:
    asked = session.remember(ASKED)
    session.keep(ASKED, None)
    with _told():
        if asked == ALL:
            trash.empty(session.workspace())
        elif asked:
            trash.delete_for_ever(session.workspace(), asked)


def _restore(run_id: str) -> None:
    with _told():
        session.runs().restore(run_id)


def _deleted_at(run: Run) -> float:
    """Seconds since 1970; 0 for one that went meanwhile."""
    try:
        return trash.deleted_at(run.path)
    except OSError:
        return 0.0


def _ago(since: float) -> str:
    """ "deleted today", "deleted 3 days ago" """
    days = int((time.time() - since) / trash.DAY)
    return "deleted today" if days < 1 else "deleted yesterday" if days == 1 else f"deleted {counted(days, 'day')} ago"


def _runs(count: int) -> str:
    return counted(count, "run")


# ---- what takes most room


def _largest_runs() -> None:
    """Where deleting helps most."""
    sizes = holdings.held(session.workspace(), holdings.RUNS).parts
    if not sizes:
        return
    st.subheader("The largest runs", anchor=False)
    for run_id in _largest(sizes):
        with contextlib.suppress(UserError):  # it went meanwhile
            run = session.runs().find(run_id)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{deleted_title(run)} · {size_words(sizes[run_id])}")
                st.space("stretch")
                live = run.status().is_live
                st.button(
                    "Delete",
                    key=f"storage-delete-{run_id}",
                    type="tertiary",
                    disabled=live,
                    help="It is being trained." if live else None,
                    on_click=session.whole(_delete),
                    args=(run_id,),
                )


def _delete(run_id: str) -> None:
    """Into the trash, where it can be restored."""
    with _told():
        run, current = session.runs().find(run_id), session.run()
        if run.status().is_live:
            raise UserError("A run that is being trained was not deleted.", "Stop it first.", "RUN_LIVE")
        if current and current.id == run_id:
            session.leave_run()
        session.runs().delete(run)


def _largest_uploads() -> None:
    """Where deleting helps most; the Data page says who uses them before they go."""
    sizes = holdings.held(session.workspace(), holdings.IMAGES).parts
    if not sizes:
        return
    st.subheader("The largest uploads", anchor=False)
    for images_id in _largest(sizes):
        with contextlib.suppress(UserError):  # it went meanwhile
            st.markdown(say("{} · {}", find_upload(images_id).words(), size_words(sizes[images_id])))
    st.page_link("pages/2_Design/1_Data.py", label="Delete them on the Data page", icon=":material/arrow_forward:")


def _largest(sizes: Mapping[str, int]) -> list[str]:
    return sorted(sizes, key=lambda part: sizes[part], reverse=True)[:LARGEST]


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What can't be done is said above the page."""
    try:
        yield
    except UserError as error:
        session.keep(REFUSED, str(error))
