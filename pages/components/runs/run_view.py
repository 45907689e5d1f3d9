"""A run, alive on the page: where it stands, its curves, and what it answers by now."""

import math

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.runs import live, scores, states
from core.runs.live import View
from core.runs.run import Run
from core.runs.states import Status
from core.words import number
from pages.components.frame import session, ticks
from pages.components.frame.markdown import plain, say
from pages.components.runs import curves, launching, live_tiles, run_controls

QUICK_SECONDS, CALM_SECONDS, YOUNG_SECONDS = 0.4, 2.0, 30.0
"""From tick to tick of a run that is young or about to stop, and of any other: drawing takes its time from a core."""
HEIGHT, COMPACT_HEIGHT = 300, 240
AXES = (25, 50, 100, 200, 500, 1000)
"""Epochs on the axis of a long run, one after the other as it goes on."""
NEXT = (
    ("pages/4_Understand/2_Look_inside.py", "Look inside", ":material/visibility:"),
    ("pages/4_Understand/1_Predict.py", "Draw or upload a picture", ":material/draw:"),
    ("pages/2_Design/3_Network.py", "Change the network", ":material/layers:"),
    ("pages/3_Train/2_Runs.py", "Compare runs", ":material/stacked_line_chart:"),
)
QUEUED, AT_WORK, ENDED = "queued", "at work", "ended"
COLD = "a fresh worker imports TensorFlow first, which takes some seconds"
WARM = "a worker reads the pictures and builds the network"


def show(run: Run, *, compact: bool = False) -> None:
    """Draws the run; while it lives, the part that changes redraws itself.

    Args:
        run: which.
        compact: only status and curves, lower.
    """
    if trouble := _trouble(run):
        st.error(plain(trouble))
        return
    status = session.status(run)
    tick = _tick(run, status)
    period = ticks.period(tick) if tick else None
    st.fragment(_curves, run_every=period)(run, (_stage(status), tick, period), compact)
    if compact:
        return
    if _stage(status) == AT_WORK:
        run_controls.learning_rate(run, status)
    st.fragment(live_tiles.show, run_every=ticks.period(CALM_SECONDS) if status.is_live else None)(run)


def empty(epochs: int, *, compact: bool = False) -> None:
    """The place of the curves before there is a run: the same axes, nothing on them."""
    _charts(View(), Status(epochs=epochs), compact)


def next_steps(run: Run) -> None:
    """Where to go from a run that has a network; its place is held from the start so that nothing jumps."""
    if _trouble(run) or not run.checkpoints() or run.status().is_live:
        return
    st.subheader("What now?")
    with st.container(horizontal=True):
        for page, label, icon in NEXT:
            st.page_link(page, label=label, icon=icon)


def _trouble(run: Run) -> str:
    """Why a run needs attention before it can be looked at, and what to do; empty when it needs none."""
    try:
        return "" if run.experiment else ""
    except UserError as error:
        return f"{run.title} needs attention. {error}"


def _stage(status: Status) -> str:
    """What the page around the curves depends on: in the queue there is nothing to steer yet, in the end no clock."""
    if status.state == states.QUEUED:
        return QUEUED
    return AT_WORK if status.is_live else ENDED


def _tick(run: Run, status: Status) -> float | None:
    """Seconds until the curves are drawn again; None when there is nothing more to come."""
    if not status.is_live:
        return None
    is_young = status.state != states.QUEUED and status.seconds < YOUNG_SECONDS
    return QUICK_SECONDS if is_young or run.intent().stop else CALM_SECONDS


def _curves(run: Run, drawn_at: tuple[str, float | None, float | None], compact: bool) -> None:
    """One tick."""
    stage, tick, period = drawn_at
    with ticks.timed():
        status = session.status(run, (period or 0.0) / 2)
        view = live.of(run, (period or 0.0) / 2 if status.is_live else 0.0)
        _status_line(run, status, view)
        _charts(view, status, compact)
        now = _tick(run, status)
    if (_stage(status), now) != (stage, tick) or ticks.is_out_of_step(period, now):
        st.rerun()  # once: the page redraws with another timer or none, and the next steps appear


