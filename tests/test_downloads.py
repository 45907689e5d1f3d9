"""Datasets that Keras fetches: what is here already, where the rest comes from, and when a network is none."""

import contextlib
import gzip
import hashlib
import importlib
import io
import os
import socket
import tarfile
import zipfile
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from core.datasets import downloads
from core.datasets.cats_and_dogs import CatsAndDogs
from core.datasets.cifar100 import CIFAR100
from core.datasets.class_folders import PUBLISHED, HorseOrHuman, Part, RockPaperScissors, placed
from core.datasets.flowers import Flowers
from core.datasets.keras_datasets import CIFAR10, MNIST, FashionMNIST
from core.errors import UserError
from core.intake import tars
from core.intake.archives import Member
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


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST, CIFAR10, CIFAR100])
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


def test_the_hundred_fine_classes_have_names_in_the_order_of_their_numbers():
    names = CIFAR100().facts().class_names
    assert len(set(names)) == 100 and list(names) == sorted(names), "the authors number them by the alphabet"
    assert (names[0], names[4], names[19], names[88], names[99]) == ("apple", "beaver", "cattle", "tiger", "worm")


# ---- archives of class folders


class Few(HorseOrHuman):
    """The same form with few images."""

    parts = (Part("few.zip", 0, f"{PUBLISHED}data/", 1), Part("validation-few.zip", 1, f"{PUBLISHED}data/", 1))
    whole = "few-all.zip"
    counts = ((2, 1), (1, 1), ())


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
    zipped(keras / "aside" / "validation.zip", VALIDATION)
    held = (keras / "aside" / "validation.zip").read_bytes()
    asked = fetched_from(monkeypatch, {"few.zip": whole, "validation-few.zip": held})
    sums = [(len(one), hashlib.sha256(one).hexdigest()) for one in (whole, held)]
    monkeypatch.setattr(Few, "parts", tuple(Part(one.file, one.split, one.address, *sums[at])
                                            for at, one in enumerate(Few.parts)))  # fmt: skip
    assert not Few().is_here() and HorseOrHuman.megabytes == 161
    assert "161 MB are fetched from storage.googleapis.com" in HorseOrHuman().fetching()
    images, _, _ = generated(Few(image_size=16))

    assert images.shape == (5, 16, 16, 3)
    assert asked == [
        f"https://storage.googleapis.com/download.tensorflow.org/data/{name}"
        for name in ("few.zip", "validation-few.zip")
    ]
    assert (keras / "few.zip.damaged").is_file()


def fetched_from(monkeypatch, published):
    """Keras' own fetching, played: file name -> bytes. Returns the addresses that are asked for."""
    asked = []

    def get_file(fname, origin, cache_subdir):
        asked.append(origin)
        path = Path(cache_subdir, fname)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(published[fname])
        return str(path)

    monkeypatch.setattr("keras.utils.get_file", get_file)
    return asked


@pytest.mark.parametrize("harm", ["longer", "other"])
def test_what_comes_with_other_bytes_than_published_is_not_taken(keras, monkeypatch, harm):
    told = tarred(FLOWERS)
    monkeypatch.setattr(FewFlowers, "parts", (published(told),))
    changed = told + b"x" if harm == "longer" else told[:-1] + bytes([told[-1] ^ 1])
    fetched_from(monkeypatch, {"few.tgz": changed})
    with pytest.raises(UserError) as caught:
        generated(FewFlowers(image_size=16))

    assert caught.value.code == "DATASET_OTHER_BYTES"
    assert ("bytes instead of" if harm == "longer" else "SHA-256") in caught.value.what
    assert not FewFlowers().is_here() and (keras / "few.tgz.damaged").is_file()


# ---- a TAR of class folders, and the gate that reads it


class FewFlowers(Flowers):
    """The same form with few images."""

    counts = ((1, 0, 2, 0, 1), (), ())
    parts = (Part("few.tgz", 0, f"{PUBLISHED}example_images/", 1),)


FLOWERS = {"f/tulips/b.png": 40, "f/roses/a.png": 10, "f/daisy/x.png": 90, "f/roses/z.png": 30}


