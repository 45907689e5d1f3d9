"""Who waits for a core has a place: tabs take turns, and what a started worker is still going to take is set aside."""

import itertools
import random
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from types import SimpleNamespace

import psutil
import pytest

from core import workspace
from core.experiment import memory
from core.runs import doctor, layout, states
from core.runs.queue import Queue
from core.runs.recorder import Recorder
from core.training.backends import LocalProcesses
from core.workspace import current
from pages.components.frame import session
from tests.saved import here
from tests.test_worker import wait_for
from tests.toy_processes import a_launcher, long_run, stop_all, train_toys

HERS, HIS, ITS = "a" * 16, "b" * 16, "c" * 16
GB = 10**9
NUMBERS = itertools.count(1)


@pytest.fixture
def queue():
    return Queue(current())


def asked(queue, asker, count):
    """So many runs of one asker."""
    ids = [f"{next(NUMBERS):032x}" for _ in range(count)]
    for run_id in ids:
        queue.add(run_id, asker)
    return ids


# ---- turns


def test_a_sweep_of_thirty_lets_the_run_of_another_tab_in_after_one_of_its_own(queue):
    sweep = asked(queue, HERS, 30)
    (single,) = asked(queue, HIS, 1)

    assert queue.waiting() == [sweep[0], single, *sweep[1:]]
    assert [queue.position(run_id) for run_id in (sweep[0], single, sweep[1])] == [1, 2, 3]


def test_a_sweep_that_is_half_done_lets_others_in_just_as_soon(queue):
    sweep = asked(queue, HERS, 30)
    for done in sweep[:17]:
        queue.remove(done)
    his, its = asked(queue, HIS, 2), asked(queue, ITS, 1)

    assert queue.waiting() == [sweep[17], his[0], its[0], sweep[18], his[1], *sweep[19:]]


def test_one_asker_alone_keeps_the_order_of_asking(queue):
    sweep = asked(queue, HERS, 30)

    assert queue.waiting() == sweep


@pytest.mark.parametrize("seed", range(20))
def test_nobody_waits_for_more_than_two_runs_of_another_tab_and_the_order_of_each_stays(queue, seed):
    chance, asker_of, waits = random.Random(seed), {}, {HERS: [], HIS: [], ITS: []}
    for _ in range(60):
        if chance.random() < 0.6:
            asker = chance.choice(list(waits))
            new = asked(queue, asker, chance.randint(1, 4))
            asker_of |= dict.fromkeys(new, asker)
            waits[asker] += new
        elif waiting := queue.waiting():
            queue.remove(waiting[0])
            waits[asker_of[waiting[0]]].remove(waiting[0])
        order = queue.waiting()
        assert [[one for one in order if asker_of[one] == asker] for asker in waits] == list(waits.values())
        for asker in filter(waits.get, waits):
            ahead = Counter(asker_of[one] for one in order[: order.index(waits[asker][0])])
            assert max(ahead.values(), default=0) <= 2


def test_a_sweep_has_its_turns_among_tabs_that_ask_again_as_soon_as_they_are_served(queue):
    sweep = asked(queue, HERS, 5)
    asker_of = dict.fromkeys(sweep, HERS)
    for asker in (HIS, ITS):
        asker_of |= dict.fromkeys(asked(queue, asker, 1), asker)
    served = []
    for _ in range(12):
        run_id = queue.waiting()[0]
        queue.remove(run_id)
        served.append(asker_of[run_id])
        if asker_of[run_id] != HERS:
            asker_of |= dict.fromkeys(asked(queue, served[-1], 1), served[-1])

    assert served == [HERS, HIS, ITS] * 4


def test_who_took_most_of_a_sweep_back_holds_nobody_behind_another_tab(queue):
    sweep, his = asked(queue, HERS, 5), asked(queue, HIS, 5)
    for run_id in sweep[:4]:
        queue.remove(run_id)
    (single,) = asked(queue, ITS, 1)

    assert queue.waiting() == [his[0], his[1], single, his[2], his[3], sweep[4], his[4]]


def test_tickets_from_before_there_were_turns_are_waited_for_in_their_order(queue):
    old = [f"{number:032x}" for number in range(3)]
    home = current().folder(layout.QUEUE)
    for place, run_id in zip((7, 5, 6), old, strict=True):
        workspace.write_bytes(home / f"{place:012d}-{run_id}", b"")
    workspace.write_bytes(home / "notes.txt", b"no ticket")
    (new,) = asked(queue, HERS, 1)

    assert queue.waiting() == [old[1], new, old[2], old[0]]
    queue.remove(old[2])
    assert queue.waiting() == [old[1], new, old[0]]


