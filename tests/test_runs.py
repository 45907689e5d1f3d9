"""The run directory tells the truth whatever happened to the worker."""

import time

import numpy as np
import pytest

from core import runs
from core.errors import UserError
from core.runs import Recorder, Run


@pytest.fixture
def run(small):
    return runs.create(small)


def test_a_run_keeps_its_experiment(run, small):
    assert Run(run.id).experiment == small
    assert [found.id for found in runs.newest()] == [run.id]


def test_an_experiment_with_a_problem_makes_no_run(small):
    with pytest.raises(UserError, match="Flatten"):
        runs.create(small.edited(layers=small.layers[:1]))

    assert runs.newest() == []


def test_ids_that_are_no_ids_are_not_found():
    for name in ("", "../x", "0" * 31, "Z" * 32, "0" * 32):
        with pytest.raises(UserError, match="not here"):
            Run(name)


def test_a_run_whose_worker_holds_the_lock_is_alive_and_one_without_is_interrupted(run):
    with Recorder(run) as record:
        record.status(state=runs.RUNNING, epoch=3, epochs=9)

        assert Run(run.id).status().state == runs.RUNNING

    assert Run(run.id).status().state == runs.INTERRUPTED
    assert Run(run.id).status().epoch == 3


def test_a_run_that_no_worker_took_up_ends_as_interrupted(run, monkeypatch):
    assert run.status().state == runs.STARTING

    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + runs.GRACE_SECONDS + 1)

    assert run.status().state == runs.INTERRUPTED


def test_a_torn_last_line_waits_and_a_damaged_one_is_counted(run):
    with Recorder(run) as record:
        for n in range(3):
            record.append("batches", step=[n], loss=[1.0 / (n + 1)], accuracy=[0.5])
    path = run.path / "metrics.jsonl"
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)

    for cut in range(len(lines[2])):
        path.write_bytes(b"".join(lines[:2]) + lines[2][:cut])
        assert (len(run.events()[0]), run.metrics().damaged) == (2, 0)
    path.write_bytes(lines[0] + lines[1].replace(b"loss", b"lass") + lines[2])

    assert run.metrics().step == [0, 2]
    assert run.metrics().damaged == 1


def test_events_are_read_once_by_their_offset(run):
    with Recorder(run) as record:
        record.append("batches", step=[1], loss=[2.0], accuracy=[0.1])
        first, offset, _ = run.events()
        record.append("batches", step=[2], loss=[1.0], accuracy=[0.2])
        second, end, _ = run.events(offset)

    assert [e["step"] for e in first + second] == [[1], [2]]
    assert run.events(end) == ([], end, 0)


def test_numbers_that_json_cannot_say_become_null(run):
    with Recorder(run) as record:
        record.append("batches", step=[1], loss=[float("nan")], accuracy=[float("inf")])
        record.status(state=runs.DIVERGED, loss=float("nan"))

    assert run.metrics().loss == [None]
    assert run.status().loss is None


def test_weights_come_back_bit_for_bit_and_only_the_wanted_epochs_are_kept(run):
    weights = [np.random.default_rng(n).normal(size=(3, n + 1)).astype(np.float32) for n in range(4)]
    with Recorder(run) as record:
        for epoch in (1, 2, 3):
            record.checkpoint(epoch, [w * epoch for w in weights], keep={1})

    assert run.checkpoints() == [1, 3]
    for ours, theirs in zip(run.weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs * 3)


def test_a_damaged_checkpoint_is_never_used(run):
    with Recorder(run) as record:
        record.checkpoint(1, [np.ones(3, np.float32)], keep=set())
        record.checkpoint(2, [np.zeros(3, np.float32)], keep={1})
    path = run.path / "checkpoints" / "000002" / "weights.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    np.testing.assert_array_equal(run.weights()[0], np.ones(3, np.float32))
    with pytest.raises(UserError, match="no saved network"):
        run.weights(2)


def test_a_damaged_status_never_hides_the_run(run):
    for text in ("", "{", "[1]", '{"state": 7}', '{"unknown": 1}'):
        (run.path / "status.json").write_text(text)

        assert run.status().state in (runs.STARTING, runs.FAILED, runs.INTERRUPTED)


def test_somebody_looking_never_turns_the_worker_away(run):
    import threading

    done = threading.Event()
    looker = threading.Thread(target=lambda: [Run(run.id).is_held() for _ in iter(done.is_set, True)])
    looker.start()
    try:
        for _ in range(50):
            with Recorder(run) as record:
                record.status(state=runs.RUNNING)
    finally:
        done.set()
        looker.join()
