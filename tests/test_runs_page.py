"""The Runs page without a browser: its table, its gestures, its sweeps, and that nothing damaged stops it."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.own_images import OwnImages
from core.experiment import Experiment, comparison
from core.experiment.reading import read_experiment
from core.runs import overview, states
from core.runs.curves import thinned
from core.runs.recorder import Recorder
from core.workspace import current
from pages.components.runs import run_comparison, run_table
from tests.saved import here

ROOT = Path(__file__).parent.parent
RUNS = "pages/3_Train/2_Runs.py"
ACCURACIES = (0.5, 0.8, 0.75)


class Launcher:
    """Stands for the launcher: remembers what it was asked to train."""

    def __init__(self):
        self.asked = []

    def ask(self, run, asker=""):
        self.asked.append(run.id)


@pytest.fixture
def launcher(monkeypatch):
    found = Launcher()
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: found)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    return found


@pytest.fixture
def page(launcher):
    """Opens the page in its frame."""

    def opened():
        at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
        return look(at)

    return opened


def look(at):
    """Draws the page anew."""
    at = at.switch_page(RUNS).run()
    assert not at.exception
    return at


def finished(experiment, accuracies=ACCURACIES, *, state=states.FINISHED, age=0.0, **made):
    """A run that ended after so many epochs, as a worker would have written it."""
    run = here().create(experiment, **made)
    with Recorder(run) as record:
        record.append("started", steps_per_epoch=3, train_images=90, validation_images=30, tiles=[])
        for epoch, accuracy in enumerate(accuracies, 1):
            scores = {"loss": 1 / epoch, "accuracy": accuracy, "val_loss": 2 / epoch, "val_accuracy": accuracy}
            record.append("epoch", epoch=epoch, step=3 * epoch, seconds=0.5, learning_rate=0.001, **scores)
        record.status(state=state, epoch=len(accuracies), epochs=len(accuracies), parameters=1234, seconds=1.5)
    os.utime(run.path / "experiment.json", (run.created - age, run.created - age))
    return run


def component(at, *keys):
    """What a component of the page was handed: the first whose data has these keys."""

    def walk(node):
        proto = getattr(node, "proto", None)
        if node.type == "bidi_component":
            data = json.loads(proto.json) if proto.WhichOneof("data") == "json" else json.loads(proto.mixed.json)
            if set(keys) <= set(data):
                yield data
        for child in getattr(node, "children", {}).values():
            yield from walk(child)

    return next(walk(at.main))


def table(at):
    """What the table was handed, with the rows that its browser has by then."""
    base, told = component(at, "base", "rows"), component(at, "base", "changed")
    assert base["base"] == told["base"]
    rows = {row["id"]: row for row in json.loads(base["rows"]) if row["id"] not in told["gone"]}
    rows |= {row["id"]: row for row in json.loads(told["changed"])}
    return component(at, "chosen", "compared") | {"rows": sorted(rows.values(), key=lambda row: -row["created"])}


def lines(at):
    """The curves over each other."""
    return json.loads(component(at, "lines", "labels")["lines"])


def all_rows():
    return overview.of(current()).read().rows


def test_without_a_run_one_button_invites(page):
    at = page()

    assert [button.label for button in at.main.button][2:] == ["Train the first one"]  # after Undo and Redo


def test_a_run_has_its_numbers_in_the_table(page, small):
    run = finished(small)

    [row] = table(page())["rows"]

    assert row["id"] == run.id
    assert (row["name"], row["dataset"], row["network"]) == ("Digits 8x8, Conv 4", "Digits 8x8", small.network_line())
    assert (row["accuracy"], row["best"], row["curve"]) == (0.8, 2, list(ACCURACIES))
    assert (row["parameters"], row["seconds"], row["state"]) == (1234, 1.5, states.FINISHED)
    assert not row["live"]
    assert not row["canResume"]


def test_the_latest_runs_are_compared_until_some_are_chosen(page, small, monkeypatch):
    ids = [finished(small, age=age).id for age in (40, 30, 20, 10)]
    at = page()
    assert [line["id"] for line in lines(at)] == ids[:0:-1]

    at.session_state.tab.kept["runs-chosen"] = [ids[0], ids[2]]
    at = look(at)

    assert table(at)["chosen"] == [ids[0], ids[2]]
    assert [line["id"] for line in lines(at)] == [ids[0], ids[2]]
    [first, _] = lines(at)
    assert first["epoch"] == [1, 2, 3]
    assert first["seconds"] == [0.5, 1.0, 1.5]
    assert first["val_loss"] == [2.0, 1.0, 0.66667]


def test_no_more_curves_are_laid_over_each_other_than_can_be_told_apart(page, small):
    ids = [finished(small, age=age).id for age in range(10)]
    at = page()
    at.session_state.tab.kept["runs-chosen"] = ids

    at = look(at)

    assert len(lines(at)) == 8
    assert "first 8 of 10" in " ".join(caption.value for caption in at.main.caption)


def test_what_differs_stands_under_the_curves(page, small):
    other = small.edited(training=small.training.edited(batch_size=16))
    finished(small, age=5)
    finished(other)

    shown = component(page(), "columns", "rows")

    expected = comparison.differences([other, small])
    assert [(row["field"], tuple(row["values"])) for row in shown["rows"]] == [
        (row.field, row.values) for row in expected
    ]


@pytest.mark.parametrize("breakage", ["experiment", "status", "metrics", "notes"])
def test_a_damaged_run_is_listed_and_stops_nothing(page, small, breakage):
    good, bad = finished(small), finished(small)
    file = {"metrics": "metrics.jsonl"}.get(breakage, f"{breakage}.json")
    (bad.path / file).write_bytes(b'{"epoch": "\xff')

    by_id = {row["id"]: row for row in table(page())["rows"]}

    assert set(by_id) == {good.id, bad.id}
    assert by_id[good.id]["state"] == states.FINISHED
    if breakage == "experiment":
        assert by_id[bad.id]["state"] == "needs attention"
        assert by_id[bad.id]["trouble"]


def test_a_run_of_wrong_types_needs_attention(page, small):
    run = finished(small)
    (run.path / "status.json").write_text('{"state": "finished", "epoch": "many", "parameters": [1]}')

    [row] = table(page())["rows"]

    assert row["id"] == run.id


def test_a_run_whose_dataset_is_gone_is_shown_with_what_is_known(page, small, monkeypatch):
    gone = small.edited(dataset=OwnImages(images_id="0" * 32))
    monkeypatch.setattr(Experiment, "problems", lambda self: [])
    finished(gone)

    [row] = table(page())["rows"]

    assert row["network"].endswith("?")
    assert row["accuracy"] == 0.8


def gesture(monkeypatch, **asked):
    """Does a gesture as the table would send it; what the tab then remembers."""
    kept = {}
    experiment = Experiment()
    fake = SimpleNamespace(
        runs=here,
        workspace=current,
        remember=lambda name, default=None: kept.get(name, default),
        keep=kept.__setitem__,
        run=lambda: kept.get("run"),
        choose_run=lambda run: kept.__setitem__("run", run),
        leave_run=lambda: kept.__setitem__("run", None),
        save=lambda changed, redraw=False: kept.__setitem__("experiment", changed),
        experiment=lambda: kept.get("experiment", experiment),
    )
    monkeypatch.setattr(run_table, "session", fake)
    monkeypatch.setattr(run_table, "going", SimpleNamespace(to=lambda page: kept.__setitem__("going", page)))
    run_table.apply(asked)
    return kept


def test_open_looks_at_the_run_live(monkeypatch, launcher, small):
    run = finished(small)

    kept = gesture(monkeypatch, action="open", ids=[run.id])
    assert kept["run"].id == run.id
    assert kept["going"] == "pages/3_Train/1_Live_run.py"


def test_edit_a_copy_takes_the_experiment_into_the_editor(monkeypatch, launcher, small):
    run = finished(small)

    kept = gesture(monkeypatch, action="clone", ids=[run.id])

    assert kept["experiment"] == small
    assert kept["going"] == "pages/2_Design/3_Network.py"


def test_a_name_and_a_note_are_kept_and_shown(monkeypatch, page, small):
    run = finished(small)
    with monkeypatch.context() as patch:
        gesture(patch, action="annotate", ids=[run.id], name="Mine <b>", note="as agreed")

    [row] = table(page())["rows"]

    assert (row["name"], row["note"]) == ("Mine <b>", "as agreed")


def test_an_empty_name_is_the_experiments_again(monkeypatch, launcher, small):
    run = finished(small)
    gesture(monkeypatch, action="annotate", ids=[run.id], name="Mine", note="")

    gesture(monkeypatch, action="annotate", ids=[run.id], name="", note="")

    assert here().find(run.id).title == small.name


def test_deleted_runs_can_be_had_back(monkeypatch, page, small):
    kept_run, gone = finished(small), finished(small)
    with monkeypatch.context() as patch:
        kept = gesture(patch, action="delete", ids=[gone.id])
    assert kept["runs-notice"] == {"text": "1 run deleted.", "undo": [gone.id]}
    assert [run.id for run in here().newest()] == [kept_run.id]

    at = page()
    assert [row["id"] for row in table(at)["rows"]] == [kept_run.id]
    at.button(key=f"restore-{gone.id}").click().run()

    assert {run.id for run in here().newest()} == {kept_run.id, gone.id}
    assert {row["id"] for row in table(look(at))["rows"]} == {kept_run.id, gone.id}


def test_deleting_the_run_of_this_tab_leaves_it(monkeypatch, launcher, small):
    run = finished(small)
    gesture(monkeypatch, action="open", ids=[run.id])
    fake = run_table.session
    fake.choose_run(run)

    run_table.apply({"action": "delete", "ids": [run.id]})

    assert fake.run() is None


def test_a_live_run_is_not_deleted_unless_that_is_meant(monkeypatch, launcher, small):
    run = here().create(small)  # just asked for: starting

    kept = gesture(monkeypatch, action="delete", ids=[run.id])
    assert "not deleted" in kept["runs-refusal"]
    assert here().newest()

    gesture(monkeypatch, action="delete", ids=[run.id], sure=True)
    assert not here().newest()


def test_a_gesture_about_a_run_that_is_gone_is_refused_in_a_sentence(monkeypatch, launcher):
    for action in ("open", "clone", "annotate", "resume", "stop", "delete", "restore"):
        kept = gesture(monkeypatch, action=action, ids=["0" * 32])
        assert "not here" in kept["runs-refusal"]
    kept = gesture(monkeypatch, action="nonsense", ids=["x"])
    assert list(kept) == ["runs-refusal"]
    assert "none of its buttons sends" in kept["runs-refusal"]


def test_stop_asks_the_workers_of_live_runs_only(monkeypatch, launcher, small):
    live, done = here().create(small), finished(small)

    gesture(monkeypatch, action="stop", ids=[live.id, done.id])

    assert live.intent().stop
    assert not done.intent().stop


def test_resume_asks_for_those_that_can_go_on(monkeypatch, launcher, small):
    stopped, done = here().create(small), finished(small)
    with Recorder(stopped) as record:
        record.status(state=states.STOPPED, epoch=1, epochs=5)

    gesture(monkeypatch, action="resume", ids=[stopped.id, done.id])

    assert launcher.asked == [stopped.id]


def test_a_row_is_read_again_only_when_its_directory_changed(monkeypatch, launcher, small):
    first, second = finished(small), finished(small)
    all_rows()
    read, whole = [], overview._Entry._whole
    monkeypatch.setattr(
        overview._Entry, "_whole", lambda self, looks: (read.append(self.run.id), whole(self, looks))[1]
    )

    all_rows()
    assert read == []

    first.annotate(name="Renamed")
    assert {row.run.id: row.title for row in all_rows()} == {first.id: "Renamed", second.id: second.title}
    assert read == [first.id]


def test_a_run_that_waits_in_the_queue_again_is_shown_so(launcher, small):
    run = here().create(small)
    with Recorder(run) as record:
        record.status(state=states.STOPPED, epoch=1, epochs=5)
    assert all_rows()[0].state == states.STOPPED

    run.enqueue()

    [row] = all_rows()
    assert (row.state, row.status.position) == (states.QUEUED, 1)


def test_deleted_runs_are_forgotten(launcher, small):
    run = finished(small)
    all_rows()

    here().delete(run)

    assert all_rows() == ()
    assert run.id not in overview.of(current())._entries


def test_long_curves_are_thinned_with_both_ends():
    values = [i / 1000 for i in range(1000)]

    thin = thinned(values, 40)

    assert len(thin) == 40
    assert (thin[0], thin[-1]) == (values[0], values[-1])
    assert thin == sorted(thin)


def test_a_family_is_seen_as_one_chart_and_as_a_table(page, small):
    for rate, accuracy in ((0.001, 0.6), (0.1, 0.9)):
        experiment = small.edited(name=f"rate {rate}")
        finished(experiment, (accuracy,), family="rates", varied={"training.optimizer.learning_rate": rate})

    at = page()

    [shown] = at.main.table
    assert [str(cell) for cell in shown.value.iloc[:, 0]] == ["0.001", "0.1"]
    assert [str(cell) for cell in shown.value.iloc[:, 1]] == ["0.6000", "0.9000"]
    assert "all ended" in " ".join(caption.value for caption in at.main.caption)
    assert {row["family"] for row in table(at)["rows"]} == {"rates"}
    assert read_experiment(at.session_state.tab.experiment)


def values(at, place=0):
    """The line of values of the sweep panel."""
    return [line for line in at.text_input if line.label == "Values"][place]


def test_a_sweep_starts_a_run_for_every_value_as_one_family(page, launcher, small):
    finished(small)
    at = page()
    at.session_state.tab.experiment = small.to_json()
    at = look(at)
    values(at).input("0.01, 0.1").run()

    at.button(key="start-sweep").click().run()

    assert not at.exception
    family = [here().find(run_id) for run_id in launcher.asked]
    field = "training.optimizer.learning_rate"
    assert [run.notes().varied for run in family] == [{field: 0.01}, {field: 0.1}]
    assert {run.notes().family for run in family} == {f"{small.name}: learning_rate"}
    assert [run.experiment.training.optimizer.learning_rate for run in family] == [0.01, 0.1]
    assert table(at)["chosen"] == launcher.asked


def test_a_sweep_says_beforehand_how_many_runs_it_makes_and_what_they_will_be_called(page, small):
    finished(small)
    at = page()

    values(at).input("0.01, 0.1").run()

    assert at.button(key="start-sweep").label == "Start 2 runs"
    [told] = [line.value for line in at.markdown if line.value.startswith("2 runs:")]
    assert "learning_rate 0.01" in told.replace("\\", "")


def test_a_value_that_cannot_be_is_refused_in_a_sentence_and_starts_nothing(page, launcher, small):
    finished(small)
    at = page()

    values(at).input("0.01, many").run()

    assert not at.exception
    assert "'many' can't be used" in at.error[0].value
    assert "start-sweep" not in [button.key for button in at.button]
    assert launcher.asked == []


def test_a_second_sweep_of_the_same_field_is_a_family_of_its_own(page, launcher, small):
    finished(small)
    at = page()
    at.session_state.tab.experiment = small.to_json()
    for _ in range(2):
        at = look(at)
        at.button(key="start-sweep").click().run()

    families = [here().find(run_id).notes().family for run_id in launcher.asked]

    assert sorted(set(families)) == [f"{small.name}: learning_rate", f"{small.name}: learning_rate (2)"]


def test_names_are_told_apart_by_what_they_do_not_share():
    assert run_comparison.told_apart(["Net · rate 1", "Net · rate 2"]) == ["rate 1", "rate 2"]
    assert run_comparison.told_apart(["Net · rate 1", "Other"]) == ["Net · rate 1", "Other"]
    assert run_comparison.told_apart(["Same", "Same"]) == ["Same", "Same"]
    assert run_comparison.told_apart(["Net · rate 1"]) == ["Net · rate 1"]
