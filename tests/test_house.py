"""What each dataset takes on the disk, who learned from it, and what a press frees."""

import numpy as np
import pytest

from core import holdings, workspace
from core.datasets import is_prepared, load, prepare, views
from core.datasets.digits import Digits
from core.datasets.own_images import OwnImages, uploads
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.holdings import FEATURES
from core.inspection import measuring
from core.layers.reshaping import Flatten
from core.runs import house, states
from core.runs.recorder import Recorder
from core.uploads import incoming
from core.uploads.deletion import delete_upload
from core.workspace import current
from tests.pets import refusal
from tests.saved import here
from tests.test_storage import STORAGE, pets
from tests.test_upload_deletion import page, said

__all__ = ["page"]


def a_feature(dataset, name="a" * 32, size=5000):
    """What frozen layers made of a dataset, as training keeps it."""
    folder = current().folder(FEATURES.folder) / name
    folder.mkdir()
    np.save(folder / "features.npy", np.zeros(size, np.uint8))
    workspace.write_json(folder / views.FACTS, {"schema": 1, "dataset": dataset and dataset.model_dump()})
    return folder


@pytest.fixture
def held():
    """Two forms of own images with features, one of a built-in dataset, and features that nobody knows."""
    own = OwnImages(images_id=incoming.receive_archive(pets(), "pets.zip").id, image_size=16)
    for dataset in (own, own.edited(image_size=32), Digits()):
        prepare(dataset)
    a_feature(own)
    a_feature(None, "b" * 32)
    holdings.forget(current(), holdings.IMAGES)
    return own


def a_run(dataset, name="My run", state=states.STOPPED):
    run = here().create(Experiment(dataset=dataset, layers=(Flatten(),), name=name))
    with Recorder(run) as record:
        record.status(state=state)
    return run


def on_disk(*folders):
    return sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())


def test_every_dataset_is_told_with_its_pictures_its_views_its_features_and_its_runs(held):
    runs = [a_run(held, "One"), a_run(held.edited(image_size=48), "Two"), a_run(Shapes())]
    found = {one.key: one for one in house.kept(here())}
    home = current().home

    assert set(found) == {held.images_id, "Digits", house.UNKNOWN}
    mine = found[held.images_id]
    assert mine.title == "pets"
    assert mine.pictures == on_disk(home / "images" / held.images_id)
    assert mine.prepared == on_disk(*(home / "datasets" / one.key() for one in (held, held.edited(image_size=32))))
    assert mine.features == on_disk(home / "features" / ("a" * 32))
    assert [run.id for run in mine.runs] == [runs[1].id, runs[0].id]
    assert found["Digits"].prepared == on_disk(home / "datasets" / Digits().key())
    assert (found["Digits"].pictures, found["Digits"].runs) == (0, [])
    assert found[house.UNKNOWN].title == "Of an earlier version"
    sizes = [one.size for one in house.kept(here())]
    assert sizes == sorted(sizes, reverse=True)


def test_freeing_takes_what_is_made_again_and_leaves_what_is_not(held):
    mine = next(one for one in house.kept(here()) if one.key == held.images_id)
    before = load(held)

    assert house.free(held.images_id, here()) == mine.prepared + mine.features
    assert not is_prepared(held)
    assert is_prepared(Digits())
    assert [upload.images_id for upload in uploads()] == [held.images_id]
    assert np.array_equal(load(held).images, before.images)
    assert house.free("Nothing", here()) == 0
    assert house.free(house.UNKNOWN, here()) > 0
    assert not list((current().home / "features").glob("[!.]*"))


def test_nothing_goes_while_a_run_needs_it(held):
    run = here().create(Experiment(dataset=held, layers=(Flatten(),), name="Busy"))
    with Recorder(run) as record:
        record.status(state=states.RUNNING)
        found = refusal(lambda: house.free(held.images_id, here()))

    assert (found.code, "Busy is under way" in found.what) == ("DATASET_IN_USE", True)
    assert is_prepared(held)


def test_what_an_inspection_measured_belongs_to_its_dataset_and_a_deleted_upload_takes_its_features(held, monkeypatch):
    data = load(held)
    no_network = [(data.images[:], np.zeros((len(data.images), measuring.DEPTH), np.float16))]
    monkeypatch.setattr(measuring, "_batches", lambda images: no_network)
    measuring.measured(held, data.images, lambda part: None)
    found = next(one for one in house.kept(here()) if one.key == held.images_id)
    assert found.features > on_disk(current().home / "features" / ("a" * 32))

    delete_upload(held.images_id, here())
    assert {one.key for one in house.kept(here())} == {"Digits", house.UNKNOWN}


def test_the_storage_page_frees_a_dataset_by_a_press(held, page):
    a_run(held, "One")
    at = page(STORAGE)
    assert "1 run: One" in said(at)
    assert "no run" in said(at)
    at.button(key=f"storage-free-{held.images_id}").click().run()

    assert not at.exception
    assert "that pets took are free again." in said(at)
    assert not is_prepared(held)
    assert f"storage-free-{held.images_id}" not in {one.key for one in at.button}
