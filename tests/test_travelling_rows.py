"""How the rows of all runs travel: a text that rarely comes, and what differs from it, in every tab at every tick."""

import json
import os
import random
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core.runs import states
from core.runs.recorder import Recorder
from pages.components.runs import run_board, run_rows
from pages.components.runs.run_rows import MOST_CHANGED, Luggage
from tests.saved import here
from tests.test_overview import at_work, epoch, grow, now  # noqa: F401  a fixture
from tests.test_runs_page import ROOT as APP
from tests.test_runs_page import RUNS, component, finished, launcher, table  # noqa: F401  a fixture


class Redrawn(Exception):
    """The page is drawn anew."""


class Board:
    """The page in one tab, and what its browser makes of what it is handed, as `run_rows.js` does."""

    def __init__(self):
        self.base, self.given, self.told, self.drawn = None, {}, {}, ()

    def lay(self, key, data, height):
        self.base, self.given = data["base"], {row["id"]: row for row in json.loads(data["rows"])}

    def change(self, key, data, height):
        self.told = data

    def draw(self):
        """The whole page."""
        reading = now()
        laid = run_rows.lay_down(reading)
        self.drawn = reading, laid, reading.settled, [], None
        run_rows.tell(reading)

    def tick(self):
        """What redraws itself, and the whole page where that asks for it."""
        try:
            run_board._grows(*self.drawn)
        except Redrawn:
            self.draw()

    @property
    def rows(self):
        """What differs is nothing to a browser that has another text."""
        if self.told["base"] != self.base:
            return self.given
        rows = {row_id: row for row_id, row in self.given.items() if row_id not in self.told["gone"]}
        return rows | {row["id"]: row for row in json.loads(self.told["changed"])}


@pytest.fixture
def board(monkeypatch):
    """The page with all its runs at every tick, no curves beside them."""

    def redraw():
        raise Redrawn

    found = Board()
    monkeypatch.setattr(run_rows, "_base", found.lay)
    monkeypatch.setattr(run_rows, "_pulse", found.change)
    monkeypatch.setattr(run_board.st, "rerun", redraw)
    monkeypatch.setattr(run_board.session, "overview", lambda: SimpleNamespace(read=lambda max_age: now()))
    monkeypatch.setattr(run_board.run_table, "chosen", lambda rows: [])
    monkeypatch.setattr(run_board.run_comparison, "compared", lambda rows, chosen: [])
    monkeypatch.setattr(run_board.run_comparison, "curves", lambda rows: None)
    found.draw()
    return found


def test_a_tick_with_nothing_new_sends_no_row_and_one_of_a_run_at_work_its_row(at_work, small):  # noqa: F811
    [finished(small) for _ in range(30)]
    luggage, first_reading = Luggage(), now()
    first = luggage.of(first_reading)
    assert (first.changed, first.gone) == ("[]", ())
    assert luggage.of(now()).changed == "[]"
    grow(at_work, epoch(301, 0.75))
    later = luggage.of(now())

    assert later.text is first.text and later.base == first.base
    assert [row["id"] for row in json.loads(later.changed)] == [at_work.id]
    assert json.loads(later.changed)[0]["accuracy"] == 0.75
    assert luggage.of(first_reading) is later  # another tab read before this one, and comes after it


def test_a_run_of_many_that_wait_is_followed_when_it_starts(board, small):
    waiting = [here().create(small) for _ in range(MOST_CHANGED + 6)]
    for run in waiting:
        run.enqueue()
    board.draw()
    base = board.base
    waiting[0].launched(os.getpid())  # the places of all others change, and nothing is settled
    with Recorder(waiting[0]) as record:
        board.tick()
        record.status(state=states.RUNNING, epoch=7, epochs=9)
        board.tick()

        assert board.base != base
        assert (board.rows[waiting[0].id]["state"], board.rows[waiting[0].id]["epoch"]) == (states.RUNNING, 7)
        assert {row["position"] for row in board.rows.values()} == set(range(MOST_CHANGED + 6))


def test_what_travels_adds_up_to_all_rows_whatever_happens(board, small):
    runs, bases = [finished(small) for _ in range(3)], set()
    chance = random.Random(1)
    for _ in range(4 * MOST_CHANGED):
        act = chance.random()
        if act < 0.6 or len(runs) < 2:
            runs.append(finished(small))
        elif act < 0.8:
            chance.choice(runs).annotate(name=f"run {chance.random()}")
        else:
            here().delete(runs.pop(chance.randrange(len(runs))))
        board.tick()
        bases.add(board.base)
        assert {row_id: row["name"] for row_id, row in board.rows.items()} == {r.run.id: r.title for r in now().rows}
        assert len(json.loads(board.told["changed"])) + len(board.told["gone"]) <= MOST_CHANGED

    assert 1 < len(bases) <= 5


def test_the_page_sends_the_rows_once_and_then_what_differs(launcher, small, at_work):  # noqa: F811
    [finished(small) for _ in range(4)]
    app = AppTest.from_file(str(APP / "streamlit_app.py"), default_timeout=60).run().switch_page(RUNS).run()
    before = component(app, "base", "rows")
    assert component(app, "base", "changed")["changed"] == "[]"
    grow(at_work, epoch(301, 0.75))
    app.run()

    assert component(app, "base", "rows") == before
    assert len(json.loads(component(app, "base", "changed")["changed"])) == 1
    assert {row["accuracy"] for row in table(app)["rows"] if row["id"] == at_work.id} == {0.75}
