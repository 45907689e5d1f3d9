"""The drop zone: a ZIP or a folder of class folders becomes a dataset of this workspace, or a sentence says why not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import child
from core.datasets import Dataset
from core.datasets.own_images import OwnImages, StoredImages, find_upload, uploads
from core.errors import UserError
from core.intake.manifest import Ingested
from core.intake.questions import Question
from core.uploads import adding, deletion, incoming
from core.words import counted, listed, number
from pages.components.browser.component import component
from pages.components.data import class_boxes, server_folders, upload_question, uploads_list
from pages.components.frame import session
from pages.components.frame.markdown import plain, say

LAYOUT = Path(__file__).with_name("layout.html")
DROPZONE = Path(__file__).with_name("dropzone.css")
INTO, FORMER = "upload-into", "upload-former"
"""What the tab remembers: the dataset that is added to, and the one that was added to last."""
WAY, FOLDERS, BOXES = "upload-way-kept", "A ZIP or a folder", "Single files or the camera"
"""What the tab remembers: how images come; and the two ways."""
ARCHIVES = ("zip", "h5", "hdf5", "npz", "mdb")
"""Endings of what is one file; its content says what it is."""
SHOWN_SKIPPED = 200
"""Rows of the list of files that were left out."""
SHOWN_CLASSES = 8
PURPOSE = {"train": "to train on", "validation": "to validate on", "test": "to test on"}
PROPOSED = 96
"""px: large enough for shapes of things, small enough to learn on a laptop without a graphics card."""

_layout = component(
    "folder_layout",
    "data/layout",
    html=LAYOUT.read_text(encoding="utf-8"),
)


def draw(choose: Callable[[OwnImages], None], close: Callable[[], None]) -> None:
    """Draws the drop zone and what was uploaded before.

    Args:
        choose: called with a dataset that was chosen or has just arrived.
        close: called by the button that leads back without a change.
    """
    into: OwnImages | None = session.remember(INTO)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(f"More pictures for {into.called()}" if into else "Your own pictures"), anchor=False)
        st.space("stretch")
        st.button("Back", icon=":material/arrow_back:", key="own-back", on_click=session.whole(close))
    if into:
        _say_into(into)
    way = st.segmented_control(
        "How they come",
        (FOLDERS, BOXES),
        default=session.remember(WAY, FOLDERS),
        required=True,
        key="upload-way",
        on_change=session.whole(_choose_way),
        label_visibility="collapsed",
    )
    refusal = st.empty()
    if refused := session.remember("upload-refused"):
        refusal.error(plain(refused))
    if work := upload_question.answered() or class_boxes.wanted(into) or server_folders.wanted(into):
        refusal.empty()
        _read(work, choose, into)
    if way == BOXES:
        class_boxes.draw(into)
    else:
        _folders(choose, refusal, into)
    uploads_list.draw(lambda upload: choose(_proposed(upload)), lambda upload: add_to(_proposed(upload)))


def add_to(dataset: OwnImages) -> None:
    """From now on what is brought is added to a dataset.

    Args:
        dataset: with all that was mended in it.
    """
    session.keep(INTO, dataset)
    session.keep("upload-refused", None)


def _say_into(into: OwnImages) -> None:
    """What becomes of pictures that are added, and the way to a dataset of their own."""
    names = into.facts().class_names
    shown = listed([*names], SHOWN_CLASSES)
    st.markdown(
        say(
            "A folder or a box called like a class adds to it: {}. Any other name is a new class. What you mended "
            "stays mended, and runs that learnt from the pictures so far keep those. What is there already is not "
            "added twice, so a folder of which only a part arrived can be chosen again.",
            shown,
        )
    )
    st.button(
        "Make a new dataset instead",
        key="upload-into-none",
        type="tertiary",
        on_click=session.whole(session.keep),
        args=(INTO, None),
    )


def _choose_way() -> None:
    session.keep(WAY, session.sent("upload-way"))
    session.keep("upload-refused", None)


def _folders(choose: Callable[[OwnImages], None], refusal: DeltaGenerator, into: OwnImages | None) -> None:
    """A ZIP or a folder of class folders: how they should look, or what is asked about the last one."""
    st.markdown("Sort them into one folder per class; the folder's name is the label. They stay on this machine.")
    question: Question | None = session.remember(upload_question.ASKED)
    if question:
        upload_question.ask(question)
    else:
        _layout(key="folder-layout")
    _drop_zone(choose, refusal, into)
    most = st.get_option("server.maxUploadSize")
    st.caption(say("PNG, JPEG, WebP, BMP or GIF; at most {} MB. What can't be read is left out and listed.", most))
    st.caption("Arrays come as one file: HDF5, NPZ (x_train, y_train ...) or LMDB (data.mdb).")
    server_folders.draw()


def _drop_zone(choose: Callable[[OwnImages], None], refusal: DeltaGenerator, into: OwnImages | None) -> None:
    """Two ways in; each attempt empties them, so that the server lets go of the bytes."""
    turn = session.remember("upload-turn", 0)
    st.html(DROPZONE)
    zipped, folder = st.container(key="dropzone").columns(2)
    archive = zipped.file_uploader("A ZIP of the folders, or a file of arrays", type=ARCHIVES, key=f"upload-zip-{turn}")
    files = folder.file_uploader("or the folder itself", accept_multiple_files="directory", key=f"upload-folder-{turn}")
    if not archive and not files:
        return
    session.keep("upload-turn", turn + 1)
    refusal.empty()
    upload_question.leave()
    _read(lambda show: _receive(archive, files, show, into), choose, into)


def _read(
    work: Callable[[child.Progress], Ingested | Question],
    choose: Callable[[OwnImages], None],
    into: OwnImages | None = None,
) -> None:
    """Reads an upload, or reads it again; what became of it, or what it asks, is drawn by the run that follows.

    Args:
        work: does it, and tells how far it is.
        choose: called with the dataset that it became.
        into: the dataset that it was added to.
    """
    session.keep("upload-refused", None)
    bar, stages, before = st.progress(0.0, "Reading the pictures"), ["Storing", "Reading"], 0
    # A press ends this run of the page at the next sign of progress, and with it the process that reads.
    st.button("Stop", icon=":material/stop_circle:", key="upload-stop", on_click=session.whole(_stopped))

    def show(done: int, total: int) -> None:
        nonlocal before
        if done < before and len(stages) > 1:  # it begins anew: all are read
            stages.pop()
        before = done
        bar.progress(done / max(1, total), f"{stages[-1]} the pictures: {number(done)} of {number(total)}")

    try:
        outcome = work(show)
        if isinstance(outcome, Question):
            session.keep(upload_question.ASKED, outcome)
        else:
            session.keep("upload-arrived", outcome)
            session.keep(FORMER, into)
            session.keep(INTO, None)
            choose(adding.extended(into, outcome.id) if into else _proposed(find_upload(outcome.id)))
    except UserError as error:
        session.keep("upload-refused", str(error))
    st.rerun()


def _stopped() -> None:
    """Nothing was stored yet, and what came is let go of."""
    session.keep("upload-refused", None)


def _receive(archive: object, files: list, show: child.Progress, into: OwnImages | None) -> Ingested | Question:
    """Hands the bytes on, unread.

    Raises:
        UserError: the upload is refused.
    """
    onto = adding.onto(into) if into else None
    if archive:
        return incoming.receive_archive(archive, archive.name, show, may_ask=True, onto=onto)
    return incoming.receive_folder([(file.name, file) for file in files], show, may_ask=True, onto=onto)


def _proposed(upload: StoredImages) -> OwnImages:
    """A size to begin with: that of the pictures, but no larger than learns well on a laptop."""
    typical = int(np.median(upload.sizes.max(1)))
    size = min(PROPOSED, max(16, typical))
    return OwnImages(images_id=upload.images_id, image_size=size, keep_groups=upload.plain_groups() is not None)


def report(dataset: Dataset, choose: Callable[[OwnImages], None]) -> None:
    """After an upload: what arrived, what was decided on the way, and what was left out; until it is put away.

    Args:
        dataset: the one in use; another one puts the report away.
        choose: called with the dataset that arrives when something that was decided is taken back.
    """
    arrived: Ingested | None = session.remember("upload-arrived")
    if arrived is None or not isinstance(dataset, OwnImages) or dataset.images_id != arrived.id:
        return
    if refused := session.remember("upload-refused"):
        st.error(plain(refused))
    former: OwnImages | None = session.remember(FORMER)
    if work := upload_question.answered():
        _read(work, choose, former)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.success(plain(_arrived_words(arrived)), width="stretch")
        st.button("Close", key="upload-close", type="tertiary", on_click=session.whole(_put_away), args=(arrived,))
    if arrived.notes:
        st.warning("\n".join(f"- {plain(note)}" for note in arrived.notes))
    upload_question.take_back(arrived)
    if former:
        _former(former)
    if arrived.skipped:
        _left_out(arrived)


def _former(former: OwnImages) -> None:
    """The dataset as it was before it was added to, which can go where no run needs it."""
    if former.images_id not in {upload.images_id for upload in uploads()}:
        return
    runs = deletion.runs_that_use(former.images_id, session.runs())
    if runs:
        users = "a run" if len(runs) == 1 else counted(len(runs), "run")
        st.caption(say("The pictures as they were stay in the list of yours: {} learnt from them.", users))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("The pictures as they were stay in the list of yours. No run uses them.", width="stretch")
        st.button(
            "Delete the former",
            key="upload-former-delete",
            type="tertiary",
            on_click=session.whole(uploads_list.delete),
            args=(former.images_id, former.called(), False),
        )


def _put_away(arrived: Ingested) -> None:
    session.keep("upload-arrived", None)
    session.keep("upload-refused", None)
    incoming.forget(arrived.kept)


def _left_out(arrived: Ingested) -> None:
    """What was left out: by kind, then file by file."""
    with st.expander(f"{number(len(arrived.skipped))} left out", icon=":material/block:", key="upload-left-out"):
        st.markdown("\n".join(f"- {plain(group.words)}" for group in arrived.left_out()))
        rows = [{"file": item.name, "kind": item.kind, "why": item.reason} for item in arrived.skipped[:SHOWN_SKIPPED]]
        st.dataframe(rows, hide_index=True, width="stretch", key="upload-skipped")
        if len(arrived.skipped) > SHOWN_SKIPPED:
            st.caption(f"The first {SHOWN_SKIPPED} of them.")


def _arrived_words(arrived: Ingested) -> str:
    """Title, pictures per split and classes in one sentence."""
    counts = {split: sum(classes.values()) for split, classes in arrived.counts.items()}
    there = [split for split, count in counts.items() if count]
    words = ", ".join(f"{number(counts[split])} {PURPOSE[split]}" for split in there)
    if there == ["train"]:  # some of them will be held out
        words = counted(counts["train"], "picture")
    names = arrived.class_names
    classes = ", ".join(names[:SHOWN_CLASSES]) + (
        f" and {len(names) - SHOWN_CLASSES} more" if len(names) > SHOWN_CLASSES else ""
    )
    return f"{arrived.title} is here: {words}, in {counted(len(names), 'class', 'classes')}: {classes}."
