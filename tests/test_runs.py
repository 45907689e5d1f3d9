"""The run directory tells the truth whatever happened to the worker."""

import errno
import time

import numpy as np
import pytest

from core import workspace
from core.errors import UserError
from core.runs import recorder, states
from core.runs.recorder import CheckpointData, Recorder
from core.runs.run import GRACE_SECONDS
from core.runs.states import Status
from tests.saved import here


@pytest.fixture
def run(small):
    return here().create(small)


def test_a_run_keeps_its_experiment(run, small):
    assert here().find(run.id).experiment == small
    assert [found.id for found in here().newest()] == [run.id]


def test_an_experiment_with_a_problem_makes_no_run(small):
    with pytest.raises(UserError, match="Flatten"):
        here().create(small.edited(layers=small.layers[:1]))

    assert here().newest() == []


def test_ids_that_are_no_ids_are_not_found():
    for name in ("", "../x", "0" * 31, "Z" * 32, "0" * 32):
        with pytest.raises(UserError, match="not here"):
            here().find(name)


def test_a_run_whose_worker_holds_the_lock_is_alive_and_one_without_is_interrupted(run):
    with Recorder(run) as record:
        record.status(state=states.RUNNING, epoch=3, epochs=9)

        assert here().find(run.id).status().state == states.RUNNING

    assert here().find(run.id).status().state == states.INTERRUPTED
    assert here().find(run.id).status().epoch == 3


def test_a_run_that_no_worker_took_up_ends_as_interrupted(run, monkeypatch):
    assert run.status().state == states.STARTING

    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + GRACE_SECONDS + 1)

    assert run.status().state == states.INTERRUPTED


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
        record.status(state=states.DIVERGED, loss=float("nan"))

    assert run.metrics().loss == [None]
    assert run.status().loss is None


def save(record, epoch, weights, batch=0, **how):
    """A checkpoint as the training makes one."""
    scores = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 0.5)
    record.append("epoch", epoch=epoch, step=epoch * 10, **scores)
    named = [(f"layer/{place}", array) for place, array in enumerate(weights)]
    state = [("optimizer/count", np.arange(epoch))]
    record.checkpoint(CheckpointData(epoch, batch, epoch * 10 + batch, named, state, {}), **how)


def test_weights_come_back_bit_for_bit_and_only_the_wanted_epochs_are_kept(run, monkeypatch):
    weights = [np.random.default_rng(n).normal(size=(3, n + 1)).astype(np.float32) for n in range(4)]
    monkeypatch.setattr(recorder, "EPOCHS_BYTES", 1)
    with Recorder(run) as record:
        for epoch in (1, 2, 3, 4):
            save(record, epoch, [w * epoch for w in weights], keep={1}, epochs=10**6)

    assert run.checkpoints() == [1, 3, 4]
    assert [run.checkpoint(n).has_state for n in (1, 3, 4)] == [False, True, True]
    for ours, theirs in zip(run.weights().values(), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs * 4)


def test_a_damaged_checkpoint_is_never_used(run):
    with Recorder(run) as record:
        save(record, 1, [np.ones(3, np.float32)])
        save(record, 2, [np.zeros(3, np.float32)])
    path = run.path / "checkpoints" / "000002" / "weights.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    np.testing.assert_array_equal(run.weights()["layer/0"], np.ones(3, np.float32))
    with pytest.raises(UserError, match="The network of epoch 2 is damaged"):
        run.weights(2)


def test_a_damaged_status_never_hides_the_run(run):
    for text in ("", "{", "[1]", '{"state": 7}', '{"unknown": 1}'):
        (run.path / "status.json").write_text(text)

        assert run.status().state in (states.STARTING, states.FAILED, states.INTERRUPTED)


def test_somebody_looking_never_turns_the_worker_away(run):
    import threading

    done = threading.Event()
    looker = threading.Thread(target=lambda: [here().find(run.id).is_held() for _ in iter(done.is_set, True)])
    looker.start()
    try:
        for _ in range(50):
            with Recorder(run) as record:
                record.status(state=states.RUNNING)
    finally:
        done.set()
        looker.join()


def test_all_epochs_are_kept_while_they_fit_the_budget_and_every_so_many_beyond(run, monkeypatch):
    weights = [np.zeros(1000, np.float32)]
    monkeypatch.setattr(recorder, "EPOCHS_BYTES", 4 * 4000)
    with Recorder(run) as record:
        for epoch in range(1, 13):
            save(record, epoch, weights, keep={5}, epochs=12)

    assert run.checkpoints() == [3, 5, 6, 9, 11, 12]


