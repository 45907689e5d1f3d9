"""All runs at a glance: one reading for all tabs, of which a file that did not change is no part."""

import json
import os
import random
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.testing.v1 import AppTest

from core import workspace
from core.runs import epochs as epochs_module
from core.runs import layout, live, overview, states
from core.runs.curves import MAX_POINTS, learning_curve
from core.runs.epochs import MOST, Epochs
from core.runs.following import Follower
from core.runs.recorder import Recorder
from core.runs.records import Metrics, line
from core.workspace import current
from pages.components.frame import session, ticks
from tests.saved import here
from tests.test_runs_page import ROOT as APP
from tests.test_runs_page import RUNS, finished, launcher  # noqa: F401  a fixture

TABS = 20


class Opened(list):
    """Paths of the files that this process opens while it is on, as the interpreter itself tells."""

    is_on = False

    def __call__(self, event, arguments):
        if self.is_on and event == "open":
            self.append(str(arguments[0]))

    def __enter__(self):
        self.clear()
        self.is_on = True
        return self

    def __exit__(self, *error):
        self.is_on = False

    def metrics(self):
        return [path for path in self if path.endswith(layout.METRICS)]


OPENED = Opened()
sys.addaudithook(OPENED)


def epoch(number, accuracy=0.5, **more):
    scores = dict.fromkeys(("loss", "accuracy", "val_loss"), 0.25) | {"val_accuracy": accuracy}
    return {"event": "epoch", "epoch": number, "step": number, "seconds": 0.5, **scores, **more}


def grow(run, *records):
    """Adds what a worker would, without a word in the status."""
    workspace.append(run.path / layout.METRICS, b"".join(line({"n": 0} | record) for record in records))


@pytest.fixture
def at_work(small):
    """A run whose worker is this process, with a long past."""
    run = here().create(small)
    run.launched(os.getpid())
    with Recorder(run) as record:
        grow(run, {"event": "started", "steps_per_epoch": 3, "tiles": []})
        grow(run, *({"event": "batches", "step": [n], "loss": [0.5], "accuracy": [0.5]} for n in range(1, 5000)))
        grow(run, *(epoch(number) for number in range(1, 301)))
        record.status(state=states.RUNNING, epoch=300, epochs=1000)
        yield run


def now():
    return overview.of(current()).read()


# ---- what is read


@pytest.mark.parametrize("page", ["pages/0_Start/1_Home.py", RUNS])
def test_a_page_that_is_drawn_again_opens_no_record_that_did_not_change(page, launcher, small, at_work):  # noqa: F811
    runs = [finished(small, age=age) for age in range(1, 10)]
    app = AppTest.from_file(str(APP / "streamlit_app.py"), default_timeout=60).run().switch_page(page).run()
    with OPENED:
        app.run()
        assert OPENED.metrics() == []
        grow(at_work, epoch(301, 0.75))
        OPENED.clear()
        app.run()
        assert {*OPENED.metrics()} == {str(at_work.path / layout.METRICS)}

    assert not app.exception
    assert {row.run.id for row in now().rows} == {run.id for run in [*runs, at_work]}


def test_of_a_long_record_only_what_was_appended_is_read(at_work):
    assert now().rows[0].accuracy == 0.5 and live.of(at_work).epoch["epoch"] == 300
    path = at_work.path / layout.METRICS
    past = path.read_bytes()
    last = past[: past.rstrip(b"\n").rfind(b"\n") + 1]
    with path.open("rb+") as file:  # whoever read it again would find nothing there
        file.write(b"x" * len(last))
    grow(at_work, epoch(301, 0.75))

    row, view = now().rows[0], live.of(at_work)

    assert (row.accuracy, row.best_epoch, row.epochs) == (0.75, 301, 301)
    assert view.epoch["epoch"] == 301 and view.steps_per_epoch == 3
    assert json.loads(view.charts)[0]["epochs"] == list(range(1, 302))


def test_twenty_tabs_share_one_reading_of_a_run_at_work(at_work, small, monkeypatch):
    [finished(small) for _ in range(5)]
    lines, read_line, read = [], live.read_line, []
    whole = overview._Entry._whole
    monkeypatch.setattr(live, "read_line", lambda text: lines.append(text) or read_line(text))
    monkeypatch.setattr(overview._Entry, "_whole", lambda self, looks: read.append(self.run.id) or whole(self, looks))

    def tab(_):
        return overview.of(current()).read(max_age=60), live.of(at_work, max_age=60)

    with ThreadPoolExecutor(TABS) as tabs:
        seen = list(tabs.map(tab, range(TABS)))

    assert len({id(reading) for reading, _ in seen}) == len({id(view) for _, view in seen}) == 1
    assert len(read) == len(set(read)) == 6
    assert len(lines) == len((at_work.path / layout.METRICS).read_bytes().splitlines())


