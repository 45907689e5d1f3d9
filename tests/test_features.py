"""The frozen part of a network, and training on its features: the same losses and bits, whatever becomes of them."""

import errno
import shutil

import numpy as np
import pytest

from core import holdings, workspace
from core.augmentation.movement import RandomFlip
from core.build import pretrained
from core.build.model import build_model
from core.corrections.images import Exclude
from core.datasets import Facts, load, views
from core.datasets.shapes import Shapes
from core.experiment import Experiment, Training, frozen, memory
from core.experiment.frozen import frozen_part, kept_part
from core.experiment.network import trace
from core.experiment.node import Node
from core.layers.activation import Activation
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.joining import Add, Concatenate
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.regularization import Dropout
from core.layers.rescaling import Rescaling
from core.layers.reshaping import Flatten
from core.optimization.optimizers import Adam
from core.runs import pace, states, work
from core.runs.recorder import Recorder
from core.training import extraction, features, loop
from core.workspace import current
from tests.saved import here

HEAD = Dense(units=3, activation="softmax")
SMALL = MobileNetV2(alpha=0.35, weights=None, cut="block_5_add")
"""A base that needs no file: its fresh weights are frozen, too."""
TINY = SMALL.edited(cut="expanded_conv_project_BN")
POOL = GlobalAveragePooling2D()


def part_of(*network):
    return frozen_part(trace((96, 96, 3), network, HEAD))


def graph(**nodes):
    return [Node(id=name, layer=layer, inputs=tuple(inputs)) for name, (layer, *inputs) in nodes.items()]


# ---- what is frozen


def test_a_frozen_base_and_what_has_nothing_to_learn_after_it_are_the_frozen_part():
    part = part_of(SMALL, POOL, Activation(activation="relu"), Dropout(rate=0.2))

    assert [row.kind for row in part.rows[-3:]] == ["Add", "GlobalAveragePooling2D", "Activation"]
    assert part.shape == (16,) and part.bytes_of(10) == 640
    assert [row.kind for row in part.rest] == ["Dropout", "Dense"]


@pytest.mark.parametrize(
    ("learns", "border"),
    [
        ("block_5_project_BN", "block_4_add"),  # block_5_add reads it, too: within a residual the part ends before it
        ("block_4_depthwise", "block_3_project_BN"),
        ("block_3_project", "block_3_depthwise_relu"),
        ("", "block_5_add"),
    ],
)
def test_the_part_ends_at_a_single_tensor_before_the_first_layer_that_learns(learns, border):
    assert part_of(SMALL.edited(trainable_from=learns), Conv2D(filters=2), POOL).border.part == border


def test_nothing_is_kept_of_what_is_cheap_learns_or_is_passed_by():
    own = Conv2D(filters=16, strides=8, padding="same")
    joined = graph(base=(SMALL, "image"), own=(own, "image"), both=(Concatenate(), "base", "own"), pool=(POOL, "both"))

    assert part_of(Rescaling(), Flatten()) is None
    assert part_of(Conv2D(filters=64), Conv2D(filters=64), POOL) is None
    assert part_of(SMALL.edited(trainable_from="Conv1"), POOL) is None
    assert part_of(*joined) is None  # the image is read beside the base, too
    assert "more than the last" in features.why_not(Experiment(), trace((96, 96, 3), joined, HEAD))
    own = Conv2D(filters=16, padding="same")
    twice = graph(base=(SMALL, "image"), own=(own, "base"), sum=(Add(), "base", "own"), pool=(POOL, "sum"))
    assert part_of(*twice).border.part == "block_5_add"


def test_augmented_images_are_computed_anew_unless_versions_of_them_are_kept(tiny):
    experiment = photos(augmentations=(RandomFlip(),))
    traced = experiment.trace(experiment.dataset.facts())

    assert kept_part(experiment, traced) is None
    assert features.why_not(experiment, traced).startswith("Images are augmented anew")
    training = experiment.training.edited(feature_draws=2)
    assert kept_part(experiment.edited(training=training), traced).border.kind == "GlobalAveragePooling2D"


