"""Dates as they stand beside runs, by the clock of whoever reads them."""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st


def moment(seconds: float) -> str:
    """A day and a time: "28 Nov 21:47", with its year where that is not this one; empty for no time.

    Args:
        seconds: since 1970; 0 where it is not known.
    """
    if not seconds:
        return ""
    zone = _zone()
    then, now = datetime.fromtimestamp(seconds, zone), datetime.now(zone)
    return f"{then.day} {then:%b}{'' if then.year == now.year else f' {then.year}'} {then:%H:%M}"


def started(seconds: float) -> str:
    """What follows the name of a run: ", started 28 Nov 21:47"; empty for no time.

    Args:
        seconds: as for `moment`.
    """
    return f", started {moment(seconds)}" if seconds else ""


def _zone() -> tzinfo | None:
    """That of the browser; None, which means the server's, where it tells none that is known."""
    try:
        return ZoneInfo(st.context.timezone or "")
    except (OSError, ValueError, KeyError):  # not told, or a name that is no zone's
        return None
