"""What one browser tab holds: the experiment in work and the run it looks at; the only user of `st.session_state`.

Both stand in the address too, so a refresh, a second tab or a sent link shows the same thing.
"""

import contextlib
import time
from typing import TypeVar

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.experiment.presets import load_preset
from core.experiment.reading import read_experiment, read_link
from core.labs import Lab
from core.labs.reading import read_lab, read_settings
from core.runs.collection import Runs
from core.runs.run import Run
from core.spec import packed
from core.workspace import Workspace, current

L = TypeVar("L", bound=Lab)

START = "digits-cnn"
"""The experiment that a newcomer finds ready."""
UNDO_DEPTH = 50

LINK, RUN, LAB = "e", "run", "lab"
"""Names in the address."""
LATE_SECONDS = 5.0
"""How long a message may be under way that names the address of a lab as it was before the last change."""


def open_tab() -> None:
    """Fills a new tab from its address, or with the ready experiment; called by the frame before any page."""
    state = st.session_state
    if "experiment" not in state:
        state.undo, state.revision, state.run, state.notice = [], 0, None, None
        state.experiment = load_preset(START).to_json()
        _from_address()
    st.query_params[LINK] = experiment().to_link()
    if state.run:
        st.query_params[RUN] = state.run


def _from_address() -> None:
    """Takes over what the address says; what can't be read is said once and left out."""
    state, address = st.session_state, st.query_params
    try:
        if RUN in address:
            run = runs().find(address[RUN])
            state.run = run.id
            state.experiment = run.experiment.to_json()
        if LINK in address:
            state.experiment = read_link(address[LINK]).to_json()
    except UserError as error:
        state.notice = str(error)
        address.clear()


def experiment() -> Experiment:
    """The experiment in work."""
    return read_experiment(st.session_state.experiment)


def save(changed: Experiment, *, redraw: bool = False) -> None:
    """Makes `changed` the experiment in work; the old one can be had back by `undo`.

    Args:
        changed: the new experiment.
        redraw: True when it did not come from the widgets on the screen, so that they must show it anew.
    """
    state = st.session_state
    text = changed.to_json()
    if text == state.experiment:
        return
    state.undo = [*state.undo, state.experiment][-UNDO_DEPTH:]
    state.experiment = text
    st.query_params[LINK] = changed.to_link()
    if redraw:
        state.revision += 1


def can_undo() -> bool:
    """Whether there is a step to take back."""
    return bool(st.session_state.undo)


def undo() -> None:
    """Takes the last change back."""
    state = st.session_state
    if state.undo:
        state.experiment = state.undo[-1]
        state.undo = state.undo[:-1]
        state.revision += 1
        st.query_params[LINK] = experiment().to_link()


def key(name: str) -> str:
    """A widget key that lasts until the experiment is replaced from outside the widgets (undo, open, preset)."""
    return f"{name}-{st.session_state.revision}"


def remember(name: str, default: object = None) -> object:
    """A small choice of this tab (which layer is open, which picture is looked at)."""
    return st.session_state.get(f"kept-{name}", default)


def keep(name: str, value: object) -> None:
    """Keeps such a choice."""
    st.session_state[f"kept-{name}"] = value


def begin(widget: str, value: object) -> None:
    """The value with which a widget not yet on the screen begins, where a default could not be taken away again."""
    st.session_state.setdefault(widget, value)


def sent(widget: str, default: object = None) -> object:
    """What the widget or component of that key sent last, for callbacks; `default` when it is not on the screen."""
    return st.session_state.get(widget, default)


def lab(kind: type[Lab]) -> tuple[Lab, int]:
    """With what a lab begins, and a number that changes whenever that did not come from the lab itself.

    What the reader does meanwhile is known to the browser and the address: sending it back would only cost time.

    Args:
        kind: of the lab that is open.
    """
    address = st.query_params.get(LAB)
    if address not in (None, remember(_lab(kind, "now")), *_late(kind)):
        try:
            begin_lab(read_lab(kind, address))
        except UserError as error:
            st.session_state.notice = str(error)
            del st.query_params[LAB]
    if (now := remember(_lab(kind, "now"))) is not None:
        st.query_params[LAB] = now
    return remember(_lab(kind, "begin"), kind()), remember(_lab(kind, "revision"), 0)


def lab_now(kind: type[L]) -> L:
    """What is set in a lab, as far as the browser has told it."""
    now = remember(_lab(kind, "now"))
    return kind() if now is None else read_lab(kind, now)


def begin_lab(settings: Lab) -> None:
    """Makes a lab begin anew with settings that did not come from it."""
    keep(_lab(type(settings), "begin"), settings)
    _keep_now(type(settings), packed(settings))
    keep(_lab(type(settings), "revision"), remember(_lab(type(settings), "revision"), 0) + 1)


def keep_lab(kind: type[Lab], sent: object) -> None:
    """Lets the address follow what the reader set in a lab; what no lab sends is left alone."""
    with contextlib.suppress(UserError):
        link = packed(read_settings(kind, sent))
        _keep_now(kind, link)
        st.query_params[LAB] = link


def _keep_now(kind: type[Lab], link: str) -> None:
    """Keeps what is set in a lab now; the link before it becomes a late one."""
    before = remember(_lab(kind, "now"))
    keep(_lab(kind, "late"), _late(kind) | ({before: time.monotonic()} if before not in (None, link) else {}))
    keep(_lab(kind, "now"), link)


def _late(kind: type[Lab]) -> dict[str, float]:
    """Links of a lab that its changes replaced a moment ago: who names one did not mean to go back to it."""
    latest = time.monotonic() - LATE_SECONDS
    return {link: since for link, since in remember(_lab(kind, "late"), {}).items() if since > latest}


def _lab(kind: type[Lab], what: str) -> str:
    """Under which name something about a lab is kept."""
    return f"lab-{kind.__name__}-{what}"


def workspace() -> Workspace:
    """Where the runs, datasets and uploads of whoever sits at this tab lie."""
    return current()


def runs() -> Runs:
    """The runs of this tab's workspace."""
    return Runs(workspace())


def run() -> Run | None:
    """The run this tab looks at; None when there is none, or it is gone."""
    try:
        return runs().find(st.session_state.run) if st.session_state.run else None
    except UserError:
        st.session_state.run = None
        return None


def choose_run(chosen: Run) -> None:
    """Makes this tab look at a run."""
    st.session_state.run = chosen.id
    st.query_params[RUN] = chosen.id


def leave_run() -> None:
    """Looks at no run any more; the run itself goes on."""
    st.session_state.run = None
    if RUN in st.query_params:
        del st.query_params[RUN]


def notice() -> str | None:
    """A sentence to show once, such as that a link was broken."""
    text, st.session_state.notice = st.session_state.notice, None
    return text
