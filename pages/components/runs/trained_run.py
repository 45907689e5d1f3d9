"""Which trained network a page looks at, and what it shows before there is one."""

from itertools import islice

import streamlit as st

from core.errors import UserError
from core.runs import scores
from core.runs.run import Run
from pages.components.frame import session, when
from pages.components.frame.markdown import plain
from pages.components.runs import launching

OFFERED = 12
"""Runs to choose from: the latest ones."""
WAIT_SECONDS = 0.7
MENU_WIDTH = 500
"""px"""


def ready(invitation: str) -> list[Run]:
    """The networks a page may look at, the tab's own first; without any, an invitation to train stands there.

    Args:
        invitation: what the page will show once there is a network.
    """
    current = session.run()
    if current and current.status().is_live and not current.checkpoints():
        st.write(f"{invitation} The network is training; this page opens when its first epoch is done.")
        st.fragment(_wait, run_every=WAIT_SECONDS)(current)
        return []
    found = _with_weights(current)
    if not found:
        st.write(f"{invitation} There is no trained network yet.")
        launching.start_button(session.experiment(), label="Train one now")
    return found


def _wait(run: Run) -> None:
    """Opens the page as soon as there is something to look at."""
    if run.checkpoints() or not run.status().is_live:
        st.rerun()


def _with_weights(current: Run | None) -> list[Run]:
    """The tab's run first, then the latest others, all with a saved network."""
    others = [run for run in session.runs().newest() if current is None or run.id != current.id]
    ready = (run for run in [*([current] if current else []), *others] if run.checkpoints() and title(run))
    return list(islice(ready, OFFERED))


def pick(found: list[Run]) -> Run:
    """A menu of the networks from `ready`; a pick becomes the tab's run."""
    by_id = {run.id: run for run in sorted(found, key=lambda run: -run.created)}
    chosen = found[0].id
    if len(found) > 1:
        chosen = st.selectbox(
            "Network",
            list(by_id),
            index=list(by_id).index(chosen),
            key=f"network-{chosen}",  # another network that is saved meanwhile makes no other menu of it
            format_func=lambda run_id: title(by_id[run_id]),
            help="The latest runs with a saved network. Choosing one makes it this tab's run.",
            width=MENU_WIDTH,
        )
    if chosen != found[0].id or session.run() is None:
        session.choose_run(by_id[chosen])
    return by_id[chosen]


def say_which(run: Run) -> None:
    """A line about the network on this page, when it is not the one of the strip above, or still learns."""
    lines, mine = [], session.run()
    if mine and mine.id != run.id and not mine.checkpoints():
        lines.append(f"No network of {mine.title} is saved: here is another one.")
    if not session.is_in_work(run):
        about = f"{run.experiment.dataset.called()} · {run.experiment.network_line()}"
        lines.append(f"This network is of another experiment than the one above: {run.title}, {about}.")
    if run.status().is_live:
        lines.append("It is still training.")
    if lines:
        st.caption(plain(" ".join(lines)))


def title(run: Run) -> str:
    """Name, accuracy and time of a run; empty for a damaged one, which can't be looked at.

    Of a run that still learns no accuracy is told: it changes, and a pick is known by its words.
    """
    try:
        status = run.status() if run.experiment else None
    except UserError:
        return ""
    reached = "still training" if status and status.is_live else scores.short(status)
    return " · ".join(filter(None, [run.title, reached, when.moment(run.created)]))
