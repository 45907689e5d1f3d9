"""The rows of the runs' table as they travel: a text that rarely changes, and beside it only what differs from it."""

import json
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.runs import sweeps
from core.runs.overview import Reading, RunRow
from core.words import compact
from core.workspace import Workspace
from pages.components.browser.component import component
from pages.components.frame import session
from pages.components.runs.run_view import duration

MOST_CHANGED = 24
"""When more rows differ from the text, another takes its place."""

_base = component("run_rows", "runs/run_rows", "runs/run_rows_base")
_pulse = component("run_pulse", "runs/run_rows", "runs/run_rows_pulse")


@dataclass(frozen=True)
class Travelling:
    """All rows at one moment.

    Args:
        base: names the text.
        text: rows as JSON, the same for a long time.
        changed: rows that are others by now, or new, as JSON.
        gone: ids of those that are no more.
    """

    base: str
    text: str
    changed: str
    gone: tuple[str, ...]


@dataclass
class Luggage:
    """The rows of one workspace, made up once for all tabs."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    reading: Reading = field(default_factory=Reading)
    drawn: dict[str, tuple[RunRow, str]] = field(default_factory=dict)
    base: dict[str, str] = field(default_factory=dict)
    now: Travelling = field(default_factory=lambda: Travelling("", "[]", "[]", ()))

    def of(self, reading: Reading) -> Travelling:
        """A reading as it travels; a later one for who comes with it after another tab came with that."""
        with self.turn:
            is_other = reading is not self.reading and reading.at >= self.reading.at
            if is_other or not self.now.base:
                self.reading, self.now = reading, self._made_up(reading)
            return self.now

    def _made_up(self, reading: Reading) -> Travelling:
        before = self.drawn
        self.drawn = {row.run.id: _known(before.get(row.run.id), row) for row in reading.rows}
        texts = {run_id: text for run_id, (_, text) in self.drawn.items()}
        changed = [text for run_id, text in texts.items() if self.base.get(run_id) != text]
        gone = tuple(run_id for run_id in self.base if run_id not in texts)
        if not self.now.base or len(changed) + len(gone) > MOST_CHANGED:
            self.base = texts
            return Travelling(secrets.token_hex(4), _list(list(texts.values())), "[]", ())
        return Travelling(self.now.base, self.now.text, _list(changed), gone)


def lay_down(reading: Reading) -> str:
    """Puts the text into the browser, where the table finds it; returns the name of the text."""
    travelling = _luggage(session.workspace()).of(reading)
    _base(key="run-rows", data={"base": travelling.base, "rows": travelling.text}, height=0)
    return travelling.base


def tell(reading: Reading) -> str:
    """Tells the browser what differs from the text by now; returns the name of the text."""
    travelling = _luggage(session.workspace()).of(reading)
    data = {"base": travelling.base, "changed": travelling.changed, "gone": list(travelling.gone)}
    _pulse(key="run-pulse", data=data, height=0)
    return travelling.base


@st.cache_resource(max_entries=4)
def _luggage(home: Workspace) -> Luggage:
    """That of the server."""
    return Luggage()


def _known(before: tuple[RunRow, str] | None, row: RunRow) -> tuple[RunRow, str]:
    """A row and its text, made once."""
    return before if before and before[0] is row else (row, json.dumps(_drawn(row), separators=(",", ":")))


def _list(texts: list[str]) -> str:
    return f"[{','.join(texts)}]"


def _drawn(row: RunRow) -> dict[str, Any]:
    """A row as the browser draws it."""
    status = row.status
    return {
        "id": row.run.id,
        "name": row.title,
        "note": row.note,
        "family": row.family,
        "varied": sweeps.varied_words(row.varied),
        "dataset": row.dataset,
        "network": row.network,
        "accuracy": row.accuracy,
        "accuracyText": "–" if row.accuracy is None else f"{row.accuracy:.3f}",
        "best": row.best_epoch,
        "last": "" if status.val_accuracy is None else f"{status.val_accuracy:.3f}",
        "parameters": row.parameters,
        "parametersText": compact(row.parameters) if row.parameters else "–",
        "seconds": row.seconds,
        "secondsText": _time(row.seconds),
        "curve": [None if value is None else round(value, 3) for value in row.curve],
        "state": row.state,
        "position": status.position,
        "epoch": status.epoch,
        "epochs": status.epochs,
        "reason": status.reason or status.error,
        "live": row.is_live,
        "canResume": row.can_resume,
        "trouble": row.trouble,
        "created": row.created,
    }


def _time(seconds: float) -> str:
    """In the units people read: 4.2 s, 75 s as "1 min 15 s"; a dash for none."""
    return "–" if not seconds else f"{seconds:.1f} s" if seconds < 10 else duration(seconds)
