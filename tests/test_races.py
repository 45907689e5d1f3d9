"""Servers, workers and tabs that get in each other's way; the training is a toy, the processes are real."""

import contextlib
import random
import threading
import time

import psutil
import pytest

from core.errors import UserError
from core.runs import doctor, layout, states
from core.runs.recorder import Recorder
from core.workspace import current
from tests.fault_child import STANDS_IN, Acting, play, toy_experiment
from tests.saved import here
from tests.test_worker import wait_for
from tests.toy_processes import a_launcher, is_running, long_run, train_toys

ENDED = states.STATES - states.LIVE


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    train_toys(monkeypatch)


@pytest.fixture
def launcher():
    with a_launcher() as launcher:
        yield launcher


def test_runs_made_at_the_same_instant_are_two():
    """X01."""
    barrier, made = threading.Barrier(8), []

    def make():
        barrier.wait()
        made.append(here().create(toy_experiment()).id)

    together(*[make] * 8)

    assert len(set(made)) == 8
    assert {run.id for run in here().newest()} == set(made)


def stops(run, seconds):
    """Asks a run to stop after so long."""

    def stop():
        time.sleep(seconds)
        run.request_stop()

    return stop


def together(*jobs):
    """Runs them at once; their errors, UserErrors apart, are the test's."""
    wrong = []

    def guarded(job):
        try:
            job()
        except UserError:
            pass
        except BaseException as error:  # told below, in the test's own thread
            wrong.append(error)

    threads = [threading.Thread(target=guarded, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong


def test_a_run_deleted_while_it_trains_stops_and_lies_in_the_trash(launcher):
    """X02."""
    run = long_run()
    launcher.ask(run)
    wait_for(lambda: is_running(run))
    process = psutil.Process(run.intent().pid)
    viewer = here().find(run.id)
    here().delete(run)

    assert here().newest() == []
    assert [one.id for one in here().deleted()] == [run.id]
    viewer.status(), viewer.metrics(), viewer.checkpoints()  # another tab looks on without an exception
    wait_for(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    assert here().restore(run.id).status().state == states.STOPPED
    assert doctor.examine(current()) == []


def test_a_run_deleted_while_its_worker_is_on_the_way_stays_deleted(launcher):
    """X02."""
    run = long_run()
    launcher.ask(run)
    wait_for(lambda: run.id in launcher.backend.sent)
    process = launcher.backend.sent[run.id][0]
    here().delete(run)
    process.wait(timeout=90)

    assert here().newest() == []
    assert not (run.path).exists()


def test_stop_and_finish_at_once_end_in_a_state_that_stays():
    """X04: the stop comes at any moment of a training, before its begin and after its end."""
    rng = random.Random(4)
    for _ in range(20):
        run = here().create(toy_experiment(epochs=2))

        together(lambda run=run: play(run), stops(run, rng.random() * 0.15))
        state = run.status().state

        assert state in {states.STOPPED, states.FINISHED}
        assert run.status().state == state
    assert doctor.examine(current()) == []


def test_stop_and_start_at_once_leave_no_worker_behind(launcher, monkeypatch):
    """X04."""
    monkeypatch.setenv("KERNELSCOPE_TOY_SECONDS", "0.01")
    rng = random.Random(5)
    started = [long_run(epochs=400) for _ in range(6)]
    for run in started:
        together(lambda run=run: launcher.ask(run), stops(run, rng.random()))
    wait_for(lambda: all(run.status().state in ENDED for run in started))

    assert {run.status().state for run in started} <= {states.STOPPED}
    wait_for(lambda: not any(run.is_held() for run in started))  # its last word is written before the lock is let go
    assert here().queue() == []


def test_a_worker_that_begins_leaves_alone_what_the_server_is_writing():
    """X04: a stop is half written when the worker clears up after its predecessor."""
    run = long_run()
    servers, workers = run.path / f".{layout.INTENT}.0123abcd.tmp", run.path / f".{layout.STATUS}.0123abcd.tmp"
    servers.write_bytes(b"half"), workers.write_bytes(b"half")
    with Recorder(run) as record:
        record.resume_point()

    assert servers.exists()
    assert not workers.exists()


def test_two_workers_for_one_run_make_one_training():
    """X04: resume and resume."""
    for _ in range(8):
        run = here().create(toy_experiment(epochs=2))
        together(lambda run=run: play(run), lambda run=run: play(run))

        assert run.status().state == states.FINISHED
        assert [epoch["epoch"] for epoch in run.metrics().epochs] == [1, 2]
    assert doctor.examine(current()) == []


def test_toys_that_play_at_once_stand_in_until_the_last_ends_and_leave_nothing_behind():
    first, second = Acting(), Acting()

    def standing():
        return [getattr(place, name) for place, name, _ in STANDS_IN]

    before = standing()
    first.__enter__()
    second.__enter__()
    first.__exit__()
    assert standing() == [value for *_, value in STANDS_IN]
    second.__exit__()
    assert standing() == before


def test_a_stop_is_not_undone_by_a_second_worker_that_waited():
    """X04: terminal states stick."""
    run = here().create(toy_experiment(epochs=60))
    run.launched()

    def stop():
        wait_for(lambda: run.status().epoch >= 1)
        run.request_stop()

    together(lambda: play(run), lambda: play(run), stop)

    assert run.status().state == states.STOPPED


def test_delete_and_restore_at_once_lose_nothing():
    """X04."""
    for _ in range(10):
        run = here().create(toy_experiment())
        here().delete(run)
        together(lambda run=run: here().restore(run.id), lambda run=run: here().restore(run.id))

        assert run.id in {one.id for one in here().newest()}


def test_a_resumed_run_that_fails_at_once_still_says_how_far_it_got(monkeypatch):
    """W03: killed, or failing, between taking the run up and its first step."""
    run = here().create(toy_experiment(epochs=2))
    play(run)
    (run.path / layout.EXPERIMENT).write_text(toy_experiment(epochs=4).to_json())
    before = run.status()
    run.launched()
    with Recorder(run) as record:
        record.status(state=states.STARTING, epochs=4, error="", reason="")

    after = run.status()
    assert after.state == states.INTERRUPTED
    assert (after.epoch, after.best_epoch, after.val_accuracy) == (2, before.best_epoch, before.val_accuracy)


@pytest.mark.parametrize("is_taken_up", [False, True])
def test_a_run_that_gets_its_worker_while_it_is_looked_at_is_alive(is_taken_up, monkeypatch):
    run = here().create(toy_experiment(epochs=2))
    with Recorder(run) as record:
        record.status(state=states.RUNNING, epochs=2)
    assert run.status().state == states.INTERRUPTED
    run.enqueue()
    worker = contextlib.ExitStack()

    def sent_meanwhile(self):
        monkeypatch.undo()
        run.launched()
        if is_taken_up:
            worker.enter_context(Recorder(run)).status(state=states.RUNNING, epochs=2)
        return 0

    monkeypatch.setattr(type(run), "_position", sent_meanwhile)
    with worker:
        assert run.status().state == (states.RUNNING if is_taken_up else states.STARTING)


def test_only_as_many_workers_as_there_are_slots(launcher):
    """X08: ten starts at once."""
    assert launcher.backend.capacity() == 3
    waiting = [long_run(epochs=2) for _ in range(10)]
    together(*[lambda run=run: launcher.ask(run) for run in waiting])
    most = 0
    while not all(run.status().state == states.FINISHED for run in waiting):
        most = max(most, sum(run.is_held() for run in waiting))
        time.sleep(0.01)

    assert most <= 3
