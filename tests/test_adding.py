"""Pictures added to a dataset that is here: old positions and what was mended hold, old runs keep their images."""

import zipfile

import numpy as np
import pytest
from pets import picture, refusal

from core.corrections.classes import AddClass, MergeClasses, RemoveClass, RenameClass
from core.corrections.images import Exclude, Relabel
from core.datasets.own_images import OwnImages, find_upload
from core.intake import additions
from core.intake.manifest import Ingested, read_manifest
from core.intake.own_images import ingest_archive, ingest_files
from core.intake.questions import Question
from core.uploads import adding
from core.workspace import current

BEGUN = {f"{name}/{n}.png": picture(10 * k + n) for k, name in enumerate(("ant", "bee", "cow")) for n in range(3)}


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def dataset(tmp_path):
    """Own images of three classes of three."""
    told = ingest_archive(zipped(tmp_path / "begun.zip", BEGUN), root(), "Animals")
    return OwnImages(images_id=told.id, image_size=16)


def root():
    return current().folder("images")


def added(dataset, files, tmp_path):
    """What becomes of a dataset with the files of a ZIP: its table of contents, and the dataset."""
    path = zipped(tmp_path / "more.zip", files)
    told = additions.add(
        root(), adding.onto(dataset), lambda place, known: ingest_archive(path, place, "More", known=known)
    )
    assert isinstance(told, Ingested)
    return told, adding.extended(dataset, told.id)


def test_old_images_come_first_in_the_same_order_and_lie_on_the_disk_once(dataset, tmp_path):
    told, more = added(dataset, {"Bee/new.png": picture(70), "ape/new.png": picture(71), "x/bee/0.txt": b"x"}, tmp_path)
    old, new = find_upload(dataset.images_id), find_upload(more.images_id)

    assert new.class_names == ("ant", "bee", "cow", "ape"), "a new class follows, whatever it is called"
    assert (new.title, len(new.files), len(old.files)) == ("Animals", 11, 9)
    assert np.array_equal(new.labels[:9], old.labels) and dict(zip(new.names[9:], new.labels[9:], strict=True)) == {
        "Bee/new.png": 1, "ape/new.png": 3,
    }  # fmt: skip
    assert all(one.samefile(other) for one, other in zip(old.files, new.files, strict=False))
    assert told.notes[0] == "2 pictures added to the 9 pictures that were there."
    before, _, _ = dataset.generate(lambda done, total: None)
    after, _, _ = more.generate(lambda done, total: None)
    assert np.array_equal(after[:9], before)


def test_what_is_there_already_is_not_added_again_and_nothing_new_is_said(dataset, tmp_path):
    again = {f"ant/copy {n}.png": data for n, data in enumerate(BEGUN.values()) if n < 3}
    told, more = added(dataset, again | {"ant/new.png": picture(70)}, tmp_path)
    assert len(find_upload(more.images_id).files) == 10
    assert told.notes[1] == "3 pictures were there already and not added again."
    assert [group.words for group in told.left_out()] == ["3 files that are there already"]

    same, _ = added(dataset, again | {"ant/new.png": picture(70)}, tmp_path)
    assert same.id == told.id, "the same pictures give the same dataset"
    other, _ = added(dataset, {"bee/new.png": BEGUN["ant/0.png"]}, tmp_path)
    assert other.counts["train"]["bee"] == 4, "under another label it is news, and said elsewhere"
    error = refusal(lambda: added(dataset, again, tmp_path))
    assert (error.code, error.what) == ("DATASET_NOTHING_NEW", "Nothing is new: all 3 pictures are in Animals already.")


def test_what_was_mended_holds_and_new_pictures_find_their_class_by_the_name_it_has_by_now(dataset, tmp_path):
    mended = dataset.edited(
        corrections=(
            Exclude(images="0"),
            AddClass(name="bird"),
            Relabel(images="1", label=3),
            RenameClass(label=0, name="emmet"),
            MergeClasses(labels=(1, 2), name="beasts"),
        )
    )
    before = mended.facts()
    assert before.class_names == ("emmet", "beasts", "bird") and before.counts == (1, 6, 1)
    files = {"emmet/a.png": picture(70), "cow/b.png": picture(71), "bird/c.png": picture(72), "yak/d.png": picture(73)}
    _, more = added(mended, files, tmp_path)
    after = more.facts()

    assert more.corrections == mended.corrections
    assert after.class_names == ("emmet", "beasts", "bird", "yak") and after.counts == (2, 7, 2, 1)
    _, few = added(mended, {"emmet/a.png": picture(70)}, tmp_path)
    assert find_upload(few.images_id).class_names == ("ant", "bee", "cow") and few.facts().counts == (2, 6, 1)


