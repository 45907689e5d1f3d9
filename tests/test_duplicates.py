"""Which image repeats which: groups of equal ones, with their files, their classes and where they are dealt out to."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.corrections import written
from core.corrections.images import Exclude
from core.datasets import load
from core.datasets.duplicates import Group, groups, sentence
from core.datasets.own_images import OwnImages
from core.datasets.statistics import split_of
from core.experiment.presets import load_preset
from core.uploads import incoming
from pages.components.data import repeats
from tests.test_datasets import picture, zipped
from tests.test_upload_deletion import ROOT

pytestmark = pytest.mark.usefixtures("work_is_done_here")

A, B, C = (picture(seed) for seed in (1, 2, 3))
FILES = {
    "pets/train/cat/a.png": A, "pets/train/cat/b.png": B, "pets/train/cat/b again.png": B,
    "pets/train/dog/c.png": C, "pets/train/dog/also a.png": A, "pets/train/dog/d.png": picture(4),
    "pets/validation/cat/old b.png": B, "pets/validation/dog/e.png": picture(5),
}  # fmt: skip


@pytest.fixture
def dataset():
    return OwnImages(images_id=incoming.receive_archive(zipped(FILES), "pets.zip").id, image_size=20)


def test_equal_images_are_groups_by_their_content_whatever_they_are_called(dataset):
    data, names = load(dataset), dataset.upload().names
    found = groups(dataset.upload().digests, data.labels, split_of(data))

    by_name = [{names[position].rpartition("/")[2] for position in group.positions} for group in found]
    assert by_name == [{"a.png", "also a.png"}, {"b.png", "b again.png", "old b.png"}]
    assert [group.leaks for group in found] == [False, True]
    assert [len(group.classes) for group in found] == [2, 1]


def test_what_they_mean_is_said_with_numbers(dataset):
    data = load(dataset)
    split = split_of(data)

    assert sentence(groups(dataset.upload().digests, data.labels, split), split) == (
        "3 pictures repeat another one, pixel for pixel (2 groups). 1 picture of validation is also trained on. "
        "1 group has more than one class: only one label can be right."
    )
    assert sentence([], split) == ""
    assert sentence([Group((0, 1), (0,), (0,))], split) == "1 picture repeats another one, pixel for pixel (1 group)."


def test_images_of_which_no_content_is_known_repeat_nothing():
    assert groups(("", "", ""), np.zeros(3, np.int64), np.zeros(3, np.int8)) == []


def test_the_page_lists_pictures_and_files(dataset, monkeypatch):
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    shown = []
    monkeypatch.setattr(repeats, "_component", lambda key, data: shown.append(data))
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    at.query_params["e"] = load_preset("digits-cnn").edited(dataset=dataset).to_link()
    at.run()
    at.switch_page("pages/2_Design/1_Data.py").run()

    assert not at.exception and any("3 pictures repeat another one" in fold.label for fold in at.expander)
    first, second = shown[-1]["groups"]
    assert first["note"] == "several classes: only one label can be right" and first["uri"].startswith("data:image/png")
    assert [(one["name"].rpartition("/")[2], one["split"]) for one in second["files"]] == [
        ("b again.png", "train"), ("b.png", "train"), ("old b.png", "validation"),
    ]  # fmt: skip


def test_what_was_left_out_repeats_nothing_any_more(dataset):
    names = dataset.names()
    again = [names.index(name) for name in names if name.endswith(("b again.png", "also a.png", "old b.png"))]
    mended = dataset.edited(corrections=(Exclude(images=written(again)),))
    data = load(mended)

    assert len(again) == 3 and groups(mended.upload().digests, data.labels, split_of(data)) == []
