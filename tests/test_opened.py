"""Batch normalization, dropout and the training loss taken apart, against Keras and NumPy, on trained runs."""

from pathlib import Path

import keras
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import datasets
from core.augmentation.colour import RandomContrast
from core.augmentation.movement import RandomRotation
from core.build.model import build_augmentation, build_model
from core.build.weights import put
from core.datasets.split import each_alike, few_of_each
from core.experiment import Experiment
from core.experiment.comparison import differences
from core.experiment.node import Node
from core.figures import opened as figures
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.group import Group
from core.layers.pooling import MaxPooling2D
from core.layers.regularization import BatchNormalization, Dropout, SpatialDropout2D
from core.layers.reshaping import Flatten
from core.lens import process
from core.lens.batch_norm import NUMBERS, BatchNormOpened, BatchNormStory, normalized
from core.lens.dropout import MOST_MASKS, DropoutOpened, DropoutStory
from core.lens.loss_again import (
    ALIKE,
    ALONG,
    AT_END,
    AT_INFERENCE,
    UNCHANGED,
    LossAgain,
    LossCountedAgain,
    _Counter,
)
from core.lens.network import open_network
from core.optimization.class_weights import Balanced
from core.runs.recorder import Recorder
from core.training.loop import Trainer
from pages.components.understand.dropout import with_and_without
from tests import test_runs_page as runs_page
from tests.saved import here

ROOT = Path(__file__).resolve().parent.parent

BOTH = (Conv2D(filters=4), BatchNormalization(), MaxPooling2D(), Flatten(), Dropout(rate=0.4), Dense(units=16))
DRAW = np.random.default_rng(4)


