"""The sending thread, a tick at a time: what one run meets costs the others nothing, and a Stop is never lost."""

import errno
import os
import subprocess
import sys

import pytest

from core import workspace
from core.runs import layout, states
from core.runs.recorder import Recorder
from core.training import backends, launcher, standby
from core.training.backends import Backend, LocalProcesses
from core.training.launcher import Launcher
from core.workspace import current
from tests.saved import here

HERS, HIS, ITS = "a" * 16, "b" * 16, "c" * 16


class Noted(Backend):
    """Workers that are noted, and do nothing."""

    def __init__(self, slots=9):
        self.slots, self.sent, self.ended = slots, [], []
        self.meanwhile = lambda: None

    def capacity(self):
        self.meanwhile()
        return self.slots

    def start(self, run):
        run.launched(os.getpid())
        self.sent.append(run.id)

    def is_alive(self, run):
        return run.id in self.sent and run.id not in self.ended

    def stop(self, run):
        self.ended.append(run.id)


@pytest.fixture
def ticking(monkeypatch):
    """Launchers that do nothing by themselves."""
    monkeypatch.setattr(Launcher, "_go_on", lambda self: None)
    made = []

    def make(backend=None):
        made.append(Launcher(current(), backend))
        return made[-1]

    yield make
    for one in made:
        one.close()


def waiting(small, *askers):
    """A run of each."""
    runs = [here().create(small) for _ in askers]
    for run, asker in zip(runs, askers, strict=True):
        run.enqueue(asker)
    return runs


def tick(launcher, times=1):
    for _ in range(times):
        with launcher._surviving("a look at the queue"):
            launcher.tick()


# ---- the disk refuses


@pytest.fixture
def spawned(monkeypatch):
    """Processes that wait for a word, as workers do."""
    processes = []

    def spawn(home):
        waits = "import sys; sys.stdin.readline()"
        processes.append(subprocess.Popen([sys.executable, "-c", waits], stdin=subprocess.PIPE))
        return processes[-1]

    monkeypatch.setattr(standby, "_spawn", spawn)
    monkeypatch.setattr(standby.Standby, "_later", lambda self, seconds: _NoTimer())
    yield processes
    for process in processes:
        process.kill()
        process.wait()
        process.stdin.close()


class _NoTimer:
    def cancel(self):
        """Nothing was going to happen."""


def refuse(monkeypatch, run, number):
    """The folder of a run takes no more writes."""

    def fail(name, path, half):
        if run.path in path.parents and name == "write":
            raise OSError(number, "refused")

    monkeypatch.setattr(workspace, "before_operation", fail)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EIO])
@pytest.mark.parametrize("stands_by", ["0", "1"])
def test_a_folder_that_takes_no_writes_costs_one_worker_at_most_and_the_next_run_is_sent(
    small, ticking, spawned, monkeypatch, number, stands_by
):
    monkeypatch.setenv("KERNELSCOPE_STANDBY", stands_by)
    one = ticking()
    monkeypatch.setattr(one.backend, "capacity", lambda: 9)
    monkeypatch.setattr(one.backend, "has_room", lambda run, others: True)
    first, second = waiting(small, HERS, HIS)
    refuse(monkeypatch, first, number)
    tick(one, 20)

    assert second.intent().launched == 1
    assert [run.id for run in here().queue()] == [first.id]
    assert len(spawned) == (1 if stands_by == "1" else 2)  # one that stands by goes to the next run
    assert second.intent().pid == spawned[-1].pid


def test_a_run_that_was_refused_is_sent_once_its_folder_takes_writes(small, ticking, spawned, monkeypatch):
    one = ticking()
    (run,) = waiting(small, HERS)
    refuse(monkeypatch, run, errno.ENOSPC)
    tick(one)
    monkeypatch.setattr(workspace, "before_operation", workspace._nothing)
    tick(one)
    assert (run.intent().launched, run.status().state) == (0, states.QUEUED)
    one._rests_until = dict.fromkeys(one._rests_until, 0.0)
    tick(one)

    assert run.intent().launched == 1
    assert len(spawned) == 1


def test_a_worker_whose_run_keeps_its_ticket_waits_for_nobody(small, ticking, spawned, monkeypatch):
    """The run says who was on his way to it; he ends, so that it isn't starting for ever."""
    one = ticking()
    (run,) = waiting(small, HERS)

    def fail(name, path, half):
        if path.parent.name == layout.QUEUE and name == "remove":
            raise OSError(errno.EIO, "refused")

    monkeypatch.setattr(workspace, "before_operation", fail)
    tick(one)

    assert run.intent().pid == spawned[0].pid
    assert spawned[0].poll() is not None
    assert run.status().state == states.QUEUED


# ---- what is asked meanwhile


def test_a_run_that_leaves_the_queue_as_its_turn_comes_is_not_sent_and_stays_stopped(small, ticking):
    backend = Noted()
    one = ticking(backend)
    left, other = waiting(small, HERS, HIS)
    backend.meanwhile = left.request_stop
    tick(one)

    assert backend.sent == [other.id]
    assert left.intent().stop
    assert left.status().state == states.STOPPED


