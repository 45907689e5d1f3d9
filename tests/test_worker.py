"""Workers are processes: they stand by, train what they are handed, and go home when nobody needs them."""

import subprocess
import sys
import time

import psutil
import pytest

from core import child
from core.runs import layout, states
from core.training.backends import LocalProcesses
from core.training.launcher import Launcher
from core.workspace import current
from tests.saved import here


def wait_for(condition, seconds=90):
    """Waits until it holds; a test machine may be slow, so patience is long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@pytest.fixture
def launcher(monkeypatch):
    monkeypatch.setenv("KERNELSCOPE_SLOTS", "1")
    launcher = Launcher(current())
    yield launcher
    workers = list(launcher.backend.sent.values())
    launcher.close()
    for worker, _ in workers:
        worker.wait(timeout=90)


def worker_of(launcher, run):
    wait_for(lambda: run.id in launcher.backend.sent)
    return launcher.backend.sent[run.id][0]


def log_of(run):
    return (run.path / layout.LOG).read_text(errors="replace")


def longer(small, epochs=1000):
    """An experiment that lasts as long as a test looks at it."""
    return small.edited(training=small.training.edited(epochs=epochs))


def test_a_worker_trains_the_run_it_is_handed_and_ends(launcher, small):
    run = here().create(small)
    launcher.ask(run)
    worker = worker_of(launcher, run)
    wait_for(lambda: run.status().state == states.FINISHED)

    assert len(run.metrics().epochs) == 2
    assert worker.wait(timeout=90) == 0
    assert not run.is_held()


def test_stop_is_heard_and_the_network_so_far_is_kept(launcher, small):
    run = here().create(longer(small))
    launcher.ask(run)
    wait_for(lambda: run.status().epoch >= 1)
    run.request_stop()
    wait_for(lambda: not run.status().is_live)

    assert run.status().state == states.STOPPED
    assert run.weights()


def test_a_killed_worker_leaves_an_interrupted_run_that_goes_on_when_asked(launcher, small):
    run = here().create(longer(small))
    launcher.ask(run)
    wait_for(lambda: run.status().epoch >= 1)
    worker = worker_of(launcher, run)
    worker.kill()
    worker.wait()

    assert run.status().state == states.INTERRUPTED
    assert run.weights()
    done = run.status().epoch
    launcher.ask(run)
    wait_for(lambda: run.status().epoch > done + 1)
    run.request_stop()
    wait_for(lambda: run.status().state == states.STOPPED)

    assert [r["epoch"] for r in run.metrics().epochs] == list(range(1, run.status().epoch + 1))
    assert run.status().attempt == 2


def test_a_failure_is_one_sentence_in_the_status_and_the_cause_in_the_log(launcher, small):
    run = here().create(small)
    (run.path / "metrics.jsonl").mkdir()  # no record can be written there
    launcher.ask(run)
    wait_for(lambda: not run.status().is_live)

    assert run.status().state == states.FAILED
    assert "Traceback" not in run.status().error
    assert "Traceback" in log_of(run)


def test_a_training_worker_outlives_its_server_and_a_waiting_one_does_not(small):
    """The server here is a process of its own that is killed without a warning."""
    run = here().create(longer(small))
    code = (
        "import time; from core.training.launcher import Launcher; from core.workspace import current;"
        f"s = Launcher(current()); b = s.backend; b.standby._warm_one(); s.ask(s.runs.find('{run.id}'))\n"
        "while not b.sent: time.sleep(0.05)\n"
        "b.standby._warm_one(); print(b.sent.popitem()[1][0].pid, b.standby._waiting.pid, flush=True); time.sleep(600)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env=child.environment(), cwd=child.ROOT
    )
    training, waiting = (psutil.Process(int(pid)) for pid in server.stdout.readline().split())
    try:
        wait_for(lambda: run.status().epoch >= 1)
        server.kill()
        server.wait()
        before = run.status().epoch
        wait_for(lambda: run.status().epoch > before)
        wait_for(lambda: not waiting.is_running() or waiting.status() == psutil.STATUS_ZOMBIE)
    finally:
        run.request_stop()
        server.stdout.close()
    wait_for(lambda: run.status().state == states.STOPPED)
    wait_for(lambda: not training.is_running() or training.status() == psutil.STATUS_ZOMBIE)


def test_a_run_is_paused_stepped_retuned_and_let_go(launcher, small):
    run = here().create(longer(small))
    launcher.ask(run)
    wait_for(lambda: run.status().epoch >= 1)
    run.request_pause()
    wait_for(lambda: run.status().state == states.PAUSED)

    batches = run.metrics().step[-1]
    run.request_steps(batches=1)
    wait_for(lambda: run.metrics().step[-1] > batches)
    assert run.metrics().step[-1] == batches + 1

    run.request_learning_rate(0.5)
    wait_for(lambda: run.status().learning_rate == 0.5)
    assert run.metrics().rates == [(batches + 1, 0.5, "you")]

    epoch = run.status().epoch
    run.request_steps(epochs=1)
    wait_for(lambda: run.status().epoch == epoch + 1 and run.status().state == states.PAUSED)
    assert run.status().batch == 0

    run.request_resume()
    wait_for(lambda: run.status().epoch > epoch + 1)
    run.request_stop()
    wait_for(lambda: run.status().state == states.STOPPED)


def test_more_runs_than_slots_wait_in_their_order_and_all_are_trained(launcher, small):
    first, second, third = (here().create(experiment) for experiment in (longer(small), small, small))
    for run in (first, second, third):
        launcher.ask(run)
    wait_for(lambda: first.status().state == states.RUNNING)

    assert [second.status().position, third.status().position] == [1, 2]
    third.request_stop()
    first.request_stop()
    wait_for(lambda: second.status().state == states.FINISHED)
    assert [run.status().state for run in (first, third)] == [states.STOPPED, states.STOPPED]


def test_of_two_servers_on_one_workspace_only_one_sends(launcher, small, monkeypatch):
    wait_for(lambda: launcher._lock is not None)
    other = Launcher(current())
    try:
        assert not other._is_sender()
        monkeypatch.setattr(LocalProcesses, "capacity", lambda self: 0)
        run = here().create(small)
        other.ask(run)
        other.tick()
        assert run.status().state == states.QUEUED
    finally:
        other.close()
    run.request_stop()
