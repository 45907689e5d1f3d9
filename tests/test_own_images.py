"""Datasets of the user's own pictures: how folders are read, what is stored, and that it is whole or absent."""

import errno
import io
import json
import os
import random
import re
import shutil
import unicodedata
import zipfile
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import workspace
from core.errors import UserError
from core.intake import own_images
from core.intake.manifest import image_path, read_manifest
from core.intake.own_images import ingest_archive, ingest_files
from tests.pets import PETS, picture, refusal

pytestmark = pytest.mark.usefixtures("work_is_done_here")

DATA = os.environ.get("KERNELSCOPE_TEST_DATA")
real_files = pytest.mark.skipif(not DATA, reason="KERNELSCOPE_TEST_DATA is not set")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "own"


@pytest.fixture
def upload(tmp_path):
    """Makes a ZIP of {name: bytes}."""

    def make(entries):
        path = tmp_path / "upload.zip"
        with zipfile.ZipFile(path, "w") as file:
            for name, data in entries.items():
                file.writestr(name, data)
        return path

    return make


@pytest.fixture
def ingest(upload, root):
    return lambda entries, title="Pets": ingest_archive(upload(entries), root, title)


# ---------------------------------------------------------------------------------------------- layout


def test_classes_are_the_folders_in_alphabetical_order(ingest):
    result = ingest(PETS)
    assert result.class_names == ("cat", "dog")
    assert result.counts["train"] == {"cat": 3, "dog": 3}
    assert result.counts["validation"] == result.counts["test"] == {"cat": 0, "dog": 0}
    assert (result.skipped, result.notes) == ((), ())


def test_splits_keep_their_own_pictures_and_share_their_classes(ingest):
    splits = {"train": 4, "Val": 2, "test": 3}
    entries = {
        f"data/{split}/{folder}/{n}.png": picture(100 * k + 10 * s + n)
        for s, (split, count) in enumerate(splits.items())
        for k, folder in enumerate(("cat", "dog"))
        for n in range(count)
    }
    result = ingest(entries)
    assert {split: counts["cat"] for split, counts in result.counts.items()} == {"train": 4, "validation": 2, "test": 3}


def test_a_test_folder_without_validation_stays_test(ingest):
    entries = {f"{split}/{folder}": data for split in ("train", "test") for folder, data in PETS.items()}
    assert {split: sum(counts.values()) for split, counts in ingest(entries).counts.items()} == {
        "train": 6,
        "validation": 0,
        "test": 6,
    }


def test_folders_inside_a_class_belong_to_it(ingest):
    assert ingest(PETS | {"cat/young/9.png": picture(99)}).counts["train"] == {"cat": 4, "dog": 3}


def test_flat_pictures_are_refused_with_the_layout_that_is_needed(ingest, root):
    error = refusal(lambda: ingest({"1.png": picture(), "2.png": picture(1)}))
    assert error.code == "DATASET_NO_CLASSES"
    assert "pets/cat/1.jpg" in error.remedy
    assert not root.exists() or not list(root.iterdir())


def test_one_class_is_refused_by_name(ingest):
    error = refusal(lambda: ingest({"cat/1.png": picture(), "cat/2.png": picture(1)}))
    assert (error.code, "at least two classes" in error.what, '"cat"' in error.what) == (
        "DATASET_ONE_CLASS",
        True,
        True,
    )


@pytest.mark.parametrize("entries", [{".DS_Store": b"x", "__MACOSX/._a": b"x"}, {"cat/a.txt": b"x", "dog/b.zip": b"x"}])
def test_an_upload_without_pictures_is_refused(ingest, entries):
    assert refusal(lambda: ingest(entries)).code == "DATASET_EMPTY"


def test_only_a_test_folder_is_refused(ingest):
    assert refusal(lambda: ingest({f"test/{name}": data for name, data in PETS.items()})).code == "DATASET_NO_TRAINING"


def test_a_hundred_classes_of_one_picture_are_taken(ingest):
    assert len(ingest({f"{n:03d}/1.png": picture(n) for n in range(100)}).class_names) == 100


def test_an_empty_class_folder_is_named(ingest):
    notes = ingest(PETS | {"bird/": b"", "fish/readme.txt": b"soon"}).notes
    assert notes == ('The folder "bird" has no picture in it.', 'The folder "fish" has no picture in it.')


def test_a_class_whose_pictures_are_all_bad_is_left_out_and_named(ingest, root):
    splits = {f"train/{name}": data for name, data in PETS.items()}
    result = ingest(splits | {"train/bird/1.png": b"no", "test/bird/2.png": picture(50)})
    assert result.class_names == ("cat", "dog")
    assert result.notes == ('The class "bird" has no training picture that can be read and was left out.',)
    assert [item.name for item in result.skipped] == ["train/bird/1.png", "test/bird/2.png"]
    assert len(list((root / result.id / "images").iterdir())) == 6


