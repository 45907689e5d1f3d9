"""The Runs page as a whole: table, comparison, sweeps, and the deleted runs; what lives redraws itself."""

import streamlit as st

from core.errors import UserError
from core.experiment import Experiment
from core.runs.run import Run
from pages.components.frame import going, session
from pages.components.frame.markdown import say
from pages.components.runs import launching, run_comparison, run_export, run_families, run_rows, run_table, sweep_form

TICK_SECONDS = 1.0
LISTED = 30
"""Deleted runs that are listed: the latest."""
LIVE = "runs-live"
"""What the tab remembers: whether the clock ticks."""


def show(experiment: Experiment) -> None:
    """Everything; while a run lives, it redraws itself.

    Args:
        experiment: the one in work, of which several values may be tried.
    """
    if session.runs().newest() or sweep_form.is_wanted():
        sweep_form.show(experiment)
    st.fragment(_board, run_every=TICK_SECONDS if session.remember(LIVE) else None)()
    with st.expander("Open a run from another Kernelscope", icon=":material/folder_open:", key="open-archive"):
        run_export.open_archive()


def _board() -> None:
    """Table, curves and points; before there is a run, an invitation to train one."""
    going.on()
    session.follow_in_address()
    rows = run_rows.all_rows()
    live = any(row.is_live for row in rows)
    if live != bool(session.remember(LIVE)):
        session.keep(LIVE, live)
        st.rerun()  # the page is drawn again with, or without, the clock
    if rows:
        _compare(rows)
    else:
        st.write("Here all your runs will stand beside each other: what they reached, and what made the difference.")
        launching.start_button(session.experiment(), label="Train the first one")
    _deleted()


def _compare(rows: list[run_rows.RunRow]) -> None:
    """Table left, curves right; under both what differs, and a point per run."""
    chosen = run_table.chosen(rows)
    shown = run_comparison.compared(rows, chosen)
    table, beside = st.columns([1.4, 1], gap="medium")
    with table:
        run_table.draw(rows, shown)
    with beside:
        run_comparison.curves(shown, chosen)
        if len(chosen) == 1 and not chosen[0].trouble:
            with st.expander("Export this run", icon=":material/download:", key="export-run"):
                run_export.offer(chosen[0].run)
    run_comparison.differences(shown)
    run_comparison.costs(rows, shown)
    run_families.show(rows)


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
        return say("**{}** · {}", run.title, run.experiment.dataset.title())
    except UserError:
        return say("Run {}, which needs attention", run.id[:8])
