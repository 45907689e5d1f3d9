"""A run, alive on the page: where it stands, its curves, and what it answers by now."""

import math

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.experiment.stages import stages
from core.runs import live, scores, states
from core.runs.curves import axis, rate_through
from core.runs.live import View
from core.runs.run import Run
from core.runs.states import Status
from core.words import number
from pages.components.frame import going, session, ticks
from pages.components.frame.markdown import plain, say
from pages.components.runs import curves, fine_tune, launching, live_tiles, own_network, run_controls
from pages.components.runs.curves import Axis

QUICK_SECONDS, CALM_SECONDS, YOUNG_SECONDS = 0.4, 2.0, 30.0
"""From tick to tick of a run that is young or about to stop, and of any other: drawing takes its time from a core."""
SLOW_SECONDS = 4.0
"""From tick to tick of the pictures, classes and kernels under the curves, once the run is no longer young."""
HEIGHT, COMPACT_HEIGHT = 300, 240
NEXT = (
    ("pages/4_Understand/2_Look_inside.py", "Look inside", ":material/visibility:"),
    ("pages/4_Understand/4_Mistakes.py", "See its mistakes", ":material/rule:"),
    ("pages/4_Understand/1_Predict.py", "Draw or upload a picture", ":material/draw:"),
    ("pages/4_Understand/3_Break_it.py", "Break it", ":material/electric_bolt:"),
    ("pages/2_Design/3_Network.py", "Change the network", ":material/layers:"),
    ("pages/3_Train/2_Runs.py", "Compare runs", ":material/stacked_line_chart:"),
)
LOOK_WITH = "look-with"
"""Under which name the tab remembers the lens of the page Look inside."""
QUEUED, AT_WORK, ENDED = "queued", "at work", "ended"
UNTRAINED = "Not trained yet."
NOTHING = "&nbsp;"
"""A row with nothing in it: of the character itself Streamlit would make no row at all."""
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
    below = CALM_SECONDS if tick == QUICK_SECONDS else SLOW_SECONDS
    st.fragment(live_tiles.show, run_every=ticks.period(below) if status.is_live else None)(run)


def empty(epochs: int, *, compact: bool = False) -> None:
    """The place of a run before there is one: the same rows and axes, nothing on them, so that nothing jumps later."""
    with st.container(key="run-live"):
        with st.container(horizontal=True, vertical_alignment="center", key="run-status"):
            st.markdown(f"**{UNTRAINED}**")
        _rows("", 0.0, "")
        curves.show(View().charts, Axis(epochs, epochs), height=COMPACT_HEIGHT if compact else HEIGHT)


def next_steps(run: Run) -> None:
    """Where to go from a run that has a network; its place is held from the start so that nothing jumps."""
    if _trouble(run) or not run.checkpoints() or run.status().is_live:
        return
    fine_tune.offer(run, run.status())
    st.subheader("What now?")
    with st.container(horizontal=True, vertical_alignment="center"):
        for page, label, icon in NEXT:
            st.page_link(page, label=label, icon=icon)
        st.button(
            "Is the gap real?",
            icon=":material/balance:",
            type="tertiary",
            help="Counts the training loss once more, the way the validation loss is counted, and shows what is left "
            "of the gap between the two.",
            on_click=session.whole(_look_with),
            args=("loss_again",),
        )
        if session.overview().experiment(run).training.phases:
            st.button(
                "How far did the weights move?",
                icon=":material/straighten:",
                type="tertiary",
                help="A bar for each layer: how far its weights moved since the last phase began.",
                on_click=session.whole(_look_with),
                args=("weights_moved",),
            )
        own_network.buttons(run, leads_on=True)


def _look_with(question: str) -> None:
    """Goes to where the network is looked at in this way."""
    session.keep(LOOK_WITH, question)
    going.to(NEXT[0][0])


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
    return QUICK_SECONDS if is_young or run_controls.is_pending(run, status) else CALM_SECONDS


def _curves(run: Run, drawn_at: tuple[str, float | None, float | None], compact: bool) -> None:
    """One tick."""
    stage, tick, period = drawn_at
    with ticks.timed():
        status = session.status(run, (period or 0.0) / 2)
        view = live.of(run, (period or 0.0) / 2 if status.is_live else 0.0)
        with st.container(key="run-live"):
            _status_line(run, status, view)
            _charts(run, view, status, compact)
        now = _tick(run, status)
    if (_stage(status), now) != (stage, tick) or ticks.is_out_of_step(period, now):
        st.rerun()  # once: the page redraws with another timer or none, and the next steps appear


def _charts(run: Run, view: View, status: Status, compact: bool) -> None:
    """The curves; at every tick their axes are as they were, until the curve comes to their end."""
    steps, is_paced = view.steps_per_epoch, bool(status.seconds_left)
    rate = rate_through(session.overview().experiment(run), steps, view.rates)
    shown = Axis(_axis(status, steps), status.epochs, steps, run.id, status.is_live, is_paced, rate)
    curves.show(view.charts, shown, status.best_epoch, COMPACT_HEIGHT if compact else HEIGHT)


