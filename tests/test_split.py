"""How the images of a dataset are dealt out to training, validation and test."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.datasets.own_images import OwnImages
from core.datasets.split import TEST, TRAIN, VALIDATION, Dealt, deal, stratified_split
from core.experiment import Experiment, Training
from core.layers.reshaping import Flatten
from core.problems import Facts
from core.uploads.incoming import receive_archive


def saved(colour, kind):
    """A picture of one colour, 20 x 20."""
    file = io.BytesIO()
    Image.new("RGB", (20, 20), colour).save(file, kind)
    return file.getvalue()


@pytest.fixture
def make_zip():
    """Packs named pictures, (red, green, blue) each, as the ZIP that a browser sends."""

    def make(images):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, colour in images.items():
                archive.writestr(name, saved(colour, "BMP" if name.endswith("bmp") else "PNG"))
        packed.seek(0)
        return packed

    return make


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("seed", [0, 7])
def test_the_split_deals_every_picture_once_and_every_class_alike(share, seed):
    rng = np.random.default_rng(seed)
    labels = np.sort(rng.choice(5, 600, p=[0.5, 0.25, 0.15, 0.07, 0.03]))
    split = np.where(rng.random(600) < 0.1, TEST, TRAIN).astype(np.int8)
    train, validation, test = stratified_split(labels, split, share, seed)

    assert np.array_equal(np.sort(np.concatenate([train, validation, test])), np.arange(600))
    assert np.array_equal(test, np.flatnonzero(split == TEST))
    for label in range(5):
        ours = np.sum(labels[train] == label) + np.sum(labels[validation] == label)
        assert np.sum(labels[validation] == label) == max(1, round(share * ours))
    assert all(np.all(np.diff(part) > 0) for part in (train, validation, test))


def test_the_split_follows_its_seed():
    labels, split = np.arange(200) % 4, np.zeros(200, np.int8)
    one, again, other = (stratified_split(labels, split, 0.3, seed)[1] for seed in (1, 1, 2))

    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_own_validation_wins_over_the_share_and_test_stands_in_for_a_share_of_none():
    labels = np.arange(12) % 2
    own = np.array([0] * 8 + [1] * 4, np.int8)
    assert stratified_split(labels, own, 0.5, 0)[1].tolist() == [8, 9, 10, 11]

    with_test = np.array([0] * 8 + [2] * 4, np.int8)
    train, validation, test = stratified_split(labels, with_test, 0.0, 0)
    assert train.tolist() == list(range(8)) and validation.tolist() == test.tolist() == [8, 9, 10, 11]

    nothing = stratified_split(labels, np.zeros(12, np.int8), 0.0, 0)
    assert (len(nothing[0]), len(nothing[1]), len(nothing[2])) == (12, 0, 0)


def test_a_class_of_one_picture_stays_in_training():
    train, validation, _ = stratified_split(np.array([0, 0, 0, 0, 1]), np.zeros(5, np.int8), 0.5, 0)

    assert 4 in train and 4 not in validation


@pytest.mark.parametrize("share", [0.05, 0.5, 0.8, 0.9])
@pytest.mark.parametrize("members", [1, 2, 3, 7])
def test_a_class_keeps_a_training_picture_whatever_the_share(share, members):
    labels = np.repeat([0, 1], [members, 40])
    train, validation, _ = stratified_split(labels, np.zeros(len(labels), np.int8), share, 1)

    assert np.sum(labels[train] == 0) >= 1
    assert np.sum(labels[validation] == 0) >= (members > 1)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("came", [(), (VALIDATION,), (TEST,), (VALIDATION, TEST)])
def test_problems_count_with_the_real_split(share, came):
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(4), [1, 2, 9, 40])
    split = rng.choice([TRAIN, *came], len(labels)).astype(np.int8)
    split[[0, 1, 3]] = TRAIN
    counts = [tuple(np.bincount(labels[split == part], minlength=4).tolist()) for part in (TRAIN, VALIDATION, TEST)]
    facts = Facts((8, 8, 1), ("a", "b", "c", "d"), len(labels), any(counts[1]), any(counts[2]), *counts)
    train, validation, _ = stratified_split(labels, split, share, 5)

    assert deal(facts, share) == Dealt(
        *(tuple(np.bincount(labels[p], minlength=4).tolist()) for p in (train, validation))
    )


def own_images(make_zip, images, **settings):
    """An experiment on an upload: names and colours of its images."""
    upload = receive_archive(make_zip(images), "pets.zip")
    training = Training(validation_split=settings.pop("share", 0.2), batch_size=1)
    return Experiment(
        dataset=OwnImages(images_id=upload.id, image_size=16), layers=(Flatten(),), training=training
    ), upload


def sentences(experiment):
    return [problem.message for problem in experiment.problems()]


def test_what_validation_lacks_is_named(make_zip):
    images = {f"{split}/{name}/{i}.png": (i, len(name), len(split)) for split in ("train", "val") for i in range(4)
              for name in ("cat", "horse", "mouse") if split == "train" or name == "cat"}  # fmt: skip
    experiment, upload = own_images(make_zip, images)

    assert "Validation has no picture of horse or mouse." in sentences(experiment)
    assert "Validation has no picture of horse or mouse." in upload.notes


def test_pictures_that_are_learnt_from_and_checked_on_are_counted(make_zip):
    images = {f"{split}/{name}/{i}.png": (i, len(name), 0 if i < 3 else len(split))
              for split in ("train", "val", "test") for i in range(6) for name in ("cat", "horse")}  # fmt: skip
    experiment, upload = own_images(make_zip, images)
    leaks = ["6 of 12 validation pictures are also trained on.", "6 of 12 test pictures are also trained on."]

    assert [message for message in sentences(experiment) if "also trained on" in message] == leaks
    assert [note for note in upload.notes if "also trained on" in note] == leaks


def test_repeats_that_the_draw_puts_on_both_sides_are_counted_with_the_seed(make_zip):
    images = {f"{name}/{i}.png": (i // 2, len(name), 0) for i in range(20) for name in ("cat", "horse")}
    experiment, _ = own_images(make_zip, images, share=0.5)
    upload = experiment.dataset.upload()
    train, validation, _ = stratified_split(upload.labels, upload.split, 0.5, experiment.seed)
    colours = [Image.open(file).getpixel((0, 0)) for file in upload.files]
    both = sum(colours[i] in {colours[j] for j in train} for i in validation)

    assert 0 < both < len(validation)
    assert f"{both} of {len(validation)} validation pictures are also trained on." in sentences(experiment)


def test_the_same_picture_in_another_file_format_is_the_same_picture(make_zip):
    images = {f"{split}/{name}/{i}.{kind}": (i * 9, len(name), 3) for split, kind in (("train", "png"), ("val", "bmp"))
              for i in range(3) for name in ("cat", "horse")}  # fmt: skip
    _, upload = own_images(make_zip, images)

    assert "All 6 validation pictures are also trained on." in upload.notes


def test_tiny_classes_with_a_large_share_train_or_say_why_not(make_zip):
    images = {f"{name}/{i}.png": (i, len(name), 0) for i in range(2) for name in ("cat", "horse")}
    experiment, _ = own_images(make_zip, images, share=0.8)

    assert [problem.message for problem in experiment.problems() if problem.blocking] == []
    assert "The class cat has one training picture only." in sentences(experiment)