def test_if_bad_pictures_leave_one_class_it_is_refused(ingest):
    assert refusal(lambda: ingest({"cat/1.png": picture(), "dog/1.png": b"no"})).code == "DATASET_ONE_CLASS"


def test_if_all_training_pictures_are_bad_it_is_refused(ingest):
    entries = {"train/cat/1.png": b"no", "train/dog/1.png": b"no", "test/cat/1.png": picture()}
    assert refusal(lambda: ingest(entries)).code == "DATASET_EMPTY"


def test_a_class_that_only_the_test_folder_has_is_listed(ingest):
    entries = {f"train/{name}": data for name, data in PETS.items()} | {"test/unknown/1.png": picture(77)}
    result = ingest(entries)
    assert result.class_names == ("cat", "dog")
    assert result.skipped[0].reason == "its class has no training pictures"


def test_folders_of_two_splits_that_differ_in_case_are_one_class_and_it_is_said(ingest):
    splits = {"train/Cat/1.png": picture(1), "val/cat/1.png": picture(2), "train/dog/1.png": picture(3)}
    result = ingest(splits)
    assert (result.counts["train"]["Cat"], result.counts["validation"]["Cat"]) == (1, 1)
    assert result.notes[0] == 'The folders "Cat" and "cat" were taken as one class, "Cat".'
    assert [offer.label for offer in result.offers] == ["Keep apart"]


def test_composed_and_decomposed_accents_are_one_class(ingest):
    composed, decomposed = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    result = ingest({f"{composed}/1.png": picture(1), f"{decomposed}/1.png": picture(2), "tea/1.png": picture(3)})
    assert result.class_names == (composed, "tea")
    assert len(result.notes) == 1


def test_class_names_may_be_any_text_but_nothing_that_hides(ingest):
    result = ingest(
        {f"{name}/1.png": picture(n) for n, name in enumerate(["a b", "<script>", "猫\U0001f408", "x\u202ey"])}
    )
    assert result.class_names == ("<script>", "a b", "xy", "猫\U0001f408")


# ---------------------------------------------------------------------------------------------- what is stored


def test_pictures_are_stored_under_our_names_without_metadata(ingest, root):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "camera"
    result = ingest(PETS | {"cat/big.jpg": picture(5, (1200, 600), "JPEG", exif=exif, comment=b"hello")})
    manifest = read_manifest(root, result.id)
    for image in manifest.images:
        assert re.fullmatch(r"\d{6}\.webp", image.file)
        with Image.open(image_path(root, result.id, image)) as stored:
            assert (stored.format, stored.mode) == ("WEBP", "RGB")
            assert not stored.getexif() and not {"exif", "comment", "xmp", "icc_profile"} & set(stored.info)
            assert max(stored.size) <= 512
    big = next(image for image in manifest.images if image.name == "cat/big.jpg")
    assert (big.width, big.height) == (600, 1200)


def test_small_pictures_are_stored_pixel_by_pixel(ingest, root):
    manifest = read_manifest(root, ingest(PETS).id)
    for image in manifest.images:
        with (
            Image.open(image_path(root, manifest.id, image)) as stored,
            Image.open(io.BytesIO(PETS[image.name])) as own,
        ):
            assert np.array_equal(np.asarray(stored), np.asarray(own))


def test_labels_follow_the_class_names(ingest, root):
    manifest = read_manifest(root, ingest(PETS).id)
    for image in manifest.images:
        assert manifest.class_names[image.label] == image.name.partition("/")[0]


def test_bad_pictures_are_listed_by_name_and_the_good_ones_kept(ingest):
    good = {f"{folder}/{n}.png": picture(n + 100 * k) for k, folder in enumerate(("cat", "dog")) for n in range(50)}
    bad = {"cat/0.png": good["cat/0.png"][:200], "dog/1.png": b"hello", "dog/2.png": b""}
    result = ingest(good | bad)
    assert sum(result.counts["train"].values()) == 97
    assert {item.name: item.reason for item in result.skipped} == {
        "cat/0.png": "0.png is damaged or was cut off.",
        "dog/1.png": "1.png is not a picture we can read.",
        "dog/2.png": "2.png is empty.",
    }