def _axis(status: Status, steps: int = 0) -> float:
    """Epochs on the axis: what was lived in the end, and before that what comes soon with it."""
    if not status.is_live and status.epoch:
        return status.epoch + bool(status.batch)
    lived = status.epoch + _within(status, steps)
    left = status.seconds_left
    pace = (status.epochs - lived) / left if left else None
    return axis(lived, status.epochs or 10, pace)


def _status_line(run: Run, status: Status, view: View) -> None:
    """Epoch, pace and time left, the buttons, and how much of the machine it takes, in rows that keep their height."""
    with st.container(horizontal=True, vertical_alignment="center", key="run-status"):
        if status.is_live:
            run_controls.live(run, status, view.steps_per_epoch)
        else:
            run_controls.after(run, status)
        is_waiting = status.state == states.QUEUED
        words = launching.waiting_words(run, status) if is_waiting else _state_words(run, status, view.steps_per_epoch)
        st.markdown(say("**{}**", words))
    numbers = _numbers(status, session.overview().experiment(run))
    _rows(numbers, _share(status, view), _system_words(status))
    if status.features:
        st.caption(plain(status.features))
    if status.error and not status.is_live:
        st.error(plain(status.error))


def _rows(numbers: str, share: float, system: str) -> None:
    """What stands under the buttons, on a phone under the curves; each row is there from the start, and as high."""
    with st.container(key="run-numbers"):
        st.markdown(plain(numbers) or NOTHING)
        st.progress(share)
        st.caption(plain(system) or NOTHING)


def _share(status: Status, view: View) -> float:
    """How much of the run is done, 0..1; before its first epoch of what is computed once."""
    if status.computing:
        return min(1.0, status.computed / status.computing)
    lived = status.epoch + _within(status, view.steps_per_epoch)
    return min(1.0, lived / status.epochs) if status.epochs else 0.0


def _within(status: Status, steps: int) -> float:
    """How much of the epoch in progress is done, 0..1."""
    return min(1.0, status.batch / steps) if steps else 0.0


def _state_words(run: Run, status: Status, steps: int = 0) -> str:
    """Where it stands, in words.

    Args:
        run: which.
        status: of it.
        steps: batches in an epoch; 0 when unknown.
    """
    batch = f"batch {number(status.batch)}" + (f" of {number(steps)}" if steps else "")
    epoch = f"epoch {min(status.epoch + 1, status.epochs)} of {status.epochs}"
    reason = f": {status.reason}" if status.reason else ""
    best = f" Its best weights, of epoch {status.restored_epoch}, are brought back." if status.restored_epoch else ""
    return {
        states.QUEUED: f"Waiting: place {status.position} in the queue.",
        states.STARTING: f"Starting: {WARM if run.intent().warm else COLD}.",
        states.RUNNING: _running_words(run, status, epoch, batch),
        states.PAUSED: _paused_words(run, status, epoch, batch),
        states.FINISHED: f"Finished{reason}.{best}",
        states.STOPPED: "Stopped by you; the network so far is kept.",
        states.DIVERGED: f"Diverged{reason}. All before is kept; a tenth of the learning rate often helps.",
        states.FAILED: "Failed.",
        states.INTERRUPTED: _interrupted_words(status),
    }[status.state]


def _running_words(run: Run, status: Status, epoch: str, batch: str) -> str:
    if run.intent().stop:
        return "Stopping ..."
    if run_controls.is_held(run, status):
        return "Pausing ..."
    where = f"{epoch.capitalize()}, {batch}" if status.batch else epoch.capitalize()
    if status.computing:
        where = f"Computing features: {number(status.computed)} of {number(status.computing)} images"
    return f"{where}, but its worker does not respond" if status.is_silent else where


def _paused_words(run: Run, status: Status, epoch: str, batch: str) -> str:
    if not run.intent().pause:
        return "Going on ..."
    return f"Paused in {epoch}, after {batch}." if status.batch else f"Paused after epoch {status.epoch}."


def _interrupted_words(status: Status) -> str:
    kept = f"Epoch {status.epoch} and all before are kept" if status.epoch else "It had not finished an epoch"
    return f"Interrupted: its worker is gone. {kept}; Resume goes on from there."


def _numbers(status: Status, experiment: Experiment | None = None) -> str:
    """The figures that stand beside the state."""
    told = scores.sentence(status, experiment)
    parts = [f"accuracy: {told}"] if told else []
    if status.is_live and status.running_accuracy is not None:
        parts.append(f"this epoch so far {status.running_accuracy:.3f} train" if told else
                     f"accuracy so far {status.running_accuracy:.3f} train")  # fmt: skip
    if status.state == states.RUNNING and status.seconds_left is not None:
        has_border = experiment is not None and status.epoch < stages(experiment)[-1].first
        pace = " at this pace" if has_border else ""  # behind a border other layers may learn, and take longer
        parts.append(f"about {duration(status.seconds_left)} left{pace}")
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
