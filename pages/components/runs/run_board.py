"""The Runs page as a whole: table, comparison, sweeps, and the deleted runs; what lives redraws itself."""

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.runs.overview import Reading
from core.runs.run import Run
from pages.components.frame import going, session, strip, ticks
from pages.components.frame.markdown import say
from pages.components.runs import launching, run_comparison, run_export, run_families, run_rows, run_table, sweep_form

TICK_SECONDS = 1.0
LISTED = 30
"""Deleted runs that are listed: the latest."""


def show(experiment: Experiment) -> None:
    """Everything; while a run lives, what grows redraws itself.

    Args:
        experiment: the one in work, of which several values may be tried.
    """
    if session.overview().latest(1) or sweep_form.is_wanted():
        sweep_form.show(experiment)
    st.fragment(_board)()
    with st.expander("Open a run from another Kernelscope", icon=":material/folder_open:", key="open-archive"):
        run_export.open_archive()


def _board() -> None:
    """Table, curves and points; before there is a run, an invitation to train one."""
    going.on()
    session.follow_in_address()
    if strip.is_behind():
        st.rerun()  # a run of the table goes on: above the page too
    reading = session.overview().read()
    if reading.rows:
        _compare(reading)
    else:
        st.write("Here all your runs will stand beside each other: what they reached, and what made the difference.")
        launching.start_button(session.experiment(), label="Train the first one")
    _deleted()


def _compare(reading: Reading) -> None:
    """Table left, curves right; under both what differs, and a point per run."""
    rows = reading.rows
    chosen = run_table.chosen(rows)
    shown = run_comparison.compared(rows, chosen)
    table, beside = st.columns([1.4, 1], gap="medium")
    with table, st.container(gap=None):
        laid = run_rows.lay_down(reading)
        run_table.draw(rows, shown)
    with beside:
        st.caption(run_comparison.which(shown, chosen))
        period = ticks.period(TICK_SECONDS) if any(row.is_live for row in rows) else None
        drawn = (reading.settled, [row.run.id for row in shown], period)
        st.fragment(_grows, run_every=period)(reading, laid, *drawn)
        if len(chosen) == 1 and not chosen[0].trouble:
            with st.expander("Export this run", icon=":material/download:", key="export-run"):
                run_export.offer(chosen[0].run)
    run_comparison.differences(shown)
    run_comparison.costs(rows, shown)
    run_families.show(rows)


def _grows(reading: Reading, laid: str, settled: int, shown: list[str], period: float | None) -> None:
    """One tick: all that changes while runs live, told as what is different; whatever else did redraws the page.

    Args:
        reading: of the whole board.
        laid: the name of the text that the browser has, without which it can't read what differs.
        settled, shown, period: what the board was drawn with.
    """
    with ticks.timed():
        now = session.overview().read(max_age=(period or TICK_SECONDS) / 2)
        reading = now if now.at > reading.at else reading
        rows = run_comparison.compared(reading.rows, run_table.chosen(reading.rows))
        with st.container(gap=None):
            is_other = run_rows.tell(reading) != laid
            run_comparison.curves(rows)
        is_other = is_other or reading.settled != settled or [row.run.id for row in rows] != shown
    if is_other or ticks.is_out_of_step(period, TICK_SECONDS if period else None):
        st.rerun()


def _deleted() -> None:
    """The runs that were deleted, each with a way back; nothing when there are none."""
    found = session.runs().deleted()
    if not found:
        return
    with st.expander("Deleted runs", icon=":material/delete:"):
        st.caption(f"{len(found)} in all, the latest first.")
        for run in found[:LISTED]:
            words, way = st.columns([5, 1], vertical_alignment="center")
            words.markdown(deleted_title(run))
            way.button("Restore", key=f"restore-{run.id}", on_click=session.whole(run_table.apply), args=(_back(run),))


def _back(run: Run) -> dict[str, object]:
    """The gesture that restores a run."""
    return {"action": "restore", "ids": [run.id]}


def deleted_title(run: Run) -> str:
    """Name and dataset of a deleted run, which may be damaged."""
    try:
        experiment = session.overview().experiment(run)
        return say("**{}** · {}", run.notes().name or experiment.name, experiment.dataset.called())
    except UserError:
        return say("Run {}, which needs attention", run.id[:8])
