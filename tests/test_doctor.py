"""The doctor finds what breaks the promises of a run directory, mends or moves aside, and deletes nothing."""

import errno
import hashlib
import io
import json
import os
import zipfile
import zlib
from functools import partial

import pytest

from core import datasets, stored, workspace
from core.errors import UserError
from core.runs import arrays, doctor, layout, states
from core.runs.curves import MAX_POINTS, learning_curve
from core.runs.recorder import Recorder
from core.workspace import current
from tests.fault_child import ToySteps, play, toy_experiment
from tests.saved import here

LONG_AGO = 1_000_000_000


@pytest.fixture
def toy():
    """A way to train a run with toy arithmetic in this process."""
    experiment = toy_experiment()
    datasets.prepare(experiment.dataset)

    def train(**training):
        run = here().create(toy_experiment(**training))
        play(run)
        return run

    return train


def everything(folder):
    """Hashes of all files, by their contents alone: what was moved is still there."""
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def mended(run):
    """Repairs, and checks that nothing is left to repair."""
    found = doctor.examine(current())
    assert found
    left = doctor.repair(current(), found)
    assert [finding for finding in left if finding.repairable] == []
    return found


def test_runs_as_they_are_made_are_sound(toy):
    toy()
    here().create(toy_experiment())
    waiting = here().create(toy_experiment())
    waiting.enqueue()

    assert doctor.examine(current()) == []


def test_a_torn_end_of_the_metrics_is_cut_at_every_byte_of_the_last_record(toy):
    """W13."""
    run = toy()
    path = run.path / layout.METRICS
    whole = path.read_bytes()
    start = whole[:-1].rfind(b"\n") + 1
    status = (run.path / layout.STATUS).read_bytes()
    for end in range(start + 1, len(whole)):
        path.write_bytes(whole[:end])
        assert len(run.metrics().epochs) == 2
        if end % 97:
            continue  # the doctor takes its time
        mended(run)

        assert path.read_bytes() == whole[:start]
        path.write_bytes(whole)
        (run.path / layout.STATUS).write_bytes(status)


def test_damage_in_the_middle_is_counted_and_the_rest_is_used(toy):
    """W13."""
    run = toy()
    path = run.path / layout.METRICS
    lines = path.read_bytes().splitlines(keepends=True)
    spoilt = next(i for i, line in enumerate(lines) if b'"batches"' in line)
    lines[spoilt] = b"\xff\x00 garbage\n"
    path.write_bytes(b"".join(lines))

    assert run.metrics().damaged == 1
    assert [finding.severity for finding in doctor.examine(current())] == [doctor.WARNING]
    assert [epoch["epoch"] for epoch in run.metrics().epochs] == [1, 2, 3]


def test_a_million_steps_are_drawn_with_a_bounded_number_of_points(toy):
    """W13."""
    run = toy()
    with (run.path / layout.METRICS).open("ab") as file:
        for start in range(12, 1_000_000, 1000):
            steps = list(range(start + 1, start + 1001))
            text = json.dumps({"event": "batches", "step": steps, "loss": [0.5] * 1000, "accuracy": [0.5] * 1000})
            file.write(text.encode() + b"\t%08x\n" % zlib.crc32(text.encode()))
    metrics = run.metrics()
    curve = learning_curve(metrics, "loss")

    assert metrics.step[-1] >= 1_000_000
    assert len(curve["batches"][0]) <= MAX_POINTS


def test_the_records_of_two_writers_are_noticed(toy):
    """W13: the same epochs twice."""
    run = toy()
    path = run.path / layout.METRICS
    path.write_bytes(path.read_bytes() * 2)
    mended(run)

    assert here().newest() == []
    assert "1, 2, 3, 1, 2, 3" in (workspace.current().home / doctor.SET_ASIDE / run.id / doctor.REASON).read_text()


def test_a_missing_epoch_sets_the_whole_run_aside_with_the_reason(toy):
    run = toy()
    path = run.path / layout.METRICS
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if b'"epoch", "epoch": 2,' not in line))
    before = everything(run.path)
    mended(run)

    aside = workspace.current().home / doctor.SET_ASIDE / run.id
    assert here().newest() == []
    assert "1, 3" in (aside / doctor.REASON).read_text()
    assert before <= everything(aside)


@pytest.mark.parametrize("damage", ["flip", "empty", "missing manifest", "cut"])
def test_a_damaged_last_checkpoint_moves_aside_and_the_run_can_finish_again_with_the_same_curve(toy, damage):
    """W12."""
    run = toy()
    before = [epoch["val_loss"] for epoch in run.metrics().epochs]
    folder = run.checkpoint(3).path
    weights = folder / layout.WEIGHTS
    data = weights.read_bytes()
    if damage == "flip":
        weights.write_bytes(data[:500] + bytes([data[500] ^ 1]) + data[501:])
    elif damage == "missing manifest":
        (folder / layout.MANIFEST).unlink()
    else:
        weights.write_bytes(b"" if damage == "empty" else data[:-9])
    kept = everything(run.path) - {hashlib.sha256((run.path / layout.STATUS).read_bytes()).hexdigest()}
    mended(run)

    assert run.status().state == states.INTERRUPTED
    assert run.checkpoints() == [1, 2]
    assert kept <= everything(workspace.current().home)
    play(run)
    assert run.status().state == states.FINISHED
    assert [epoch["val_loss"] for epoch in run.metrics().epochs] == before


