"""Runs from another installation: they come back bit for bit, and what is no run leaves a sentence and no file."""

import io
import json
import stat
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image

from core import workspace
from core.build.model import build_model
from core.corrections.classes import AddClass, RenameClass
from core.corrections.images import Exclude, Relabel
from core.datasets import load
from core.datasets.digits import Digits
from core.datasets.own_images import OwnImages, uploads
from core.errors import UserError
from core.experiment import Experiment
from core.export import produce
from core.intake.own_images import ingest_archive, ingest_files
from core.intake.questions import UNDERSTOOD, Answer
from core.layers.reshaping import Flatten
from core.runs import doctor, epoch_predictions, states
from core.runs.archive import gate, process
from core.runs.archive.gate import open_archive
from core.runs.archive.weights import read_arrays
from core.runs.arrays import write
from core.runs.epoch_predictions import Images
from core.runs.recorder import Recorder
from core.runs.records import line
from core.uploads import incoming
from core.workspace import current
from tests.malformed_runs import CODES, MALFORMED, arrays
from tests.saved import here

pytestmark = pytest.mark.usefixtures("work_is_done_here")

QUIET = lambda done, total: None  # noqa: E731  a progress that nobody watches


def trained(experiment, epochs=2):
    """A run as training leaves one."""
    run = here().create(experiment, family="f" * 32, varied={"learning_rate": 0.1})
    run.annotate(name="My best one", note="a [note] {with} " + "[" * 60)
    model = build_model(experiment, experiment.dataset.facts())
    classes = len(experiment.dataset.facts().class_names)
    with Recorder(run) as record:
        record.append("started", steps_per_epoch=2, train_images=6, validation_images=2, tiles=[1, 0])
        for epoch in range(1, epochs + 1):
            record.append("batches", step=[2 * epoch - 1, 2 * epoch], loss=[1 / 3, None], accuracy=[0.5, 1.0])
            record.append("rate", step=2 * epoch, value=0.05, why="you")
            record.append("epoch", epoch=epoch, step=2 * epoch, seconds=0.25, loss=1.0, accuracy=0.5, val_loss=0.1,
                          val_accuracy=0.75, learning_rate=0.05, answers=[1, 0], confidence=[0.5, 0.25])  # fmt: skip
            chance = np.random.default_rng(epoch)
            shares = chance.dirichlet(np.ones(classes), 2).astype(np.float32)
            record.predictions(epoch, Images(np.array([0, 1]), np.array([0, 1]), classes), shares)
            save(run, epoch, [(w.path, chance.normal(size=w.shape).astype(np.float32)) for w in model.weights])
        record.status(
            state=states.FINISHED, epoch=epochs, epochs=epochs, best_epoch=1, best_val_accuracy=0.75, reason="x"
        )
    return run


def save(run, epoch, weights):
    folder = run.path / "checkpoints" / f"{epoch:06d}"
    folder.mkdir(parents=True)
    digest = write(folder / "weights.npz", weights).digest
    (folder / "manifest.json").write_text(json.dumps({"epoch": epoch, "files": {"weights.npz": digest}}))


