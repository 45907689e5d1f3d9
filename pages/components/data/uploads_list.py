"""Own images that lie here already: used, given another name, deleted (with the runs that use them, or without)."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.datasets.own_images import OwnImages, StoredImages, uploads
from core.errors import UserError
from core.intake import manifest
from core.runs.run import Run
from core.settings import TRASH_DAYS
from core.uploads import deletion
from core.words import counted, listed
from pages.components.frame import session
from pages.components.frame.markdown import plain

DELETING, RENAMING, REFUSED, DELETED = "upload-deleting", "upload-renaming", "upload-not-deleted", "upload-deleted"
"""What the tab remembers: which one is asked about, which gets a name, why not, and what went with the last one."""


def draw(use: Callable[[StoredImages], None], add: Callable[[StoredImages], None]) -> None:
    """Draws them, the latest first.

    Args:
        use: called with the one that was chosen.
        add: called with one that more pictures are to be added to.
    """
    if refused := session.remember(REFUSED):
        st.error(plain(refused))
    _way_back()
    found = uploads()
    if found:
        st.markdown("**Uploaded before**")
    for upload in found:
        _row(upload, use, add)


def _row(upload: StoredImages, use: Callable[[StoredImages], None], add: Callable[[StoredImages], None]) -> None:
    """One of them: what can be done before what it is, so that nothing moves."""
    images_id = upload.images_id
    if session.remember(RENAMING) == images_id:
        _rename_row(upload)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button("Use", key=f"use-{images_id}", on_click=session.whole(partial(use, upload)))
        st.button("Add to it", key=f"add-{images_id}", type="tertiary", on_click=session.whole(partial(add, upload)))
        for label, name in (("Rename", RENAMING), ("Delete", DELETING)):
            st.button(
                label,
                key=f"{label.lower()}-{images_id}",
                type="tertiary",
                on_click=session.whole(_ask),
                args=(name, images_id),
            )
        st.markdown(plain(upload.words()))
    if session.remember(DELETING) == images_id:
        _ask_once_more(upload)


def _ask(name: str, images_id: str | None) -> None:
    """One question at a time, and what was refused before it is forgotten."""
    for one in (DELETING, RENAMING, REFUSED):
        session.keep(one, None)
    session.keep(name, images_id)


def _rename_row(upload: StoredImages) -> None:
    """A field with the name, which Enter or a press takes."""
    key = f"name-{upload.images_id}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            "Name",
            upload.title,
            key=key,
            max_chars=manifest.MAX_TITLE,
            on_change=session.whole(rename),
            args=(upload.images_id, key),
        )
        st.button("Save", key="rename-save", on_click=session.whole(rename), args=(upload.images_id, key))
        st.button("Cancel", key="rename-not", type="tertiary", on_click=session.whole(_ask), args=(RENAMING, None))


def rename(images_id: str, field: str) -> None:
    """Gives a dataset the name that a field says, or keeps the sentence that says why not.

    Args:
        images_id: which.
        field: key of the widget.
    """
    _ask(RENAMING, None)
    named = session.sent(field)
    if not isinstance(named, str):  # the field is not on the screen any more
        return
    try:
        manifest.give_name(session.workspace().folder("images"), images_id, named)
    except UserError as error:
        session.keep(REFUSED, str(error))


# ---- deleting


def _ask_once_more(upload: StoredImages) -> None:
    """Says which runs use it, above the ways on."""
    runs = deletion.runs_that_use(upload.images_id, session.runs())
    live = [run for run in runs if run.status().is_live]
    st.warning(plain(" ".join(_sentences(upload, runs, live))))
    with st.container(horizontal=True):
        for label, key, with_runs in _ways(runs):
            st.button(
                label,
                key=key,
                disabled=bool(live),
                on_click=session.whole(delete),
                args=(upload.images_id, upload.title, with_runs),
            )
        st.button("Cancel", key="delete-not", on_click=session.whole(_ask), args=(DELETING, None))


def _ways(runs: list[Run]) -> list[tuple[str, str, bool]]:
    """(label, key, whether the runs go too) of each way to delete."""
    if not runs:
        return [("Delete", "delete-anyway", False)]
    count = "the run" if len(runs) == 1 else f"the {counted(len(runs), 'run')}"
    return [
        (f"Delete the pictures, keep {count}", "delete-anyway", False),
        (f"Delete the pictures and {count}", "delete-both", True),
    ]


def _sentences(upload: StoredImages, runs: list[Run], live: list[Run]) -> list[str]:
    """Who uses it, what a deletion means for them, and that it can be taken back."""
    gone = deletion.deleted_runs_that_use(upload.images_id, session.runs())
    also = f"The same pictures were brought as {listed(upload.also)}, too." if upload.also else ""
    return [
        one
        for one in (
            _used(upload.title, runs),
            f"{listed([run.title for run in live])} {_is(live)} under way: stop that first." if live else "",
            f"{_runs(gone)} among the deleted ones used it: {listed([run.title for run in gone])}." if gone else "",
            "The experiment that you are working on uses it." if _is_mine(upload) else "",
            also,
            f"For {TRASH_DAYS.value():d} days Storage brings back what is deleted.",
        )
        if one
    ]


def _used(title: str, runs: list[Run]) -> str:
    if not runs:
        return f"Delete {title}? No run uses it."
    names = listed([run.title for run in runs])
    return (
        f"Delete {title}? {_runs(runs)} {'uses' if len(runs) == 1 else 'use'} it: {names}. Without these pictures a "
        "run keeps its curves, but can't go on or show what it sees."
    )


def _runs(runs: list[Run]) -> str:
    return counted(len(runs), "run")


def _is(runs: list[Run]) -> str:
    return "is" if len(runs) == 1 else "are"


def _is_mine(upload: StoredImages) -> bool:
    mine = session.experiment().dataset
    return isinstance(mine, OwnImages) and mine.images_id == upload.images_id


def delete(images_id: str, title: str, with_runs: bool) -> None:
    """Deletes an upload, or keeps the sentence that says why not.

    Args:
        images_id: of the upload.
        title: what it is called.
        with_runs: whether the runs that use it go, too.
    """
    _ask(DELETING, None)
    session.keep(DELETED, None)
    looked_at = session.run()
    try:
        gone = deletion.delete_upload(images_id, session.runs(), with_runs=with_runs)
    except UserError as error:
        session.keep(REFUSED, str(error))
        return
    session.keep(DELETED, (images_id, title, gone))
    if looked_at and looked_at.id in gone:
        session.leave_run()


def _way_back() -> None:
    """What was deleted last, with the way back; until it is not in the trash any more."""
    if not (deleted := session.remember(DELETED)):
        return
    images_id, title, runs = deleted
    if images_id not in {one.images_id for one in deletion.deleted_uploads(session.workspace())}:
        session.keep(DELETED, None)
        return
    also = f" and {'the run' if len(runs) == 1 else counted(len(runs), 'run')} that used it" if runs else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.success(plain(f"{title}{also} went into the trash."), width="stretch")
        st.button("Restore", key="delete-undo", on_click=session.whole(restore), args=(images_id, runs))


def restore(images_id: str, runs: list[str]) -> None:
    """Brings a deleted upload back, and the runs that went with it.

    Args:
        images_id: of the upload.
        runs: their ids.
    """
    session.keep(DELETED, None)
    try:
        deletion.restore_upload(images_id, session.workspace())
        for run_id in runs:
            session.runs().restore(run_id)
    except UserError as error:
        session.keep(REFUSED, str(error))
