"""Deleting uploaded pictures: who uses them is said, nothing of them stays, and runs that learned from them open."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import datasets, holdings
from core.build.model import build_model
from core.datasets.own_images import OwnImages, find_upload, uploads
from core.errors import UserError
from core.experiment import Experiment
from core.intake import contents
from core.intake.manifest import give_name
from core.layers.reshaping import Flatten
from core.runs import states, trash
from core.runs.recorder import Recorder
from core.uploads import deletion, incoming
from core.uploads.deletion import (
    delete_upload,
    delete_upload_for_ever,
    deleted_uploads,
    restore_upload,
    runs_that_use,
)
from core.workspace import current
from tests.pets import refusal
from tests.saved import here, save_weights

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.usefixtures("work_is_done_here")


def received(*seeds, title="pets"):
    """An upload of two classes with one picture for each number."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for folder in ("cat", "dog"):
            for seed in seeds:
                pixels = np.random.default_rng([seed, len(folder), ord(folder[0])]).integers(0, 256, (20, 20, 3))
                picture = io.BytesIO()
                Image.fromarray(pixels.astype(np.uint8)).save(picture, "PNG")
                archive.writestr(f"{folder}/{seed}.png", picture.getvalue())
    file.seek(0)
    return OwnImages(images_id=incoming.receive_archive(file, f"{title}.zip").id, image_size=16)


def trained(dataset, name="My run"):
    """A run that ended after an epoch."""
    run = here().create(Experiment(dataset=dataset, layers=(Flatten(),), name=name))
    model = build_model(run.experiment, dataset.facts())
    with Recorder(run) as record:
        record.append("started", steps_per_epoch=1, train_images=4, validation_images=2, tiles=[0, 1])
        record.append("epoch", epoch=1, step=1, seconds=0.1, loss=1.0, accuracy=0.5, val_loss=1.0, val_accuracy=0.5,
                      learning_rate=0.1, answers=[0, 1], confidence=[0.5, 0.5])  # fmt: skip
        save_weights(record, 1, model)
        record.status(state=states.STOPPED, epoch=1, epochs=5, best_epoch=1, accuracy=0.5, val_accuracy=0.5)
    return run


def files_of(dataset):
    return dataset.upload().files


def test_equal_pictures_of_two_uploads_are_one_file_and_both_can_be_read():
    first, second = received(1, 2, 3), received(2, 3, 4)
    ours, theirs = ({file.stat().st_ino for file in files_of(dataset)} for dataset in (first, second))

    assert (len(ours), len(theirs), len(ours & theirs)) == (6, 6, 4)
    for dataset in (first, second):
        assert dataset.generate(lambda done, total: None)[0].shape == (6, 16, 16, 3)


def test_a_damaged_content_is_not_shared_any_further(workspace):
    first = received(1, 2)
    with files_of(first)[0].open("r+b") as file:
        file.write(b"damage")
    second = received(1, 2, 3)

    assert second.generate(lambda done, total: None)[0].shape == (6, 16, 16, 3)


def test_a_disk_without_links_costs_room_and_nothing_else(monkeypatch):
    def refuse(*arguments):
        raise OSError(95, "not supported")

    monkeypatch.setattr("os.link", refuse)
    monkeypatch.setattr(incoming, "ingest_in_process", _in_this_process)
    monkeypatch.setattr(incoming, "share_in_process", lambda root, id, on_progress: contents.share(root, id))
    first, second = received(1, 2), received(1, 2, 3)

    assert not {file.stat().st_ino for file in files_of(first)} & {file.stat().st_ino for file in files_of(second)}
    assert second.generate(lambda done, total: None)[0].shape == (6, 16, 16, 3)


def _in_this_process(job, on_progress):
    from core.intake.process import _from_json, work

    return _from_json(work(job, lambda done, total: None))