def test_memory_and_seconds_count_what_learns_and_what_a_step_computes():
    whole = photos(layers=(SMALL.edited(trainable_from="Conv1"), POOL))
    frozen_one = photos(layers=(SMALL, POOL))
    traced, theirs = (one.trace(one.dataset.facts()) for one in (frozen_one, whole))
    told, more = (memory.estimate(one, 32, 2) for one in (traced, theirs))

    assert told.optimizer == traced.trainable * 8 and more.optimizer == theirs.trainable * 8 > 100 * told.optimizer
    assert told.gradients < more.gradients / 100 and told.activations < more.activations / 3
    kept_adds = sum(one.adds for one in work.of_step(frozen_one, traced))
    assert kept_adds == pytest.approx(traced.rows[-1].multiply_adds * 16 / 1e9)
    augmented = frozen_one.edited(augmentations=(RandomFlip(),))
    assert sum(one.adds for one in work.of_step(augmented, traced)) > 100 * kept_adds
    cost = pace.feature_cost(frozen_one, None)
    assert (cost.count, cost.size, cost.seconds) == (90, 90 * 16 * 4, None)
    drawn = pace.feature_cost(augmented, None, draws=3)
    assert drawn.count == 3 * 72 + 90 and pace.feature_cost(augmented, None) is None
    load(augmented.dataset)  # from here on what is learnt from is known, and an epoch may take few of it
    few = augmented.edited(training=augmented.training.edited(images_per_class=2))
    assert pace.feature_cost(few, None, draws=3).count == 3 * 72 + 90
    mended = augmented.edited(dataset=augmented.dataset.edited(corrections=(Exclude(images="0-9"),)))
    data = load(mended.dataset, mended.training.validation_split, mended.seed)
    assert pace.feature_cost(mended, None, draws=3).count == 3 * len(data.train) + 90, (
        "what is left out lies there, too"
    )
    assert pace.what_costs(frozen_one) != pace.what_costs(photos(layers=(SMALL, POOL), draws=2))


# ---- what it gives


@pytest.mark.parametrize(("alpha", "side"), [(0.35, 96)])
def test_features_of_folded_layers_are_keras_features(alpha, side):
    import keras

    base, facts = MobileNetV2(alpha=alpha), Facts((side, side, 3), ("a", "b"), 4)
    if not pretrained.place(base.file(facts.shape)).is_file():
        pytest.skip("KERAS_HOME does not hold these weights")
    experiment = Experiment(layers=(base, POOL))
    model, traced = build_model(experiment, facts), experiment.trace(facts)
    pretrained.begin(model, traced)
    images = np.random.default_rng(0).integers(0, 256, (6, side, side, 3), np.uint8)
    theirs = keras.applications.MobileNetV2(input_shape=(side, side, 3), include_top=False, alpha=alpha, pooling="avg")

    ours = extraction.Extraction(model, frozen_part(traced).rows).of(images)
    wanted = theirs(keras.applications.mobilenet_v2.preprocess_input(images.astype("float32")))
    np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(model(images), keras.Model(model.input, model.output)(images), rtol=0)  # left as it was


# ---- training on it


@pytest.fixture
def tiny(monkeypatch):
    """Features are kept also of what is cheap."""
    monkeypatch.setattr(frozen, "LEAST", 1000)


def photos(*, draws=0, epochs=3, **more):
    training = Training(optimizer=Adam(learning_rate=0.01), epochs=epochs, batch_size=16, feature_draws=draws)
    layers = more.pop("layers", (TINY, POOL, Dropout(rate=0.2)))
    return Experiment(dataset=Shapes(count=90, image_size=48, classes=3), layers=layers, training=training, **more)


def train(experiment, run=None, stop_at=0, watch=lambda status: None):
    """The run, its curve and its trainer."""
    run = run or here().create(experiment)
    run.launched()

    class Stopping(loop.Trainer):
        def _chunk(self, images, labels):
            super()._chunk(images, labels)
            if 0 < stop_at <= self.progress.step:
                self.record.run.request_stop()

    with Recorder(run) as record:
        trainer = Stopping(experiment, record, watch)
        trainer.run()
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    return run, [[epoch[name] for name in names] for epoch in run.metrics().epochs], trainer


def without(monkeypatch):
    """No features are kept."""
    monkeypatch.setenv("KERNELSCOPE_FEATURES_GB", "0")


def kept():
    return [view.path for view in views.views(holdings.FEATURES)]


