"""Datasets: what they hold, that a seed repeats them, that the script reads the same, and how they are split."""

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import child
from core.datasets import (
    Dataset,
    images_at,
    is_prepared,
    load,
    prepare,
    prepare_in_child,
)
from core.datasets.digits import Digits
from core.datasets.keras_datasets import CIFAR10, MNIST, FashionMNIST
from core.datasets.own_images import OwnImages, find_upload, uploads
from core.datasets.shapes import NAMES, Shapes
from core.datasets.split import SPLITS, TEST, TRAIN, VALIDATION
from core.datasets.statistics import Values, class_counts, count_values, imbalance, split_of
from core.errors import UserError
from core.spec import kinds
from core.uploads import incoming

pytestmark = pytest.mark.usefixtures("work_is_done_here")


def picture(seed=0, size=(40, 30)):
    """A PNG of noise; `size` is (width, height)."""
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


PETS = {
    f"pets/{folder}/{n}.png": picture(10 * k + n) for k, folder in enumerate(("dog", "cat", "ant")) for n in range(4)
}


def zipped(entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    file.seek(0)
    return file


def received(entries=PETS, **settings):
    """The dataset that an upload of these files becomes."""
    arrived = incoming.receive_archive(zipped(entries), "pets.zip")
    return OwnImages(images_id=arrived.id, **({"image_size": 20} | settings))


def generated(dataset):
    return dataset.generate(lambda done, total: None)


def from_script(dataset):
    """The arrays that the dataset's lines of Python make."""
    names = {"np": np}
    if "keras." in dataset.source():
        import keras

        names["keras"] = keras
    exec(compile(dataset.source(), "script", "exec"), names)  # noqa: S102  running our own source is the test
    return names


# --- every kind that needs no network ---


@pytest.fixture(params=["digits", "shapes", "shapes-small", "own", "own-grey"])
def dataset(request):
    return {
        "digits": Digits,
        "shapes": lambda: Shapes(count=90, image_size=16, classes=5),
        "shapes-small": lambda: Shapes(count=41, image_size=12, classes=2, noise=0.0, drawing_seed=1),
        "own": received,
        "own-grey": lambda: received(color="grey", image_size=16),
    }[request.param]()


def test_arrays_have_the_form_that_the_facts_promise(dataset):
    facts = dataset.facts()
    images, labels, split = generated(dataset)

    assert images.shape == (facts.count, *facts.shape)
    assert (images.dtype, labels.dtype.kind, split.dtype) == (np.uint8, "i", np.int8)
    assert images.max() > 150 > 100 > images.min()
    assert set(labels) == set(range(len(facts.class_names)))
    assert set(split) <= {TRAIN, VALIDATION, TEST}
    assert (bool((split == VALIDATION).any()), bool((split == TEST).any())) == (facts.has_validation, facts.has_test)
    assert list(facts.class_names) == sorted(facts.class_names)


def test_the_same_settings_make_the_same_arrays(dataset):
    once, again = generated(dataset), generated(dataset)

    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))
    assert dataset.key() == type(dataset)(**{name: getattr(dataset, name) for name in type(dataset).model_fields}).key()


def test_the_script_reads_the_same_arrays(dataset):
    names = from_script(dataset)
    images, labels, split = generated(dataset)

    assert np.array_equal(names["images"], images) and names["images"].dtype == np.uint8
    assert np.array_equal(names["labels"], labels)
    assert np.array_equal(names["split"], split)
    assert tuple(names["class_names"]) == dataset.facts().class_names


def test_what_is_loaded_is_a_memory_map_of_what_was_generated(dataset):
    assert not is_prepared(dataset)
    data = load(dataset, 0.25, 3)
    images, labels, _ = generated(dataset)

    assert is_prepared(dataset)
    assert isinstance(data.images, np.memmap) and not data.images.flags.writeable
    assert np.array_equal(data.images, images)
    assert np.array_equal(data.labels, labels) and data.labels.dtype == np.int64
    assert data.class_names == dataset.facts().class_names
    assert dataset.caption(0).endswith("px") and dataset.words()