def test_an_upload_is_told_as_stored_although_sharing_takes_too_long(monkeypatch):
    monkeypatch.setattr("core.intake.process.SHARE_SECONDS", 0.0)
    dataset = received(1, 2)

    assert [upload.images_id for upload in uploads()] == [dataset.images_id]
    assert dataset.generate(lambda done, total: None)[0].shape == (4, 16, 16, 3)


def test_an_upload_is_answered_before_anything_is_shared(monkeypatch):
    shared = []
    monkeypatch.setattr(incoming, "ingest_in_process", _in_this_process)
    monkeypatch.setattr(incoming, "share_in_process", lambda root, id, on_progress: shared.append(id))
    first = received(1, 2)

    assert shared == [first.images_id]
    assert [file.stat().st_nlink for file in files_of(first)] == [1] * 4


def test_what_is_deleted_for_ever_leaves_nothing_and_takes_nothing_from_others(workspace):
    first, second = received(1, 2), received(2, 3)
    small = first.edited(image_size=20, color="grey")
    for dataset in (first, small, second):
        datasets.prepare(dataset)
    delete_upload(first.images_id, here())

    assert [upload.images_id for upload in uploads()] == [second.images_id]
    assert [path.name for path in (workspace / "datasets").iterdir()] == [second.key()]
    assert len(list((workspace / "images" / contents.FOLDER).iterdir())) == 4
    assert second.generate(lambda done, total: None)[0].shape == (4, 16, 16, 3)
    with pytest.raises(UserError, match="not on this machine"):
        delete_upload(first.images_id, here())
    delete_upload(second.images_id, here())
    assert not list((workspace / "images").rglob("*.png"))
    assert not list((workspace / "images" / contents.FOLDER).iterdir())
    for dataset in (first, second):
        delete_upload_for_ever(dataset.images_id, current())
    assert not list(workspace.rglob("*.png"))
    assert refusal(lambda: delete_upload_for_ever(first.images_id, current())).code == "DATASET_NOT_DELETED"


def test_a_deleted_upload_comes_back_as_it_was_and_shares_its_pictures_again(workspace):
    first, second = received(1, 2), received(2, 3)
    give_name(workspace / "images", first.images_id, "Pets of mine")
    before = first.generate(lambda done, total: None)[0]
    delete_upload(first.images_id, here())
    assert first.called() == "Pets of mine" and [one.title for one in deleted_uploads(current())] == ["Pets of mine"]
    restore_upload(first.images_id, current())

    assert np.array_equal(first.generate(lambda done, total: None)[0], before)
    assert find_upload(first.images_id).title == "Pets of mine" and deleted_uploads(current()) == []
    ours, theirs = ({file.stat().st_ino for file in files_of(dataset)} for dataset in (first, second))
    assert len(ours & theirs) == 2


def test_what_was_brought_again_meanwhile_takes_the_place_of_the_deleted_one():
    dataset = received(1, 2)
    delete_upload(dataset.images_id, here())
    assert received(1, 2) == dataset
    restore_upload(dataset.images_id, current())
    delete_upload(dataset.images_id, here())

    assert uploads() == [] and [one.images_id for one in deleted_uploads(current())] == [dataset.images_id]


def test_runs_go_with_their_pictures_when_that_is_asked_for_and_others_stay():
    dataset, other = received(1, 2), received(3, 4)
    mine, theirs = trained(dataset), trained(other)

    assert delete_upload(dataset.images_id, here(), with_runs=True) == [mine.id]
    assert [run.id for run in here().newest()] == [theirs.id]
    assert [run.id for run in here().deleted()] == [mine.id]


def test_a_run_that_begins_while_its_pictures_go_brings_them_back(monkeypatch):
    dataset = received(1, 2)
    run = trained(dataset)
    move = deletion._move_away

    def slow_move(*arguments):
        move(*arguments)
        run.enqueue()

    monkeypatch.setattr(deletion, "_move_away", slow_move)
    assert refusal(lambda: delete_upload(dataset.images_id, here(), with_runs=True)).code == "DATASET_IN_USE"
    assert [upload.images_id for upload in uploads()] == [dataset.images_id]
    assert deleted_uploads(current()) == [] and [one.id for one in here().newest()] == [run.id]