def test_what_one_tab_sees_of_a_run_stays_while_another_reads_on(small):
    run, told = here().create(small), {"answers": [1, 2], "confidence": [0.5, 0.5]}
    grow(run, {"event": "started", "steps_per_epoch": 1, "tiles": [0, 1]}, epoch(1, **told))
    mine = live.of(run)
    grow(run, epoch(2, **told))

    assert live.of(run).epoch["epoch"] == 2
    assert (mine.epoch["epoch"], mine.epoch["answers"]) == (1, [1, 2])


def test_a_run_that_is_looked_at_by_one_tab_is_not_looked_at_again_for_the_next(at_work):
    all_runs = overview.of(current())
    first = all_runs.row(at_work)
    with OPENED:
        assert all_runs.row(at_work, max_age=60) is first
        assert OPENED == []


# ---- what happens to runs


def states_of(reading):
    return {row.run.id: row.state for row in reading.rows}


def test_deleted_restored_renamed_and_stopped_runs_are_seen_at_the_next_reading(small):
    first, second = finished(small), finished(small, age=5)
    assert [row.run.id for row in now().rows] == [first.id, second.id]
    here().delete(first)
    assert [row.run.id for row in now().rows] == [second.id]
    assert first.id not in overview.of(current())._entries
    here().restore(first.id)
    first.annotate(name="Mine")
    assert [row.title for row in now().rows] == ["Mine", second.title]
    third = here().create(small)
    assert states_of(now())[third.id] == states.STARTING
    third.enqueue()
    assert now().rows[0].status.position == 1
    third.request_stop()
    assert states_of(now())[third.id] == states.STOPPED


def test_a_run_that_goes_on_from_an_earlier_epoch_is_read_anew(small):
    run = finished(small, (0.5, 0.9, 0.8), state=states.STOPPED)
    assert (now().rows[0].accuracy, live.of(run).epoch["epoch"]) == (0.9, 3)
    path = run.path / layout.METRICS
    os.truncate(path, sum(map(len, path.read_bytes().splitlines(keepends=True)[:2])))  # back to the first epoch
    grow(run, epoch(2, 0.6), epoch(3, 0.7), epoch(4, 0.65))

    assert (now().rows[0].accuracy, now().rows[0].best_epoch) == (0.7, 3)
    assert live.of(run).epoch["epoch"] == 4


def test_what_somebody_edits_in_place_is_seen_after_a_few_readings(small):
    run = finished(small)
    [finished(small) for _ in range(3)]
    now()
    folder = run.path.stat()
    with (run.path / layout.STATUS).open("rb+") as file:
        told = json.loads(file.read()) | {"epoch": 9}
        file.seek(0)
        file.write(json.dumps(told, indent=2).encode())
    assert run.path.stat().st_mtime_ns == folder.st_mtime_ns
    for _ in range(overview.ROUND):
        reading = now()

    assert {row.run.id: row.status.epoch for row in reading.rows}[run.id] == 9


def test_what_grows_settles_nothing_and_what_begins_or_ends_does(at_work, small):
    before = now().settled
    grow(at_work, epoch(301, 0.75))
    assert now().settled == before
    done = finished(small)
    assert now().settled == before + 1
    assert now().settled == before + 1
    done.annotate(note="good")
    assert now().settled == before + 2
    at_work.annotate(name="Mine")
    assert now().settled == before + 3


def test_a_run_of_nonsense_costs_its_own_row_only(small):
    good, bad = finished(small), finished(small)
    (bad.path / layout.METRICS).write_bytes(
        b"".join(
            line(record)
            for record in (
                *(epoch(number) for number in (True, -1, 2**70, "3", None, 1.5)),
                epoch(1, "high", seconds="long"),
                {"event": "epoch"},
                {"no": "event"},
                epoch(1, 0.75, seconds=-1),
            )
        )
        + b"[" * 10_000
        + b"\n\xff\x00\n"
        + line(epoch(2, 0.5))[:-9]
    )
    rows = {row.run.id: row for row in now().rows}

    assert rows[good.id].state == states.FINISHED
    assert (rows[bad.id].accuracy, rows[bad.id].best_epoch, rows[bad.id].epochs) == (0.75, 1, 1)
    assert json.loads(live.of(bad).charts)


# ---- following


@pytest.mark.parametrize("seed", range(30))
def test_whoever_follows_a_file_knows_what_a_reader_from_its_start_knows(tmp_path, monkeypatch, seed):
    monkeypatch.setattr("core.runs.following.PIECE", 64)
    path, chance, taken = tmp_path / "lines", random.Random(seed), []
    follower = Follower(path)
    for turn in range(60):
        act = chance.random()
        if act < 0.6:
            text = f"{turn} {'x' * chance.randrange(40)}".encode()
            with path.open("ab") as file:
                file.write(text + (b"\n" if chance.random() < 0.7 else b""))
        elif path.exists() and act < 0.8:
            os.truncate(path, chance.randrange(path.stat().st_size + 1))
        elif act < 0.9:
            path.unlink(missing_ok=True)
        follower.follow(taken.append, taken.clear)
        data = path.read_bytes() if path.exists() else b""
        assert taken == data.split(b"\n")[:-1] or max(map(len, data.split(b"\n"))) >= 64


