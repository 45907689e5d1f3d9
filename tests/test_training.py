"""The loop against `keras.Model.fit`, and a run from its first to its last record."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from core import datasets
from core.augmentation.movement import RandomFlip, RandomRotation
from core.build.model import build_model
from core.build.weights import put
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.layers.convolution import Conv2D
from core.layers.pooling import MaxPooling2D
from core.layers.regularization import BatchNormalization, Dropout
from core.layers.rescaling import Rescaling
from core.layers.reshaping import Flatten
from core.optimization import range_test
from core.optimization.optimizers import SGD, Adam, Optimizer, RMSprop
from core.optimization.stopping import ReduceLROnPlateau
from core.runs import epoch_predictions, layout, states
from core.runs.recorder import Recorder
from core.spec import kinds
from core.training import glimpses, loop, rate_search
from core.training.glimpses import tile_positions
from core.training.loop import Trainer
from core.training.progress import batch_sizes, points
from core.training.steps import Steps
from core.training.updates import update_of
from tests.saved import here

CLASSES = {"sparse_categorical_crossentropy": 3, "categorical_crossentropy": 3, "binary_crossentropy": 2}


def chunk(steps, images, labels, batch_size, rate):
    """One chunk at one learning rate."""
    return steps.train_chunk(images, labels, batch_size, np.full(-(-len(images) // batch_size), rate, np.float32))


def network(loss, parts=1):
    """Batch norm, a regularization loss, a constraint and a head: what a loop of one's own gets wrong first.

    A batch that is cut into parts has no batch norm.
    """
    keras.utils.set_random_seed(3)
    image = keras.Input((6, 6, 1))
    values = keras.layers.Rescaling(1 / 255)(image)
    held = keras.constraints.MaxNorm(0.3, (0, 1, 2))
    values = keras.layers.Conv2D(4, 3, kernel_regularizer=keras.regularizers.L2(0.05), kernel_constraint=held)(values)
    steady = keras.layers.BatchNormalization(momentum=0.8) if parts == 1 else keras.layers.LayerNormalization()
    values = keras.layers.Flatten()(keras.layers.Activation("relu")(steady(values)))
    head = keras.layers.Dense(1, "sigmoid") if loss.startswith("binary") else keras.layers.Dense(3, "softmax")
    return keras.Model(image, head(values))


@pytest.mark.parametrize(("loss", "parts"), [*((loss, 1) for loss in CLASSES), (list(CLASSES)[0], 2)])
def test_the_loop_equals_fit_with_batch_norm_regularization_and_a_last_partial_batch(loss, parts):
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (45, 6, 6, 1), np.uint8)
    labels = rng.integers(0, CLASSES[loss], 45)
    ours, theirs = network(loss, parts), network(loss, parts)
    theirs.set_weights(ours.get_weights())

    steps = Steps(ours, None, keras.optimizers.SGD(0.05, momentum=0.9), loss, CLASSES[loss], parts=parts)
    told = [chunk(steps, images[:32], labels[:32], 16, 0.05), chunk(steps, images[32:], labels[32:], 16, 0.05)]
    losses, rights = (np.concatenate([chunk[i] for chunk in told]) for i in (0, 1))
    sizes = np.concatenate([batch_sizes(32, 16), batch_sizes(13, 16)])
    theirs.compile(optimizer=keras.optimizers.SGD(0.05, momentum=0.9), loss=loss, metrics=["accuracy"])
    targets = keras.utils.to_categorical(labels) if loss.startswith("categorical") else labels
    history = theirs.fit(images, targets, batch_size=16, epochs=1, shuffle=False, verbose=0).history

    np.testing.assert_allclose(losses @ sizes / 45, history["loss"][0], rtol=1e-5)
    np.testing.assert_allclose(rights.sum() / 45, history["accuracy"][0], rtol=1e-6)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    assert np.linalg.norm(ours.get_weights()[0].reshape(-1, 4), axis=0).max() < 0.3001
    answers = steps.evaluate_batch(images, labels)
    np.testing.assert_allclose(answers[0], theirs.evaluate(images, targets, batch_size=45, verbose=0)[0], rtol=1e-5)


@pytest.mark.parametrize("optimizer", [kind() for kind in kinds(Optimizer).values()] + [SGD(momentum=0.0),
                         SGD(nesterov=True), Adam(beta_1=0.5), RMSprop(rho=0.5)], ids=repr)  # fmt: skip
def test_a_step_in_one_pass_is_the_step_that_keras_takes(optimizer):
    rng = np.random.default_rng(5)
    start = [rng.normal(size=shape).astype(np.float32) for shape in ((7, 3), (3,))]
    sides = []
    for fused in (True, False):
        one, weights = optimizer.build(), [keras.Variable(value) for value in start]
        one.build(weights)
        apply, draws = (update_of(one) if fused else one.apply), np.random.default_rng(6)
        for scale in (1.0, 1e-4, 10.0) * 4:
            one.learning_rate.assign(0.01 * scale**0.1)
            apply([tf.constant(draws.normal(size=w.shape) * scale, tf.float32) for w in weights], weights)
        sides.append([value.numpy() for value in (*weights, *one.variables)])

    for ours, theirs in zip(*sides, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)


def test_dropout_acts_in_training_only():
    image = keras.Input((4, 4, 1))
    values = keras.layers.Flatten()(keras.layers.Dropout(0.9)(keras.layers.Rescaling(1.0)(image)))
    model = keras.Model(image, keras.layers.Dense(2, "softmax")(values))
    steps = Steps(model, None, keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy", 2)
    images, labels = np.full((64, 4, 4, 1), 9, np.uint8), np.zeros(64, np.int64)

    in_training, _ = chunk(steps, images, labels, 8, 0.0)
    calm, _, _ = steps.evaluate_batch(images[:8], labels[:8])

    assert np.std(in_training) > 0.01
    np.testing.assert_allclose(calm, steps.evaluate_batch(images[8:16], labels[:8])[0])


def train(experiment):
    run = here().create(experiment)
    with Recorder(run) as record:
        state = Trainer(experiment, record).run()
    assert state == run.status().state
    return run


def test_a_run_tells_every_epoch_once_and_keeps_its_best_and_last_weights(small):
    run = train(small)
    metrics, status = run.metrics(), run.status()

    assert status.state == states.FINISHED
    assert [record["epoch"] for record in metrics.epochs] == [1, 2]
    assert metrics.step[-1] == 2 * metrics.steps_per_epoch
    assert metrics.steps_per_epoch == -(-1438 // 64)
    assert run.checkpoints() == [1, 2]
    assert [run.checkpoint(n).has_state for n in (1, 2)] == [True, True]
    assert status.best_val_accuracy == max(record["val_accuracy"] for record in metrics.epochs)


def test_what_is_written_behind_the_training_is_what_a_heavy_network_waits_for(small, monkeypatch):
    behind = train(small)
    monkeypatch.setattr(loop, "LIGHT", 0)
    waited = train(small)

    assert curve(behind) == curve(waited)
    for number in waited.checkpoints():
        ours, theirs = (
            {**one.weights(), **one.state()} for one in (behind.checkpoint(number), waited.checkpoint(number))
        )
        assert list(ours) == list(theirs)
        assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)


def test_the_kept_weights_give_the_told_accuracy_and_the_told_predictions(small):
    run = train(small)
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    model, labels = build_model(small, small.dataset.facts()), data.labels[data.validation]
    told = epoch_predictions.of_run(run.path)

    np.testing.assert_array_equal(told.images.positions, data.validation)
    for place, epoch in enumerate((1, 2)):
        put(model, run.weights(epoch))
        answers = model.predict(data.images[data.validation], verbose=0)
        assert np.mean(answers.argmax(1) == labels) == pytest.approx(run.metrics().epochs[place]["val_accuracy"])
        np.testing.assert_array_equal(told.predicted[place], answers.argmax(1))
        np.testing.assert_allclose(told.confidence[place] / 255, answers.max(1), atol=0.51 / 255)
        np.testing.assert_allclose(told.of_truth[place] / 255, answers[range(len(labels)), labels], atol=0.51 / 255)


class Cut(BaseException):
    """What a kill -9 looks like from inside: nothing gets a chance to tidy up."""


def cut_after(run, chunks):
    """Trains until so many chunks are done, then dies."""
    with pytest.raises(Cut), Recorder(run) as record:
        training = Trainer(run.experiment, record)
        whole, left = training._chunk, iter(range(chunks))

        def chunk(images, labels):
            if next(left, None) is None:
                raise Cut
            whole(images, labels)

        training._chunk = chunk
        training.run()


def go_on(run):
    with Recorder(run) as record:
        return Trainer(run.experiment, record).run()


CURVE = ("epoch", "step", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")


def curve(run):
    return [[record[key] for key in CURVE] for record in run.metrics().epochs]


@pytest.fixture
def fragile(small):
    """Everything that has a memory: dropout, batch norm, momentum, random changes, a schedule, a rule that slows."""
    stack = (Conv2D(filters=4), BatchNormalization(), MaxPooling2D(), Flatten(), Dropout(rate=0.5))
    training = small.training.edited(optimizer=SGD(), epochs=4, rules=(ReduceLROnPlateau(patience=0, min_delta=0.5),))
    return small.edited(layers=stack, augmentations=(RandomFlip(), RandomRotation()), training=training)


@pytest.mark.parametrize("chunks", [3, 12])
def test_a_run_that_was_killed_and_goes_on_gives_the_very_curve_of_one_that_was_not(fragile, chunks, monkeypatch):
    monkeypatch.setattr(loop.Trainer, "_steps_per_chunk", lambda self: 4)
    whole, cut = train(fragile), here().create(fragile)
    monkeypatch.setattr(glimpses, "EVERY_SECONDS", 0.0)  # nobody looked at the whole one, at this one all the time
    monkeypatch.setattr(glimpses, "SHARE", 1e9)

    cut_after(cut, chunks)
    assert cut.status().state == states.INTERRUPTED
    assert (cut.path / layout.GLIMPSE).exists()
    go_on(cut)

    assert curve(cut) == curve(whole)
    assert [r["epoch"] for r in cut.metrics().epochs] == [1, 2, 3, 4]
    assert (cut.path / layout.PREDICTIONS).read_bytes() == (whole.path / layout.PREDICTIONS).read_bytes()
    for ours, theirs in zip(cut.weights().values(), whole.weights().values(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_stop_inside_an_epoch_goes_on_at_that_batch(fragile, monkeypatch):
    monkeypatch.setattr(loop.Trainer, "_steps_per_chunk", lambda self: 5)
    whole, stopped = train(fragile), here().create(fragile)
    with Recorder(stopped) as record:
        training = Trainer(fragile, record)
        count = iter(range(100))
        training.resources.take = dict
        hold = training.control.hold
        training.control.hold = lambda t: (stopped.request_stop() if next(count) == 7 else None, hold(t))[1]
        assert training.run() == states.STOPPED
    told = stopped.status()
    assert (told.epoch, told.batch) == (1, 10)
    stopped.enqueue()
    stopped.launched()
    go_on(stopped)

    assert curve(stopped) == curve(whole)
    assert stopped.metrics().step[-1] == whole.metrics().step[-1]


def test_the_same_experiment_gives_the_same_curves(small):
    first, second = train(small).metrics(), train(small).metrics()
    keys = ("loss", "accuracy", "val_loss", "val_accuracy")

    assert [[r[k] for k in keys] for r in first.epochs] == [[r[k] for k in keys] for r in second.epochs]


def test_augmentation_and_two_classes_train(small):
    shapes = small.edited(
        dataset=Shapes(classes=2, count=120, image_size=12),
        augmentations=(RandomFlip(), RandomRotation()),
        training=small.training.edited(batch_size=16, epochs=1),
    )
    run = train(shapes)

    assert run.status().state == states.FINISHED
    assert all(0 <= c <= 1 for c in run.metrics().epochs[0]["confidence"])
    assert set(run.metrics().epochs[0]["answers"]) <= {0, 1}


def test_stop_keeps_the_network_so_far(small):
    run = here().create(small.edited(training=small.training.edited(epochs=1000)))
    with Recorder(run) as record:
        training = Trainer(
            run.experiment, record, lambda status: run.request_stop() if status.get("epoch") == 2 else None
        )

        assert training.run() == states.STOPPED
    assert run.status().epoch in (2, 3)
    assert run.weights()


def test_a_loss_that_is_no_number_ends_the_run_as_diverged_and_earlier_weights_are_kept(small):
    run = here().create(small)
    with Recorder(run) as record:
        training = Trainer(small, record)
        whole_epoch = training._epoch

        def epoch():
            if training.progress.epoch == 1:
                training.model.set_weights([np.full_like(w, np.nan) for w in training.model.get_weights()])
            whole_epoch()

        training._epoch = epoch

        assert training.run() == states.DIVERGED
    assert run.status().reason == "the loss became NaN at epoch 2, batch 1"
    assert run.checkpoints() == [1]
    assert len(run.metrics().epochs) == 1
    assert run.metrics().loss[-1] is None
    assert run.metrics().step[-1] == run.metrics().steps_per_epoch + 1


def test_a_chunk_of_many_steps_is_told_as_few_means_that_keep_the_total():
    losses, sizes = np.arange(100, dtype=np.float32), np.full(100, 32.0)
    told = points(1000, losses, np.full(100, 16), sizes, 24)

    assert len(told["step"]) == 24
    assert told["step"][-1] == 1100
    assert np.mean(told["accuracy"]) == pytest.approx(0.5)
    assert told["loss"] == sorted(told["loss"])


def test_tiles_show_the_classes_in_turn(small):
    data = datasets.load(small.dataset)
    tiles = tile_positions(data)

    assert list(data.labels[tiles[:10]]) == list(range(10))
    assert set(tiles) <= set(data.validation)


# ---------------------------------------------------------------------------------- the range test of the learning rate


def searched(experiment, steps=range_test.STEPS):
    """The range test of an experiment in this process, on a machine that takes so many steps in its time."""
    at = iter((0.0, rate_search.BUDGET / steps))
    return rate_search.search(experiment, clock=lambda: next(at))


def test_a_range_test_takes_the_steps_that_keras_takes_at_rates_that_grow(small):
    steps, size = 30, small.training.batch_size
    experiment = small.edited(training=small.training.edited(optimizer=SGD()))
    found = searched(experiment, steps)
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    model = build_model(experiment, experiment.dataset.facts())
    model.compile(SGD().build(), "sparse_categorical_crossentropy")
    order = rate_search.positions(data.train, 0, steps * size, experiment.seed)
    expected = []
    for rate, at in zip(range_test.growing(steps), np.split(order, steps), strict=True):
        model.optimizer.learning_rate.assign(rate)
        model.reset_metrics()
        expected.append(model.train_on_batch(data.images[at].astype(np.float32), data.labels[at]))

    calm = range_test.growing(steps) < 0.1  # beyond, the last bits grow to digits
    np.testing.assert_allclose(np.array(found.losses)[calm], np.array(expected)[calm], rtol=2e-3)


def test_with_the_proposed_rate_it_learns_faster_than_with_a_tenth_and_does_not_diverge(small):
    rate = searched(small.edited(training=small.training.edited(optimizer=SGD()))).proposals()["valley"]
    reached = []
    for value in (rate, rate / 10):
        training = small.training.edited(optimizer=SGD(learning_rate=value), epochs=3)
        run = here().create(small.edited(training=training))
        with Recorder(run) as record:
            assert Trainer(run.experiment, record).run() == states.FINISHED
        reached.append([epoch["loss"] for epoch in run.metrics().epochs])

    assert reached[0][-1] < reached[1][-1]
    assert reached[0] == sorted(reached[0], reverse=True)


def test_a_network_whose_first_loss_is_no_number_is_refused_with_a_way_on(small):
    broken = small.edited(layers=(*(Rescaling(scale=255.0) for _ in range(17)), *small.layers))
    for experiment, remedy in (
        (broken, "Network page"),
        (broken.edited(training=small.training.edited(precision="mixed_bfloat16")), "Choose float32"),
    ):
        with pytest.raises(UserError, match="before any learning rate had an effect") as caught:
            searched(experiment)
        assert caught.value.code == "RATE_NO_LOSS"
        assert remedy in caught.value.remedy