def test_the_trash_lets_go_of_uploads_as_of_runs(workspace):
    received_one, run = received(1, 2), trained(received(3, 4))
    delete_upload(received_one.images_id, here())
    here().delete(run)

    assert len(holdings.held(current(), holdings.TRASH).parts) == 2
    assert trash.empty(current()) == 2
    assert list((workspace / "trash").iterdir()) == []


def test_a_deletion_is_whole_where_a_file_of_another_deleted_upload_goes_meanwhile():
    old, new = received(1, 2), received(3, 4)
    delete_upload(old.images_id, here())
    [away] = deleted_uploads(current())
    (away.path / "images" / "gone.png").symlink_to("nothing")  # listed, and not there when it is looked at

    assert delete_upload(new.images_id, here()) == []
    assert uploads() == [] and len(deleted_uploads(current())) == 2


def test_the_same_files_bring_a_deleted_upload_back():
    dataset = received(1, 2)
    before = dataset.generate(lambda done, total: None)[0]
    delete_upload(dataset.images_id, here())

    assert received(1, 2) == dataset
    assert np.array_equal(dataset.generate(lambda done, total: None)[0], before)


def test_runs_that_use_an_upload_are_named_and_a_living_one_forbids(monkeypatch):
    dataset, other = received(1, 2), received(3, 4)
    run, _ = trained(dataset), trained(other)
    assert [found.id for found in runs_that_use(dataset.images_id, here())] == [run.id]

    run.enqueue()
    with pytest.raises(UserError, match="My run is under way"):
        delete_upload(dataset.images_id, here())
    assert len(uploads()) == 2
    run.leave_queue()
    delete_upload(dataset.images_id, here())
    assert len(uploads()) == 1


# --- the pages ---


@pytest.fixture
def page(monkeypatch):
    """Opens the app in its frame at a page, without the processes that it keeps warm."""
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)

    def open_at(name):
        at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
        return at.switch_page(name).run()

    return open_at


def said(at):
    shown = at.error, at.warning, at.caption, at.markdown, at.info, at.success
    return " ".join(str(one.value) for kind in shown for one in kind)


def at_the_uploads(page):
    at = page("pages/2_Design/1_Data.py")
    return at.button(key="source-OwnImages").click().run()


def test_pictures_that_nobody_uses_are_asked_about_once_more(page):
    dataset = received(1, 2)
    at = at_the_uploads(page)
    at.button(key=f"delete-{dataset.images_id}").click().run()
    assert "Delete pets? No run uses it." in said(at) and len(uploads()) == 1
    at.button(key="delete-anyway").click().run()

    assert uploads() == [] and not at.exception
    assert "pets went into the trash" in said(at)
    at.button(key="delete-undo").click().run()
    assert [upload.title for upload in uploads()] == ["pets"] and "went into" not in said(at)


def test_a_dataset_is_given_another_name_in_the_list_and_beside_its_settings(page):
    dataset = received(1, 2)
    at = at_the_uploads(page)
    at.button(key=f"rename-{dataset.images_id}").click().run()
    at.text_input(key=f"name-{dataset.images_id}").set_value("Hase & Igel").run()
    assert uploads()[0].title == "Hase & Igel"
    at.button(key=f"use-{dataset.images_id}").click().run()
    at.text_input(key=f"own-name-{dataset.images_id}-Hase & Igel").set_value(" ").run()
    assert uploads()[0].title == "Hase & Igel"
    at.text_input(key=f"own-name-{dataset.images_id}-Hase & Igel").set_value("Tiere").run()

    assert uploads()[0].title == "Tiere" and "Tiere · 2 classes" in said(at) and not at.exception


