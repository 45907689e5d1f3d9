"""The time machine: one slider over the saved epochs of a run, on every page of Understand, that plays as a film."""

import json
from typing import Annotated, Any, Literal

import streamlit as st
from annotated_types import Ge, Lt

from core.errors import UserError
from core.runs import live, scores
from core.runs.run import Run, is_id
from core.runs.states import Status
from core.words import percent
from pages.components.browser.component import component
from pages.components.frame import lens, sent, session, ticks
from pages.components.frame.gestures import LARGEST, Gestures
from pages.components.frame.markdown import plain, say

KEY, REFUSAL = "time-machine", "time-machine-refusal"
PLAYS = "film-plays"
"""What the tab remembers: whether a film plays, as the browser said it with the last step."""
BESIDE = "film-beside"
"""The same: the run beside it that goes through the epochs with it."""
TICK_SECONDS = 0.8
AHEAD = 2
"""Epochs that are asked about before the film comes to them."""

_slider = component(
    "time_machine",
    "browser/gestures",
    "understand/time_machine_track",
    "understand/time_machine",
    html="<div class='time' role='group' aria-label='Saved epochs'></div>",
)
_drawn = component("epoch_drawn", "understand/epoch_drawn", html="<i hidden></i>")


def choose(run: Run) -> int | None:
    """Draws the slider; the place where it stands is kept for the tab, whichever page it looks at.

    Until somebody chooses another epoch it is that which the run ended with; while the run trains, its newest.

    Args:
        run: whose epochs.

    Returns:
        the epoch that is looked at; None before the first.
    """
    if refusal := session.remember(REFUSAL):
        session.keep(REFUSAL, None)
        st.warning(plain(refusal))
    saved, status = run.checkpoints(), run.status()
    start = scores.default_epoch(status, saved)
    chosen = session.remember(kept_as(run))
    at = chosen if chosen in saved else start
    if status.is_live:
        st.fragment(_follow, run_every=ticks.period(TICK_SECONDS))(run, saved)
    if len(saved) > 1:
        data = _data(run, status, saved, at, start) | {"gestures": _gestures.data()}
        _slider(key=KEY, data=data, on_gestures_change=_gestures.take)
    elif saved:
        st.caption(say("Only epoch {} is saved so far: with a second one you slide through them here.", saved[0])
                   if status.is_live else say("Only epoch {} of this run is saved.", saved[0]))  # fmt: skip
    lens.note_questions(wanted=bool(session.remember(PLAYS)))
    return at


def drawn(run: Run, epoch: int | None) -> None:
    """Stands at the end of a page: tells the film that this epoch is drawn, and asks about the next ones before it
    comes to them.

    Args:
        run, epoch: that the page looks at.
    """
    plays = bool(session.remember(PLAYS))
    session.keep(PLAYS, False)  # with every step the browser says anew whether it plays
    _drawn(key="epoch-drawn", data={"run": run.id, "epoch": epoch, "waits": lens.is_waited_for()}, height=0)
    if plays and epoch is not None:
        later = [one for one in run.checkpoints() if one > epoch]
        beside = session.remember(BESIDE)
        lens.ask_ahead([run.id, *([beside] if beside else [])], epoch, later[:AHEAD])


def kept_as(run: Run) -> str:
    """Under which name the tab remembers where the slider stands."""
    return f"epoch-{run.id}"


def _follow(run: Run, saved: list[int]) -> None:
    """Draws the page anew when there is another epoch, or the run has ended."""
    if run.checkpoints() != saved or not run.status().is_live:
        st.rerun()


def _data(run: Run, status: Status, saved: list[int], at: int | None, start: int | None) -> dict[str, Any]:
    """What the browser draws."""
    accuracy = json.loads(live.of(run).charts)[1]
    reached = dict(zip(accuracy["epochs"], accuracy["validation"], strict=True))
    values = [reached.get(epoch) for epoch in saved]
    return {
        "run": run.id,
        "epochs": saved,
        "names": [scores.epoch_name(status, epoch, saved[-1]) for epoch in saved],
        "at": saved.index(at),
        "start": saved.index(start),
        "best": saved.index(status.best_epoch) if status.best_epoch in saved else None,
        "accuracy": values,
        "reached": [None if value is None else percent(value, 1) for value in values],
        "borders": [[epoch, what] for epoch, what in accuracy["borders"] if saved[0] <= epoch < saved[-1]],
        "live": status.is_live,
        "follows": status.is_live and at == start and session.remember(kept_as(run)) is None,
    }


class Asked(sent.Shape):
    """A gesture of the slider: another epoch; none for the one that the run ended with, or its newest."""

    action: Literal["go"]
    run: sent.Name
    epoch: Annotated[int, Ge(0), Lt(LARGEST)] | None
    plays: bool


def apply(gesture: object) -> None:
    """Keeps where the slider stands; what can't be is said above it."""
    try:
        asked = sent.read(Asked, gesture)
        if not is_id(asked.run):
            raise sent.refused()
    except UserError as error:
        session.keep(REFUSAL, str(error))
        return
    session.keep(f"epoch-{asked.run}", asked.epoch)
    session.keep(PLAYS, asked.plays)


_gestures = Gestures(KEY, apply, REFUSAL)
