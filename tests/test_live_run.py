"""The page of a run at work: where its axis ends, how its rate is drawn, what its buttons say before it has heard."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, recall_score

from core.experiment.presets import load_preset
from core.optimization.schedules import Constant, CosineDecay, Schedule
from core.runs import states
from core.runs.curves import LENGTHS, axis, rate_curve
from core.runs.states import Intent, Status
from core.spec import kinds
from core.training import control
from core.training.control import MANY, Control
from pages.components.runs import live_classes, live_tiles, run_controls, run_view
from tests.saved import here


def test_the_time_that_is_left_is_that_of_the_pace_as_long_as_a_border_lies_ahead():
    two_tasks = load_preset("forgetting-digits")  # the second one begins after six epochs
    told = {epoch: run_view._numbers(Status(state=states.RUNNING, epoch=epoch, seconds_left=9.0), two_tasks)
            for epoch in (5, 6)}  # fmt: skip

    assert told[5].endswith("about 9 s left at this pace") and told[6].endswith("about 9 s left")


def test_a_first_epoch_of_37_seconds_fills_its_axis_and_the_axis_grows_by_steps():
    pace = 1 / 37
    lengths = [axis(second * pace, 10, pace) for second in range(1, 371)]

    assert lengths[0] == 0.5  # ten empty epochs would squeeze the curve into nothing
    assert all(second * pace <= length for second, length in enumerate(lengths, 1))
    assert lengths == sorted(lengths)
    assert sorted(set(lengths)) == [0.5, 1, 2, 3, 5, 10]
    assert min(second * pace / length for second, length in enumerate(lengths, 1) if second > 37) > 0.3


def test_the_axis_of_a_run_of_seconds_never_changes_and_holds_all_of_it():
    assert {axis(lived / 10, 10, 2.0) for lived in range(1, 101)} == {10}


@pytest.mark.parametrize("pace", [None, 0.0, -1.0, np.inf, np.nan])
def test_before_the_pace_is_known_the_axis_is_that_of_the_empty_chart(pace):
    assert axis(0.3, 25, pace) == 25


def test_an_axis_of_every_length_can_be_had_up_to_the_longest_run():
    assert axis(5001, 10_000, 1e-6) == 10_000
    assert list(LENGTHS) == sorted(LENGTHS)


def by_steps(schedule, rate, steps, epochs, changes):
    """The learning rate of every step as the loop has it."""
    base, factor, found = schedule.rates(rate, steps, epochs), 1.0, []
    due = dict(changes)
    for step in range(steps * epochs):
        if step in due:
            factor *= due[step] / (base[step] * factor)
        found.append(base[step] * factor)
    return np.array(found)


@pytest.mark.parametrize("schedule", [kind() for kind in kinds(Schedule).values()], ids=repr)
@pytest.mark.parametrize("changes", [(), ((40, 0.5), (90, 0.02))])
def test_the_curve_of_the_rate_is_what_the_loop_trains_with(schedule, changes):
    steps, epochs = 25, 6
    x, y = rate_curve(schedule, 0.1, steps, epochs, [(step / steps, value) for step, value in changes])
    expected = by_steps(schedule, 0.1, steps, epochs, changes)
    between = np.array([step for step in range(steps * epochs - 1) if all(abs(step - at) > 1 for at, _ in changes)])

    assert x == sorted(x)
    np.testing.assert_allclose(np.interp(between / steps, x, y), expected[between], rtol=0.02, atol=2e-4)


def test_the_curve_of_the_rate_is_short_however_long_the_run():
    assert len(rate_curve(Constant(), 0.1, 10**9, 1000)[0]) <= 4
    assert len(rate_curve(CosineDecay(), 0.1, 1875, 1000)[0]) < 500
    assert rate_curve(Constant(), 0.1, 0, 10) == [[], []]


def run_with(**asked):
    return SimpleNamespace(intent=lambda: Intent(**asked))


def test_the_button_says_go_on_before_the_worker_has_heard_of_the_pause():
    running = Status(state=states.RUNNING, epochs=10, epoch=1, batch=3)
    asked = run_with(pause=True, pauses=1)

    assert run_controls.is_held(asked, running)
    assert run_controls.is_pending(asked, running)
    assert run_view._state_words(asked, running, 20) == "Pausing ..."
    paused = replace(running, state=states.PAUSED, heard=1)
    assert not run_controls.is_pending(asked, paused)
    assert run_view._state_words(asked, paused, 20) == "Paused in epoch 2 of 10, after batch 3 of 20."
    assert run_controls._next_batch(paused, 20) == "batch 4 of 20"
    let_go = run_with(pause=False, pauses=1)
    assert not run_controls.is_held(let_go, paused)
    assert run_controls.is_pending(let_go, paused)
    assert run_view._state_words(let_go, paused, 20) == "Going on ..."


def test_an_epoch_that_was_asked_for_can_be_paused():
    running = Status(state=states.RUNNING, epochs=10, epoch=1, batch=3, heard=2)

    assert not run_controls.is_held(run_with(pause=True, pauses=1, epochs=1), running)
    assert run_controls.is_held(run_with(pause=True, pauses=2, epochs=1), running)


def test_the_worker_hears_a_pause_within_an_epoch_that_was_asked_for(monkeypatch):
    intents, told = [], []
    record = SimpleNamespace(intent=lambda: intents.pop(0) if len(intents) > 1 else intents[0])
    training = SimpleNamespace(
        progress=SimpleNamespace(epoch=1, batch=0), tell=lambda **what: told.append(what), where=dict, save=lambda: None
    )
    holding = Control(record)
    monkeypatch.setattr(control.time, "sleep", lambda seconds: None)

    paused, asked = Intent(pause=True, pauses=1), Intent(pause=True, pauses=1, epochs=1)
    intents[:] = [paused, asked]
    assert holding.hold(training) == MANY
    assert [(one["state"], one["heard"]) for one in told] == [(states.PAUSED, 1), (states.RUNNING, 2)]
    assert holding.hold(training) == MANY  # within the epoch it goes on
    again = replace(asked, pauses=2)
    intents[:] = [again, replace(again, pause=False)]
    assert holding.hold(training) == MANY
    assert [(one["state"], one["heard"]) for one in told[2:]] == [(states.PAUSED, 3), (states.RUNNING, 3)]


def test_going_on_and_waiting_forget_steps_that_were_not_begun(small):
    run, told = here().create(small), []
    training = SimpleNamespace(
        progress=SimpleNamespace(epoch=0, batch=4), tell=lambda **what: told.append(what), where=dict, save=lambda: None
    )
    holding = Control(SimpleNamespace(intent=run.intent))

    run.request_steps(batches=3, epochs=2)
    run.request_resume()
    assert holding.hold(training) == MANY
    assert told == [{"heard": run.intent().asked}]  # a wait that was taken back at once is answered too
    run.request_steps(epochs=1)
    assert holding.hold(training) == MANY  # that epoch
    run.request_steps(epochs=1)  # and one more, within it
    run.request_pause()
    run.request_steps(batches=1)  # after the wait
    assert (holding.hold(training), holding.is_stepping) == (1, True)
    assert holding._heard == run.intent().asked


def test_two_tabs_that_ask_at_once_are_both_counted(small):
    run = here().create(small)
    with ThreadPoolExecutor(8) as tabs:
        for asked in [tabs.submit(run.request_steps, batches=1) for _ in range(40)]:
            asked.result()

    assert (run.intent().batches, run.intent().pauses, run.intent().pause) == (40, 1, True)


def test_a_single_batch_is_known_as_one():
    intents = [Intent(pause=True, pauses=1, batches=1)]
    record = SimpleNamespace(intent=lambda: intents[0])
    training = SimpleNamespace(progress=SimpleNamespace(epoch=0, batch=4), tell=lambda **what: None, where=dict)
    holding = Control(record)

    assert (holding.hold(training), holding.is_stepping) == (1, True)
    intents[0] = Intent()
    assert (holding.hold(training), holding.is_stepping) == (MANY, False)


def test_each_class_is_right_as_often_as_scikit_learn_says_and_each_cell_counts_its_images():
    rng = np.random.default_rng(4)
    labels, answers = rng.integers(0, 5, 300), rng.integers(0, 5, 300)
    matrix = confusion_matrix(labels, answers)
    told = live_classes.table(tuple("abcde"), {"confusion": matrix.ravel().tolist()})

    np.testing.assert_allclose([row["right"] for row in told["rows"]], recall_score(labels, answers, average=None))
    assert [row["counts"] for row in told["rows"]] == matrix.tolist()
    assert [row["of"] for row in told["rows"]] == matrix.sum(1).tolist()
    assert told["known"] and not told["left_out"]


def test_of_very_many_classes_the_weakest_are_shown():
    shares = [None, *np.linspace(0.1, 1, 99)]
    told = live_classes.table(tuple(f"class {n}" for n in range(100)), {"class_accuracy": shares})

    assert [row["name"] for row in told["rows"]] == [f"class {n}" for n in range(1, 41)]
    assert told["left_out"] == 60


@pytest.mark.parametrize("epoch", [{}, {"confusion": [1] * 9}, {"class_accuracy": [0.5]}])
def test_classes_have_their_rows_before_anything_is_known_of_them(epoch):
    told = live_classes.table(("cat", "dog"), epoch)

    assert [row["name"] for row in told["rows"]] == ["cat", "dog"]
    assert [(row["right"], row["counts"]) for row in told["rows"]] == [(None, [])] * 2
    assert not told["known"]


def test_the_change_of_the_kernels_is_told_only_against_those_of_the_same_shape():
    start = live_tiles._shaped(([0.0, 1.0, 2.0, 3.0], [1, 2, 2]))

    assert live_tiles._change([[[1.0, 1.0], [1.0, 1.0]]], start) == [[[1.0, 0.0], [-1.0, -2.0]]]
    assert live_tiles._change([[[1.0]]], start) == []
    assert live_tiles._shaped(((), ())) == []
    assert live_tiles._shaped({"kernels": [None] * 4, "kernel_shape": [1, 2, 2]}) == [[[0.0, 0.0], [0.0, 0.0]]]
