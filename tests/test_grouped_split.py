"""Images of one patient, one video, one burst are held out together, where the names of the files plainly say so."""

import numpy as np
import pytest
from pets import picture

from core.build.codegen import _split
from core.datasets import load
from core.datasets.groups import are_plain, examples, group_of, grouped_split, groups_of
from core.datasets.own_images import OwnImages, find_upload
from core.experiment import Experiment
from core.intake.own_images import ingest_files
from core.workspace import current


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("ill/patient12_03.png", "patient12"),
        ("video7-frame0012.jpg", "video7"),
        ("a/scissors03-k02-101.png", "scissors03"),
        ("a/horse01-0.png", "horse01"),
        ("a/subject_4_right_2.png", "subject_4"),
        ("a/IMG_0001 (2).jpg", "a/IMG_0001"),
        ("a/IMG_0001(2).jpg", "a/IMG_0001"),
        ("a/IMG_0001.jpg", ""),
        ("a/cat_12.jpg", ""),
        ("a/12.jpg", ""),
        ("a/0001-0002.jpg", ""),
        ("a/IMG_20231201_123456.jpg", ""),  # a day and a time: no burst by itself
        ("a/no number.jpg", ""),
        ("환자3_사진2.png", "환자3"),
    ],
)
def test_the_name_of_a_file_says_its_group(name, group):
    assert group_of(name) == group


def test_the_first_of_a_burst_has_no_number_and_who_has_no_group_stands_alone():
    names = ["a/IMG_1.jpg", "b/IMG_1.jpg", "a/IMG_1 (2).jpg", "a/IMG_1 (3).jpg", "p1_1.png", "p2_1.png", "p1_2.png"]
    assert groups_of(names).tolist() == [0, 1, 0, 0, 2, 3, 2]
    assert examples(names) == ["IMG_1", "p1", "p2"]


@pytest.mark.parametrize(
    ("names", "plain"),
    [
        ([f"{c}/{c}{g}_{i}.png" for c in "ab" for g in range(2) for i in range(2)], True),
        ([f"{c}/photo ({i}).png" for c in "ab" for i in range(9)], False),  # numbered by the system: one group a class
        ([f"{c}/{c}{i}_1.png" for c in "ab" for i in range(9)], False),  # each its own group
        ([f"a/a{g}_{i}.png" for g in range(3) for i in range(3)] + [f"b/{i}.png" for i in range(9)], False),
        ([f"{c}/{i}.png" for c in "ab" for i in range(9)], False),
    ],
)
def test_groups_are_plain_where_every_class_has_several_of_several_images(names, plain):
    labels = np.array([name[0] == "b" for name in names], np.int64)
    assert are_plain(groups_of(names), labels) == plain


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
def test_no_group_is_learnt_from_and_checked_on_and_each_class_gives_about_its_share(seed, share):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 40, 400)
    labels = np.where(rng.random(400) < 0.2, rng.integers(0, 3, 400), groups % 3)  # some patients have two diagnoses
    split = np.where(rng.random(400) < 0.1, 2, 0).astype(np.int8)
    train, validation, test = grouped_split(labels, split, groups, share, seed)

    assert not set(groups[train]) & set(groups[validation])
    assert np.array_equal(np.sort(np.concatenate([train, validation, test])), np.arange(400))
    assert np.array_equal(test, np.flatnonzero(split == 2))
    held = np.bincount(labels[validation], minlength=3) / np.bincount(labels[split == 0], minlength=3)
    assert (abs(held - share) < 0.13).all(), held
    again = grouped_split(labels, split, groups, share, seed)
    assert np.array_equal(again[1], validation) and not np.array_equal(
        grouped_split(labels, split, groups, share, seed + 100)[1], validation
    )


def test_with_two_groups_a_class_one_is_held_out_and_one_is_left():
    labels, groups = np.repeat([0, 1], 6), np.repeat([0, 1, 2, 3], 3)
    train, validation, test = grouped_split(labels, np.zeros(12, np.int8), groups, 0.2, 0)
    assert np.bincount(labels[validation]).tolist() == [3, 3] == np.bincount(labels[train]).tolist()
    lone = grouped_split(np.zeros(4, np.int64), np.zeros(4, np.int8), np.zeros(4, np.int64), 0.5, 0)
    assert (len(lone[0]), len(lone[1])) == (4, 0), "the only group is not spared"
    whole = grouped_split(labels, np.zeros(12, np.int8), groups, 0.0, 0)
    assert (len(whole[0]), len(whole[1])) == (12, 0)


def test_an_upload_with_groups_is_dealt_out_by_them_and_so_does_its_script(tmp_path):
    files = []
    for place, name in enumerate(f"{c}/{c}{g}_{i}.png" for c in ("ant", "bee") for g in range(5) for i in range(4)):
        (tmp_path / f"{place}.png").write_bytes(picture(place))
        files.append((name, tmp_path / f"{place}.png"))
    told = ingest_files(files, current().folder("images"), "Bugs")
    upload = find_upload(told.id)
    assert len(np.unique(upload.plain_groups())) == 10
    each, grouped = (OwnImages(images_id=told.id, image_size=16, keep_groups=keeps) for keeps in (False, True))
    assert each.key() == grouped.key() and each.state() != grouped.state(), "the same images, dealt out otherwise"
    assert "keep_groups" not in each.model_dump_json() and grouped.edited(image_size=20).keep_groups

    data = load(grouped, 0.2, 3)
    groups = groups_of(upload.names)
    assert not set(groups[data.train]) & set(groups[data.validation])
    assert np.bincount(data.labels[data.validation]).tolist() == [4, 4]
    assert set(groups[load(each, 0.2, 3).train]) & set(groups[load(each, 0.2, 3).validation])
    experiment = Experiment(dataset=grouped, seed=3)
    experiment = experiment.edited(training=experiment.training.edited(validation_split=0.2))
    assert not [problem for problem in experiment.problems() if problem.where == "data" and problem.blocking]
    given = {"np": np, "SEED": 3}
    exec(compile(f"{grouped.source()}\n{_split(experiment)}", "script", "exec"), given)  # noqa: S102  our own source
    assert np.array_equal(given["train"], data.train) and np.array_equal(given["validation"], data.validation)