def test_going_on_takes_back_what_was_written_after_the_checkpoint(run):
    with Recorder(run) as record:
        save(record, 1, [np.ones(2, np.float32)])
        record.append("batches", step=[11], loss=[1.0], accuracy=[0.5])
    with Recorder(run) as record:
        point = record.resume_point()
        assert (point.epoch, point.step) == (1, 10)
        record.append("batches", step=[11], loss=[2.0], accuracy=[0.5])

    assert run.metrics().loss == [2.0]
    assert [r["n"] for r in run.events()[0]] == [1, 2]


def test_going_on_sets_a_damaged_checkpoint_aside_and_takes_the_one_before(run):
    with Recorder(run) as record:
        save(record, 1, [np.ones(2, np.float32)])
        save(record, 2, [np.ones(2, np.float32)])
    (run.path / "checkpoints" / "000002" / "state.npz").write_bytes(b"")
    with Recorder(run) as record:
        assert record.resume_point().epoch == 1

    assert run.checkpoints() == [1]
    assert [r["epoch"] for r in run.metrics().epochs] == [1]
    assert list((run.path / "checkpoints").glob(".damaged-000002-*"))


def test_without_any_good_checkpoint_training_starts_anew(run):
    with Recorder(run) as record:
        record.append("batches", step=[1], loss=[1.0], accuracy=[0.5])
    with Recorder(run) as record:
        assert record.resume_point() is None

    assert run.events() == ([], 0, 0)


def test_the_queue_keeps_its_order_and_tells_every_run_its_place(small):
    first, second, third = (here().create(small) for _ in range(3))
    for waiting in (second, first, third):
        waiting.enqueue()
    second.enqueue()  # a second time changes nothing

    assert [w.id for w in here().queue()] == [second.id, first.id, third.id]
    assert [w.status().position for w in (first, second, third)] == [2, 1, 3]
    first.request_stop()
    assert first.status().state == states.STOPPED
    assert third.status() == Status(state=states.QUEUED, position=2)
    second.launched()
    assert second.status().state == states.STARTING
    assert third.status().position == 1


def test_a_stopped_run_can_be_asked_to_go_on_and_forgets_the_stop(run):
    with Recorder(run) as record:
        run.request_stop()
        assert record.intent().stop
        record.status(state=states.STOPPED, epoch=3, epochs=9)
    assert run.can_resume()
    run.enqueue()
    assert run.status().state == states.QUEUED
    assert run.status().epoch == 3
    run.launched()
    with Recorder(run) as record:
        assert not record.intent().stop
        record.status(state=states.FINISHED)

    assert run.status().attempt == 2
    with pytest.raises(UserError, match="finished"):
        run.enqueue()


def test_a_deleted_run_is_out_of_sight_and_comes_back_whole(run):
    run.annotate(name="Mine", note="best so far")
    here().delete(run)

    assert here().newest() == []
    assert [gone.title for gone in here().deleted()] == ["Mine"]
    with pytest.raises(UserError, match="not here"):
        here().find(run.id)
    assert here().restore(run.id).notes().note == "best so far"


def test_notes_are_cut_to_their_length_and_an_empty_name_is_the_experiments(run, small):
    run.annotate(name="x" * 300)
    assert run.title == "x" * 80
    run.annotate(name="  ")
    assert run.title == small.name


def test_a_worker_gone_for_a_reason_the_server_knows_is_told_with_it(run):
    run.enqueue()
    run.launched()
    run.judge("Out of memory.")

    assert run.status().state == states.INTERRUPTED
    assert run.status().error == "Out of memory."


@pytest.mark.parametrize("value", [0, -1, 11, float("nan"), float("inf"), "0,1"])
def test_a_learning_rate_that_is_none_is_refused_while_it_runs(run, value):
    with pytest.raises(UserError, match="learning_rate"):
        run.request_learning_rate(value)


@pytest.mark.parametrize("name", ["notes.json", "format.json", "experiment.json"])
def test_a_run_that_the_disk_has_no_room_for_leaves_nothing(small, monkeypatch, name):
    def full(operation, path, half):
        if operation == "write" and name in path.name:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(workspace, "before_operation", full)
    with pytest.raises(UserError) as caught:
        here().create(small, family="a sweep")

    assert caught.value.code == "DISK_FULL"
    assert list((workspace.current().home / "runs").iterdir()) == []
