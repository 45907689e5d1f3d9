"""Datasets that Keras fetches: what is here already, where the rest comes from, and when a network is none."""

import contextlib
import importlib
import io
import os
import socket
import zipfile
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.datasets import downloads
from core.datasets.class_folders import HorseOrHuman, Part, RockPaperScissors, placed
from core.datasets.keras_datasets import CIFAR10, MNIST, FashionMNIST
from core.errors import UserError
from core.intake.pixels import network_input


def test_a_server_that_says_nothing_is_no_network(tmp_path, monkeypatch, network_leads_to):
    """Waiting for it would last until the system gives up, minutes later, on a page that can't say why."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(downloads, "SILENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection, and never answers
        network_leads_to(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(UserError) as caught:
            MNIST().generate(lambda done, total: None)

    assert caught.value.code == "DATASET_OFFLINE" and socket.getdefaulttimeout() is None


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST, CIFAR10])
def test_what_keras_keeps_is_where_it_is_looked_for(kind, monkeypatch):
    """Keras itself is asked which files it would fetch."""
    asked = []

    def get_file(fname, origin, cache_subdir="datasets", extract=False, **more):
        asked.append((Path(cache_subdir, fname + ("_archive" if extract else "")).as_posix(), origin))
        return os.devnull

    module = importlib.import_module(f"keras.src.datasets.{kind.module}")
    monkeypatch.setattr(module, "get_file", get_file)
    with contextlib.suppress(OSError, EOFError, ValueError):  # nothing was fetched
        module.load_data()

    assert [place for place, _ in asked] == [f"datasets/{name}" for name in kind.kept]
    assert all(origin.split("/")[2] == kind.origin for _, origin in asked)


# ---- ZIPs of class folders


class Few(HorseOrHuman):
    """The same form with few images."""

    parts = (Part("few.zip", 0, (2, 1)), Part("validation-few.zip", 1, (1, 1)))
    whole = "few-all.zip"


TRAIN = {"humans/a.png": 90, "horses/b.png": 30, "horses/a.png": 10}
VALIDATION = {"horses/z.png": 200, "humans/y.png": 220}
"""Name -> grey value of every pixel."""


def png(value):
    held = io.BytesIO()
    Image.new("RGB", (5, 7), (value, 0, value)).save(held, "PNG")
    return held.getvalue()


def zipped(path, values, folder=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "a") as archive:
        for name, value in values.items():
            archive.writestr(folder + name, png(value))


@pytest.fixture
def keras(tmp_path, monkeypatch):
    """Keras' folder of datasets, empty."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras" / "datasets"


def generated(dataset):
    return dataset.generate(lambda done, total: None)


@pytest.mark.parametrize("is_whole", [False, True])
def test_class_folders_that_are_here_are_read_without_a_network_and_as_their_script_reads_them(keras, is_whole):
    if is_whole:
        zipped(keras / "few-all.zip", TRAIN, "few/train/")
        zipped(keras / "few-all.zip", VALIDATION, "few/validation/")
    else:
        zipped(keras / "few.zip", TRAIN)
        zipped(keras / "few.zip", {"__MACOSX/horses/._a.png": 1, "readme.png": 2})
        zipped(keras / "validation-few.zip", VALIDATION, "validation-horse-or-human/")
    dataset = Few(image_size=16)
    assert dataset.is_here() and dataset.fetching() == ""
    images, labels, split = generated(dataset)

    assert images[:, 0, 0, 0].tolist() == [10, 30, 90, 200, 220], "in the order of their names, train first"
    assert np.array_equal(images[0], network_input(png(10), 16, 16, 3)), "as any other picture file"
    assert labels.tolist() == [0, 0, 1, 0, 1] and split.tolist() == [0, 0, 0, 1, 1]
    given = {"np": np, "keras": SimpleNamespace(utils=SimpleNamespace(get_file=lambda file, *_, **__: keras / file))}
    exec(compile(dataset.source(), "script", "exec"), given)  # noqa: S102  running our own source is the test
    assert np.array_equal(given["images"], images) and np.array_equal(given["labels"], labels)
    assert np.array_equal(given["split"], split) and given["class_names"] == ["horses", "humans"]


@pytest.mark.parametrize("others", [{"horses/c.png": 1}, {"humans/c.png": 1}, {}])
def test_a_zip_of_other_pictures_is_not_taken_for_the_published_one(keras, others):
    zipped(keras / "few.zip", {"horses/a.png": 1, **others})
    zipped(keras / "validation-few.zip", VALIDATION)
    with pytest.raises(UserError) as caught:
        generated(Few(image_size=16))

    assert caught.value.code == "DATASET_OTHER_PICTURES"
    assert "few.zip and validation-few.zip" in caught.value.what and "upload it on the Data page" in caught.value.remedy


def test_class_folders_are_fetched_by_keras_and_half_of_a_zip_anew(keras, monkeypatch):
    zipped(keras / "few.zip", TRAIN)
    whole = (keras / "few.zip").read_bytes()
    (keras / "few.zip").write_bytes(whole[: len(whole) // 2])
    asked = []

    def get_file(fname, origin, cache_subdir):
        asked.append(origin)
        zipped(Path(cache_subdir, fname), TRAIN if fname == "few.zip" else VALIDATION)
        return str(Path(cache_subdir, fname))

    monkeypatch.setattr("keras.utils.get_file", get_file)
    assert not Few().is_here() and "161 MB are fetched from storage.googleapis.com" in Few().fetching()
    images, _, _ = generated(Few(image_size=16))

    assert images.shape == (5, 16, 16, 3)
    assert asked == [
        f"https://storage.googleapis.com/learning-datasets/{name}" for name in ("few.zip", "validation-few.zip")
    ]
    assert (keras / "few.zip.damaged").is_file()


@pytest.mark.parametrize("kind", [HorseOrHuman, RockPaperScissors])
def test_without_a_network_class_folders_say_where_their_files_may_be_put(keras, kind, network_leads_to):
    network_leads_to()
    with pytest.raises(UserError) as caught:
        generated(kind())

    assert caught.value.code == "DATASET_OFFLINE"
    assert kind.whole in caught.value.remedy and "KERAS_HOME" in caught.value.remedy


@pytest.mark.parametrize(("kind", "name"), [(HorseOrHuman, "horse-or-human"), (RockPaperScissors, "rps")])
def test_the_published_pictures_are_as_many_as_the_facts_promise(test_data, kind, name):
    facts = kind().facts()
    with zipfile.ZipFile(test_data / "datasets" / f"{name}-150px.zip") as archive:
        places = Counter(place for one in archive.namelist() if (place := placed(one, list(facts.class_names), 0)))

    given = (facts.counts, facts.validation_counts, facts.test_counts)
    assert places == Counter({(label, part): n for part in range(3) for label, n in enumerate(given[part])})
    assert sum(map(sum, given)) == facts.count
    assert (facts.has_validation, facts.has_test) == (any(given[1]), any(given[2]))
    assert list(facts.class_names) == sorted(facts.class_names)


def test_the_class_is_the_folder_and_the_split_too_where_one_says_it():
    names = ["paper", "rock", "scissors"]

    assert placed("rps/test/rock/1.png", names, 0) == (1, 2)
    assert placed("rps/scissors/1.png", names, 0) == (2, 0)
    assert placed("rps-test-set/paper/1.png", names, 2) == (0, 2)
    assert placed("rps/1.png", names, 0) is None and placed("rock.png", names, 0) is None
