"""A run, alive on the page: where it stands, its curves, and what it answers by now."""

import streamlit as st

from core import runs
from core.runs import Metrics, Run, Status
from pages.components import curves, live_tiles, session

TICK_SECONDS = 0.3
HEIGHT, COMPACT_HEIGHT = 300, 240
NEXT = (
    ("pages/4_Understand/2_Look_inside.py", "Look inside", ":material/visibility:"),
    ("pages/4_Understand/1_Predict.py", "Draw or upload a picture", ":material/draw:"),
    ("pages/2_Design/3_Network.py", "Change the network", ":material/layers:"),
)
WORDS = {
    runs.STARTING: "Starting: a worker reads the pictures and builds the network.",
    runs.FINISHED: "Finished.",
    runs.STOPPED: "Stopped by you; the network so far is kept.",
    runs.DIVERGED: "Diverged: the loss is no number any more. All before is kept; try a tenth of the learning rate.",
    runs.INTERRUPTED: "Interrupted: its worker is gone. The last finished epoch is kept; train again to start over.",
}


def show(run: Run, *, compact: bool = False) -> None:
    """Draws the run; while it lives, the part that changes redraws itself.

    Args:
        run: which.
        compact: only status and curves, lower.
    """
    alive = run.status().is_live
    st.fragment(_curves, run_every=TICK_SECONDS if alive else None)(run, alive, compact)
    if not compact:
        st.fragment(live_tiles.show, run_every=4 * TICK_SECONDS if alive else None)(run)


def empty(epochs: int, *, compact: bool = False) -> None:
    """The place of the curves before there is a run: the same axes, nothing on them."""
    _charts(Metrics(), Status(epochs=epochs), compact)


def next_steps(run: Run) -> None:
    """Where to go from a run that has a network; its place is held from the start so that nothing jumps."""
    if not run.checkpoints() or run.status().is_live:
        return
    st.subheader("What now?")
    with st.container(horizontal=True):
        for page, label, icon in NEXT:
            st.page_link(page, label=label, icon=icon)
    if run.experiment != session.experiment():
        st.info("The experiment above the page has changed since this run.")
        st.button(
            "Bring this run's experiment back", on_click=session.save, args=(run.experiment,), kwargs={"redraw": True}
        )


def _curves(run: Run, was_alive: bool, compact: bool) -> None:
    """One tick."""
    status = run.status()
    _status_line(run, status)
    metrics = _metrics(run)
    _charts(metrics, status, compact)
    if was_alive and not status.is_live:
        st.rerun()  # once: the page redraws without the timer, and the next steps appear


def _metrics(run: Run) -> Metrics:
    """What was measured, reading only what is new since the last tick."""
    known_id, metrics, offset = session.remember("metrics", (None, None, 0))
    if known_id != run.id:
        metrics, offset = Metrics(), 0
    records, offset, damaged = run.events(offset)
    metrics.damaged += damaged
    for record in records:
        metrics.take(record)
    session.keep("metrics", (run.id, metrics, offset))
    return metrics


def _charts(metrics: Metrics, status: Status, compact: bool) -> None:
    """The curves, their axes as long as the run will be."""
    curves.show(metrics, status.epochs or 10, status.best_epoch, COMPACT_HEIGHT if compact else HEIGHT)


def _status_line(run: Run, status: Status) -> None:
    """Epoch, pace, time left and the Stop button, in one row that keeps its height."""
    with st.container(horizontal=True, vertical_alignment="center", key="run-status"):
        st.markdown(f"**{_state_words(run, status)}**")
        st.markdown(_numbers(status))
        if status.is_live:
            st.button(
                "Stop",
                icon=":material/stop:",
                key=f"stop-{run.id}",
                on_click=run.request_stop,
                disabled=run.wants_stop(),
            )
    st.progress(min(1.0, status.epoch / status.epochs) if status.epochs else 0.0)
    if status.state == runs.FAILED:
        st.error(status.error)


def _state_words(run: Run, status: Status) -> str:
    if status.state == runs.RUNNING:
        return (
            "Stopping ..." if run.wants_stop() else f"Epoch {min(status.epoch + 1, status.epochs)} of {status.epochs}"
        )
    if status.state == runs.FAILED:
        return "Failed."
    return WORDS[status.state]


def _numbers(status: Status) -> str:
    """The figures that stand beside the state."""
    parts = []
    if status.val_accuracy is not None:
        parts.append(f"accuracy {status.accuracy:.3f} train, {status.val_accuracy:.3f} validation")
    if status.test_accuracy is not None:
        parts.append(f"{status.test_accuracy:.3f} test")
    if status.images_per_second:
        parts.append(f"{status.images_per_second:,.0f} images/s".replace(",", " "))
    if status.is_live and status.seconds_left is not None:
        parts.append(f"about {duration(status.seconds_left)} left")
    return " · ".join(parts)


def duration(seconds: float) -> str:
    """75 -> "1 min 15 s"; 3700 -> "1 h 2 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
