"""Servers and workers that die, freeze or get in each other's way; the training is a toy, the processes are real."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from core import child, datasets
from core.errors import UserError
from core.runs import doctor, layout, states
from core.runs.recorder import Recorder
from core.training import launcher as launching
from core.training import loop, standby, worker
from core.training.launcher import Launcher
from core.workspace import current
from tests.fault_child import play, spawn_toy, toy_experiment
from tests.saved import here
from tests.test_worker import wait_for

POSIX = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs the signals of POSIX systems")
ENDED = {states.FINISHED, states.STOPPED, states.DIVERGED, states.FAILED, states.INTERRUPTED}


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    """Workers train toys, in this process and in others."""
    for place, name in ((loop, "build_model"), (loop, "Trainer"), (loop, "STATUS_SECONDS"), (loop, "CHUNK_SECONDS"),
                        (loop.threads, "suit"), (worker, "_log_into"), (worker, "_watch_memory")):  # fmt: skip
        monkeypatch.setattr(place, name, getattr(place, name))  # `play` changes them: put back afterwards
    monkeypatch.setattr(standby, "_spawn", spawn_toy)
    monkeypatch.setattr(doctor, "YOUNG_SECONDS", -1.0)
    monkeypatch.setenv("KERNELSCOPE_TOY_SECONDS", "0.05")
    monkeypatch.setenv("KERNELSCOPE_SLOTS", "3")
    datasets.prepare(toy_experiment().dataset)


@pytest.fixture
def launcher():
    launcher = Launcher(current())
    yield launcher
    sent = [process for process, _ in launcher._sent.values()]
    launcher.close()
    for process in sent:
        process.kill()
        process.wait()


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


def long_run(epochs=1000):
    return here().create(toy_experiment(epochs=epochs))


def is_running(run):
    return run.status().state == states.RUNNING and run.status().epoch >= 1


def stop_all(*started):
    for run in started:
        if run.status().is_live:
            run.request_stop()
    for run in started:
        wait_for(lambda run=run: not run.status().is_live)


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
    wait_for(lambda: at_work[0].status().state == states.INTERRUPTED, seconds=3)

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
    assert len(launcher._sent) == 1
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


# ---- who gets in whose way


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
    wait_for(lambda: run.id in launcher._sent)
    process = launcher._sent[run.id][0]
    here().delete(run)
    process.wait(timeout=30)

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
    wait_for(lambda: all(run.status().state in ENDED for run in started), seconds=30)

    assert {run.status().state for run in started} <= {states.STOPPED}
    assert not any(run.is_held() for run in started)
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


def test_only_as_many_workers_as_there_are_slots(launcher):
    """X08: ten starts at once."""
    assert launching.slots() == 3
    waiting = [long_run(epochs=2) for _ in range(10)]
    together(*[lambda run=run: launcher.ask(run) for run in waiting])
    most = 0
    while not all(run.status().state == states.FINISHED for run in waiting):
        most = max(most, sum(run.is_held() for run in waiting))
        time.sleep(0.01)

    assert most <= 3