def test_the_same_upload_gives_the_same_dataset_however_it_came(ingest, root, tmp_path):
    first = ingest(PETS)
    again = ingest(dict(reversed(PETS.items())))
    files = []
    for n, (name, data) in enumerate(PETS.items()):
        (tmp_path / f"{n}").write_bytes(data)
        files.append((name, tmp_path / f"{n}"))
    assert first == again == ingest_files(reversed(files), root, "Pets")
    assert [path.name for path in root.iterdir()] == [first.id]
    assert ingest(PETS | {"cat/0.png": picture(999)}).id != first.id


def test_repeats_and_conflicting_labels_are_told(ingest):
    notes = ingest(PETS | {"cat/copy.png": PETS["cat/0.png"], "dog/copy.png": PETS["cat/1.png"]}).notes
    assert notes == (
        "2 pictures repeat an earlier one exactly.",
        'The same picture is in "cat" and "dog": cat/1.png, dog/copy.png.',
    )


def test_animations_and_extreme_shapes_are_told(ingest):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    notes = ingest(PETS | {"cat/a.gif": file.getvalue(), "dog/long.png": picture(7, (200, 2))}).notes
    assert notes == (
        "Only the first frame of 1 animation was kept.",
        "1 picture will look squeezed: over 10 times longer on one side.",
    )


def test_progress_reaches_the_end_in_about_a_hundred_steps_of_reading_and_of_storing(upload, root):
    steps = []
    entries = {f"{'ab'[n % 2]}/{n}.png": picture(n, (2, 2)) for n in range(250)}
    ingest_archive(upload(entries), root, "x", lambda done, total: steps.append((done, total)))
    assert steps[-1] == (250, 250)
    assert len(steps) <= 2 * 130


def test_titles_are_plain_text_of_at_most_80_characters(ingest, root):
    assert ingest(PETS, "  my\u202e \n pets " + "x" * 200).title == "my pets " + "x" * 72
    shutil.rmtree(root)
    assert ingest(PETS, " ").title == "My pictures"


def test_odd_file_names_stay_text_and_never_become_paths(ingest, root):
    names = ["CON.png", "<img src=x onerror=alert(1)>.png", "\U0001f408.png", "\u202egnp.png", "a:b?.png"]
    result = ingest({f"{folder}/{name}": picture(n) for folder in ("cat", "dog") for n, name in enumerate(names)})
    stored = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.webp"))
    assert stored == [f"{result.id}/images/{n:06d}.webp" for n in range(10)]
    assert {image.name for image in read_manifest(root, result.id).images} >= {f"cat/{name}" for name in names}


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["../1.png", "cat/2.png"], "FOLDER_UNSAFE_NAME"),
        (["cat/1.png", "cat/1.png"], "FOLDER_DUPLICATE_NAME"),
        (["a/" * 40 + "1.png"], "FOLDER_TOO_DEEP"),
        ([f"cat/{'x' * 4000}{n}.png" for n in range(8_500)], "FOLDER_TOO_MANY"),
        ([], "DATASET_EMPTY"),
    ],
)
def test_a_folder_from_the_browser_keeps_to_the_budgets_of_a_zip(tmp_path, root, names, code):
    assert refusal(lambda: ingest_files([(name, tmp_path / "x") for name in names], root, "x")).code == code


def test_a_file_whose_upload_did_not_arrive_is_listed(tmp_path, root):
    files = []
    for n, (name, data) in enumerate(PETS.items()):
        (tmp_path / f"{n}").write_bytes(data)
        files.append((name, tmp_path / f"{n}"))
    (tmp_path / "0").unlink()
    assert [item.name for item in ingest_files(files, root, "x").skipped] == ["dog/0.png"]


# ---------------------------------------------------------------------------------------------- whole or absent