def test_weights_of_another_network_are_no_checkpoint(toy):
    run, other = toy(), toy()
    manifest = run.checkpoint(3).path / layout.MANIFEST
    told = json.loads(manifest.read_text())
    others = {name: array[:2] for name, array in run.weights(3).items() if name.startswith("head/")}
    told["files"][layout.WEIGHTS] = arrays.write(manifest.parent / layout.WEIGHTS, others.items()).digest
    manifest.write_text(json.dumps(told))

    assert {finding.run_id for finding in doctor.examine(current())} == {run.id}
    assert "not those of this network" in doctor.examine(current())[0].what
    assert other.status().state == states.FINISHED


def test_nothing_of_a_run_is_touched_while_the_disk_does_not_give_its_records(toy, monkeypatch):
    run, opened = toy(), stored.opened
    before = everything(workspace.current().home)

    def broken(path):
        if path.name == layout.METRICS:
            raise OSError(errno.EIO, "Input/output error")
        return opened(path)

    with monkeypatch.context() as patch:
        patch.setattr(stored, "opened", broken)
        found = doctor.examine(current())
        assert [(one.run_id, one.repairable) for one in found] == [(run.id, False)]
        assert "Input/output error" in found[0].what
        doctor.repair(current(), found)

    assert everything(workspace.current().home) == before
    assert doctor.examine(current()) == []


def test_records_behind_which_the_disk_left_more_than_is_read_at_once_are_cut_to_their_end(toy):
    run = toy()
    path, saved, before = run.path / layout.METRICS, run.checkpoints(), run.status()
    whole = path.read_bytes()
    os.truncate(path, stored.LARGEST + 1)  # zeros, as after a power cut
    mended(run)

    assert path.read_bytes() == whole
    assert (run.checkpoints(), run.status()) == (saved, before)


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.symlink_to(path.name)],
                         ids=["a folder", "a link to itself"])  # fmt: skip
def test_something_else_in_place_of_the_lock_of_requests_is_said_and_moved_aside(toy, make):
    run = toy()
    lock = run.path / layout.TURN
    lock.unlink(missing_ok=True)
    make(lock)
    with pytest.raises(UserError, match="Nothing can be asked of this run") as caught:
        run.annotate(name="mine")
    assert (caught.value.code, str(lock) in str(caught.value)) == ("RUN_DAMAGED", False)
    assert [one.what for one in mended(run)] == ["What is called intent.lock is something else."]
    run.annotate(name="mine")

    assert run.notes().name == "mine"


HEADERS = {
    "a shape beyond all numbers": "{'descr': '<f4', 'fortran_order': False, 'shape': (1" + "0" * 30 + ",), }",
    "no end": "{'descr': '<f4', 'fortran_order': False, 'shape': ((((2,",
    "an empty kind": "{'descr': (), 'fortran_order': False, 'shape': (1,), }",
}


def with_header(header, packing=zipfile.ZIP_STORED):
    """An archive of one array that says this of itself."""
    buffer, told = io.BytesIO(), header.encode() + b"\n"
    with zipfile.ZipFile(buffer, "w", packing) as file:
        file.writestr("head/kernel.npy", b"\x93NUMPY\x01\x00" + len(told).to_bytes(2, "little") + told + bytes(64))
    return bytearray(buffer.getvalue())


def flipped():
    """Packed as no network of ours is, and damaged."""
    data = with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (16,), }", zipfile.ZIP_LZMA)
    data[60:100] = bytes(byte ^ 0x5A for byte in data[60:100])
    return data


@pytest.mark.parametrize("make", [*(partial(with_header, one) for one in HEADERS.values()), flipped],
                         ids=[*HEADERS, "damaged LZMA"])  # fmt: skip
def test_arrays_of_no_sense_are_no_checkpoint_and_end_no_examination(toy, make):
    run = toy()
    manifest = run.checkpoint(3).path / layout.MANIFEST
    (manifest.parent / layout.WEIGHTS).write_bytes(make())
    told = json.loads(manifest.read_text())
    told["files"][layout.WEIGHTS] = hashlib.sha256(make()).hexdigest()
    manifest.write_text(json.dumps(told))

    assert run.checkpoint(3).weights() is None
    assert "its weights are missing or not what was written" in doctor.examine(current())[0].what
    assert run.weights()  # an older network still answers


