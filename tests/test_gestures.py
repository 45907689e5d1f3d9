"""Gestures that reach the server while scripts of one tab run beside each other."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest

from pages.components.frame import gestures, session

MOST, SCRIPTS = 300, 4


class State(dict):
    """What Streamlit keeps of a tab, as far as gestures ask."""

    def to_dict(self):
        return dict(self)


@pytest.fixture
def at_once():
    """Threads take turns as often as Python lets them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def test_gestures_that_several_scripts_take_at_once_are_each_done_once_and_in_order(monkeypatch, at_once):
    sent = SimpleNamespace(gestures=[{"line": "one", "n": n} for n in range(1, MOST + 1)])
    state = State({session.TAB: session.Tab(), "list": sent})
    monkeypatch.setattr(session, "st", SimpleNamespace(session_state=state))
    monkeypatch.setattr(gestures, "_all", {})
    done = []
    taken = gestures.Gestures("list", lambda gesture: done.append(gesture["n"]), "refusal")
    together = Barrier(SCRIPTS)

    def script(_):
        together.wait()
        taken.take()

    with ThreadPoolExecutor(SCRIPTS) as pool:
        list(pool.map(script, range(SCRIPTS)))
    assert done == list(range(1, MOST + 1))