def _charts(view: View, status: Status, compact: bool) -> None:
    """The curves; at every tick their axes are as they were."""
    curves.show(view.charts, _axis(status), status.best_epoch, COMPACT_HEIGHT if compact else HEIGHT)


def _axis(status: Status) -> int:
    """Epochs on the axis: all of a short run; of a long one the next round number, so that its start can be seen."""
    if not status.is_live and status.epoch:
        return status.epoch + bool(status.batch)
    return min([status.epochs or 10, *(length for length in AXES if length > status.epoch)])


def _status_line(run: Run, status: Status, view: View) -> None:
    """Epoch, pace and time left, the buttons, and how much of the machine it takes, in rows that keep their height."""
    with st.container(horizontal=True, vertical_alignment="center", key="run-status"):
        is_waiting = status.state == states.QUEUED
        st.markdown(say("**{}**", launching.waiting_words(run, status) if is_waiting else _state_words(run, status)))
        st.markdown(plain(_numbers(status, session.overview().experiment(run))))
        if status.is_live:
            run_controls.live(run, status)
        else:
            run_controls.after(run, status)
    st.progress(_share(status, view))
    st.caption(plain(_system_words(status)) or "\N{NO-BREAK SPACE}")
    if status.error and not status.is_live:
        st.error(plain(status.error))


def _share(status: Status, view: View) -> float:
    """How much of the run is done, 0..1."""
    inside = status.batch / view.steps_per_epoch if view.steps_per_epoch else 0.0
    return min(1.0, (status.epoch + inside) / status.epochs) if status.epochs else 0.0


def _state_words(run: Run, status: Status) -> str:
    """Where it stands, in words."""
    epoch = f"epoch {min(status.epoch + 1, status.epochs)} of {status.epochs}"
    reason = f": {status.reason}" if status.reason else ""
    best = f" Its best weights, of epoch {status.restored_epoch}, are brought back." if status.restored_epoch else ""
    return {
        states.QUEUED: f"Waiting: place {status.position} in the queue.",
        states.STARTING: f"Starting: {WARM if run.intent().warm else COLD}.",
        states.RUNNING: _running_words(run, status, epoch),
        states.PAUSED: f"Paused in {epoch}, after batch {number(status.batch)}."
        if status.batch
        else f"Paused after epoch {status.epoch}.",
        states.FINISHED: f"Finished{reason}.{best}",
        states.STOPPED: "Stopped by you; the network so far is kept.",
        states.DIVERGED: f"Diverged{reason}. All before is kept; a tenth of the learning rate often helps.",
        states.FAILED: "Failed.",
        states.INTERRUPTED: _interrupted_words(status),
    }[status.state]


def _running_words(run: Run, status: Status, epoch: str) -> str:
    if run.intent().stop:
        return "Stopping ..."
    return f"{epoch.capitalize()}, but its worker does not respond" if status.is_silent else epoch.capitalize()


def _interrupted_words(status: Status) -> str:
    kept = f"Epoch {status.epoch} and all before are kept" if status.epoch else "It had not finished an epoch"
    return f"Interrupted: its worker is gone. {kept}; Resume goes on from there."


def _numbers(status: Status, experiment: Experiment | None = None) -> str:
    """The figures that stand beside the state."""
    told = scores.sentence(status, experiment)
    parts = [f"accuracy: {told}"] if told else []
    if status.state == states.RUNNING and status.seconds_left is not None:
        parts.append(f"about {duration(status.seconds_left)} left")
    return " · ".join(parts)


def _system_words(status: Status) -> str:
    """What the machine gives and the training takes."""
    parts = []
    if status.images_per_second:
        parts.append(f"{number(round(status.images_per_second))} images/s")
    if status.learning_rate is not None:
        parts.append(f"learning rate {status.learning_rate:.3g}")
    if status.is_live and status.cpu_percent is not None:
        parts.append(f"CPU {status.cpu_percent / 100:.1f} cores")
    if status.is_live and status.memory_mb is not None:
        parts.append(f"memory {status.memory_mb / 1000:.2f} GB")
    if not status.is_live and status.seconds:
        parts.append(f"trained for {duration(status.seconds)}")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """75 -> "1 min 15 s"; 3700 -> "1 h 2 min"; "–" for what is no time."""
    if not math.isfinite(seconds):
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