def test_preparing_in_a_process_gives_the_same(dataset, workspace):
    prepare_in_child(dataset)
    data = load(dataset)

    assert np.array_equal(data.images, generated(dataset)[0])
    assert not list((workspace / "datasets").glob(".*"))


def test_every_kind_says_what_it_is():
    for kind in kinds(Dataset).values():
        assert kind.title() and kind.family and kind.sentence().endswith(".")
    assert [kind.family for kind in kinds(Dataset).values()][0] == "Built in"


# --- digits, shapes, Fashion-MNIST ---


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    digits = load_digits()
    images, labels, _ = generated(Digits())

    assert np.array_equal(images[..., 0], np.rint(digits.images * 255 / 16))
    assert np.array_equal(labels, digits.target)


def test_digits_are_read_without_importing_scikit_learn():
    code = (
        "import sys; from core.datasets.digits import Digits; Digits().generate(print); print('sklearn' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=child.environment(), check=True
    )

    assert answer.stdout.strip() == "False"


def test_shapes_follow_their_seed_and_their_settings():
    small = {"count": 48, "image_size": 16}
    one, other = generated(Shapes(**small))[0], generated(Shapes(**small, drawing_seed=8))[0]
    longer = generated(Shapes(count=60, image_size=16))[0]

    assert not np.array_equal(one, other)
    assert np.array_equal(longer[:48], one), "more pictures must not change those that were there"
    assert Shapes(**small).key() != Shapes(**small, drawing_seed=8).key()


def test_shapes_of_each_kind_are_as_many_as_of_any_other():
    labels = generated(Shapes(count=100, image_size=12, classes=10))[1]

    assert np.ptp(np.bincount(labels)) <= 1
    assert set(Shapes(classes=10).facts().class_names) == set(NAMES)


def test_half_a_download_is_set_aside_and_fetched_anew(tmp_path, monkeypatch):
    from keras.datasets import fashion_mnist  # Keras remembers the KERAS_HOME with which it was imported

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    folder = tmp_path / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    whole = gzip.compress(bytes(50_000))
    (folder / "labels.gz").write_bytes(whole)
    (folder / "images.gz").write_bytes(whole[:30])
    images, labels = np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8)

    def load_data():
        """As Keras does: what lies there is taken for the whole."""
        if (folder / "images.gz").exists():
            raise EOFError
        return (images, labels), (images, labels)

    monkeypatch.setattr(fashion_mnist, "load_data", load_data)
    taken, _, split = FashionMNIST().generate(lambda done, total: None)

    assert taken.shape == (6, 28, 28, 1)
    assert split.tolist() == [0, 0, 0, 2, 2, 2]
    assert sorted(path.name for path in folder.iterdir()) == ["images.gz.damaged", "labels.gz"]


def test_fashion_is_that_of_keras(fashion):
    from keras.datasets import fashion_mnist

    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    data = load(FashionMNIST(), 0.1, 42)

    assert np.array_equal(data.images[:60_000, ..., 0], x_train) and np.array_equal(
        data.images[60_000:, ..., 0], x_test
    )
    assert np.array_equal(data.labels, np.concatenate([y_train, y_test]))
    assert (len(data.train), len(data.validation), len(data.test)) == (54_000, 6_000, 10_000)
    assert set(np.bincount(data.labels[data.validation])) == {600}
    names = from_script(FashionMNIST())
    assert np.array_equal(names["images"], data.images) and np.array_equal(names["labels"], data.labels)
    assert np.array_equal(names["split"], np.repeat([TRAIN, TEST], [60_000, 10_000]))


@pytest.mark.parametrize("kind", [MNIST, CIFAR10])
def test_without_a_network_there_is_one_sentence_and_nothing_is_left(
    kind, tmp_path, monkeypatch, network_leads_to, workspace
):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    network_leads_to()

    with pytest.raises(UserError) as caught:
        prepare_in_child(kind())

    assert caught.value.code == "DATASET_OFFLINE"
    assert "KERAS_HOME" in str(caught.value) and "Digits" in str(caught.value)
    assert not is_prepared(kind())
    assert list((workspace / "datasets").iterdir()) == []


