"""Where a run is trained is the backend's business; a worker of another machine is told by its lease."""

import time

import pytest

from core import stored, workspace
from core.errors import UserError
from core.runs import doctor, layout, states
from core.runs.recorder import Recorder
from core.runs.states import LEASE_SECONDS
from core.training.backends import Backend, LocalProcesses
from core.training.launcher import Launcher
from core.workspace import current
from tests.fault_child import spawn_toy, toy_experiment
from tests.saved import here
from tests.test_worker import wait_for
from tests.toy_processes import a_launcher, is_running, long_run, stop_all, train_toys

HOST = "gpu-1"


class Elsewhere(Backend):
    """Stands for a machine with room for one run, which sees our disk and nothing else of us."""

    def __init__(self):
        self.workers = {}

    def capacity(self):
        return 1

    def start(self, run):
        run.launched(host=HOST)
        self.workers[run.id] = worker = spawn_toy(run.workspace)
        with worker.stdin as stdin:
            stdin.write(f"{run.id}\n".encode())

    def is_alive(self, run):
        return run.id in self.workers and self.workers[run.id].poll() is None

    def stop(self, run):
        self.workers[run.id].kill()

    def reap(self, run):
        return f"{HOST} lost it." if self.workers.pop(run.id).wait() else ""

    def close(self):
        for worker in self.workers.values():
            worker.kill()
            worker.wait()


@pytest.fixture
def elsewhere(monkeypatch):
    train_toys(monkeypatch)
    return Elsewhere()


@pytest.fixture
def launcher(elsewhere):
    launcher = Launcher(current(), elsewhere)
    yield launcher
    launcher.close()


@pytest.fixture
def run(small):
    """A run that was sent to another machine."""
    run = here().create(small)
    run.launched(host=HOST)
    return run


def taken_up(run, beat=0.0, **changes):
    """Its worker took it up, wrote so many seconds ago, and can't be seen: this machine knows nothing of its lock."""
    with Recorder(run) as record:
        record.status(**{"state": states.RUNNING, "epoch": 1, "epochs": 2} | changes)
    beaten(run, beat)


def beaten(run, ago):
    told = stored.read_json(run.path / layout.STATUS)
    workspace.write_json(run.path / layout.STATUS, told | {"beat": time.time() - ago})


# ---- backends


def test_the_launcher_trains_its_runs_on_the_backend_that_it_is_given_as_many_at_once_as_that_has_room_for(launcher):
    runs = [here().create(toy_experiment(epochs=epochs)) for epochs in (1000, 2)]
    for run in runs:
        launcher.ask(run)
    first, second = runs
    wait_for(lambda: is_running(first))
    assert second.status().position == 1
    first.request_stop()
    wait_for(lambda: second.status().state == states.FINISHED)

    assert first.status().state == states.STOPPED
    assert [run.intent().host for run in runs] == [HOST, HOST]
    assert [run.status().attempt for run in runs] == [1, 1]
    assert [epoch["epoch"] for epoch in second.metrics().epochs] == [1, 2]
    assert doctor.examine(current()) == []


def test_a_run_that_its_backend_lost_is_interrupted_at_once_says_why_and_goes_on_when_asked(launcher, elsewhere):
    run = long_run()
    launcher.ask(run)
    wait_for(lambda: is_running(run))
    elsewhere.stop(run)
    wait_for(lambda: run.status().state == states.INTERRUPTED)

    assert run.status().error == f"{HOST} lost it."
    launcher.ask(run)
    wait_for(lambda: is_running(run) and run.status().attempt == 2)
    stop_all(run)
    numbers = [epoch["epoch"] for epoch in run.metrics().epochs]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_run_goes_on_where_another_backend_began_it(launcher, elsewhere):
    run = long_run()
    launcher.ask(run)
    wait_for(lambda: is_running(run))
    elsewhere.stop(run)
    wait_for(lambda: run.status().state == states.INTERRUPTED)
    launcher.close()
    with a_launcher() as local:
        local.ask(run)
        wait_for(lambda: is_running(run) and run.status().attempt == 2)
        assert run.intent().host == ""
        stop_all(run)

    assert run.status().state == states.STOPPED


# ---- leases


def test_a_run_on_its_way_to_another_machine_is_starting_as_long_as_a_lease_lasts(run, monkeypatch):
    assert run.status().state == states.STARTING
    with pytest.raises(UserError, match="being trained"):
        run.enqueue()

    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + LEASE_SECONDS + 1)
    assert run.status().state == states.INTERRUPTED


@pytest.mark.parametrize("beat", [0, LEASE_SECONDS - 60, 60 - LEASE_SECONDS])  # the last: its clock is ahead of ours
def test_a_run_of_another_machine_with_a_fresh_beat_is_alive_though_nobody_here_holds_its_lock(run, beat):
    taken_up(run, beat)

    assert run.status().state == states.RUNNING
    assert run.is_held()
    assert run.is_taken()
    with pytest.raises(UserError, match="being trained"):
        run.enqueue()


@pytest.mark.parametrize("beat", [LEASE_SECONDS + 60, -LEASE_SECONDS - 60])
def test_a_run_of_another_machine_with_an_old_beat_is_interrupted_and_goes_on_when_asked(run, beat):
    taken_up(run, beat)
    assert run.status().state == states.INTERRUPTED
    assert run.status().epoch == 1
    assert run.can_resume()

    run.enqueue()
    assert run.status().state == states.QUEUED
    run.launched(host="gpu-2")
    assert run.status().state == states.STARTING
    taken_up(run, epoch=2)
    assert (run.status().state, run.status().attempt, run.status().epoch) == (states.RUNNING, 2, 2)


def test_what_a_run_of_another_machine_came_to_stays_when_its_lease_is_over(run):
    taken_up(run, LEASE_SECONDS + 60, state=states.FINISHED, epoch=2)

    assert run.status().state == states.FINISHED


def test_a_run_of_this_machine_has_no_lease(small):
    run = here().create(small)
    run.launched()
    taken_up(run)

    assert run.status().state == states.INTERRUPTED


def test_a_worker_that_was_thought_dead_writes_nothing_once_the_run_went_to_another(run):
    with Recorder(run) as record:
        record.status(state=states.RUNNING, epoch=1)
        record.append("started", steps_per_epoch=1)
        run.launched(host="gpu-2")
        before = {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()}
        for write in (lambda: record.status(state=states.FAILED), lambda: record.append("epoch", epoch=2)):
            with pytest.raises(UserError, match="another worker"):
                write()

    assert {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()} == before


def test_the_doctor_and_the_processes_of_this_machine_leave_a_leased_run_alone(run, monkeypatch):
    monkeypatch.setattr(doctor, "YOUNG_SECONDS", -1.0)
    taken_up(run)
    torn = run.path / layout.METRICS
    torn.write_bytes(b'{"n": 1, "event": "batch')
    local = LocalProcesses(current())
    try:
        assert not local.is_alive(run)
        local.stop(run)
    finally:
        local.close()

    assert doctor.examine(current()) == []
    finding = doctor.Finding(run.id, "It was ill when somebody looked.", "It is mended.")
    assert doctor.repair(current(), [finding]) == []
    assert torn.read_bytes() == b'{"n": 1, "event": "batch'
    beaten(run, LEASE_SECONDS + 60)
    assert "torn end" in doctor.examine(current())[0].what
