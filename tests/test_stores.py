"""Stores: the same images as class folders, HDF5, LMDB and TFRecord, bit for bit back, and read by the shown lines."""

import json
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from collections import namedtuple

import numpy as np
import pytest

from core import child, workspace
from core.datasets import load
from core.datasets.digits import Digits
from core.datasets.own_images import OwnImages
from core.datasets.shapes import Shapes
from core.stores import Content, content_of, files, find, lmdb_store, measuring, stores
from core.stores.class_folders import folder_names
from core.stores.crc32c import crc32c, masked
from core.uploads import incoming
from core.workspace import current
from tests.pets import refusal

ODD = ("zebra", "a/b\\..", "CON", "é 漢", "Zebra", "", "x" * 300)
"""Names of classes in no order, of which few may be names of folders."""


def content(shape=(6, 5, 3), counts=(20, 9, 4), names=ODD):
    images = np.random.default_rng(1).integers(0, 256, (sum(counts), *shape), dtype=np.uint8)
    labels = np.random.default_rng(2).integers(0, len(names), sum(counts))
    return Content(shape, labels, counts, names, lambda: iter(images))


def same(found, wanted):
    pairs = zip(found, wanted.images(), wanted.labels, strict=True)
    return all(np.array_equal(image, right) and label == told for (image, label), right, told in pairs)


@pytest.mark.parametrize("word", stores())
def test_what_is_stored_comes_back_bit_for_bit_in_order_and_one_by_one(word, tmp_path):
    for number, told in enumerate((content(), content((28, 28, 1), (5, 0, 700), ("b", "a")), content((60, 60, 3)))):
        folder, seen = tmp_path / str(number), []
        folder.mkdir()
        find(word).write(folder, told, lambda done, total, seen=seen: seen.append((done, total)))

        with find(word).open(folder) as reader:
            assert (reader.counts, reader.class_names) == (told.counts, told.class_names)
            assert same(reader.in_order(), told)
            assert same(map(reader.at, range(len(reader))), told)
            with pytest.raises((IndexError, TypeError)):
                reader.at(len(told.labels))
        assert measuring.is_identical(find(word), folder, told)
        assert seen[-1] == (len(told.labels), len(told.labels))


@pytest.mark.parametrize("word", stores())
def test_a_changed_pixel_label_split_or_name_is_noticed(word, tmp_path):
    told = content()
    find(word).write(tmp_path, told)
    images = np.stack(list(told.images()))
    images[-1, 0, 0, 0] ^= 1

    for changes in (
        {"images": lambda: iter(images)}, {"labels": (told.labels + 1) % 7}, {"counts": (19, 10, 4)},
        {"class_names": ODD[::-1]},
    ):  # fmt: skip
        other = Content(**{name: getattr(told, name) for name in Content.__dataclass_fields__} | changes)
        assert not measuring.is_identical(find(word), tmp_path, other)


@pytest.mark.parametrize("word", stores())
def test_memory_does_not_grow_with_the_number_of_images(word, tmp_path):
    def drawn():
        for seed in range(300):
            yield np.full((128, 128, 3), seed % 256, np.uint8)

    told = Content((128, 128, 3), np.arange(300) % 2, (200, 100, 0), ("a", "b"), drawn)
    find(word).write(tmp_path, content(counts=(1, 1, 1)))  # what is imported once counts for nothing
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    tracemalloc.start()
    try:
        find(word).write(tmp_path, told)
        with find(word).open(tmp_path) as reader:
            assert sum(1 for _ in reader.in_order()) == 300
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert told.size > 14e6
    assert peak < 9e6


def test_check_sums_are_those_of_the_standard():
    """RFC 3720, appendix B.4, and the usual check value."""
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E
    assert masked(bytes(32)) == ((0x8A9136AA >> 15 | 0x8A9136AA << 17) + 0xA282EAD8) % 2**32


