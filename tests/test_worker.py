"""Workers are processes: they stand by, train what they are handed, and go home when nobody needs them."""

import subprocess
import sys
import time

import psutil
import pytest

from core import child, runs
from core.training.standby import Standby


def wait_for(condition, seconds=90):
    """Waits until it holds; a test machine may be slow, so patience is long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@pytest.fixture
def standby():
    standby = Standby()
    yield standby
    standby.close()
    for sent in standby._sent:
        sent.wait(timeout=60)


def worker_of(standby):
    return standby._sent[-1]


def test_a_worker_trains_the_run_it_is_handed_and_ends(standby, small):
    run = runs.create(small)
    standby.start(run)
    wait_for(lambda: run.status().state == runs.FINISHED)

    assert len(run.metrics().epochs) == 2
    assert worker_of(standby).wait(timeout=30) == 0
    assert not run.is_held()


def test_stop_is_heard_and_the_network_so_far_is_kept(standby, small):
    run = runs.create(small.edited(training=small.training.edited(epochs=1000)))
    standby.start(run)
    wait_for(lambda: run.status().epoch >= 1)
    run.request_stop()
    wait_for(lambda: not run.status().is_live)

    assert run.status().state == runs.STOPPED
    assert run.weights()


def test_a_killed_worker_leaves_an_interrupted_run_with_its_last_epoch(standby, small):
    run = runs.create(small.edited(training=small.training.edited(epochs=1000)))
    standby.start(run)
    wait_for(lambda: run.status().epoch >= 1)
    worker_of(standby).kill()
    worker_of(standby).wait()

    assert run.status().state == runs.INTERRUPTED
    assert run.weights()
    assert all(r["epoch"] == i + 1 for i, r in enumerate(run.metrics().epochs))


def test_a_failure_is_one_sentence_in_the_status_and_the_cause_in_the_log(standby, small):
    run = runs.create(small)
    (run.path / "metrics.jsonl").mkdir()  # no record can be written there
    standby.start(run)
    wait_for(lambda: not run.status().is_live)

    assert run.status().state == runs.FAILED
    assert "Traceback" not in run.status().error
    assert "Traceback" in run.log_tail()


def test_a_training_worker_outlives_its_server_and_a_waiting_one_does_not(small):
    """The server here is a process of its own that is killed without a warning."""
    run = runs.create(small.edited(training=small.training.edited(epochs=1000)))
    code = (
        "import sys, time; from core.runs import Run; from core.training.standby import Standby;"
        f"s = Standby(); s.start(Run('{run.id}')); t = Standby(); time.sleep(1);"
        "print(s._sent[0].pid, t._waiting.pid, flush=True); time.sleep(600)"
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
    wait_for(lambda: run.status().state == runs.STOPPED)
    wait_for(lambda: not training.is_running() or training.status() == psutil.STATUS_ZOMBIE)