def test_the_epochs_of_a_long_run_take_little_memory_and_keep_both_ends_and_the_best():
    long, accuracies = Epochs(), [0.5 + (number * 7919 % 10_007) / 30_000 for number in range(10_000)]
    for number, accuracy in enumerate(accuracies, 1):
        long.take(line(epoch(number, accuracy)).rstrip(b"\n"))

    assert MOST // 2 <= len(long.number) <= MOST + 1
    assert (long.number[0], long.number[-1], long.count) == (1, 10_000, 10_000)
    assert (long.best, long.best_epoch) == (max(accuracies), accuracies.index(max(accuracies)) + 1)
    assert [long.value("val_accuracy", place) for place in range(3)] == [
        accuracies[number - 1] for number in long.number[:3]
    ]
    assert long.trained == pytest.approx(5000)
    assert list(long.seconds) == pytest.approx([number / 2 for number in long.number])


def test_batches_are_not_even_read_for_the_table(monkeypatch):
    read, read_line = [], epochs_module.read_line
    monkeypatch.setattr(epochs_module, "read_line", lambda text: read.append(text) or read_line(text))
    few = Epochs()
    few.take(line({"n": 0, "event": "rate", "step": 1, "value": 0.1, "why": "x" * 80}))
    for number in range(1000):
        few.take(line({"n": number, "event": "batches", "step": [1], "loss": [0.5], "accuracy": [0.5]}))
    few.take(line({"n": 1} | epoch(1)).rstrip(b"\n"))

    assert (len(read), few.count) == (1, 1)


def test_a_chart_has_no_more_points_than_it_is_wide(at_work):
    grow(at_work, *(epoch(number, number / 4000) for number in range(301, 3001)))

    for chart in json.loads(live.of(at_work).charts):
        assert len(chart["epochs"]) == len(chart["train"]) == len(chart["validation"]) == MAX_POINTS
        assert (chart["epochs"][0], chart["epochs"][-1]) == (1, 3000)
        assert len(chart["batches"][0]) <= MAX_POINTS


# ---- how often


@pytest.fixture
def clock(monkeypatch):
    """Tabs that show up one after the other, and a time that goes on when told."""
    monkeypatch.setattr(ticks, "_seen", {})
    monkeypatch.setattr(ticks, "_took", 0.0)
    time = {"now": 1000.0}
    monkeypatch.setattr(ticks.time, "monotonic", lambda: time["now"])
    return time


def test_one_visitor_is_served_quickly_and_many_more_slowly(clock, monkeypatch):
    def periods(count):
        found = []
        for number in range(count):
            monkeypatch.setattr(session, "asker", lambda number=number: f"tab {number}")
            found.append(ticks.period(1.0))
        return found

    assert periods(3) == [1.0] * 3
    assert periods(TABS)[-1] == 4.0
    assert ticks.is_out_of_step(1.0, 1.0) and not ticks.is_out_of_step(2.0, 1.0)
    clock["now"] += ticks.HORIZON + 1
    assert periods(1) == [1.0]
    assert ticks.is_out_of_step(4.0, 1.0)
    assert ticks.is_out_of_step(None, 1.0) and not ticks.is_out_of_step(None, None)


def test_ticks_that_take_long_come_less_often(clock, monkeypatch):
    monkeypatch.setattr(session, "asker", lambda: "the only tab")
    for _ in range(60):
        with ticks.timed():
            clock["now"] += 0.9
        clock["now"] += 0.1

    assert ticks.period(1.0) == 2.0


def test_the_table_and_the_live_page_count_the_same_epochs(small):
    """What does not follow those before it is no epoch for either."""
    run, told = here().create(small), [(1, 0.5), (1, 0.9), (7, 0.99), (2, 0.6)]
    grow(run, *(epoch(number, accuracy) for number, accuracy in told))
    row = overview.of(current()).row(run)

    assert [one["epoch"] for one in run.metrics().epochs] == [1, 2]
    assert (row.epochs, row.accuracy, row.best_epoch, row.curve) == (2, 0.6, 2, (0.5, 0.6))


def test_one_run_that_no_arithmetic_can_read_keeps_nobody_from_the_others(small, monkeypatch):
    good, bad = here().create(small), here().create(small)
    facts = overview._Entry._facts

    def read(entry):
        return facts(entry) if entry.run.id == good.id else (10**400 * 1.0,)

    monkeypatch.setattr(overview._Entry, "_facts", read)
    states_of = {row.run.id: row.state for row in overview.of(current()).read().rows}

    assert states_of[bad.id] == overview.ATTENTION != states_of[good.id]


def test_a_chart_holds_no_more_rates_than_it_is_wide():
    metrics = Metrics(
        steps_per_epoch=10, borders=[(0, 0, 10, "")], rates=[(step, 1 / (step + 1), "you") for step in range(3000)]
    )
    rates = learning_curve(metrics, "loss")["rates"]

    assert len(rates) == MAX_POINTS
    assert (rates[0], rates[-1]) == ([0.0, 1.0], [299.9, 1 / 3000])