def tarred(values, change=lambda header: header, **more):
    """A TAR packed by gzip: name -> grey value of every pixel, or the header of something else."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz", **more) as archive:
        for name, value in values.items():
            data = png(value)
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(change(header), io.BytesIO(data))
    return held.getvalue()


def published(data):
    return Part("few.tgz", 0, f"{PUBLISHED}example_images/", len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_flowers_are_fetched_and_read_as_their_script_reads_them(keras, monkeypatch, form):
    long = f"f/{'x' * 60}/{'y' * 60}/daisy/x.png"  # other forms say such a name in a block of its own
    values = {long if name == "f/daisy/x.png" else name: value for name, value in FLOWERS.items()}
    data = tarred(values | {"f/LICENSE.txt": 1}, format=form)
    monkeypatch.setattr(FewFlowers, "parts", (published(data),))
    asked = fetched_from(monkeypatch, {"few.tgz": data})
    dataset = FewFlowers(image_size=16)
    assert not dataset.is_here() and Flowers.megabytes == 229
    images, labels, split = generated(dataset)

    assert asked == ["https://storage.googleapis.com/download.tensorflow.org/example_images/few.tgz"]
    assert images[:, 0, 0, 0].tolist() == [40, 10, 90, 30] and labels.tolist() == [4, 2, 0, 2] and not split.any()
    given = {"np": np, "keras": SimpleNamespace(utils=SimpleNamespace(get_file=lambda file, *_, **__: keras / file))}
    exec(compile(dataset.source(), "script", "exec"), given)  # noqa: S102  running our own source is the test
    assert np.array_equal(given["images"], images) and np.array_equal(given["labels"], labels)


def linked(header):
    header.type, header.linkname, header.size = tarfile.SYMTYPE, "/etc/passwd", 0
    return header


def device(header):
    header.type, header.size = tarfile.CHRTYPE, 0
    return header


def endless_name():
    """A header that announces a name of a terabyte."""
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 1 << 40
    return header.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (tarred({"a/../../x.png": 1}), "TAR_UNSAFE_NAME"),
        (tarred({"/etc/x.png": 1}), "TAR_UNSAFE_NAME"),
        (tarred({"cat/x.png": 1}, linked), "TAR_LINK"),
        (tarred({"cat/x.png": 1}, device), "TAR_LINK"),
        (endless_name(), "TAR_CORRUPT"),
        (tarred(FLOWERS)[:-30], "TAR_CORRUPT"),
        (gzip.compress(tarfile.TarInfo("a/x.png").tobuf() + b"short"), "TAR_CORRUPT"),
        (b"no archive", "TAR_CORRUPT"),
        (b"", "TAR_CORRUPT"),
        (gzip.compress(bytes(1 << 20)), "TAR_CORRUPT"),
    ],
)
def test_a_tar_that_only_a_trap_or_an_accident_makes_is_refused_before_a_picture_is_read(tmp_path, data, code):
    (tmp_path / "x.tgz").write_bytes(data)
    with pytest.raises(UserError) as caught:
        tars.read_tar(tmp_path / "x.tgz")

    assert caught.value.code == code


def test_a_tar_that_unpacks_to_more_than_the_limit_stops_there(tmp_path, monkeypatch):
    monkeypatch.setattr(tars, "MAX_TOTAL", 100_000)
    header = tarfile.TarInfo("cat/x.png")
    header.size = 1 << 30
    (tmp_path / "x.tgz").write_bytes(gzip.compress(header.tobuf() + bytes(1 << 20)))
    with pytest.raises(UserError) as caught:
        tars.read_tar(tmp_path / "x.tgz")

    assert caught.value.code == "TAR_TOO_LARGE"


def test_files_of_a_tar_that_are_no_pictures_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(tars, "MAX_BYTES", 500)
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for name, data in {
            "a/x.png": png(1),
            "a/LICENSE.txt": b"words",
            ".DS_Store": b"",
            "a/y.png": bytes(501),
        }.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    with tars.read_tar(tmp_path / "x.tar") as archive:
        found = list(archive)

    assert [(item.name, isinstance(item, Member)) for item in found] == [
        ("a/x.png", True), ("a/LICENSE.txt", False), ("a/y.png", False),
    ]  # fmt: skip
    assert found[0].data == png(1) and archive.junk == {".DS_Store": 1}


@pytest.mark.parametrize("kind", [HorseOrHuman, RockPaperScissors, CatsAndDogs, Flowers])
def test_without_a_network_class_folders_say_where_their_files_may_be_put(keras, kind, network_leads_to):
    network_leads_to()
    with pytest.raises(UserError) as caught:
        generated(kind())

    assert caught.value.code == "DATASET_OFFLINE"
    assert kind.whole in caught.value.remedy and "KERAS_HOME" in caught.value.remedy
    assert all(part.file in caught.value.remedy for part in kind.parts)


def test_cats_and_dogs_come_in_one_zip_whose_folders_say_the_split(keras):
    class FewCats(CatsAndDogs):
        counts = ((1, 2), (1, 1), ())

    told = {"train/dogs/b.png": 30, "train/cats/a.png": 10, "train/dogs/a.png": 20, "validation/cats/q.png": 50}
    zipped(keras / "cats_and_dogs_filtered.zip", told | {"validation/dogs/q.png": 60}, "cats_and_dogs_filtered/")
    images, labels, split = generated(FewCats(image_size=16))

    assert images[:, 0, 0, 0].tolist() == [10, 20, 30, 50, 60]
    assert labels.tolist() == [0, 1, 1, 0, 1] and split.tolist() == [0, 0, 0, 1, 1]
    facts = CatsAndDogs().facts()
    assert (sum(facts.counts), sum(facts.validation_counts), CatsAndDogs.megabytes) == (2000, 1000, 69)
    assert sum(Flowers().facts().counts) == Flowers().facts().count == 3670


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