def test_a_run_that_is_deleted_and_restored_as_its_turn_comes_does_not_wait_any_more(small, ticking):
    backend = Noted()
    one = ticking(backend)
    (run,) = waiting(small, HERS)
    backend.meanwhile = lambda: here().restore(run.id) if here().delete(run) is None else None
    tick(one)

    assert backend.sent == []
    assert run.intent().launched == 0


def test_a_stop_while_the_worker_is_sent_comes_after_it(small, ticking, monkeypatch):
    """Whoever stops a run waits for the sending, and the new worker is told."""
    backend = Noted()
    one = ticking(backend)
    (run,) = waiting(small, HERS)
    held = []

    def start(run):
        with pytest.raises(launcher.Timeout):
            launcher.Lock(current().home / layout.QUEUE / "turn.lock").acquire(0)
        held.append(run.id)
        Noted.start(backend, run)

    monkeypatch.setattr(backend, "start", start)
    tick(one)
    run.request_stop()

    assert held == [run.id]
    assert run.intent().stop


# ---- why somebody waits


def test_a_run_waits_for_a_core_only_while_none_is_free(small, ticking):
    backend = Noted(slots=1)
    one = ticking(backend)
    first, second = waiting(small, HERS, HIS)
    assert [one.lacks(run) for run in (first, second)] == [None, None]  # it has not looked yet
    tick(one)
    assert (backend.sent, one.lacks(second)) == ([first.id], launcher.CORE)

    backend.ended.append(first.id)
    tick(one)
    (third,) = waiting(small, ITS)
    assert backend.sent == [first.id, second.id]
    assert one.lacks(third) == ""


def test_a_run_that_waits_for_memory_or_for_the_disk_says_so(small, ticking, monkeypatch):
    backend = Noted()
    one = ticking(backend)
    monkeypatch.setattr(backend, "has_room", lambda run, others: False)
    first, second = waiting(small, HERS, HIS)
    tick(one)
    assert (backend.sent, one.lacks(second)) == ([first.id], launcher.MEMORY)

    monkeypatch.setattr(backend, "has_room", lambda run, others: True)
    refuse(monkeypatch, second, errno.ENOSPC)
    tick(one)
    assert one.lacks(second) == launcher.DISK


def test_a_server_that_sends_no_workers_knows_no_cause(small, ticking):
    one, other = ticking(Noted(slots=1)), ticking(Noted(slots=1))
    _, second = waiting(small, HERS, HIS)
    tick(one)
    tick(other)

    assert (one.lacks(second), other.lacks(second)) == (launcher.CORE, None)


# ---- what nobody foresaw


def test_an_estimate_that_fails_holds_nobody_up(small, ticking, monkeypatch):
    """The run whose estimate can't be had is sent: its worker says what is wrong with it."""
    one, sent = ticking(), []
    monkeypatch.setattr(one.backend, "capacity", lambda: 3)
    monkeypatch.setattr(LocalProcesses, "is_alive", lambda self, run: run.id in sent)

    def start(run):
        run.launched(os.getpid())
        sent.append(run.id)

    monkeypatch.setattr(one.backend, "start", start)
    first, odd, last = waiting(small, HERS, HIS, ITS)

    def estimate(run):
        if run.id == odd.id:
            raise OverflowError("nobody foresaw this")
        return 0

    monkeypatch.setattr(backends, "_estimate", estimate)
    tick(one, 3)

    assert sent == [first.id, odd.id, last.id]
    assert here().queue() == []


def test_a_worker_whose_state_cannot_be_told_keeps_its_slot_and_no_more(small, ticking, monkeypatch):
    backend = Noted(slots=2)
    one = ticking(backend)
    odd, second, third = waiting(small, HERS, HIS, ITS)
    status = type(odd).status

    def fail(run):
        if run.id == odd.id and run.intent().launched:
            raise ArithmeticError("nobody foresaw this")
        return status(run)

    monkeypatch.setattr(type(odd), "status", fail)
    tick(one, 3)

    assert backend.sent == [odd.id, second.id]
    assert [run.id for run in here().queue()] == [third.id]


# ---- workers that hang


@pytest.mark.parametrize("word", [None, states.STARTING])
def test_a_worker_that_hangs_before_its_first_step_is_ended_after_a_stop_and_gives_its_slot_away(
    small, ticking, monkeypatch, word
):
    monkeypatch.setattr(launcher, "PATIENCE_SECONDS", -1.0)
    backend = Noted(slots=1)
    one = ticking(backend)
    first, second = waiting(small, HERS, HIS)
    tick(one)
    with Recorder(first) as record:  # it holds the lock
        if word:
            record.status(state=word)
        tick(one, 3)
        assert backend.ended == []  # nobody asked it to stop
        first.request_stop()
        tick(one)
        assert backend.ended == [first.id]
    tick(one)

    assert backend.sent == [first.id, second.id]


def test_a_worker_that_says_something_is_not_ended_after_a_stop(small, ticking, monkeypatch):
    monkeypatch.setattr(launcher, "PATIENCE_SECONDS", -1.0)
    backend = Noted(slots=1)
    one = ticking(backend)
    (run,) = waiting(small, HERS)
    tick(one)
    with Recorder(run) as record:
        record.status(state=states.RUNNING, epoch=1, epochs=2)
        run.request_stop()
        tick(one, 3)

    assert backend.ended == []
