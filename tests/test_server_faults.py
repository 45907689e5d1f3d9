"""Servers and workers that die or freeze; the training is a toy, the processes are real."""

import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from core import child
from core.errors import UserError
from core.runs import doctor, layout, states
from core.training import launcher as launching
from core.workspace import current
from tests.fault_child import play, toy_experiment
from tests.saved import here
from tests.test_worker import wait_for
from tests.toy_processes import a_launcher, is_running, long_run, stop_all, train_toys

POSIX = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs the signals of POSIX systems")


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    train_toys(monkeypatch)


@pytest.fixture
def launcher():
    with a_launcher() as launcher:
        yield launcher


@pytest.fixture
def server():
    """Starts servers without pages, and ends them."""
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fault_child", "--server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=child.ROOT,
            env=child.environment(),
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


# ---- server faults


@POSIX
@pytest.mark.parametrize("end", ["SIGTERM", "SIGKILL"])
def test_workers_outlive_their_server_and_the_next_one_goes_on_with_the_queue(server, end):
    """S01: three at work, two waiting; the server ends, one worker is killed meanwhile, another server starts."""
    first = server()
    at_work = [long_run() for _ in range(3)]
    waiting = [long_run(epochs=2) for _ in range(2)]
    for run in [*at_work, *waiting]:
        run.enqueue()
    wait_for(lambda: all(is_running(run) for run in at_work))
    assert [run.id for run in here().queue()] == [run.id for run in waiting]
    first.send_signal(getattr(signal, end))
    first.wait()
    psutil.Process(at_work[0].intent().pid).kill()
    wait_for(lambda: at_work[0].status().state == states.INTERRUPTED)

    assert [run.status().state for run in at_work[1:]] == [states.RUNNING] * 2
    assert [run.status().position for run in waiting] == [1, 2]
    pids = [run.intent().pid for run in at_work[1:]]
    server()
    wait_for(lambda: all(run.status().state == states.FINISHED for run in waiting))
    assert [run.status().state for run in at_work] == [states.INTERRUPTED, states.RUNNING, states.RUNNING]
    assert [run.intent().pid for run in at_work[1:]] == pids
    stop_all(*at_work)
    assert {finding.severity for finding in doctor.examine(current())} <= {
        doctor.WARNING
    }  # half a checkpoint of the killed one


def test_two_servers_on_one_workspace_start_every_run_once(server):
    """X05, X08."""
    server(), server()
    waiting = [long_run(epochs=3) for _ in range(6)]
    for run in waiting:
        run.enqueue()
    most = 0
    while not all(run.status().state == states.FINISHED for run in waiting):
        most = max(most, sum(run.is_held() for run in waiting))
        time.sleep(0.01)

    assert most <= 3
    assert [run.status().attempt for run in waiting] == [1] * 6


@POSIX
def test_a_signal_to_the_servers_group_does_not_reach_its_workers(server):
    """W07: Ctrl-C in the terminal goes to everybody in the group."""
    process = server()
    run = long_run()
    run.enqueue()
    wait_for(lambda: is_running(run))
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(1)
    process.kill()  # whether a server without pages ends by itself is not the question
    process.wait()
    before = run.status().epoch
    wait_for(lambda: run.status().epoch > before)
    stop_all(run)

    assert run.status().state == states.STOPPED


def test_many_presses_of_start_for_one_run_make_one_worker(launcher):
    """S05."""
    run = long_run()
    refused = 0
    for _ in range(50):
        try:
            launcher.ask(run)
        except UserError:
            refused += 1
    wait_for(lambda: is_running(run))

    assert run.status().attempt == 1
    assert len(launcher.backend.sent) == 1
    stop_all(run)


# ---- worker faults


@POSIX
def test_a_frozen_worker_is_told_apart_and_goes_on(launcher, monkeypatch):
    """W06."""
    monkeypatch.setattr(states, "SILENT_SECONDS", 0.5)
    run = long_run()
    launcher.ask(run)
    wait_for(lambda: is_running(run))
    frozen = psutil.Process(run.intent().pid)
    frozen.suspend()
    wait_for(lambda: run.status().is_silent)

    assert run.is_held()
    assert run.status().state == states.RUNNING
    with pytest.raises(UserError):
        launcher.ask(run)
    frozen.resume()
    wait_for(lambda: not run.status().is_silent)
    stop_all(run)
    assert run.status().attempt == 1