def test_a_full_disk_is_said_with_numbers_and_leaves_nothing(ingest, root, monkeypatch):
    first = ingest(PETS)

    def no_space(self, *arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", no_space)
    error = refusal(lambda: ingest_archive(root.parent / "upload.zip", root, "x"))
    assert error.code == "DISK_FULL"
    assert re.search(r"need about [\d.,]+ MB and [\d.,]+ MB are free", error.what)
    assert [path.name for path in root.iterdir()] == [first.id]


def test_free_space_is_checked_before_anything_is_written(ingest, root, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(own_images.shutil, "disk_usage", lambda path: usage(10, 10, 0))
    assert refusal(lambda: ingest(PETS)).code == "DISK_FULL"
    assert not root.exists()


def test_other_failures_of_the_disk_have_a_sentence_too(ingest, root, monkeypatch):
    def broken(*arguments):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(own_images.workspace, "new_file", broken)
    error = refusal(lambda: ingest(PETS))
    assert (error.code, str(root) in str(error)) == ("DATASET_NOT_STORED", False)
    assert not list(root.iterdir())


def test_an_interruption_removes_the_staging_folder(upload, root):
    def cancel(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest_archive(upload(PETS), root, "x", cancel)
    assert not list(root.iterdir())


def test_a_twin_that_finished_first_is_as_good(ingest, root, monkeypatch):
    first = ingest(PETS)
    answers, real = iter([False]), own_images.known_manifest
    monkeypatch.setattr(own_images, "known_manifest", lambda *given: real(*given) if next(answers, True) else None)
    monkeypatch.setattr(workspace, "discard", lambda path: None)
    assert ingest(PETS) == first


def test_a_dataset_with_a_damaged_manifest_is_made_anew(ingest, root):
    first = ingest(PETS)
    (root / first.id / "manifest.json").write_text("{", encoding="utf-8")
    assert refusal(lambda: read_manifest(root, first.id)).code == "DATASET_NOT_FOUND"
    assert ingest(PETS) == first


@pytest.mark.parametrize(
    "id", ["", "..", "../secret", "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n", "/etc", "0" * 32, None]
)
def test_an_id_that_is_none_of_ours_is_not_found(root, id):
    assert refusal(lambda: read_manifest(root, id)).code == "DATASET_NOT_FOUND"


@pytest.mark.parametrize(
    "change",
    [
        {"images": []},
        {"schema": 2},
        {"id": "0" * 32},
        {"class_names": ["cat"]},
        {"class_names": None},
        {"title": 3},
        {"images": [{"file": "../x.png", "label": 0, "split": "train", "name": "", "width": 1, "height": 1}]},
        {"images": [{"file": "000000.png", "label": 0, "split": "best", "name": "", "width": 1, "height": 1}]},
        {"images": [{"file": "000000.png"}]},
        {"images": [{"file": "000000.png", "label": 0, "split": "train", "name": "", "width": 1e29, "height": 1}]},
        {"images": [{"file": "000000.png", "label": 0, "split": "train", "name": "", "width": 1, "height": 10**29}]},
        {"skipped": [1]},
        {"skipped": "ab"},
        {"skipped": [{"name": None, "reason": ""}]},
        {"skipped": [{"name": "a", "reason": "b", "kind": 7}]},
        {"notes": "ab"},
        {"class_names": "ab"},
        {"class_names": ["cat", "\ud800"]},
        {"title": "\ud800"},
        {"images": [{"file": "000000.png", "label": 0, "split": "train", "name": None, "width": 1, "height": 1}]},
        {"offers": [{"label": "a", "words": "b", "answer": {"names": []}}]},
        {"offers": [{"label": None, "words": "b", "answer": {}}]},
    ],
)
def test_a_manifest_that_was_tampered_with_is_not_used(ingest, root, change):
    id = ingest(PETS).id
    path = root / id / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), encoding="utf-8")
    assert refusal(lambda: read_manifest(root, id)).code == "DATASET_NOT_FOUND"


def test_staging_folders_of_the_dead_are_swept_and_those_in_use_and_datasets_stay(ingest, root):
    id = ingest(PETS).id
    (root / ".staging-left" / "images").mkdir(parents=True)
    with workspace.staging(root) as used:
        ingest(PETS)
        assert sorted(path.name for path in root.iterdir()) == sorted([used.name, id])


# ------------------------------------------------------------------------------------------- real and mutated uploads


@real_files
def test_rock_paper_scissors_is_read_with_its_own_test_folder(root):
    result = ingest_archive(Path(DATA) / "datasets" / "rps-150px.zip", root, "Hands")
    assert result.class_names == ("paper", "rock", "scissors")
    assert result.counts["train"] == dict.fromkeys(result.class_names, 840)
    assert result.counts["test"] == dict.fromkeys(result.class_names, 124)
    assert (sum(result.counts["validation"].values()), result.skipped) == (0, ())


@real_files
def test_horse_or_human_is_read_with_its_own_validation_folder(root):
    result = ingest_archive(Path(DATA) / "datasets" / "horse-or-human-150px.zip", root, "Horses")
    assert result.class_names == ("horses", "humans")
    assert {split: sum(counts.values()) for split, counts in result.counts.items()} == {
        "train": 1027,
        "validation": 256,
        "test": 0,
    }


def test_damaged_uploads_become_datasets_or_are_refused_and_nothing_else(upload, root):
    whole = bytearray(upload({f"{'ab'[n % 2]}/{n}.png": picture(n) for n in range(6)}).read_bytes())
    chance, path, outcomes = random.Random(5), root.parent / "damaged.zip", {"ok": 0, "refused": 0}
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        try:
            assert len(ingest_archive(path, root, "x").class_names) == 2
            outcomes["ok"] += 1
        except UserError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 20
    assert not list(root.glob(".staging-*"))
