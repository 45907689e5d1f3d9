"""What one browser tab holds: the experiment in work and the run it looks at; the only user of `st.session_state`.

Both stand in the address too, so a refresh, a second tab or a sent link shows the same thing.

Streamlit may break a script off wherever it touches `st.session_state`, the address or the screen, callbacks included,
and lets the next one begin before that. What must be done whole or not at all, and alone, runs `undisturbed`.
"""

import contextlib
import functools
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.experiment.presets import load_preset
from core.experiment.reading import read_experiment, read_link
from core.labs import Lab
from core.labs.reading import read_lab, read_settings
from core.runs import overview as overviews
from core.runs.collection import Runs
from core.runs.overview import Overview
from core.runs.run import Run
from core.runs.states import Status
from core.spec import packed
from core.workspace import Workspace, current
from pages.components.frame.sent import refused

L = TypeVar("L", bound=Lab)
P, R = ParamSpec("P"), TypeVar("R")

START = "digits-cnn"
"""The experiment that a newcomer finds ready."""
UNDO_DEPTH = 50

LINK, RUN, LAB, PICTURE, SHOWN = "e", "run", "lab", "picture", "shown"
"""Names in the address."""
LATE_SECONDS = 5.0
"""How long a message may be under way that names the address of a lab as it was before the last change."""


TAB = "tab"


@dataclass
class Tab:
    """All that a tab holds beside its widgets.

    Args:
        experiment: the one in work, as JSON; empty before the tab is opened.
        undo: earlier ones, the latest last.
        redo: those that were taken back, the latest last; any other change forgets them.
        revision: how often the experiment was replaced from outside the widgets.
        run: id of the run that the tab looks at.
        notice: a sentence to show once, and whether it tells of a success.
        kept: small choices by name.
        name: its own, 16 hexadecimal digits: in the queue, tabs take turns.
        turn: of whoever is `undisturbed`.
    """

    experiment: str = ""
    undo: list[str] = field(default_factory=list)
    redo: list[str] = field(default_factory=list)
    revision: int = 0
    run: str | None = None
    notice: tuple[str, bool] | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    name: str = field(default_factory=functools.partial(secrets.token_hex, 8))
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)


_held: ContextVar[dict[str, Any] | None] = ContextVar("held", default=None)
"""The session's state by name while nothing may break the script off."""


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Nothing breaks off what is done to the tab in here, so long as it draws nothing; the address follows later.

    A script that is to stop goes on beside the one that takes its place until then: one waits for the other.
    """
    if _held.get() is not None:
        yield
        return
    tab = st.session_state.to_dict().get(TAB)  # unlike any other access, this one lets nothing break in
    with tab.turn if tab else contextlib.nullcontext():
        token = _held.set(st.session_state.to_dict())
        try:
            yield
        finally:
            _held.reset(token)


def whole(callback: Callable[P, R]) -> Callable[P, R]:
    """The callback, done whole: what was pressed after it can't break it off half way."""

    @functools.wraps(callback)
    def done(*args: P.args, **kwargs: P.kwargs) -> R:
        with undisturbed():
            return callback(*args, **kwargs)

    return done


def _tab() -> Tab:
    """What this tab holds."""
    state = st.session_state if (held := _held.get()) is None else held
    if TAB not in state:
        state[TAB] = Tab()
    return state[TAB]


def open_tab() -> None:
    """Fills a new tab from its address, or with the ready experiment; called by the frame before any page."""
    tab = _tab()
    if not tab.experiment:
        tab.experiment = load_preset(START).to_json()
        _from_address(tab)
    follow_in_address(anew=True)


def _from_address(tab: Tab) -> None:
    """Takes over what the address says; what can't be read is said once and left out."""
    address = st.query_params
    try:
        if RUN in address:
            run = runs().find(address[RUN])
            tab.run = run.id
            tab.experiment = run.experiment.to_json()
        if LINK in address:
            tab.experiment = read_link(address[LINK]).to_json()
    except UserError as error:
        tab.notice = str(error), False
        address.clear()


