"""The page Data files and `python -m core store`: measured, explained by what was measured, made and fetched."""

import json
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import child
from core.__main__ import main
from core.datasets import load
from core.datasets.imagenet import ImageNet
from core.experiment.presets import load_preset
from core.stores import measuring, process, ready, remarks, stores
from core.stores.measuring import Measured, Measurement
from core.workspace import current
from pages.components.data import data_files

ROOT = Path(__file__).parent.parent
PAGE = "pages/2_Design/1c_Data_files.py"


@pytest.fixture
def here(monkeypatch):
    """What a process does is done here, and is measured in no time."""
    monkeypatch.setattr(measuring, "AT_LEAST", 0.0)
    monkeypatch.setattr(measuring, "MOST", 60)
    monkeypatch.setattr(
        child, "ask", lambda module, job, progress, seconds: process._work(job, progress or (lambda done, total: None))
    )
    data_files._done().clear()


def unseen(done, total):
    """Nobody watches."""


def opened(experiment=None):
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    if experiment:
        at.session_state.tab.experiment = experiment.to_json()
    return at.switch_page(PAGE).run()


def said(at):
    return " ".join(one.value for kind in ("markdown", "caption", "info", "error") for one in getattr(at, kind))


def test_the_page_measures_makes_the_file_and_says_what_it_holds(here):
    at = opened()
    assert all(reason in said(at) for reason in remarks.REASONS)
    assert "Bit-identical" not in said(at)
    at.button(key="stores-measure").click().run()
    assert not at.exception
    assert "Bit-identical back: yes, all 5." in said(at)
    assert "of the 1\u202f797 images" in said(at)
    assert len(at.get("plotly_chart")) == 4
    for word, store in stores().items():
        at.segmented_control(key="store-shown").set_value(word).run()
        assert at.code[0].value == store.reading(f"digits-8x8{store.ending}" if store.ending else "")
        assert store.gain in said(at)
        assert store.price in said(at)
    at.segmented_control(key="store-shown").set_value("hdf5").run()
    at.button(key="store-make-hdf5").click().run()
    assert not at.exception
    (fetch,) = at.get("download_button")
    assert fetch.proto.label.startswith("Download digits-8x8.h5")
    assert "1\u202f438 to train on, 359 to validate on" in said(at)
    at.button(key="stores-again").click().run()
    assert "Bit-identical back: yes, all 5." in said(at)


def test_the_page_says_why_it_can_not_and_offers_no_file_that_a_browser_can_not_take(here, monkeypatch):
    assert "choose another dataset" in said(opened(load_preset("digits-cnn").edited(dataset=ImageNet(image_size=32))))
    monkeypatch.setattr(data_files, "MOST_FETCHED", 1000)
    assert "python -m core store" in said(opened())
    monkeypatch.setattr(data_files, "MOST_FETCHED", 10**9)
    monkeypatch.setattr(measuring, "ROOM", 10**12)
    at = opened()
    at.button(key="stores-measure").click().run()
    assert "The disk is full" in said(at)
    assert not at.exception


def test_the_command_writes_the_file_and_measures(here, tmp_path, capsys):
    assert main(["store", "digits-cnn", "--as", "hdf5-gzip", "--out", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    experiment = load_preset("digits-cnn")
    data = load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    with h5py.File(told["file"]) as file:
        assert np.array_equal(file["x_train"], data.images[data.train])
        assert file["x_train"].compression == "gzip"
    assert main(["store", "digits-cnn", "--as", "hdf5-gzip", "--out", str(tmp_path)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert main(["store", "digits-cnn", "--as", "zarr"]) == 1
    assert main(["store", "digits-cnn", "--measure"]) == 0
    out = capsys.readouterr().out
    assert out.count("yes") == len(stores())
    assert not list((current().home / ready.FOLDER).glob("[!.]*")), "what was fetched is gone"


def measured(**sizes):
    one = Measured("folders", 8_000_000, 4_000_000, 1001, 900.0, 1000.0, 950.0, 0.001, 0.0002, True)
    found = [
        one,
        replace(one, word="hdf5", on_disk=3_100_000, content=3_100_000, in_order=90_000.0, at_random=9000.0),
        replace(one, word="lmdb", on_disk=4_200_000, content=4_200_000, in_order=50_000.0, at_random=45_000.0),
        replace(one, word="tfrecord", on_disk=3_200_000, content=3_200_000, at_random=9000.0, opening=0.04),
    ]
    return Measurement(1000, 1000, (32, 32, 3), tuple(replace(one, **sizes.get(one.word, {})) for one in found))


def test_causes_are_told_only_where_they_were_measured():
    size, speed = " ".join(remarks.on_size(measured())), " ".join(remarks.on_speed(measured()))
    assert "Least room: HDF5, 3.1 MB. Most: Class folders, 8 MB. The pixels alone are 3.1 MB." in size
    assert "1\u202f001 files of the class folders hold 4 MB and take 8 MB" in size
    assert "4\u202f096 bytes: these take 4\u202f096 bytes for 3\u202f072 bytes of pixels" in size
    assert "HDF5 is read fastest: 90\u202fk images/s, 90 times as fast as class folders" in speed
    assert "Of the 1 ms that an image takes" in speed
    assert "200 µs go into opening and reading its file, 1 µs into listing the folders, 799 µs into unpacking" in speed
    assert "10 times slower" in speed
    assert "72 % of the time for 500 images at random" in speed

    other = measured(
        folders={"on_disk": 1_600_000, "content": 1_500_000, "file_seconds": 0.0},
        hdf5={"at_random": 80_000.0}, lmdb={"content": 9_000_000}, tfrecord={"opening": 0.0001},
    )  # fmt: skip
    size, speed = " ".join(remarks.on_size(other)), " ".join(remarks.on_speed(other))
    assert "Least room: Class folders" in size
    assert "PNG packs without loss" in size
    assert not any(words in size for words in ("whole blocks", "whole pages", "share a page"))
    assert not any(words in speed for words in ("opening and reading", "chunks", "table of contents"))
    assert "Not the same back: LMDB" in remarks.on_sameness(measured(lmdb={"is_identical": False}))
