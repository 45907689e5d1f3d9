"""A run as a file: for Keras, phones, spreadsheets or another Kernelscope; and a run that comes as a file."""

from typing import BinaryIO

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import export
from core.errors import UserError
from core.export import Exported, Format, networks
from core.runs import scores
from core.runs.archive import Opened
from core.runs.run import Run
from core.uploads import incoming
from core.words import compact
from pages.components.frame import session
from pages.components.frame.markdown import plain, say

LIVE_RUN = "pages/3_Train/1_Live_run.py"
FORMAT_WIDTH, EPOCH_WIDTH = 290, 180
"""px"""
KEPT, OPENED, REFUSED, TURN = "export-made", "archive-opened", "archive-refused", "archive-turn"
"""What the tab remembers: the file that was made last, and what became of the last archive."""


def offer(run: Run) -> None:
    """A menu of formats; the file is made when asked for, then waits to be fetched.

    Args:
        run: which; nothing of it changes.
    """
    reasons = {word: _why_not(run, one) for word, one in export.formats().items()}
    formats = {word: one for word, one in export.formats().items() if not reasons[word]}
    menus = st.container(horizontal=True)
    word = menus.selectbox(
        "Take it along as",
        list(formats),
        format_func=lambda word: formats[word].title(),
        key=f"export-format-{run.id}-{len(formats)}",
        width=FORMAT_WIDTH,
    )
    chosen = formats[word]
    number = _choose_epoch(run, menus) if chosen.of_epoch else 0
    st.caption(plain(" ".join(filter(None, [chosen.sentence(), _policy(run) if chosen.of_epoch else ""]))))
    if data := _ready(run, word, number):
        _hand_out(session.remember(KEPT)[1], data)
    elif st.button("Make the file", icon=":material/package_2:", key=f"export-make-{run.id}"):
        _make(run, chosen, number)
    for reason in dict.fromkeys(filter(None, reasons.values())):
        st.caption(plain(reason))


def open_archive() -> None:
    """A way in for a run that was exported as ZIP elsewhere; it becomes this tab's run."""
    turn = session.remember(TURN, 0)
    archive = st.file_uploader(
        "A run's ZIP",
        type="zip",
        key=f"archive-{turn}",
        help=say(
            "The ZIP that its export made, at most {} MB: settings, curves, notes and networks. Nothing in it is run.",
            st.get_option("server.maxUploadSize"),
        ),
    )
    if archive:
        session.keep(TURN, turn + 1)
        with st.spinner("Checking and opening the run; its networks take some seconds"):
            _receive(archive)
        st.rerun()
    if refused := session.remember(REFUSED):
        st.error(plain(refused))
    if opened := session.remember(OPENED):
        _welcome(opened)


def _why_not(run: Run, one: Format) -> str:
    """Why this kind can't be had here and now, and what to do; empty when it can."""
    if one.of_epoch and not run.checkpoints():
        return "Files with a network will be offered after the first epoch: none is saved yet."
    reason = one.why_not()
    return f"{one.title()} is not offered here. {reason}" if reason else ""


def _policy(run: Run) -> str:
    """What the network in a file computes with, where that is not what it was trained in."""
    try:
        return networks.policy(run.experiment)
    except UserError:  # it was deleted meanwhile
        return ""


def _choose_epoch(run: Run, place: DeltaGenerator) -> int:
    """Which of the saved networks goes into the file; the best unless told. 0 when there is none."""
    saved = run.checkpoints()
    if not saved:
        return 0
    status = run.status()
    return place.selectbox(
        "Network after epoch",
        saved,
        index=saved.index(scores.default_epoch(status, saved)),
        format_func=lambda number: scores.epoch_name(status, number, saved[-1]),
        key=f"export-epoch-{run.id}",
        width=EPOCH_WIDTH,
    )


def _make(run: Run, chosen: Format, number: int) -> None:
    """Makes the file and keeps where it lies."""
    words = f"Making {chosen.title()}" + ("; Keras starts first, which takes some seconds" if chosen.of_epoch else "")
    session.keep(KEPT, None)
    try:
        with st.spinner(plain(words)):
            made = export.make(run, chosen.word, number)
        session.keep(KEPT, ((run.id, chosen.word, number), made))
    except UserError as error:
        st.error(plain(error))
        return
    st.rerun()


def _ready(run: Run, word: str, number: int) -> bytes:
    """The file, if it is the one that was made last; empty when it is not, or was cleared away after an hour."""
    what, made = session.remember(KEPT) or (None, None)
    try:
        return made.read() if what == (run.id, word, number) else b""
    except UserError:
        return b""


def _hand_out(made: Exported, data: bytes) -> None:
    """The button that fetches the file."""
    st.download_button(
        say("Download {} ({}B)", made.name, compact(len(data))),
        data,
        made.name,
        made.mime,
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        key="export-download",
    )


def _receive(archive: BinaryIO) -> None:
    """Hands the bytes to the gate, unread."""
    session.keep(REFUSED, None)
    session.keep(OPENED, None)
    try:
        opened = incoming.receive_run(archive)
        session.choose_run(session.runs().find(opened.run))
        session.keep(OPENED, opened)
    except UserError as error:
        session.keep(REFUSED, str(error))


def _welcome(opened: Opened) -> None:
    """What arrived, what could not come along, and where to look at it; until the tab looks at another run."""
    run = session.run()
    if run is None or run.id != opened.run:
        session.keep(OPENED, None)
        return
    st.success(say("{} is here, and is the run that this tab looks at now.", run.title))
    for note in opened.notes:
        st.warning(plain(note))
    st.page_link(LIVE_RUN, label="Look at its curves", icon=":material/show_chart:")