# --- own images ---


def test_own_images_have_alphabetical_labels_and_know_their_origin():
    dataset = received()
    data = load(dataset)

    assert data.class_names == ("ant", "cat", "dog")
    names = find_upload(dataset.images_id).names
    assert all(name.split("/")[-2] == data.class_names[label] for name, label in zip(names, data.labels, strict=True))
    assert dataset.original_sizes().tolist() == [[40, 30]] * 12
    assert dataset.caption(0) == f"{names[0]}, 40x30 px"


def test_own_images_come_as_a_folder_too_and_leave_nothing_on_the_way(workspace):
    zip_id = received().images_id
    arrived = incoming.receive_folder((name, io.BytesIO(data)) for name, data in PETS.items())

    assert arrived.id == zip_id
    assert arrived.counts["train"] == {"ant": 4, "cat": 4, "dog": 4}
    assert list((workspace / "incoming").iterdir()) == []
    assert [upload.images_id for upload in uploads()] == [zip_id]
    assert uploads()[0].words() == "pets · 3 classes · 12 pictures"


def test_own_splits_are_kept():
    parts = {"train": 4, "validation": 2, "test": 1}
    entries = {
        f"p/{part}/{c}/{part}{n}.png": picture(k * 100 + n * 10 + ord(c))
        for part, k in parts.items()
        for c in "ab"
        for n in range(k)
    }
    dataset = received(entries)
    data = load(dataset, 0.5, 1)

    assert dataset.facts().has_validation and dataset.facts().has_test
    assert (len(data.train), len(data.validation), len(data.test)) == (8, 4, 2)
    assert class_counts(data).tolist() == [[4, 4], [2, 2], [1, 1]]


@pytest.mark.parametrize(
    ("entries", "code"),
    [({"pets/cat/1.png": picture()}, "DATASET_ONE_CLASS"), ({}, None), ({"a.txt": b"x"}, None), (None, None)],
)
def test_a_refused_upload_leaves_nothing(entries, code, workspace):
    file = io.BytesIO(b"this is no ZIP") if entries is None else zipped(entries)
    with pytest.raises(UserError) as caught:
        incoming.receive_archive(file, "pets.zip")

    assert caught.value.what and caught.value.remedy
    assert code in (None, caught.value.code)
    assert list((workspace / "incoming").iterdir()) == []
    assert uploads() == []


def test_own_images_that_are_not_here_say_so():
    for dataset, code in ((OwnImages(), "NO_PICTURES"), (OwnImages(images_id="a" * 32), "DATASET_NOT_FOUND")):
        with pytest.raises(UserError) as caught:
            load(dataset)
        assert caught.value.code == code


def test_a_picture_that_is_gone_is_said(workspace):
    dataset = received()
    find_upload(dataset.images_id).files[0].unlink()

    with pytest.raises(UserError, match="not on this machine"):
        load(dataset)
    assert list((workspace / "datasets").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "classes", "counts"),
    [
        ("rps-150px.zip", ("paper", "rock", "scissors"), (2016, 504, 372)),
        ("horse-or-human-150px.zip", ("horses", "humans"), (1027, 256, 0)),
    ],
)
def test_real_pictures(test_data, name, classes, counts):
    with (test_data / "datasets" / name).open("rb") as file:
        arrived = incoming.receive_archive(file, name)
    data = load(OwnImages(images_id=arrived.id, image_size=48), 0.2, 42)

    assert data.class_names == classes
    assert (len(data.train), len(data.validation), len(data.test)) == counts
    assert data.images.shape == (sum(counts), 48, 48, 3)


# --- preparing ---