def follow_in_address(*, anew: bool = False) -> None:
    """Lets the address say what the tab holds; what is `undisturbed` leaves that to the next run of the script.

    Args:
        anew: tells the browser also what the address is known to say: a script that was broken off as it said so may
            not have been heard.
    """
    if _held.get() is not None:
        return
    says, address = {LINK: _link(), RUN: _tab().run}, st.query_params
    for name in [name for name, value in says.items() if value is None and name in address]:
        del address[name]
    changed = {name: value for name, value in says.items() if value not in (None, address.get(name))}
    if changed or anew:
        address.update(changed)


def _link() -> str | None:
    """The experiment in work as a link; None where it is too large for one, which is said once."""
    try:
        return experiment().to_link()
    except UserError as error:
        if LINK in st.query_params:
            say(f"{error} A refresh of this page would begin anew.")
        return None


def experiment() -> Experiment:
    """The experiment in work."""
    return _read(_tab().experiment)


@functools.lru_cache(64)
def _read(text: str) -> Experiment:
    """An experiment never changes: the same text is read once."""
    return read_experiment(text)


def save(changed: Experiment, *, redraw: bool = False) -> None:
    """Makes `changed` the experiment in work; the old one can be had back by `undo`.

    Args:
        changed: the new experiment.
        redraw: True when it did not come from the widgets on the screen, so that they must show it anew.
    """
    with undisturbed():
        tab, text = _tab(), changed.to_json()
        if text == tab.experiment:
            return
        tab.undo, tab.redo = [*tab.undo, tab.experiment][-UNDO_DEPTH:], []
        tab.experiment = text
        tab.revision += redraw
    follow_in_address()


def before() -> Experiment | None:
    """The experiment that `undo` would bring back."""
    return _read(_tab().undo[-1]) if _tab().undo else None


def after() -> Experiment | None:
    """The experiment that `redo` would bring back."""
    return _read(_tab().redo[-1]) if _tab().redo else None


def undo() -> None:
    """Takes the last change back."""
    with undisturbed():
        tab = _tab()
        if tab.undo:
            tab.redo = [*tab.redo, tab.experiment]
            *tab.undo, tab.experiment = tab.undo
            tab.revision += 1
    follow_in_address()


def redo() -> None:
    """Makes the change again that was taken back last."""
    with undisturbed():
        tab = _tab()
        if tab.redo:
            tab.undo = [*tab.undo, tab.experiment]
            *tab.redo, tab.experiment = tab.redo
            tab.revision += 1
    follow_in_address()


def key(name: str) -> str:
    """A widget key that lasts until the experiment is replaced from outside the widgets (undo, open, preset)."""
    return f"{name}-{_tab().revision}"


def remember(name: str, default: object = None) -> object:
    """A small choice of this tab (which layer is open, which picture is looked at)."""
    return _tab().kept.get(name, default)


def keep(name: str, value: object) -> None:
    """Keeps such a choice."""
    _tab().kept[name] = value


def begin(widget: str, value: object) -> None:
    """The value with which a widget not yet on the screen begins, where a default could not be taken away again."""
    st.session_state.setdefault(widget, value)


def sent(widget: str, default: object = None) -> object:
    """What the widget or component of that key sent last, for callbacks; `default` when it is not on the screen."""
    state = st.session_state if (held := _held.get()) is None else held
    return state.get(widget, default)


def lab(kind: type[Lab]) -> tuple[Lab, int]:
    """With what a lab begins, and a number that changes whenever that did not come from the lab itself.

    What the reader does meanwhile is known to the browser and the address: sending it back would only cost time.

    Args:
        kind: of the lab that is open.
    """
    address = st.query_params.get(LAB)
    if address not in (None, remember(_lab(kind, "now")), *_late(_lab(kind))):
        try:
            begin_lab(read_lab(kind, address))
        except UserError as error:
            say(str(error))
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
    _keep_now(_lab(type(settings)), packed(settings))
    keep(_lab(type(settings), "revision"), remember(_lab(type(settings), "revision"), 0) + 1)


def keep_lab(kind: type[Lab], sent: object) -> None:
    """Lets the address follow what the reader set in a lab; of what no lab sends a sentence is said."""
    try:
        link = packed(read_settings(kind, sent))
    except UserError:
        say(str(refused()))
        return
    _keep_now(_lab(kind), link)
    st.query_params[LAB] = link


