"""The Storage page: each place with its budget, what was deleted with the ways back and out, the largest runs."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core import holdings
from core.datasets.own_images import AWAY
from core.errors import UserError
from core.holdings import Held, Place, size_words
from core.runs import trash
from core.settings import TRASH_DAYS
from core.uploads import deletion
from core.words import counted, listed, number
from pages.components.frame import session
from pages.components.frame.markdown import plain, say
from pages.components.runs import dataset_house
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
        holdings.TRASH, "Trash", "deleted thing", "deleted things",
        "Deleted runs and uploads. When full, the oldest go for ever; those of the last hour only when twice as full.",
    ),
    Shelf(
        holdings.IMAGES, "Your own pictures", "upload", "uploads",
        "When they are full, an upload is refused until others are deleted on the Data page.",
    ),
    Shelf(
        holdings.PREPARED, "Prepared data", "form of a dataset", "forms of datasets",
        "When it is full, what was not used for the longest time goes, and is made again when it is wanted.",
    ),
    Shelf(
        holdings.FEATURES, "Features", "set of features", "sets of features",
        "What frozen layers made of images. What was not used for longest goes, and is made again when wanted.",
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
    for start in range(0, len(SHELVES), 2):
        for column, shelf in zip(st.columns(2), SHELVES[start : start + 2], strict=False):
            with column.container(border=True, height="stretch"):
                _draw(shelf, holdings.held(home, shelf.place))
    _trash()
    st.space("small")
    datasets, runs = st.columns(2, gap="medium")
    with datasets:
        dataset_house.show()
    with runs:
        _largest_runs()


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


# ---- the trash


def _trash() -> None:
    """Each thing with the way back and the way out; nothing when it is empty."""
    home, found = session.workspace(), session.runs().deleted()
    uploads = deletion.deleted_uploads(home)
    if not found and not uploads:
        return
    sizes = holdings.held(home, holdings.TRASH).parts
    st.space("small")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Trash", anchor=False)
        st.space("stretch")
        st.button("Empty the trash", key="trash-empty", on_click=session.whole(session.keep), args=(ASKED, ALL))
    if session.remember(ASKED) == ALL:
        _ask_once_more(say("Delete {} for ever?", _things(len(found), len(uploads))))
    for upload in uploads[:LISTED]:
        words = say("**{}** · own pictures", upload.title)
        _deleted_row(upload.path, words, upload.title, sizes.get(upload.path.name, 0))
    if len(uploads) > LISTED:
        st.caption(f"The {LISTED} uploads that were deleted last, of {number(len(uploads))}.")
    for run in sorted(found, key=lambda run: _deleted_at(run.path), reverse=True)[:LISTED]:
        _deleted_row(run.path, deleted_title(run), run.title, sizes.get(run.id, 0))
    if len(found) > LISTED:
        st.caption(f"The {LISTED} runs that were deleted last, of {number(len(found))}.")


def _deleted_row(path: Path, words: str, title: str, size: int) -> None:
    """One thing of the trash.

    Args:
        path: where it lies; its name says which.
        words: what it is, in Markdown.
        title: its own.
        size: bytes that it takes.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{words} · {size_words(size)} · {_ago(_deleted_at(path))}")
        st.space("stretch")
        st.button("Restore", key=f"trash-restore-{path.name}", on_click=session.whole(_restore), args=(path.name,))
        st.button(
            "Delete for ever",
            key=f"trash-delete-{path.name}",
            type="tertiary",
            on_click=session.whole(session.keep),
            args=(ASKED, path.name),
        )
    if session.remember(ASKED) == path.name:
        _ask_once_more(say("Delete {} for ever?", title))


def _ask_once_more(question: str) -> None:
    """Says what goes, above the two ways on."""
    st.warning(f"{question} Curves, answers, networks and pictures go with it; nothing brings them back.")
    with st.container(horizontal=True):
        st.button("Delete for ever", key="trash-sure", on_click=session.whole(_delete_for_ever))
        st.button("Keep", key="trash-keep", on_click=session.whole(session.keep), args=(ASKED, None))


def _delete_for_ever() -> None:
    asked = session.remember(ASKED)
    session.keep(ASKED, None)
    with _told():
        if asked == ALL:
            trash.empty(session.workspace())
        elif asked and asked.startswith(AWAY):
            deletion.delete_upload_for_ever(asked.removeprefix(AWAY), session.workspace())
        elif asked:
            trash.delete_for_ever(session.workspace(), asked)


def _restore(name: str) -> None:
    """Brings back what has this name in the trash."""
    with _told():
        if name.startswith(AWAY):
            deletion.restore_upload(name.removeprefix(AWAY), session.workspace())
        else:
            session.runs().restore(name)


def _deleted_at(path: Path) -> float:
    """Seconds since 1970; 0 for what went meanwhile."""
    try:
        return trash.deleted_at(path)
    except OSError:
        return 0.0


def _ago(since: float) -> str:
    """ "deleted today", "deleted 3 days ago" """
    days = int((time.time() - since) / trash.DAY)
    return "deleted today" if days < 1 else "deleted yesterday" if days == 1 else f"deleted {counted(days, 'day')} ago"


def _things(runs: int, uploads: int) -> str:
    """ "2 runs and 1 upload" """
    return listed([counted(count, one) for count, one in ((runs, "run"), (uploads, "upload")) if count])


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


def _largest(sizes: Mapping[str, int]) -> list[str]:
    return sorted(sizes, key=lambda part: sizes[part], reverse=True)[:LARGEST]


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What can't be done is said above the page."""
    try:
        yield
    except UserError as error:
        session.keep(REFUSED, str(error))