def test_training_on_features_has_the_losses_of_training_on_images(tiny, monkeypatch):
    told = []
    run, curve, trainer = train(
        photos(), watch=lambda status: told.append((status.get("computing"), status.get("computed")))
    )
    assert (90, 90) in told and told[-1] == (0, 0)
    assert "computed once for 90 images" in run.status().features and len(kept()) == 1
    assert len(trainer.steps.computed.layers) == 3 and len(trainer.model.layers) > 10  # input, dropout, head

    again, same, _ = train(photos())
    assert same == curve and "kept from an earlier run" in again.status().features and len(kept()) == 1
    without(monkeypatch)
    plain, exact, _ = train(photos())
    assert "computed in every epoch" in plain.status().features
    np.testing.assert_allclose(curve, exact, rtol=1e-4)
    weights, theirs = run.weights(), plain.weights()
    assert list(weights) == list(theirs)
    for name, array in weights.items():
        np.testing.assert_allclose(array, theirs[name], rtol=1e-3, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("change", ["damaged", "no room"])
def test_a_training_that_was_cut_off_goes_on_whatever_became_of_its_features(change, tiny, monkeypatch):
    experiment = photos(draws=2, augmentations=(RandomFlip(),), epochs=4)
    _, whole, _ = train(experiment)
    for path in kept():
        (path / views.FACTS).unlink()
    run, _, _ = train(experiment, stop_at=7)
    assert run.status().state == states.STOPPED
    if change == "removed":
        for path in kept():
            (path / views.FACTS).unlink()
    elif change == "damaged":
        for path in kept():
            (path / features.ARRAY).write_bytes(b"no array")
    elif change == "no room":
        without(monkeypatch)
    _, curve, _ = train(experiment, run)

    if change == "no room":
        assert len(curve) == 4 and curve[0] == whole[0]
    else:
        assert curve == whole


def test_versions_of_augmented_images_are_taken_in_turn_and_validation_sees_images_as_they_are(tiny):
    experiment = photos(draws=2, augmentations=(RandomFlip(),))
    run, _, trainer = train(experiment)
    feed, train_at, others = trainer.images, trainer.data.train[:5], trainer.data.validation[:5]
    first, second = feed.of_epoch(0).at(train_at), feed.of_epoch(1).at(train_at)

    assert np.array_equal(feed.of_epoch(2).at(train_at), first) and not np.allclose(first, second)
    model = extraction.Extraction(
        trainer.model, kept_part(experiment, experiment.trace(experiment.dataset.facts())).rows
    )
    np.testing.assert_array_equal(feed.at(others), model.of(trainer.data.images[others]))
    assert "2 augmented versions" in run.status().features


def test_a_stop_while_features_are_computed_is_heard_and_leaves_nothing_half(tiny, monkeypatch):
    run = here().create(photos())
    run.launched()
    monkeypatch.setattr(extraction, "PIECE", 4)
    with Recorder(run) as record:
        trainer = loop.Trainer(photos(), record, lambda status: status.get("computed") and run.request_stop())
        assert trainer.run() == states.STOPPED
    assert kept() == [] and not list((current().home / "features").glob("*"))


def test_features_that_were_not_used_for_longest_make_room(tiny, monkeypatch):
    train(photos(epochs=1))
    [old] = kept()
    size = views.views(holdings.FEATURES)[0].size
    monkeypatch.setenv("KERNELSCOPE_FEATURES_GB", str((size * 1.5) / 1e9))
    train(photos(epochs=1, seed=7))  # other weights

    assert len(kept()) == 1 and kept() != [old]


# ---- the disk


class Quick:
    """Features without arithmetic: the first number of an image."""

    batch = 32

    def __init__(self, *arguments):
        pass

    def of(self, images):
        return np.repeat(images.reshape(len(images), -1)[:, :1].astype(np.float32), 8, axis=1)


class Crash(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("how", ["full", "crash"])
def test_a_fault_at_any_operation_leaves_whole_features_or_none(how, tiny, monkeypatch):
    monkeypatch.setattr(features, "Extraction", Quick)
    monkeypatch.setattr(features, "rest_of", lambda *arguments: None)
    monkeypatch.setattr(loop.Steps, "learn_from_features", lambda *arguments: None)
    experiment, happened = photos(), []
    with Recorder(here().create(experiment)) as record:
        trainer = loop.Trainer(experiment, record)
        trainer._prepare()
        trainer._begin(None)
        for at in range(1, 40):
            feed, done = _take_with_fault(trainer, at, how, monkeypatch)
            happened.append(done)
            if how == "full" and feed is None:
                assert "disk" in record.known["features"].lower(), done[-1]
            for path in kept():
                assert np.load(path / features.ARRAY).shape == (90, 8)
            again = features.take(trainer, trainer.stage.trace(trainer.facts))
            np.testing.assert_array_equal(again.at(np.arange(90))[:, 0], trainer.data.images[:, 0, 0, 0])
            shutil.rmtree(current().home / "features")
            if len(done) < at:
                break

    assert 5 < len(happened) < 39


def _take_with_fault(trainer, at, how, monkeypatch):
    """What came of taking features where an operation on their folder goes wrong; all operations."""
    done = []

    def fault(name, path, half):
        if "features" not in str(path):
            return
        done.append(f"{name} {path.name}")
        if len(done) == at or len(done) > at and how == "full" and name not in ("remove", "rename"):
            half()
            raise OSError(errno.ENOSPC, "full") if how == "full" else Crash

    with monkeypatch.context() as patch:
        patch.setattr(workspace, "before_operation", fault)
        try:
            return features.take(trainer, trainer.stage.trace(trainer.facts)), done
        except Crash:
            return None, done


def test_two_trainings_that_make_the_same_features_at_once_leave_one_whole_set(tiny, monkeypatch):
    real, others = features._Keeper._computed, []

    def computed(self, one):
        monkeypatch.setattr(features._Keeper, "_computed", real)
        others.append(train(photos(epochs=1))[1])  # another run makes them while this one is at it
        yield from real(self, one)

    monkeypatch.setattr(features._Keeper, "_computed", computed)
    _, curve, _ = train(photos(epochs=1))

    assert [curve] == others and len(kept()) == 1