def test_a_class_that_was_taken_away_stays_away_and_another_of_its_name_is_told_apart(dataset, tmp_path):
    _, more = added(dataset.edited(corrections=(RemoveClass(label=1),)), {"bee/new.png": picture(70)}, tmp_path)
    assert more.facts().class_names == ("ant", "cow", "bee (2)") and more.facts().counts == (3, 3, 1)


def test_names_that_mean_two_classes_are_refused_before_a_picture_is_read(dataset):
    steps = (AddClass(name="bird"), RenameClass(label=3, name="owl"), AddClass(name="bird"))
    error = refusal(lambda: adding.onto(dataset.edited(corrections=steps)))
    assert error.code == "DATASET_ADDING_CLASSES"


def test_one_class_is_enough_and_its_validation_folder_too_which_is_said(dataset, tmp_path):
    told, _ = added(dataset, {"validation/ant/a.png": picture(70), "validation/bee/a.png": picture(71)}, tmp_path)
    assert told.counts["validation"] == {"ant": 1, "bee": 1, "cow": 0}
    assert any(note.startswith("Only the new pictures have a validation folder") for note in told.notes)
    lone, _ = added(dataset, {"ant/a.png": picture(70)}, tmp_path)
    assert lone.counts["train"]["ant"] == 4


def test_a_question_about_new_folders_is_asked_and_nothing_is_stored(dataset, tmp_path):
    files = {
        f"{place}/{name}/{n}.png": picture(n) for place in ("tr", "te") for name in ("red", "green") for n in range(2)
    }
    path = zipped(tmp_path / "more.zip", files)
    told = additions.add(
        root(), adding.onto(dataset), lambda place, known: ingest_archive(path, place, "More", known=known)
    )
    assert isinstance(told, Question)
    assert [path.name for path in root().iterdir() if not path.name.startswith(".")] == [dataset.images_id]


def test_a_crash_or_a_disk_that_knows_no_links_leaves_a_whole_dataset_or_none(dataset, tmp_path, monkeypatch):
    def refused(path, target):
        raise OSError(95, "no such thing here")

    monkeypatch.setattr("core.workspace.link", refused)
    told, _ = added(dataset, {"ant/a.png": picture(70)}, tmp_path)
    assert len(read_manifest(root(), told.id).images) == 10

    def crash(path, target, on_file=lambda: None):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.workspace.commit", crash)
    (tmp_path / "b.png").write_bytes(picture(80))
    error = refusal(
        lambda: additions.add(
            root(), adding.onto(dataset),
            lambda place, known: ingest_files([("ant/b.png", tmp_path / "b.png")], place, "More", known=known),
        )
    )  # fmt: skip
    assert error.code.startswith("DISK") or error.code == "DATASET_NOT_STORED"
    left = {path.name for path in root().iterdir() if not path.name.startswith(".")}
    assert left == {dataset.images_id, told.id}


def test_a_full_disk_and_a_dataset_that_goes_meanwhile_are_told_as_what_they_are(dataset, tmp_path, monkeypatch):
    def full(path, target):
        raise OSError(28, "No space left on device", str(path))

    def gone(path, target):
        for file in (root() / dataset.images_id).rglob("*.*"):
            file.unlink()
        raise FileNotFoundError(2, "gone", str(path))

    for share, code in ((full, "DISK_FULL"), (gone, "DATASET_NOT_FOUND")):
        monkeypatch.setattr(additions, "_share", share)
        assert refusal(lambda: added(dataset, {"ant/a.png": picture(70)}, tmp_path)).code == code
        assert {path.name for path in root().iterdir() if not path.name.startswith(".")} == {dataset.images_id}
