"""What was forgotten, told: the drop in words, the picture of a run, the remedies side by side on their page."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import UserError
from core.experiment import Experiment
from core.experiment.against_forgetting import REMEDIES, with_remedies
from core.experiment.presets import load_preset
from core.figures.forgetting import picture
from core.phases.next_task import NextTask
from core.phases.shifted_images import ShiftedImages
from core.runs import forgetting, live, states
from core.runs.judging import Order, record_of
from core.runs.recorder import Recorder
from core.runs.records import Metrics
from tests.saved import here

ROOT = Path(__file__).parent.parent
PAGE, LIVE = "pages/3_Train/4_Forgetting.py", "pages/3_Train/1_Live_run.py"
NAMES = tuple("0123456789")


def short(*phases):
    """Two epochs, then two of a next task."""
    base = load_preset("forgetting-digits")
    phases = phases or (NextTask(epochs=2, classes=(5, 6, 7, 8, 9)),)
    return base.edited(training=base.training.edited(epochs=2, phases=phases))


def told(first, last):
    """By task and by class, of an epoch in which the classes of a task are equally well known."""
    return {"by_task": [first, last], "by_class": [first] * 5 + [last] * 5}


ENDED = told(0.9, 0.0), told(0.98, 0.0), told(0.4, 0.8), told(0.21, 0.95)


def recorded(experiment, epochs=ENDED, **made):
    """A run as a worker would have written it."""
    run = here().create(experiment, **made)
    with Recorder(run) as record:
        record.append("started", steps_per_epoch=3, train_images=90, validation_images=30, tiles=[0])
        for number, one in enumerate(epochs, 1):
            scores = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 0.5)
            record.append("epoch", epoch=number, step=3 * number, seconds=0.5, learning_rate=0.001, **scores, **one)
        record.status(state=states.FINISHED, epoch=len(epochs), epochs=4, seconds=1.5)
    return run


def test_the_drop_is_told_from_the_border_on_and_only_where_both_sides_are_known():
    run = recorded(short())
    (drop,) = forgetting.of_run(run)

    assert drop.sentence() == "Task 1 fell from 0.98 to 0.21 while the run learnt task 2."
    assert (drop.points, drop.reached, drop.epoch) == (pytest.approx(77), 0.95, 2)
    assert forgetting.of_run(recorded(short(), ENDED[:2])) == []
    assert forgetting.of_run(recorded(load_preset("digits-cnn"), ({}, {}))) == []
    (kept,) = forgetting.of_run(recorded(short(), (*ENDED[:2], told(0.978, 0.9))))
    assert kept.sentence() == "Task 1 stayed at 0.98 while the run learnt task 2."


def test_a_picture_has_a_line_for_each_task_and_a_row_of_pixels_for_each_class():
    experiment = short()
    drawn = picture(experiment, NAMES, live.of(recorded(experiment)).tested)

    assert [one["name"] for one in drawn["tasks"]] == ["Task 1", "Task 2"]
    assert drawn["tasks"][0]["values"] == [0.9, 0.98, 0.4, 0.21] and drawn["borders"] == [[2, "Task 2"]]
    assert [row["name"] for row in drawn["rows"]] == list(NAMES) and drawn["total"] == 4
    assert drawn["rows"][7]["values"] == [0.0, 0.0, 0.8, 0.95]


def test_a_shift_is_told_and_drawn_in_both_styles_and_of_the_shifted_classes_only():
    experiment = short(ShiftedImages(epochs=2, classes=(3, 4), style="noisy"))
    told = [(n, [0.9 - 0.1 * n, 0.2 * n], [*([0.9] * 10), *([0.0] * 3), 0.1 * n, 0.2 * n]) for n in (1, 2, 3, 4)]
    drawn = picture(experiment, NAMES, told)

    assert drawn["said"] == ["Old style fell from 0.70 to 0.50 while the run learnt noisy style."]
    assert [(row["name"], row["task"]) for row in drawn["rows"]] == [("3", 0), ("4", 0), ("3", 1), ("4", 1)]
    assert drawn["rows"][3]["values"] == pytest.approx([0.2, 0.4, 0.6, 0.8]) and drawn["borders"] == [
        [2, "Noisy style"]
    ]


def test_each_remedy_changes_its_own_setting_only():
    made = with_remedies(short(NextTask(epochs=2, classes=(1,), rehearsal=7, frozen=True)))
    phases = {words: one.training.phases[0] for words, one in made.items()}

    assert set(phases) == set(REMEDIES)
    plain = NextTask(epochs=2, classes=(1,))
    assert all(phases[words] == plain.edited(**changes) for words, changes in REMEDIES.items())
    assert "separate heads" not in with_remedies(load_preset("new-classes-digits"))
    with pytest.raises(UserError) as caught:
        with_remedies(Experiment())
    assert caught.value.code == "NO_NEXT_TASK"


@pytest.fixture
def asked(monkeypatch):
    """Runs that a launcher was asked for; none is trained."""
    found = []

    class Launcher:
        def ask(self, run, asker=""):
            found.append(run.id)

    launcher = Launcher()
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: launcher)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    return found


def opened(page):
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run().switch_page(page).run()
    assert not at.exception
    return at


def test_one_click_starts_a_run_for_each_remedy_and_their_drops_stand_side_by_side(asked):
    at = opened(PAGE)
    at.button(key="compare-remedies").click().run()
    family = [here().find(run) for run in asked]

    assert not at.exception and len({run.notes().family for run in family}) == 1
    assert [run.title.rpartition(" · ")[2] for run in family] == list(REMEDIES)

    for words, one in with_remedies(short()).items():
        recorded(one, family="Two: remedies") if words != "rate / 10" else None
    at = opened(PAGE)
    (table,) = at.table
    assert table.value["Remedy"].tolist() == [words for words in REMEDIES if words != "rate / 10"]
    assert set(table.value["Points lost"]) == {"77"} and set(table.value["Task 1 in the end"]) == {"0.210"}


def test_a_phase_with_all_classes_or_none_is_told_on_the_page_and_starts_nothing(asked):
    def classes(page):
        return next(one for one in page.text_input if one.label == "Classes")

    at = opened(PAGE)
    at = classes(at).input("0, 1, 2, 3, 4, 5, 6, 7, 8, 9").run()
    assert "nothing is left to learn" in at.error[0].value and at.button(key="compare-remedies").disabled
    at = classes(at).input("").run()
    assert at.error[0].value.startswith("Write numbers from 0 to 999") and not asked and not at.exception


def test_a_live_run_of_two_tasks_says_what_fell_and_draws_it(asked):
    run = recorded(short())
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    at.session_state.tab.run = run.id
    at = at.switch_page(LIVE).run()

    assert not at.exception
    assert any("Task 1 fell from 0.98 to 0.21" in one.value for one in at.markdown)


def test_an_epoch_whose_classes_do_not_fit_the_dataset_keeps_its_scores_and_loses_what_it_tells_by_class():
    order, metrics = Order(images=90, classes=10), Metrics()
    metrics.order = order
    scores = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 0.5)
    for number, by_class in ((1, [0.5] * 20), (2, [0.5] * 7)):
        record = {"event": "epoch", "epoch": number, "step": number, **scores, "by_task": [0.5], "by_class": by_class}
        metrics.take(record_of(record))

    assert [("by_class" in one, one["val_accuracy"]) for one in metrics.epochs] == [(True, 0.5), (False, 0.5)]
    assert record_of({"event": "epoch", "epoch": 1, "step": 1, **scores, "by_task": [0.5] * 6}) is None