@pytest.fixture
def exported(small):
    """A run and its archive's bytes."""
    run = trained(small)
    return run, produce(run, "zip", 0, QUIET).read_bytes()


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Moves on to the empty workspace of another installation."""

    def move():
        monkeypatch.setenv("KERNELSCOPE_HOME", str(tmp_path / "elsewhere"))

    return move


@pytest.fixture
def admit(tmp_path):
    """Opens an archive in this process: the run."""

    def open_bytes(data):
        place = workspace.current().folder("incoming") / "place"
        place.mkdir(exist_ok=True)
        archive = tmp_path / "upload.zip"
        archive.write_bytes(data)
        try:
            return open_archive(archive, place)
        finally:
            workspace.remove(place)

    return open_bytes


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(parts, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def everything_in(home):
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()) if home.exists() else []


# ---------------------------------------------------------------------------------------------- round trips


def test_a_run_comes_back_with_the_same_curves_and_the_same_weights_bit_for_bit(exported, elsewhere):
    run, data = exported
    was = run.metrics(), [run.weights(epoch) for epoch in (1, 2)], run.status(), run.notes(), run.created
    elsewhere()
    opened = incoming.receive_run(io.BytesIO(data))  # in a process of its own, as the server does it
    found = here().find(opened.run)

    assert opened.notes == ()
    assert found.id != run.id
    assert found.experiment == Experiment.model_validate_json(members(data)["experiment.json"])
    assert found.metrics() == was[0]
    ours, theirs = (epoch_predictions.of_run(one.path) for one in (found, run))
    assert ours.to_bytes() == theirs.to_bytes()
    assert ours.epochs.tolist() == [1, 2]
    for epoch in (1, 2):
        for ours, theirs in zip(found.weights(epoch).values(), was[1][epoch - 1].values(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert (found.status().state, found.status().best_epoch) == (states.FINISHED, 1)
    assert found.notes() == was[3]
    assert found.created == pytest.approx(was[4], abs=0.01)
    assert list((workspace.current().home / "incoming").iterdir()) == []
    assert [run.id for run in here().newest()] == [found.id]


def test_the_same_archive_twice_makes_two_runs(exported, admit):
    run, data = exported

    assert len({run.id, admit(data).run, admit(data).run}) == 3


def test_a_second_export_says_the_same_as_the_first(exported, admit):
    _, data = exported
    again = produce(here().find(admit(data).run), "zip", 0, QUIET).read_bytes()
    first, second = members(data), members(again)

    assert first.keys() == second.keys()
    for name in first.keys() - {"archive.json", "status.json"}:
        if not name.endswith("manifest.json"):
            assert first[name] == second[name], name


def test_a_run_under_way_arrives_as_stopped(small, admit):
    run = trained(small)
    with Recorder(run) as record:
        record.status(state=states.RUNNING, epoch=1, epochs=5)
        data = produce(run, "zip", 0, QUIET).read_bytes()

    arrived = here().find(admit(data).run)
    assert arrived.status().state == states.STOPPED
    assert not arrived.can_resume()  # the optimizer's memory does not travel
    assert doctor.examine(current()) == []


def test_a_run_without_a_network_yet_travels_too(small, admit):
    found = here().find(admit(produce(here().create(small), "zip", 0, QUIET).read_bytes()).run)

    assert found.checkpoints() == []
    assert found.metrics().epochs == []


def test_an_older_archive_may_lack_notes_and_metrics_and_a_newer_one_may_say_more(exported, admit):
    parts = members(exported[1])
    for name in ("notes.json", "metrics.jsonl"):
        assert admit(packed({k: v for k, v in parts.items() if k != name})).run
    lines = parts["metrics.jsonl"] + line({"n": 9, "event": "weather", "sky": "blue"})
    status = json.dumps(json.loads(parts["status.json"]) | {"mood": "good"})

    assert (
        here().find(admit(packed(parts | {"metrics.jsonl": lines, "status.json": status})).run).metrics().damaged == 0
    )


def test_a_zip_made_again_on_a_mac_is_taken(exported, admit):
    assert admit(packed(members(exported[1]) | {".DS_Store": b"x", "__MACOSX/._status.json": b"x"})).run


# ---------------------------------------------------------------------------------------------- pictures


def brought(tmp_path, folders, answer=UNDERSTOOD):
    """An experiment on six uploaded pictures that lie in such folders in turn."""
    files = []
    for n in range(6):
        path = tmp_path / f"{n}.png"
        picture = np.random.default_rng(n).integers(0, 256, (20, 24, 3), np.uint8)
        Image.fromarray(picture).save(path)
        files.append((f"pets/{folders[n % len(folders)]}/pic {n}.jpg", path))
    made = ingest_files(files, workspace.current().folder("images"), "Pets", answer=answer)
    preset = Experiment(dataset=OwnImages(images_id=made.id, image_size=16), layers=Experiment().layers)
    return preset.edited(layers=(Flatten(),))


@pytest.fixture
def own(tmp_path):
    return brought(tmp_path, ("cat", "dog"))


@pytest.mark.parametrize(
    ("folders", "answer", "classes"),
    [
        (("day1/cat", "day1/dog", "day2/cat"), Answer(read="inner"), ("cat", "dog")),
        (("day1/cat", "day1/dog", "day2/cat"), Answer(read="outer"), ("day1", "day2")),
        (("train/cat", "train/dog", "val/CAT"), Answer(keep_apart=True), ("cat", "dog")),
        (("a/x", "a/y", "b/x", "b/y"), Answer(read="outer"), ("a", "b")),
    ],
)
def test_pictures_whose_folders_were_read_as_somebody_said_are_read_so_elsewhere(
    tmp_path, elsewhere, admit, folders, answer, classes
):
    run = trained(brought(tmp_path, folders, answer))
    assert run.experiment.dataset.facts().class_names == classes
    _, labels, split = run.experiment.dataset.generate(QUIET)
    data = produce(run, "zip", 0, QUIET).read_bytes()
    elsewhere()
    theirs = here().find(admit(data).run).experiment.dataset

    assert theirs.facts().class_names == classes
    for ours, other in zip((labels, split), theirs.generate(QUIET)[1:], strict=True):
        np.testing.assert_array_equal(ours, other)


def test_few_pictures_travel_with_their_run_through_their_own_gate(own, elsewhere, admit):
    run = trained(own)
    images, labels, split = own.dataset.generate(QUIET)
    data = produce(run, "zip", 0, QUIET).read_bytes()
    elsewhere()
    found = here().find(admit(data).run)
    theirs = found.experiment.dataset.generate(QUIET)

    assert [upload.title for upload in uploads()] == ["Pets"]
    assert found.experiment.dataset.facts().class_names == ("cat", "dog")
    for ours, other in zip((images, labels, split), theirs, strict=True):
        np.testing.assert_array_equal(ours, other)
    for ours, other in zip(run_weights(data), found.weights(2).values(), strict=True):
        np.testing.assert_array_equal(ours, other)


def run_weights(data):
    with np.load(io.BytesIO(members(data)["checkpoints/000002/weights.npz"])) as arrays:
        return [arrays[name] for name in arrays.files]


def test_pictures_that_are_here_already_are_used(own, admit):
    data = produce(trained(own), "zip", 0, QUIET).read_bytes()

    assert here().find(admit(data).run).experiment == own
    assert len(uploads()) == 1


def test_a_run_whose_pictures_are_not_here_opens_for_its_curves_and_says_so(own, elsewhere, admit, monkeypatch):
    monkeypatch.setattr("core.export.records.IMAGES_BYTES", 0)
    data = produce(trained(own), "zip", 0, QUIET).read_bytes()
    elsewhere()
    opened = admit(data)
    (note,) = opened.notes

    assert "(Pets) are not on this machine" in note
    assert len(here().find(opened.run).metrics().epochs) == 2
    assert here().find(opened.run).checkpoints() == [1, 2]


def test_pictures_that_were_exchanged_are_refused(own, elsewhere, admit):
    parts = members(produce(trained(own), "zip", 0, QUIET).read_bytes())
    (cat, *_) = [name for name in parts if "/cat/" in name]
    elsewhere()
    for change in ({cat: b"no picture"}, {"pictures/pets/bird/1.png": parts[cat]}):
        with pytest.raises(UserError) as caught:
            admit(packed(parts | change))
        assert caught.value.code == "RUN_PICTURES"
        assert everything_in(workspace.current().home) == []


def test_what_was_mended_travels_with_a_run_and_means_the_same_pictures_elsewhere(own, elsewhere, admit):
    steps = (
        RenameClass(label=0, name="kitten"),
        AddClass(name="bird"),
        Relabel(images="3", label=2),
        Exclude(images="5"),
    )
    mended = own.edited(dataset=own.dataset.edited(corrections=steps))
    data = produce(trained(mended), "zip", 0, QUIET).read_bytes()
    ours = load(mended.dataset)
    elsewhere()
    theirs = here().find(admit(data).run).experiment.dataset
    found = load(theirs)

    assert theirs.corrections == steps and theirs.facts().class_names == ("kitten", "dog", "bird")
    for name in ("images", "labels", "train", "validation"):
        np.testing.assert_array_equal(getattr(found, name), getattr(ours, name))


def test_pictures_keep_their_order_and_splits_elsewhere_whatever_their_files_are_called(tmp_path, elsewhere, admit):
    file, chance = tmp_path / "a.npz", np.random.default_rng(0)
    images = chance.integers(0, 256, (24, 16, 16, 3), np.uint8)
    np.savez(file, x_train=images[:20], y_train=np.arange(20) % 2, x_test=images[20:], y_test=np.arange(4) % 2)
    made = ingest_archive(file, workspace.current().folder("images"), "Numbers")
    dataset = OwnImages(images_id=made.id, image_size=16, corrections=(Exclude(images="10"),))
    data = produce(trained(Experiment(dataset=dataset, layers=(Flatten(),))), "zip", 0, QUIET).read_bytes()
    ours = load(dataset)
    elsewhere()
    found = load(here().find(admit(data).run).experiment.dataset)

    for name in ("images", "labels", "train", "validation", "test"):
        np.testing.assert_array_equal(getattr(found, name), getattr(ours, name))


def test_pictures_of_a_run_may_be_further_back_than_are_left_of_them(admit):
    run = trained(Experiment(dataset=Digits(corrections=(Exclude(images="2-1796"),)), layers=(Flatten(),)))
    load(run.experiment.dataset)  # so that it is known how many are left
    with Recorder(run) as record:
        record.append("started", steps_per_epoch=2, train_images=6, validation_images=2, tiles=[1, 1700])

    assert len(here().find(admit(produce(run, "zip", 0, QUIET).read_bytes()).run).metrics().epochs) == 2


def test_places_that_an_archive_tells_are_believed_for_no_more_pictures_than_it_has(own, elsewhere, admit):
    parts = members(produce(trained(own), "zip", 0, QUIET).read_bytes())
    about = json.loads(parts["archive.json"])
    elsewhere()
    for places in ([], [[0, 0, 7]], [[9, 0, 6]], [[0, 3, 6]], [[0, 0, 10**11]]):
        about["dataset"]["places"] = places
        with pytest.raises(UserError) as caught:
            admit(packed(parts | {"archive.json": json.dumps(about).encode()}))
        assert caught.value.code == "RUN_PICTURES"


# ---------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_run_gets_one_sentence_and_leaves_no_file(exported, elsewhere, admit, name):
    bad = packed(MALFORMED[name](members(exported[1])))
    elsewhere()
    with pytest.raises(UserError) as caught:
        admit(bad)

    assert everything_in(workspace.current().home) == []
    assert here().newest() == []
    assert caught.value.remedy
    assert caught.value.code == CODES.get(name, caught.value.code)
    assert not any(word in str(caught.value) for word in ("Traceback", "Error:", "/tmp", "pydantic"))  # noqa: S108


def test_a_damaged_or_hostile_zip_is_refused_by_the_checks_that_pictures_pass(exported, elsewhere, admit):
    data = exported[1]
    parts = members(data)
    elsewhere()
    link = zipfile.ZipInfo("notes.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    linked, method = io.BytesIO(), packed(parts, zipfile.ZIP_BZIP2)
    with zipfile.ZipFile(linked, "w") as file:
        file.writestr(link, "/etc/passwd")
    bomb = packed(parts | {"metrics.jsonl": bytes(32 << 20)})
    lying = data.replace(struct.pack("<L", len(parts["metrics.jsonl"])), struct.pack("<L", 10))
    for bad, code in (
        (b"", "ZIP_EMPTY"),
        (b"hello", "ZIP_NOT_A_ZIP"),
        (data[: len(data) // 2], "ZIP_CORRUPT"),
        (linked.getvalue(), "ZIP_LINK"),
        (method, "ZIP_METHOD"),
        (bomb, "RUN_DAMAGED"),
        (lying, "RUN_DAMAGED"),
        (packed({"cat/1.png": b"x", "dog/1.png": b"x"}), "RUN_NOT_AN_ARCHIVE"),
    ):
        with pytest.raises(UserError) as caught:
            admit(bad)
        assert (caught.value.code, "picture" in caught.value.remedy) == (code, False)
    assert everything_in(workspace.current().home) == []


def test_archives_with_flipped_bytes_are_opened_or_refused_and_nothing_else(exported, elsewhere, admit):
    data, chance, outcomes = exported[1], np.random.default_rng(5), {"opened": 0, "refused": 0}
    elsewhere()
    for _ in range(60):
        bad = bytearray(data)
        for place in chance.integers(0, len(bad), 3):
            bad[place] ^= 1 << int(chance.integers(8))
        try:
            admit(bytes(bad))
            outcomes["opened"] += 1
        except UserError:
            outcomes["refused"] += 1
    assert outcomes["refused"] > 30
    assert len(here().newest()) == outcomes["opened"]


def test_a_full_disk_while_it_is_put_in_place_leaves_no_run(exported, elsewhere, admit, monkeypatch):
    elsewhere()

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workspace, "rename", full)
    with pytest.raises(UserError, match="disk is full"):
        admit(exported[1])
    assert everything_in(workspace.current().home) == []


def test_too_little_room_is_said_before_anything_is_written(exported, elsewhere, admit, monkeypatch):
    elsewhere()
    monkeypatch.setattr(gate.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10}))
    with pytest.raises(UserError, match="no room"):
        admit(exported[1])


def test_arrays_are_read_without_numpy_deciding_how_much_to_make():
    made = [np.arange(6, dtype=np.float32).reshape(2, 3), np.full(4, np.nan, np.float32)]
    for ours, theirs in zip(read_arrays(arrays(*made), {"a/b": (2, 3), "a/c": (4,)}, "w").values(), made, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    with pytest.raises(UserError):
        read_arrays(arrays(*made), {"a/b": (3, 2), "a/c": (4,)}, "w")


def test_a_fault_of_ours_is_a_sentence_too(exported, monkeypatch, tmp_path):
    monkeypatch.setattr(process, "open_archive", lambda *arguments: 1 / 0)
    with pytest.raises(UserError, match="a fault of ours"):
        process._work({"archive": "x", "place": "y"}, QUIET)
