"""Runs that have ended, beside a file of a network: what one learnt is the base of the next."""

from itertools import islice

import streamlit as st

from core.errors import UserError
from core.runs import scores
from core.runs.overview import RunRow
from core.words import side_by_side
from pages.components.frame import session
from pages.components.frame.markdown import plain
from pages.components.runs import own_network

OFFERED = 30
"""The latest."""


def draw() -> None:
    """A short list of them, and what to do with the chosen one; nothing before there is one."""
    found = {row.run.id: row for row in islice(filter(_has_ended, session.overview().read().rows), OFFERED)}
    if not found:
        return
    told = {run_id: _told(row) for run_id, row in found.items()}
    chosen = st.selectbox(
        "Or a run of yours that has ended", list(found), key="own-run", format_func=lambda run_id: plain(told[run_id])
    )
    with st.container(horizontal=True):
        own_network.buttons(found[chosen].run)


def _has_ended(row: RunRow) -> bool:
    return not row.trouble and not row.is_live and bool(row.status.epoch)


def _told(row: RunRow) -> str:
    """Name, accuracy and the images that it reads: "Fashion CNN · best 0.912 · 28×28×1"."""
    try:
        shape = side_by_side(session.overview().experiment(row.run).dataset.facts().shape)
    except UserError:
        shape = "its data is gone"
    return " · ".join(filter(None, [row.title, scores.short(row.status), shape]))