def test_tabs_ask_under_names_of_their_own_and_the_doctor_knows_the_tickets(small, monkeypatch):
    monkeypatch.setattr(doctor, "YOUNG_SECONDS", -1.0)
    names = [session.Tab().name for _ in range(3)]
    runs = [here().create(small) for _ in range(3)]
    for run, name in zip(runs, [names[0], names[0], names[1]], strict=True):
        run.enqueue(name)

    assert len(set(names)) == 3
    assert [run.id for run in here().queue()] == [runs[0].id, runs[2].id, runs[1].id]
    assert [run.status().position for run in runs] == [1, 3, 2]
    assert doctor.examine(current()) == []
    Queue(current()).add("f" * 32, names[2])
    assert [finding.what for finding in doctor.examine(current())] == [
        "It waits in the queue for a run that is not there."
    ]


# ---- memory


def estimated(monkeypatch, total):
    """Every training takes so many bytes at its peak."""
    parts = dict.fromkeys((field.name for field in fields(memory.Estimate)), 0) | {"images": total}
    monkeypatch.setattr(memory, "of", lambda experiment, facts: memory.Estimate(**parts))


@pytest.fixture
def ten_gigabytes_free(monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10 * GB, total=16 * GB))


@pytest.fixture
def backend():
    backend = LocalProcesses(current())
    yield backend
    backend.close()


@pytest.fixture
def small_process():
    """The number of a process that takes little memory and no more; that of the tests themselves has grown."""
    here_and_still = "print(flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", here_and_still], **pipes) as process:
        process.stdout.readline()
        yield process.pid
        process.kill()


def test_two_large_trainings_do_not_both_pass_while_the_first_has_not_grown(
    small, backend, small_process, monkeypatch, ten_gigabytes_free
):
    estimated(monkeypatch, 6 * GB)
    first, second = here().create(small), here().create(small)
    first.launched(small_process)

    assert backend.has_room(second, [])
    assert not backend.has_room(second, [first])
    with Recorder(first) as record:
        record.status(state=states.RUNNING, epoch=0, epochs=9)
        assert not backend.has_room(second, [first])
        record.status(state=states.RUNNING, epoch=1, epochs=9)  # what it takes it has taken: the system knows
        assert backend.has_room(second, [first])


def test_what_a_worker_has_taken_already_is_not_set_aside_once_more(
    small, backend, small_process, monkeypatch, ten_gigabytes_free
):
    first, second = here().create(small), here().create(small)
    first.launched(small_process)
    taken = psutil.Process(small_process).memory_info().rss
    for total, fits in ((5 * GB + taken // 2 - 10**6, True), (5 * GB + taken // 2 + 10**6, False)):
        estimated(monkeypatch, total)

        assert backend.has_room(second, [first]) == fits


def test_a_run_that_goes_on_has_grown_when_it_has_finished_one_more_epoch(
    small, backend, small_process, monkeypatch, ten_gigabytes_free
):
    monkeypatch.setattr(backend.standby, "start", lambda run: run.launched(small_process))
    estimated(monkeypatch, 6 * GB)
    first, second = here().create(small), here().create(small)
    with Recorder(first) as record:
        record.status(state=states.STOPPED, epoch=4, epochs=9)
    backend.start(first)
    with Recorder(first) as record:
        record.status(state=states.RUNNING, epoch=4, epochs=9)
        assert not backend.has_room(second, [first])
        record.status(state=states.RUNNING, epoch=5, epochs=9)
        assert backend.has_room(second, [first])


def test_of_two_large_trainings_asked_for_at_once_the_launcher_sends_one(monkeypatch, ten_gigabytes_free):
    train_toys(monkeypatch)
    monkeypatch.setenv("KERNELSCOPE_TOY_SECONDS", "600")  # no epoch ends
    estimated(monkeypatch, 6 * GB)
    with a_launcher() as launcher:
        first, second = long_run(), long_run()
        launcher.ask(first, HERS)
        launcher.ask(second, HIS)
        wait_for(lambda: first.status().state == states.RUNNING)
        launcher.tick()
        waits = second.status()
    second.request_stop()

    assert (waits.state, waits.position) == (states.QUEUED, 1)
    stop_all(first)