def opened_picture(key: str) -> str | None:
    """The picture that the address names, where the lab does not show it yet: somebody opened a link.

    Args:
        key: of the lab's pictures.
    """
    address, name = st.query_params.get(PICTURE), _pictures(key)
    return None if address in (None, remember(f"{name}-now"), *_late(name)) else address


def name_picture(key: str, link: str) -> None:
    """Lets the address name the picture that a lab shows; without a link it names none."""
    if link != remember(f"{_pictures(key)}-now"):
        _keep_now(_pictures(key), link)
    if link:
        st.query_params[PICTURE] = link
    elif PICTURE in st.query_params:
        del st.query_params[PICTURE]


def _keep_now(name: str, link: str) -> None:
    """Keeps what is set in a lab now; the link before it becomes a late one."""
    before = remember(f"{name}-now")
    keep(f"{name}-late", _late(name) | ({before: time.monotonic()} if before not in (None, link) else {}))
    keep(f"{name}-now", link)


def _late(name: str) -> dict[str, float]:
    """Links of a lab that its changes replaced a moment ago: who names one did not mean to go back to it."""
    latest = time.monotonic() - LATE_SECONDS
    return {link: since for link, since in remember(f"{name}-late", {}).items() if since > latest}


def _lab(kind: type[Lab], what: str = "") -> str:
    """Under which name something about a lab is kept."""
    return f"lab-{kind.__name__}{what and f'-{what}'}"


def _pictures(key: str) -> str:
    """Under which name something about a lab's pictures is kept."""
    return f"picture-{key}"


def shown() -> str | None:
    """Which showing this tab looks at, by its id; the address says it too, so that a refresh shows it again."""
    if _held.get() is None:
        if SHOWN not in _tab().kept:
            show(st.query_params.get(SHOWN))
        if now := remember(SHOWN):
            st.query_params[SHOWN] = now
        elif SHOWN in st.query_params:
            del st.query_params[SHOWN]
    return remember(SHOWN)


def show(showing_id: str | None) -> None:
    """Makes this tab look at a showing; None for a new one."""
    keep(SHOWN, showing_id)


def workspace() -> Workspace:
    """Where the runs, datasets and uploads of whoever sits at this tab lie."""
    return current()


def runs() -> Runs:
    """The runs of this tab's workspace."""
    return Runs(workspace())


def overview() -> Overview:
    """All of them at a glance, read once for all tabs."""
    return overviews.of(workspace())


def status(run: Run, max_age: float = 0.0) -> Status:
    """Where a run stands.

    Args:
        run: which.
        max_age: seconds that what another tab saw may be old.
    """
    row = overview().row(run, max_age)
    return row.status if row and not row.trouble else run.status()


def run() -> Run | None:
    """The run this tab looks at; None when there is none, or it is gone."""
    tab = _tab()
    try:
        return runs().find(tab.run) if tab.run else None
    except UserError:
        tab.run = None
        return None


def is_in_work(run: Run) -> bool:
    """Whether a run is of the experiment in work, whatever either is called; one that can't be read is of another."""
    try:
        return _are_same(_tab().experiment, overview().experiment(run))
    except UserError:
        return False


@functools.lru_cache(64)
def _are_same(text: str, other: Experiment) -> bool:
    """Compared once, as every page and every tick of the badge asks."""
    return _read(text).is_same(other)


def choose_run(chosen: Run) -> None:
    """Makes this tab look at a run."""
    with undisturbed():
        _tab().run = chosen.id
    follow_in_address()


def leave_run() -> None:
    """Looks at no run any more; the run itself goes on."""
    with undisturbed():
        _tab().run = None
    follow_in_address()


def asker() -> str:
    """Who asks for runs at this tab, as the queue tells one from another."""
    return _tab().name


def say(sentence: str, *, is_good: bool = False) -> None:
    """Has a sentence shown once, above the page.

    Args:
        sentence: of what went wrong.
        is_good: it tells of a success instead.
    """
    _tab().notice = sentence, is_good


def notice() -> tuple[str, bool] | None:
    """A sentence to show once, such as that a link was broken, and whether it tells of a success."""
    tab = _tab()
    told, tab.notice = tab.notice, None
    return told