LINES = """
import json, os, sys
import numpy as np
told = {}
for word, lines in json.load(sys.stdin).items():
    names = {}
    os.chdir(os.path.join(sys.argv[1], word))
    exec(lines, names)
    if "dataset" in names:
        pairs = list(names["dataset"].as_numpy_iterator())
        names["images"], names["labels"] = [image for image, _ in pairs], [label for _, label in pairs]
    images, labels = np.stack(names["images"]), np.array(names["labels"])
    order = np.argsort(labels, kind="stable")  # class folders come class by class
    told[word] = [images[order].tolist(), labels[order].tolist(), list(names["class_names"])]
print(json.dumps(told))
"""


def test_the_lines_that_are_shown_read_what_was_stored(tmp_path):
    """As a learner runs them; what is read as TFRecord is checked by TensorFlow, its check sums too."""
    told = content(names=ODD[:5])
    for word, store in stores().items():
        (tmp_path / word).mkdir()
        store.write(tmp_path / word, told)
    lines = json.dumps({word: store.reading() for word, store in stores().items()})
    done = subprocess.run(
        [sys.executable, "-c", LINES, str(tmp_path)],
        input=lines, env=child.environment(), capture_output=True, text=True, timeout=200,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-2000:]
    labels = told.labels[:20]
    order = np.argsort(labels, kind="stable")
    wanted = [np.stack(list(told.images()))[:20][order].tolist(), labels[order].tolist(), list(ODD[:5])]
    assert json.loads(done.stdout.splitlines()[-1]) == dict.fromkeys(stores(), wanted)
    assert max(len(store.reading().splitlines()) for store in stores().values()) <= 16


def test_lmdb_grows_when_its_map_is_full_and_keeps_the_order_of_its_keys(tmp_path, monkeypatch):
    import lmdb

    monkeypatch.setattr(lmdb_store, "_estimated", lambda content: 1 << 14)
    monkeypatch.setattr(lmdb_store, "HELD", 1 << 14)
    told = content((20, 20, 3), (90, 20, 12))
    find("lmdb").write(tmp_path, told)

    assert measuring.is_identical(find("lmdb"), tmp_path, told)
    assert [path.name for path in (tmp_path / "data.lmdb").iterdir()] == ["data.mdb"]
    with lmdb.open(str(tmp_path / "data.lmdb"), readonly=True, lock=False) as table, table.begin() as reader:
        assert list(reader.cursor().iternext(values=False)) == [*map(lmdb_store.key, range(122)), b"about"]


def test_the_pages_that_lmdb_takes_are_those_that_are_told(tmp_path):
    for number, side in enumerate((8, 25, 26, 36, 64)):
        told = content((side, side, 3), (300, 0, 0), ("a", "b"))
        (tmp_path / str(number)).mkdir()
        find("lmdb").write(tmp_path / str(number), told)
        each = (tmp_path / str(number) / "data.lmdb" / "data.mdb").stat().st_size / 300
        pages = lmdb_store.pages(told.shape)

        assert pages * 4096 <= each <= pages * 4096 + (500 if pages else 2200), side


def test_folders_have_names_that_every_system_takes_and_no_two_are_alike():
    names = folder_names((*ODD, "..", "zebra.", "con.txt", "cats & dogs", "horse"))

    assert names[0] == "zebra"
    assert names[-2:] == ["cats & dogs", "horse"]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(name.isascii() and len(name) < 256 and not set(name) & set('/\\:*?"<>|') for name in names)
    assert not {"CON", "..", ""} & {name.upper().split(".txt")[0] for name in names}
    assert not any(name.endswith((".", " ")) for name in names)


def test_png_refuses_channels_that_it_does_not_have_and_names_the_others(tmp_path):
    told = content((4, 4, 5))

    assert refusal(lambda: find("folders").write(tmp_path, told)).code == "STORE_CHANNELS"
    assert refusal(lambda: find("zarr")).code == "STORE_UNKNOWN"


