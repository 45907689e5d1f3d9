"""Which trained network a page looks at, and what it shows before there is one."""

import time
from itertools import islice

import streamlit as st

from core import runs
from core.errors import UserError
from core.runs import Run
from pages.components import session, training
from pages.components.wall import plain

OFFERED = 12
"""Runs to choose from: the latest ones."""
WAIT_SECONDS = 0.7
MENU_WIDTH = 420
"""px"""


def choose(invitation: str) -> Run | None:
    """The tab's run, another one if the reader picks it; without any, an invitation to train.

    Args:
        invitation: what the page will show once there is a network.
    """
    current = session.run()
    if current and current.status().is_live and not current.checkpoints():
        st.write(f"{invitation} The network is training; this page opens when its first epoch is done.")
        st.fragment(_wait, run_every=WAIT_SECONDS)(current)
        return None
    ready = _with_weights(current)
    if not ready:
        st.write(f"{invitation} There is no trained network yet.")
        training.start_button(session.experiment(), label="Train one now")
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run = _pick(ready)
        _say_where_it_stands(run)
    return run


def _wait(run: Run) -> None:
    """Opens the page as soon as there is something to look at."""
    if run.checkpoints() or not run.status().is_live:
        st.rerun()


def _with_weights(current: Run | None) -> list[Run]:
    """The tab's run first, then the latest others, all with a saved network."""
    others = [run for run in runs.newest() if current is None or run.id != current.id]
    ready = (run for run in [*([current] if current else []), *others] if run.checkpoints() and _title(run))
    return list(islice(ready, OFFERED))


def _pick(ready: list[Run]) -> Run:
    """A menu of the networks; a pick becomes the tab's run."""
    by_id = {run.id: run for run in sorted(ready, key=lambda run: -run.created)}
    chosen = ready[0].id
    if len(ready) > 1:
        chosen = st.selectbox(
            "Network",
            list(by_id),
            index=list(by_id).index(chosen),
            format_func=lambda run_id: _title(by_id[run_id]),
            help="The latest runs with a saved network. Choosing one makes it this tab's run.",
            width=MENU_WIDTH,
        )
    if chosen != ready[0].id or session.run() is None:
        session.choose_run(by_id[chosen])
    return by_id[chosen]


def _title(run: Run) -> str:
    """Name, accuracy and time of a run; empty for a damaged one, which can't be looked at."""
    try:
        experiment, status = run.experiment, run.status()
    except UserError:
        return ""
    accuracy = f" · {status.val_accuracy:.3f}" if status.val_accuracy is not None else ""
    when = time.strftime("%d %b %H:%M", time.localtime(run.created))
    return f"{experiment.name}{accuracy} · {when} · {run.id[:4]}"


def _say_where_it_stands(run: Run) -> None:
    """One line about the network on this page."""
    experiment, status = run.experiment, run.status()
    live = f"  **Still training:** this is the network after epoch {run.checkpoints()[-1]}." if status.is_live else ""
    network = f"{experiment.dataset.title()} · {experiment.network_line()}"
    st.caption(plain(network) + live)


def choose_epoch(run: Run) -> int | None:
    """Which of the saved networks of a run is looked at; None for the newest, also when there is only one."""
    saved, best = run.checkpoints(), run.status().best_epoch
    if len(saved) < 2:
        return None
    chosen = st.segmented_control(
        "After epoch",
        saved,
        default=saved[-1],
        required=True,
        format_func=lambda epoch: f"{epoch}, the best" if epoch == best else f"{epoch}",
        key=f"epoch-{run.id}-{saved[-1]}",
    )
    return None if chosen == saved[-1] else chosen
