"""An epoch seen from inside while it goes on: what is told is true, costs little, and changes nothing."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from core import datasets
from core.build.kernels import DIGITS, KERNELS, VALUES, fitting
from core.datasets import ImageData
from core.runs import doctor, layout, live
from core.runs.judging import Order, record_of
from core.runs.recorder import Recorder
from core.runs.records import line
from core.training import glimpses, loop
from core.training.glimpses import MOST_TILES, SHARE, by_class, shown, tile_positions
from core.training.loop import Trainer
from core.workspace import current
from tests.saved import here


def data_of(classes, each=40):
    """Data of so many classes, `each` validation images of each, in no order."""
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(classes), each))
    names = tuple(f"class {label}" for label in range(classes))
    every, none = np.arange(len(labels)), np.arange(0)
    return ImageData(np.zeros((len(labels), 2, 2, 1), np.uint8), labels, none, every, none, names)


@pytest.mark.parametrize(("classes", "tiles"), [(2, 24), (3, 24), (7, 21), (10, 20), (25, 25), (40, 40)])
def test_every_class_is_among_the_tiles_and_each_as_often_as_the_others(classes, tiles):
    data = data_of(classes)
    counts = np.bincount(data.labels[tile_positions(data)], minlength=classes)

    assert set(counts) == {tiles // classes}


def test_of_very_many_classes_the_tiles_show_some_evenly_spread():
    data = data_of(100, each=3)
    labels = data.labels[tile_positions(data)]

    assert len(set(labels)) == MOST_TILES
    assert (labels[0], labels[-1]) == (0, 99)
    assert set(np.diff(labels)) == {2, 3}


@pytest.mark.parametrize("classes", [2, 5, 40])
def test_the_matrix_of_an_epoch_is_that_of_scikit_learn(classes):
    rng = np.random.default_rng(classes)
    labels, answers = rng.integers(0, classes, 500), rng.random((500, classes)).astype(np.float32)
    told = by_class(labels, answers, classes)["confusion"]
    expected = confusion_matrix(labels, answers.argmax(1), labels=range(classes))

    np.testing.assert_array_equal(np.reshape(told, (classes, classes)), expected)


def test_one_probability_answers_for_the_second_of_two_classes():
    labels, answers = np.array([0, 0, 1, 1, 1]), np.array([[0.1], [0.9], [0.8], [0.5], [0.2]], np.float32)

    assert by_class(labels, answers, 2)["confusion"] == confusion_matrix(labels, [0, 1, 1, 0, 0]).ravel().tolist()
    assert shown(answers) == {"answers": [0, 1, 1, 0, 0], "confidence": [0.9, 0.9, 0.8, 0.5, 0.8]}


@pytest.mark.parametrize("classes", [2, 60])
def test_answers_that_are_no_numbers_are_counted_for_no_class(classes):
    answers = np.eye(classes, dtype=np.float32)
    answers[-1] = np.nan

    assert by_class(np.arange(classes), answers, classes) == {}


def test_of_more_classes_than_a_matrix_can_show_each_tells_how_often_it_is_right():
    labels, chosen = np.array([0, 0, 0, 50, 50, 7]), np.array([0, 0, 1, 50, 0, 7])
    told = by_class(labels, np.eye(60, dtype=np.float32)[chosen], 60)

    assert set(told) == {"class_accuracy"}
    assert [told["class_accuracy"][label] for label in (0, 7, 50)] == [0.6667, 1.0, 0.5]
    assert told["class_accuracy"].count(None) == 57


@pytest.mark.parametrize("side", [3, 11, 40])
def test_large_kernels_are_fewer_so_that_a_record_holds_them(side):
    planes = fitting(np.full((64, side, side), -0.123456, np.float32))

    assert len(planes) == min(KERNELS, VALUES // side**2) > 0
    assert len(line({"kernels": [round(float(value), DIGITS) for value in planes.ravel()]})) < 64 << 10


@pytest.fixture
def always(monkeypatch):
    """A look after every chunk."""
    monkeypatch.setattr(glimpses, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(glimpses, "SHARE", 1e9)
    monkeypatch.setattr(Trainer, "_steps_per_chunk", lambda self: 4)
    monkeypatch.setattr(loop, "STATUS_SECONDS", -1.0)


def test_a_glimpse_is_what_keras_answers_at_that_moment_and_the_kernels_it_has_then(small, always):
    run, told = here().create(small), []
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    with Recorder(run) as record:
        training = Trainer(small, record)
        look = record.glimpse

        def compared(**values):
            rows = training.model.predict(data.images[training.tiles], verbose=0)
            kernel = next(w.numpy() for w in training.model.weights if w.path.endswith("/kernel"))
            told.append((values, rows, np.moveaxis(kernel[:, :, 0, :KERNELS], -1, 0)))
            look(**values)

        record.glimpse = compared
        training.run()
    assert len(told) > 5
    for values, rows, kernels in told:
        assert values["answers"] == rows.argmax(1).tolist()
        np.testing.assert_allclose(values["confidence"], rows.max(1), atol=1e-4)
        np.testing.assert_allclose(np.reshape(values["kernels"], values["kernel_shape"]), kernels, atol=1e-4)
        assert (values["epoch"] - 1, values["batch"]) == divmod(values["step"], training.steps_per_epoch)


def test_the_view_shows_a_glimpse_until_its_epoch_is_told(small, always):
    run, seen = here().create(small), []
    with Recorder(run) as record:
        training = Trainer(small, record, lambda status: seen.append((record.known.get("batch"), live.of(run))))
        training.run()
    within = [view for batch, view in seen if view.glimpse and batch]
    last = live.of(run)

    assert within
    assert all(view.glimpse["step"] > (view.epoch["step"] if view.epoch else 0) for view in within)
    assert last.epoch["epoch"] == 2 and last.glimpse is None
    assert np.prod(last.start[1]) == len(last.start[0]) > 0


def test_the_looks_stay_within_their_share_of_the_training(monkeypatch):
    """A second of training a chunk, half a second a look, as a clock of our own tells."""
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], process_time=lambda: now[0])
    monkeypatch.setattr(glimpses, "time", clock)
    progress = SimpleNamespace(epoch=0, batch=1, step=1, trained_seconds=0.0)
    told = []

    def evaluate(positions):
        now[0] += 0.5
        return None, np.ones((1, 2), np.float32)

    training = SimpleNamespace(
        progress=progress,
        evaluate=evaluate,
        tiles=[0],
        control=SimpleNamespace(is_stepping=False),
        record=SimpleNamespace(glimpse=lambda **values: told.append(values)),
    )
    looking = glimpses.Glimpses([], SimpleNamespace(weights=[]))
    for _ in range(1000):
        now[0] += 1.0
        progress.trained_seconds += 1.0
        looking.look(training)

    assert 0.04 * 1000 < looking.taken[0] <= SHARE * 1000
    assert told[-1]["taken"][0] <= SHARE * told[-1]["of"][0]
    training.control.is_stepping = True
    before = len(told)
    looking.look(training)
    assert len(told) == before + 1  # who takes single steps sees what each did


GOOD = {"epoch": 1, "batch": 3, "step": 3, "answers": [1], "confidence": [0.5], "kernels": [], "kernel_shape": []}
BAD = {
    "no object": [1],
    "no number of an epoch": GOOD | {"epoch": 0},
    "answers without confidences": GOOD | {"confidence": []},
    "kernels without a shape": GOOD | {"kernels": [0.1]},
    "a shape that is not theirs": GOOD | {"kernels": [0.1] * 8, "kernel_shape": [2, 2, 3]},
    "a text for a number": GOOD | {"step": "3"},
    "numbers without end": GOOD | {"kernels": [0.5] * 5000, "kernel_shape": [5000]},
}


@pytest.mark.parametrize("told", [json.dumps(one) for one in BAD.values()] + ["", "{", "[" * 3000, '{"step": NaN}'])
def test_whatever_lies_in_the_place_of_a_glimpse_nobody_sees_it_and_the_doctor_moves_it_aside(small, told):
    run = here().create(small)
    path = run.path / layout.GLIMPSE
    path.write_text(json.dumps(GOOD))
    assert live.of(run).glimpse["batch"] == 3
    assert doctor.examine(current()) == []
    path.unlink()
    path.write_text(told)

    assert live.of(run).glimpse is None
    found = doctor.examine(current())
    assert [one.what for one in found] == ["glimpse.json is damaged."]
    assert doctor.repair(current(), found) == []
    assert not path.exists()


@pytest.mark.parametrize("wrong", [{"confusion": [1] * 8}, {"confusion": [1] * 4}, {"class_accuracy": [0.5] * 4}])
def test_a_matrix_of_other_classes_does_not_fit_and_costs_the_answers_alone(wrong):
    epoch = {"event": "epoch", "epoch": 1, "step": 1, "loss": 1, "accuracy": 0.5, "val_loss": 1, "val_accuracy": 0.5}
    order = Order(classes=3)

    assert not order.follows(record_of(epoch | wrong))
    assert order.follows(record_of(epoch | {"confusion": [1] * 9}))


def test_the_record_of_an_epoch_holds_the_matrix_of_its_validation_images(small):
    run = here().create(small)
    with Recorder(run) as record:
        Trainer(small, record).run()
    epoch = live.of(run).epoch
    matrix = np.reshape(epoch["confusion"], (10, 10))
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)

    np.testing.assert_array_equal(matrix.sum(1), np.bincount(data.labels[data.validation], minlength=10))
    assert np.trace(matrix) / matrix.sum() == pytest.approx(epoch["val_accuracy"])