def test_a_dataset_is_stored_with_its_split_and_a_sample_is_spread_over_it():
    data = load(Digits(), 0.2, 3)
    told, some = content_of(data), content_of(data, 100)

    assert told.counts == (len(data.train), len(data.validation), 0)
    assert np.array_equal(told.labels, data.labels[np.concatenate([data.train, data.validation])])
    assert np.array_equal(next(told.images()), data.images[data.train[0]])
    assert some.counts == (80, 19, 0)
    assert len(np.unique(some.labels)) == 10
    watched = content_of(load(Digits(), 0.0, 3))
    assert watched.counts == (1797, 0, 0)


def test_every_store_is_measured_and_gives_back_what_it_was_given(monkeypatch):
    monkeypatch.setattr(measuring, "AT_LEAST", 0.0)
    monkeypatch.setattr(measuring, "MOST", 200)
    found = measuring.measure_here(Shapes(), 0.2, 0, lambda done, total: None)

    assert [one.word for one in found.stores] == list(stores())
    assert all(one.is_identical for one in found.stores)
    assert 198 <= found.count <= 200 < found.total
    folders, hdf5, packed, lmdb, tfrecord = found.stores
    raw = found.count * int(np.prod(found.shape))
    assert folders.files == found.count + 1
    assert folders.on_disk >= folders.files * 512
    assert raw <= hdf5.content <= 1.2 * raw + 20_000
    assert packed.content < hdf5.content
    assert lmdb.content >= raw
    assert raw < tfrecord.content < 1.1 * raw + 1000
    assert folders.file_seconds > 0 == hdf5.file_seconds
    assert not list((current().home / child.SCRATCH).glob("[!.]*"))


def test_a_stored_dataset_is_one_file_and_class_folders_come_back_as_the_same_images(monkeypatch):
    few = Shapes(count=40)
    made = files.make(few, 0.2, 0, "folders")
    with made.path.open("rb") as file:
        brought = incoming.receive_archive(file, made.name)
    again = load(OwnImages(images_id=brought.id, image_size=32), 0.2, 0)
    data = load(few, 0.2, 0)

    assert made.name == "colour-shapes-folders.zip"
    with zipfile.ZipFile(made.path) as file:
        assert {name.split("/")[0] for name in file.namelist()} == {"colour-shapes"}
    assert again.class_names == data.class_names
    for part in ("train", "validation"):  # by class, then in their order
        there, here = again.positions(part), data.positions(part)
        here = here[np.argsort(data.labels[here], kind="stable")]
        assert np.array_equal(again.images[there], data.images[here])
        assert np.array_equal(again.labels[there], data.labels[here])
    hdf5 = files.produce(Digits(), 0.2, 0, find("hdf5"), lambda done, total: None)
    assert hdf5.read_bytes()[:8] == b"\x89HDF\r\n\x1a\n"


@pytest.mark.parametrize("word", ["hdf5", "hdf5-gzip", "lmdb"])
def test_the_one_file_that_is_fetched_is_read_under_the_name_that_it_gets(word, tmp_path, monkeypatch):
    few, store = Shapes(count=40), find(word)
    data = load(few, 0.2, 0)
    made = files.produce(few, 0.2, 0, store, lambda done, total: None)
    assert made.suffix == store.ending
    name = files.file_name(few, store, made.suffix)
    shutil.copy(made, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    found = {}
    exec(store.reading(name), found)

    assert np.array_equal(np.stack(found["images"]), data.images[data.train])
    assert list(found["labels"]) == data.labels[data.train].tolist()
    assert tuple(found["class_names"]) == data.class_names


def test_a_full_disk_is_said_before_anything_is_stored(monkeypatch):
    load(Digits(), 0.2, 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: namedtuple("Usage", "total used free")(1, 1, 1000))
    full = refusal(lambda: files.produce(Digits(), 0.2, 0, find("lmdb"), lambda done, total: None))
    assert (full.code, "1.4 MB" in full.what) == ("DISK_FULL", True)
    assert not list((workspace.current().home / child.SCRATCH).glob(f"{workspace.STAGING}*"))