def test_storage_brings_deleted_pictures_back_or_lets_them_go(page):
    dataset = received(1, 2)
    trained(dataset)
    delete_upload(dataset.images_id, here(), with_runs=True)
    at = page("pages/3_Train/3_Storage.py")
    assert "**pets** · own pictures" in said(at)
    at.button(key=f"trash-restore-images-{dataset.images_id}").click().run()
    assert len(uploads()) == 1
    delete_upload(dataset.images_id, here())
    at.run()
    at.button(key="trash-empty").click().run()
    assert "Delete 1 run and 1 upload for ever?" in said(at)
    at.button(key="trash-keep").click().run()
    at.button(key=f"trash-delete-images-{dataset.images_id}").click().run()
    at.button(key="trash-sure").click().run()

    assert deleted_uploads(current()) == [] and len(here().deleted()) == 1 and not at.exception


def test_a_deleted_run_that_may_come_back_is_named_as_such(page):
    dataset = received(1, 2)
    here().delete(trained(dataset))
    at = at_the_uploads(page)
    at.button(key=f"delete-{dataset.images_id}").click().run()

    assert "1 run among the deleted ones used it: My run." in said(at)
    assert len(uploads()) == 1 and not at.exception


def test_runs_that_use_them_are_named_before(page):
    dataset = received(1, 2)
    trained(dataset)
    at = at_the_uploads(page)
    at.button(key=f"delete-{dataset.images_id}").click().run()
    assert "1 run uses it: My run." in said(at) and len(uploads()) == 1
    at.button(key="delete-not").click().run()
    assert "uses it" not in said(at)
    at.button(key=f"delete-{dataset.images_id}").click().run()
    at.button(key="delete-anyway").click().run()

    assert uploads() == [] and not at.exception and "uses it" not in said(at)
    assert [run.title for run in here().newest()] == ["My run"]


def test_runs_can_go_with_their_pictures_and_both_come_back_with_a_press(page):
    dataset = received(1, 2)
    run = trained(dataset)
    at = at_the_uploads(page)
    at.button(key=f"delete-{dataset.images_id}").click().run()
    at.button(key="delete-both").click().run()
    assert uploads() == [] and here().newest() == []
    at.button(key="delete-undo").click().run()

    assert len(uploads()) == 1 and [one.id for one in here().newest()] == [run.id] and not at.exception


def test_pictures_of_a_run_under_way_stay_and_it_is_said(page):
    dataset = received(1, 2)
    trained(dataset).enqueue()
    at = at_the_uploads(page)
    at.button(key=f"delete-{dataset.images_id}").click().run()

    assert "My run is under way: stop that first." in said(at)
    assert at.button(key="delete-anyway").disabled and at.button(key="delete-both").disabled
    here().newest()[0].leave_queue()
    at.run()
    here().newest()[0].enqueue()
    at.button(key="delete-anyway").click().run()
    assert len(uploads()) == 1 and not at.exception
    assert "My run is under way and needs these pictures." in said(at)


@pytest.mark.parametrize(
    "name",
    [
        "2_Design/1_Data", "2_Design/2_Augmentation", "2_Design/3_Network", "2_Design/4_Training",
        "3_Train/1_Live_run", "4_Understand/1_Predict", "4_Understand/2_Look_inside",
    ],
)  # fmt: skip
def test_every_page_says_that_the_pictures_of_a_run_are_gone(page, name):
    dataset = received(1, 2)
    run = trained(dataset)
    delete_upload(dataset.images_id, here())
    at = page("pages/3_Train/1_Live_run.py")
    at.session_state.tab.run, at.session_state.tab.experiment = run.id, run.experiment.to_json()
    at.switch_page(f"pages/{name}.py").run()

    assert not at.exception
    assert "not on this machine" in said(at)


def test_going_on_without_the_pictures_is_refused_in_a_sentence(page):
    dataset = received(1, 2)
    run = trained(dataset)
    delete_upload(dataset.images_id, here())
    at = page("pages/3_Train/1_Live_run.py")
    at.session_state.tab.run = run.id
    at.run()
    at.button(key=f"resume-{run.id}").click().run()

    assert not at.exception and "not on this machine" in said(at)
    assert here().find(run.id).metrics().epochs