@POSIX
def test_a_frozen_worker_that_does_not_heed_a_stop_is_ended_and_the_run_can_go_on(launcher, monkeypatch):
    """W06."""
    monkeypatch.setattr(states, "SILENT_SECONDS", 0.5)
    monkeypatch.setattr(launching, "PATIENCE_SECONDS", 0.5)
    run, other = long_run(), long_run()
    for one in (run, other):
        launcher.ask(one)
    wait_for(lambda: is_running(run) and is_running(other))
    psutil.Process(run.intent().pid).suspend()
    psutil.Process(other.intent().pid).suspend()
    run.request_stop()
    wait_for(lambda: run.status().state == states.INTERRUPTED)

    assert run.can_resume()
    assert other.is_held()  # nobody asked it to stop
    psutil.Process(other.intent().pid).resume()
    stop_all(other)


def test_a_killed_worker_shows_as_interrupted_and_the_run_goes_on(launcher):
    """W03, G8: within three seconds where nothing else uses the machine."""
    run = long_run()
    launcher.ask(run)
    wait_for(lambda: is_running(run))
    psutil.Process(run.intent().pid).kill()
    wait_for(lambda: run.status().state == states.INTERRUPTED)

    assert run.can_resume()
    launcher.ask(run)
    wait_for(lambda: is_running(run) and run.status().attempt == 2)
    stop_all(run)
    assert [epoch["epoch"] for epoch in run.metrics().epochs] == list(range(1, len(run.metrics().epochs) + 1))


def test_a_stranger_with_the_workers_number_is_no_worker_and_is_left_alone(launcher):
    """W08: the system gave the number of a dead worker to another process."""
    run = long_run()
    launcher.ask(run)
    wait_for(lambda: is_running(run))
    psutil.Process(run.intent().pid).kill()
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        run._ask(pid=stranger.pid)
        wait_for(lambda: run.status().state == states.INTERRUPTED)
        run.request_stop()
        here().delete(run)

        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("wreck", ["removed", "removed but for what was written meanwhile", "replaced by a file"])
def test_a_run_directory_that_is_gone_ends_its_worker_and_harms_nobody_else(launcher, wreck):
    """W09."""
    run, other = long_run(), long_run()
    launcher.ask(run)
    launcher.ask(other)
    wait_for(lambda: is_running(run) and is_running(other))
    lost = psutil.Process(run.intent().pid)
    if wreck == "removed but for what was written meanwhile":
        (run.path / layout.EXPERIMENT).unlink()
    else:
        shutil.rmtree(run.path, ignore_errors=True)
    wait_for(lambda: not lost.is_running() or lost.status() == psutil.STATUS_ZOMBIE)
    shutil.rmtree(run.path, ignore_errors=True)
    if wreck == "replaced by a file":
        run.path.touch()

    assert [one.id for one in here().newest()] == [other.id]
    assert is_running(other)
    doctor.repair(current(), doctor.examine(current()))
    assert doctor.examine(current()) == []
    stop_all(other)


@pytest.mark.parametrize("days", [-1, 1, -20_000])
def test_a_clock_that_jumps_changes_neither_order_nor_state(monkeypatch, days):
    """W11: the clock is set a day back, a day ahead, to 1970."""
    real = time.time
    jump = [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + jump[0])
    run = here().create(toy_experiment())
    second = here().create(toy_experiment())
    run.enqueue()
    jump[0] = days * 86_400
    second.enqueue()
    assert [one.id for one in here().queue()] == [run.id, second.id]
    run.leave_queue()
    play(run)
    metrics = run.metrics()

    assert run.status().state == states.FINISHED
    assert run.status().seconds >= 0
    assert all(epoch["seconds"] >= 0 for epoch in metrics.epochs)
    assert not run.status().is_silent
    jump[0] = 0.0
    assert run.status().state == states.FINISHED