@pytest.fixture(autouse=True, scope="module")
def workspace(tmp_path_factory):
    home = tmp_path_factory.mktemp("workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(home))
        yield home


def trained(layers, augmentations=(), **training):
    """A run of two epochs on the digits."""
    experiment = Experiment(layers=layers, augmentations=augmentations)
    settings = {"epochs": 2, "batch_size": 64, **training}
    run = here().create(experiment.edited(training=experiment.training.edited(**settings)))
    with Recorder(run) as record:
        assert Trainer(run.experiment, record).run() == "finished"
    return run


@pytest.fixture(scope="module")
def run(workspace):
    return trained(BOTH)


def test_batch_normalization_is_shown_as_keras_computes_it_and_is_not_moved_by_being_looked_at(run):
    network = open_network(run)
    before = network.weights("batch_normalization_1")
    story = BatchNormOpened(layer="batch_normalization_1", channel=3).look(network, np.zeros((0, 8, 8, 1), np.uint8))

    assert (story.epochs.tolist(), story.numbers.shape, story.pictures) == ([1, 2], (4, 2, 4), 64)
    assert story.trained == 8
    last = run.weights(2)
    for name, lines, now in zip(NUMBERS, story.numbers, story.now, strict=True):
        np.testing.assert_array_equal(lines[1], last[f"batch_normalization_1/{name}"])
        np.testing.assert_array_equal(network.weights("batch_normalization_1")[name], before[name])
        assert now == before[name][2]
    gamma, beta, mean, variance = map(float, story.now)
    own = story.moments[0].tolist()
    for values, (middle, spread) in ((story.training, own), (story.inference, (mean, variance))):
        expected = normalized(story.given, middle, spread, story.epsilon, gamma, beta)
        np.testing.assert_allclose(values, expected, rtol=1e-3, atol=1e-4)
    data = datasets.load(run.experiment.dataset, 0.2, run.experiment.seed)
    batch = np.array(data.images[data.train[:64]], np.float32)
    layer = keras.Model(network.model.input, network.model.get_layer("conv2d_1").output)
    np.testing.assert_allclose(story.moments[0][0], np.asarray(layer(batch))[..., 2].mean(), rtol=1e-4)


def test_a_fresh_batch_normalization_is_worked_out_as_keras_does():
    layer, values = keras.layers.BatchNormalization(), np.array([1.0, 2.0])
    inference = np.asarray(layer(values[:, None].astype(np.float32), training=False))[:, 0]
    training = np.asarray(layer(values[:, None].astype(np.float32), training=True))[:, 0]

    np.testing.assert_allclose(normalized(values, 0, 1, 0.001, 1, 0), [0.9995, 1.999], atol=1e-4)
    np.testing.assert_allclose(normalized(values, 0, 1, 0.001, 1, 0), inference, atol=1e-6)
    np.testing.assert_allclose(normalized(values, 1.5, 0.25, 0.001, 1, 0), training, atol=1e-5)
    np.testing.assert_allclose(training, [-1, 1], atol=0.003)
    two = BatchNormalization()
    assert (two.parameters((2,)), two.non_trainable((2,))) == (8, 4)


def test_dropout_shows_whom_a_mask_silences_and_the_mean_of_many_comes_back(run):
    story = DropoutOpened(layer="dropout_1", masks=100).look(open_network(run), np.zeros((0, 8, 8, 1), np.uint8))

    assert story.kept.mean() == pytest.approx(0.6, abs=0.06)
    assert set(np.unique(story.kept)) == {0.0, 1.0}
    np.testing.assert_allclose(story.after, story.given * story.kept / 0.6, rtol=1e-5)
    assert np.sqrt(np.mean((story.mean - story.given) ** 2)) == pytest.approx(story.misses[99], rel=1e-3)
    np.testing.assert_allclose(story.misses, story.expected, rtol=0.25)
    assert len(story.misses) == MOST_MASKS


def test_the_pair_with_and_without_dropout_differs_in_nothing_but_its_rate(run):
    pair = with_and_without(run.experiment)

    assert [row.values for row in differences(pair)] == [("Dropout 0.4", "Dropout 0")]
    assert [one.name for one in pair] == ["My network, with dropout", "My network, dropout off"]
    assert pair[0].seed == pair[1].seed
    group = Group(nodes=(Node(id="d", layer=Dropout()), Node(id="s", layer=SpatialDropout2D())))
    _, off = with_and_without(Experiment(layers=(group, Flatten())))
    assert [part.layer.rate for part in off.layers[0].expand((8, 8, 1))] == [0, 0]


def test_the_training_loss_counted_again_is_what_keras_evaluates(run):
    found = LossCountedAgain(work=10_000).look(open_network(run), np.zeros((0, 8, 8, 1), np.uint8))
    data = datasets.load(run.experiment.dataset, 0.2, run.experiment.seed)
    records = run.metrics().epochs

    model = build_model(run.experiment, run.experiment.dataset.facts())
    model.compile(loss="sparse_categorical_crossentropy")
    for epoch, again, validation in zip(found.epochs, found.again, found.validation, strict=True):
        put(model, run.weights(int(epoch)))
        for split, counted in ((data.train, again), (data.validation, validation)):
            expected = model.evaluate(np.array(data.images[split], np.float32), data.labels[split], verbose=0)
            assert counted == pytest.approx(expected, rel=1e-3)
    np.testing.assert_allclose(found.told, [record["loss"] for record in records], rtol=1e-6)
    assert [words for words, _ in found.steps] == [ALONG, AT_END, AT_INFERENCE]
    assert found.steps[0][1] == pytest.approx(records[1]["loss"])
    assert found.steps[-1][1] == pytest.approx(float(found.again[-1]), rel=1e-5)
    # Dropout makes the loss larger while it acts, and this network still learned within its second epoch.
    assert found.steps[0][1] > found.steps[1][1] > found.steps[2][1]
    assert (found.pictures, found.all_pictures) == (len(data.train), len(data.train))


def test_without_layers_that_differ_in_training_the_gap_is_of_averaging_and_class_weights_alone():
    run = trained((Flatten(),), class_weight=Balanced())
    found = LossCountedAgain(work=1).look(open_network(run, 1), np.zeros((0, 8, 8, 1), np.uint8))

    assert (found.epoch, [words for words, _ in found.steps]) == (1, [ALONG, AT_END, ALIKE])
    assert found.steps[-1][1] == pytest.approx(float(found.again[0]), rel=1e-5)


def test_where_few_images_are_learnt_from_or_classes_are_sampled_alike_the_loss_is_counted_over_those():
    alike = {"sampling": "each class alike", "class_weight": Balanced()}
    run = trained((Flatten(),), epochs=1, images_per_class=12, **alike)
    found = LossCountedAgain(work=10_000).look(open_network(run, 1), np.zeros((0, 8, 8, 1), np.uint8))
    data = datasets.load(run.experiment.dataset, 0.2, run.experiment.seed)
    learnt = each_alike(data.labels, few_of_each(data.labels, data.train, 12, 42), 42)
    model = build_model(run.experiment, run.experiment.dataset.facts())
    model.compile(loss="sparse_categorical_crossentropy")
    put(model, run.weights(1))

    expected = model.evaluate(np.array(data.images[learnt], np.float32), data.labels[learnt], verbose=0)
    assert (run.experiment.seed, found.pictures, found.all_pictures) == (42, 120, 120)
    assert found.again[0] == pytest.approx(expected, rel=1e-3)
    assert [words for words, _ in found.steps] == [ALONG, AT_END], "of classes that are alike none counts more"


def test_each_share_of_the_gap_is_what_keras_evaluates_while_pictures_are_changed_at_random():
    changes = (RandomRotation(factor=0.1), RandomContrast(factor=0.4))
    run = trained((Conv2D(filters=4), BatchNormalization(), Flatten(), Dense(units=16)), changes, epochs=1)
    experiment = run.experiment
    found = LossCountedAgain(work=10_000).look(open_network(run), np.zeros((0, 8, 8, 1), np.uint8))

    data = datasets.load(experiment.dataset, 0.2, experiment.seed)
    at = np.random.default_rng(experiment.seed).permutation(data.train)
    pictures, labels = np.array(data.images[at], np.float32), data.labels[at]
    change = build_augmentation(experiment)
    batches = [change(pictures[start : start + 64]) for start in range(0, len(pictures), 64)]
    model = build_model(experiment, experiment.dataset.facts())
    put(model, run.weights(1))
    model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy")  # a rate of 0: only what fit counts
    changed = np.concatenate(batches)
    expected = model.fit(changed, labels, batch_size=64, shuffle=False, verbose=0).history["loss"]
    put(model, run.weights(1))
    expected += [model.evaluate(seen, labels, verbose=0) for seen in (changed, pictures)]

    assert [words for words, _ in found.steps] == [ALONG, AT_END, AT_INFERENCE, UNCHANGED]
    np.testing.assert_allclose([loss for _, loss in found.steps[1:]], expected, rtol=1e-3)
    assert len(set(np.round(expected, 3))) == 3, "each change is a share of its own"
    assert found.again[-1] == pytest.approx(expected[-1], rel=1e-3)


def test_the_gap_of_a_run_in_mixed_precision_is_counted_in_that_precision():
    run = trained((Flatten(), Dense(units=16)), epochs=1, precision="mixed_bfloat16")
    counter = _Counter(open_network(run), datasets.load(run.experiment.dataset, 0.2, run.experiment.seed), 300)
    assert {layer.compute_dtype for layer in counter.model.layers[1:-1]} == {"bfloat16"}
    put(counter.model, run.weights(1))
    counter.positions = datasets.load(run.experiment.dataset, 0.2, run.experiment.seed).validation
    assert counter.loss() == pytest.approx(run.metrics().epochs[-1]["val_loss"], rel=1e-4)


class Launcher:
    """Stands for the launcher: trains what it is asked to at once, in this process."""

    def ask(self, run, asker=""):
        with Recorder(run) as record:
            assert Trainer(run.experiment, record).run() == "finished"

    def lacks(self, run):
        return ""


def test_without_dropout_is_one_click_that_trains_both_and_lays_their_curves_over_each_other(run, monkeypatch):
    def ask(question, **fields):
        return process.ask({"question": question, "uploads": [], **fields}, b"")

    monkeypatch.setattr("pages.components.runs.launching.launcher", Launcher)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.ask", ask)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.query_params["run"] = run.id
    app = app.run().switch_page("pages/4_Understand/2_Look_inside.py").run()
    next(box for box in app.selectbox if box.label == "Look with").set_value("dropout").run()
    next(one for one in app.button if one.label == "Train it with and without dropout").click()
    app.run()

    assert not app.exception
    assert [one.value for one in app.title] == ["Runs"]
    pair = [one for one in here().newest() if one.notes().family]
    assert {one.status().state for one in pair} == {"finished"}
    lines = {one["name"]: one for one in runs_page.lines(app)}
    assert set(lines) == {"My network, with dropout", "My network, dropout off"}
    assert all(len(one["val_loss"]) == 2 for one in lines.values())
    (row,) = runs_page.component(app, "columns", "names")["rows"]
    assert sorted(row["values"]) == ["Dropout 0", "Dropout 0.4"]


STORIES = {
    "batch norm": BatchNormStory(
        "batch_normalization_1", 0.001, 1, np.array([1, 2, 5], np.int32),
        DRAW.random((4, 3, 6)).astype(np.float32), *DRAW.normal(size=(3, 90)).astype(np.float32),
        np.ones((3, 2), np.float32), 32, np.ones(4, np.float32), 12,
    ),
    "dropout": DropoutStory(
        "dropout_1", 0.4, False, 10,
        *DRAW.random((4, 3, 8)).astype(np.float32), *DRAW.random((2, 200)).astype(np.float32),
    ),
    "loss": LossAgain(
        np.array([1, 2], np.int32), np.array([0.9, 0.6], np.float32), np.array([0.6, 0.4], np.float32),
        np.array([0.7, 0.5], np.float32), 2, ((ALONG, 0.6), (AT_END, 0.55), (AT_INFERENCE, 0.4)), 200, 300,
    ),
}  # fmt: skip


def drawn(name):
    """A page that draws one story and nothing else."""
    from types import SimpleNamespace

    from core.experiment import Experiment
    from pages.components.understand import results
    from tests.test_opened import BOTH, STORIES

    looking = SimpleNamespace(run=SimpleNamespace(experiment=Experiment(layers=BOTH)), key=str)
    results.drawing(type(STORIES[name]))(STORIES[name], looking)


@pytest.mark.parametrize("name", STORIES)
def test_what_was_taken_apart_is_told_in_numbers(name):
    app = AppTest.from_function(drawn, args=(name,), default_timeout=60).run()
    told = " ".join(one.value for one in (*app.markdown, *app.caption)).replace("\\", "")

    assert not app.exception
    if name == "batch norm":
        assert "12 numbers are trained" in told
        assert "makes 0.9995 and 1.999 at inference" in told
        assert "-0.998 and 0.998 in training" in told
    elif name == "dropout":
        assert "drops each value with rate 0.4, so it keeps it with keep_prob 0.6 = 1 − 0.4" in told
        assert [one.label for one in app.button] == ["Train it with and without dropout"]
    else:
        assert list(app.table[0].value["change"]) == ["", "−0.0500", "−0.1500"]
        assert "0.1000 below the training loss; counted alike, it is 0.1000 above it" in told
        assert "0.2000, comes from when and how it is counted" in told


@pytest.mark.parametrize(("count", "marked"), [(1, [1]), (3, [1, 2, 3]), (25, [1, 4, 7, 10, 13, 16, 19, 22, 25])])
def test_an_axis_of_epochs_names_whole_epochs_only(count, marked):
    epochs = np.arange(1, count + 1, dtype=np.int32)
    figure = figures.losses(epochs, epochs * 0.1, epochs * 0.2, epochs * 0.3, 1)
    assert list(figure.layout.xaxis.tickvals) == marked
