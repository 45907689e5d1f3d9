"""The Data page without a browser: every source, the split, uploads good and bad, and the network that fits."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.datasets import is_prepared, load
from core.datasets.digits import Digits
from core.datasets.keras_datasets import CIFAR10, MNIST, FashionMNIST
from core.datasets.own_images import OwnImages, uploads
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.experiment.presets import load_preset
from core.experiment.reading import read_experiment
from core.experiment.starter import fitting, fitting_layers
from core.uploads import incoming
from pages.components.browser.component import component

ROOT = Path(__file__).parent.parent


@pytest.fixture
def page(monkeypatch):
    """The Data page in its frame, without the processes that the frame keeps warm."""
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    return at.switch_page("pages/2_Design/1_Data.py").run()


def experiment(at):
    return read_experiment(at.session_state.tab.experiment)


def texts(at):
    return " ".join(
        str(e.value) for kind in (at.markdown, at.caption, at.info, at.success, at.warning, at.error) for e in kind
    )


def zipped(counts, size=(150, 120), names="{folder}/{n}.png"):
    """A ZIP with so many pictures per class."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for k, (name, count) in enumerate(counts.items()):
            for n in range(count):
                picture = io.BytesIO()
                pixels = np.random.default_rng([k, n]).integers(0, 256, (size[1], size[0], 3), np.uint8)
                Image.fromarray(pixels).save(picture, "PNG")
                archive.writestr("pets/" + names.format(folder=name, n=n, group=n // 2), picture.getvalue())
    return file.getvalue()


def uploaded(at, data, name="pets.zip"):
    at.button(key="source-OwnImages").click().run()
    at.file_uploader[0].set_value((name, data, "application/zip")).run()
    return at


def test_the_ready_dataset_is_shown_with_its_split(page):
    assert not page.exception and not page.error
    assert experiment(page).dataset == Digits()
    assert "1\u202f438 pictures to learn from, 359 to check on" in texts(page).replace("\u2009", "\u202f")


def test_the_share_and_the_seed_are_kept(page):
    next(s for s in page.slider if s.label == "Validation split").set_value(0.5).run()
    next(n for n in page.number_input if n.label == "Seed").set_value(7).run()

    assert (experiment(page).training.validation_split, experiment(page).seed) == (0.5, 7)
    assert not page.exception


def test_shapes_are_drawn_and_their_settings_edited(page):
    page.button(key="source-Shapes").click().run()
    assert experiment(page).dataset == Shapes() and is_prepared(Shapes())

    next(s for s in page.slider if s.label.startswith("Classes")).set_value(3).run()
    assert experiment(page).dataset == Shapes(classes=3) and is_prepared(Shapes(classes=3))
    page.button(key="source-Digits").click().run()
    page.button(key="source-Shapes").click().run()
    assert experiment(page).dataset == Shapes(classes=3), "a source comes back as it was left"
    assert not page.exception


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST, CIFAR10])
def test_a_dataset_that_must_be_fetched_says_so_before_the_click_and_beside_it(page, kind, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    seen = []
    monkeypatch.setattr(
        "pages.components.frame.cached.make_ready", lambda one: one.instant or seen.append(one) or st.stop()
    )
    page.run()
    button = page.button(key=f"source-{kind.__name__}")
    assert button.label == f"{kind.title()} · fetches {kind.megabytes} MB"
    button.click().run()

    said = [one.value for one in page.info]
    assert seen == [kind()] and len(said) == 1, "said while it is waited for"
    assert f"{kind.megabytes} MB are fetched from {kind.origin}, once." in said[0].replace("\u2060", "")
    assert "needs the network" in said[0] and "Meanwhile Digits 8x8 stays selected" in said[0]
    assert page.button(key="data-stop")


def test_what_keras_keeps_already_is_not_announced_as_a_download(page, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    for name in FashionMNIST.kept:
        (tmp_path / "keras/datasets" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "keras/datasets" / name).touch()
    page.run()

    assert page.button(key="source-FashionMNIST").label == "Fashion-MNIST"
    assert FashionMNIST().fetching() == "" and MNIST().fetching()


def test_a_download_without_a_network_keeps_the_dataset(page, tmp_path, monkeypatch, network_leads_to):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    network_leads_to()
    page.button(key="source-MNIST").click().run()

    assert ["could not be downloaded" in error.value for error in page.error] == [True]
    assert "Digits 8x8 stays selected" in texts(page)
    assert experiment(page).dataset == Digits()
    page.button(key="data-leave").click().run()
    assert not page.error and not page.exception
    assert not is_prepared(MNIST())


def test_pictures_that_are_no_squares_are_brought_to_one_in_the_way_that_is_taken(page, workspace):
    uploaded(page, zipped({"dog": 5, "cat": 6}))
    assert page.button(key="aspect-stretch").disabled and experiment(page).dataset.aspect == "stretch"
    page.button(key="aspect-crop").click().run()

    assert not page.exception and experiment(page).dataset.aspect == "crop"
    assert page.button(key="aspect-crop").disabled and not page.button(key="aspect-stretch").disabled
    assert "11 pictures of 11 are no square. This one, 150x120 px" in texts(page)
    assert load(experiment(page).dataset).images.shape == (11, 96, 96, 3)


def test_an_upload_becomes_the_dataset(page, workspace):
    uploaded(page, zipped({"dog": 5, "cat": 6}))
    dataset = experiment(page).dataset

    assert not page.exception and not page.error
    assert isinstance(dataset, OwnImages) and dataset.image_size == 96
    assert dataset.facts().class_names == ("cat", "dog")
    assert "pets is here: 11 pictures, in 2 classes: cat, dog." in texts(page)
    assert list((workspace / "incoming").iterdir()) == []


def test_after_an_upload_a_network_that_fits_is_one_click_away_and_can_be_taken_back(page):
    uploaded(page, zipped({"dog": 5, "cat": 6}))
    before = experiment(page)
    assert not [problem for problem in before.problems() if problem.blocking]
    assert "made for pictures of 8 px" in texts(page)

    page.button(key="fit-network").click().run()
    assert experiment(page) == fitting(before)
    assert not [button for button in page.button if button.key == "fit-network"]
    assert not page.exception


def test_the_network_can_be_kept(page):
    uploaded(page, zipped({"dog": 5, "cat": 6}))
    before = experiment(page)
    page.button(key="keep-network").click().run()

    assert experiment(page) == before
    assert not [button for button in page.button if button.key == "fit-network"]


def test_what_was_uploaded_before_can_be_chosen_again(page):
    uploaded(page, zipped({"dog": 5, "cat": 6}))
    chosen = experiment(page).dataset
    page.button(key="source-Digits").click().run()
    page.button(key="source-OwnImages").click().run()
    assert "pets · 2 classes · 11 pictures" in texts(page)
    page.button(key=f"use-{uploads()[0].images_id}").click().run()

    assert experiment(page).dataset == chosen


def test_groups_that_names_of_files_say_are_held_out_as_a_whole_until_that_is_switched_off(page):
    uploaded(page, zipped({"dog": 6, "cat": 6}, names="{folder}/{folder}{group}_{n}.png"))
    assert experiment(page).dataset.keep_groups
    assert "say 6 groups, like cat0, cat1 or cat2" in texts(page) and "Whole groups are held out" in texts(page)
    next(one for one in page.toggle if one.label == "Hold groups out as a whole").set_value(False).run()
    assert not experiment(page).dataset.keep_groups and not page.exception
    assert "Every class gives the same share" in texts(page)


def test_pictures_are_added_to_the_dataset_in_use_and_what_was_before_can_go(page):
    uploaded(page, zipped({"dog": 5, "cat": 6}))
    former = experiment(page).dataset
    page.button(key="upload-close").click().run()
    page.button(key="add-pictures").click().run()
    assert "More pictures for pets" in [one.value for one in page.subheader]
    assert "adds to it: cat and dog" in texts(page)
    page.file_uploader[0].set_value(("more.zip", zipped({"dog": 8}), "application/zip")).run()

    added = experiment(page).dataset
    assert not page.exception and not page.error and added.images_id != former.images_id
    assert added.facts().counts == (6, 8) and added.image_size == former.image_size
    assert "3 pictures added to the 11 pictures that were there" in texts(page)
    assert "5 pictures were there already" in texts(page)
    page.button(key="upload-former-delete").click().run()
    assert [one.images_id for one in uploads()] == [added.images_id] and not page.exception
    page.button(key="add-pictures").click().run()
    page.button(key="upload-into-none").click().run()
    assert "Your own pictures" in [one.value for one in page.subheader]
    page.button(key=f"add-{added.images_id}").click().run()
    page.file_uploader[0].set_value(("more.zip", zipped({"dog": 8}), "application/zip")).run()
    assert ["Nothing is new: all 8 pictures are in pets already." in one.value for one in page.error] == [True]
    assert experiment(page).dataset == added


def test_reading_can_be_stopped_and_leaves_nothing(page, monkeypatch, workspace):
    def half_way(file, name, show, **more):
        with incoming.place_for_upload() as place:
            (place / "upload.zip").write_bytes(file.read())
            show(1, 100)
            st.stop()

    with monkeypatch.context() as patch:
        patch.setattr(incoming, "receive_archive", half_way)
        uploaded(page, zipped({"dog": 5, "cat": 6}))
    assert page.button(key="upload-stop") and "Use" not in [one.label for one in page.button]
    page.button(key="upload-stop").click().run()
    assert not [one for one in page.button if one.key == "upload-stop"] and not page.exception and not page.error
    assert experiment(page).dataset == Digits() and uploads() == [] and list((workspace / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"hello", "ZIP"), (zipped({"cat": 2}), "at least two classes"), (zipped({}), "nothing in it"), (b"", "")],
    ids=["text", "one-class", "empty-zip", "empty"],
)
def test_a_bad_upload_is_one_sentence_and_the_dataset_stays(page, data, said):
    uploaded(page, data)

    assert len(page.error) == 1 and said.lower() in page.error[0].value.lower()
    assert experiment(page).dataset == Digits()
    assert uploads() == [] and not page.exception
    page.button(key="own-back").click().run()
    assert not page.error


def test_imbalance_is_said(page):
    uploaded(page, zipped({"dog": 4, "cat": 20}))

    assert "cat has" in texts(page) and "times as many pictures as dog" in texts(page)


def test_a_dataset_that_is_not_here_has_a_way_on(monkeypatch):
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    at.query_params["e"] = load_preset("digits-cnn").edited(dataset=OwnImages(images_id="a" * 32)).to_link()
    at.run()
    at.switch_page("pages/2_Design/1_Data.py").run()

    assert not at.exception
    assert ["not on this machine" in error.value for error in at.error] == [True]
    at.button(key="data-digits").click().run()
    assert experiment(at).dataset == Digits() and not at.error


@pytest.mark.parametrize("size", [12, 16, 28, 32, 64, 96, 150, 256])
def test_the_network_that_fits_does(size):
    fitted = fitting(Experiment(dataset=Shapes(image_size=size)))
    traced = fitted.trace(fitted.dataset.facts())

    assert not fitted.problems()
    assert traced.parameters < 1_000_000
    assert sum(layer.kind == "MaxPooling2D" for layer in fitting_layers(fitted.dataset.facts())) >= 1


def test_a_component_without_a_script_sends_none_and_one_with_a_script_its_own(monkeypatch):
    monkeypatch.setattr("streamlit.components.v2.component", lambda name, html, css, js: js)

    assert component("folders", "data/layout", html="<p></p>") is None
    assert "export default" in component("charts", "runs/curves")