@pytest.mark.parametrize(
    "garbage",
    [b"", b'{"state": "fini', b'{"state": 3}', b'{"state": "dreaming"}', b"[]", b'{"state": "finished", "epoch": "3"}']
)  # fmt: skip
def test_a_broken_status_is_written_anew_from_the_records(toy, garbage):
    """W14."""
    run = toy()
    before = run.status()
    (run.path / layout.STATUS).write_bytes(garbage)
    assert [one.id for one in here().newest()] == [run.id]
    run.status()
    mended(run)

    after = run.status()
    for name in ("state", "epoch", "epochs", "loss", "val_accuracy", "best_epoch", "best_val_accuracy"):
        assert getattr(after, name) == getattr(before, name), name


def test_a_broken_status_of_a_run_cut_off_lets_it_be_resumed(toy):
    """W14."""
    run = toy(epochs=2)
    experiment = run.path / layout.EXPERIMENT
    experiment.write_text(toy_experiment(epochs=4).to_json())
    (run.path / layout.STATUS).unlink()
    mended(run)

    assert run.status().state == states.INTERRUPTED
    assert run.can_resume()


def test_the_best_that_is_left_takes_the_place_of_a_best_epoch_whose_weights_are_gone(toy, monkeypatch):
    monkeypatch.setattr(ToySteps, "improves", False)
    run = toy()
    best = run.status().best_epoch
    assert best == 1
    (run.checkpoint(1).path / layout.WEIGHTS).write_bytes(b"gone")
    mended(run)

    assert run.status().state == states.FINISHED
    assert run.status().best_epoch in run.checkpoints()


def test_leftovers_are_moved_aside_when_they_are_old_and_nobody_works(toy):
    run = toy()
    leftovers = [run.path / f".{layout.STATUS}.abcd1234.tmp", run.path / layout.CHECKPOINTS / ".staging-12345678"]
    leftovers[0].write_bytes(b"half")
    leftovers[1].mkdir()
    assert doctor.examine(current()) == []  # young: somebody may be at it
    for path in leftovers:
        os.utime(path, (LONG_AGO, LONG_AGO))
    mended(run)

    assert not any(path.exists() for path in leftovers)
    assert len(list((workspace.current().home / doctor.SET_ASIDE).iterdir())) == 2


def test_a_run_at_work_is_left_alone(toy):
    run = toy()
    (run.path / layout.STATUS).write_bytes(b"half")
    found = doctor.examine(current())
    with Recorder(run):
        assert doctor.examine(current()) == []
        assert doctor.repair(current(), found) == []
        assert (run.path / layout.STATUS).read_bytes() == b"half"


def test_what_is_no_run_moves_aside_and_a_run_being_made_stays(toy):
    home = workspace.current().folder(layout.RUNS)
    (home / "notes").mkdir()
    (home / ("a" * 32)).mkdir()
    ticket = workspace.current().folder(layout.QUEUE) / f"000000000001-{'b' * 32}"
    ticket.touch()
    assert doctor.examine(current()) == []
    for path in (home / "notes", ticket):
        os.utime(path, (LONG_AGO, LONG_AGO))
    left = doctor.repair(current(), doctor.examine(current()))

    assert left == []
    assert sorted(path.name for path in home.iterdir()) == ["a" * 32]
    assert not ticket.exists()


def test_an_unreadable_experiment_sets_the_run_aside(toy):
    run = toy()
    (run.path / layout.EXPERIMENT).write_text("{}}")
    mended(run)

    assert here().newest() == []
    assert (workspace.current().home / doctor.SET_ASIDE / run.id / doctor.REASON).exists()


def test_damaged_notes_and_intents_move_aside(toy):
    run = toy()
    (run.path / layout.NOTES).write_text('{"name": 3}')
    (run.path / layout.INTENT).write_text("{")
    mended(run)

    assert run.notes() == states.Notes()
    assert run.status().state == states.FINISHED


def test_another_workspace_can_be_examined(toy, tmp_path, monkeypatch):
    run = toy()
    (run.path / layout.STATUS).write_bytes(b"")
    home = current()
    monkeypatch.setenv("KERNELSCOPE_HOME", str(tmp_path / "elsewhere"))

    assert [finding.run_id for finding in doctor.examine(home)] == [run.id]
    assert doctor.repair(home, doctor.examine(home)) == []


def test_many_findings_of_many_runs_are_mended_in_one_go(toy):
    """Every kind of damage at once."""
    first, second = toy(), toy()
    (first.path / layout.STATUS).write_bytes(b"")
    (first.checkpoint(3).path / layout.WEIGHTS).write_bytes(b"")
    with (first.path / layout.METRICS).open("ab") as file:
        file.write(b'{"n": 99')
    (second.path / layout.NOTES).write_text("?")

    assert doctor.repair(current(), doctor.examine(current())) == []
    assert here().find(first.id).status().state == states.INTERRUPTED
    assert here().find(second.id).status().state == states.FINISHED