def test_two_that_prepare_at_once_both_get_it(workspace):
    code = "from core.datasets import load; from core.datasets.shapes import Shapes; import hashlib; " \
           "print(hashlib.sha256(load(Shapes(count=200, image_size=16)).images.tobytes()).hexdigest())"  # fmt: skip
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=child.environment())
        for _ in "ab"
    ]
    answers = [process.communicate(timeout=200)[0].strip() for process in both]
    expected = hashlib.sha256(generated(Shapes(count=200, image_size=16))[0].tobytes()).hexdigest()

    assert answers == [expected, expected]
    assert [path.name for path in (workspace / "datasets").iterdir()] == [Shapes(count=200, image_size=16).key()]


def test_a_refusal_while_preparing_leaves_nothing(workspace, monkeypatch):
    def refuse(self, progress, empty=np.empty):
        empty((2, 12, 12, 3), np.uint8)[:] = 1
        raise UserError("No.", "Yes.", "NO")

    monkeypatch.setattr(Shapes, "generate", refuse)
    with pytest.raises(UserError, match="No"):
        prepare(Shapes())
    assert list((workspace / "datasets").iterdir()) == []


def test_a_disk_without_room_is_said(monkeypatch):
    monkeypatch.setattr(
        "core.workspace.shutil.disk_usage", lambda path: os.terminal_size((0, 0)) and type("Usage", (), {"free": 10})
    )
    with pytest.raises(UserError) as caught:
        prepare(Shapes())
    assert caught.value.code == "DISK_FULL"


def test_pictures_read_from_the_file_are_those_of_the_map():
    data = load(Shapes(count=40, image_size=12))
    positions = [3, 0, 39]

    assert np.array_equal(list(images_at(data.images, positions)), data.images[positions])
    assert np.array_equal(list(images_at(np.asarray(data.images).copy(), positions)), data.images[positions])


# --- statistics ---


def test_counts_by_split_add_up():
    data = load(Digits(), 0.2, 42)
    counts = class_counts(data)

    assert counts.shape == (len(SPLITS), 10)
    assert counts.sum(0).tolist() == np.bincount(data.labels).tolist()
    assert counts.sum(1).tolist() == [len(data.train), len(data.validation), 0]
    assert set(split_of(data)) == {TRAIN, VALIDATION}


def test_values_are_counted_from_a_bounded_sample():
    images = np.random.default_rng(0).integers(0, 256, (3000, 8, 8, 1), np.uint8)
    values = count_values(images)

    assert (values.sampled, values.total, values.counts.sum()) == (2000, 3000, 2000 * 64)
    assert abs(values.mean - 127.5) < 2 and abs(values.deviation - 73.9) < 2
    assert (values.low, values.high) == (0, 255)
    large = count_values(np.zeros((600, 200, 200, 3), np.uint8))
    assert large.counts.sum() <= 32_000_000 and large.sampled < 600


def test_counting_large_pictures_takes_little_memory():
    images = np.zeros((60, 300, 300, 3), np.uint8)
    tracemalloc.start()
    try:
        count_values(images)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_mean_and_deviation_are_those_of_numpy():
    images = np.random.default_rng(1).integers(20, 90, (30, 8, 8, 3), np.uint8)
    values = count_values(images)

    assert isinstance(values, Values)
    assert np.isclose(values.mean, images.mean()) and np.isclose(values.deviation, images.std())
    assert (values.low, values.high) == (images.min(), images.max())


def test_imbalance_is_told_from_three_times_on():
    def entries(cats):
        return {f"p/cat/{n}.png": picture(n) for n in range(cats)} | {
            f"p/dog/{n}.png": picture(100 + n) for n in range(2)
        }

    even = load(received(entries(6)), 0.0)
    uneven = load(received(entries(8)), 0.0)

    assert imbalance(even) == ""
    assert "cat has 4.0 times as many pictures as dog" in imbalance(uneven)
    assert "80 %" in imbalance(uneven)


def test_the_workspace_of_another_has_no_uploads(monkeypatch, tmp_path):
    dataset = received()
    monkeypatch.setenv("KERNELSCOPE_HOME", str(tmp_path / "other"))

    assert uploads() == []
    with pytest.raises(UserError):
        dataset.facts()
    assert not Path(tmp_path / "other" / "images").exists()
