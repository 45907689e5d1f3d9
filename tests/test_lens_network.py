"""The opened network against plain Keras: gradients, batches, heads of any kind, layers of several inputs."""

import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from core import datasets
from core.build.model import INPUT, SCALING, build_model
from core.build.weights import named
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment.network import trace
from core.layers.activation import Activation
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.reshaping import Flatten
from core.lens import body as opened
from core.lens.confusion import Confusion
from core.lens.film import Film
from core.lens.image_map import Axes, ImageMap, features
from core.lens.network import LOGITS, Network, open_network
from core.lens.outline import Outline
from core.lens.predictions import Predictions
from core.lens.progress import heard_by
from core.lens.targets import ClassScore, Margin, Unit
from core.runs.recorder import Recorder
from tests.saved import here, save_weights

# Smooth, so that a small step tells the slope.
STACK = (Conv2D(filters=3, activation="tanh"), Conv2D(filters=2, activation="sigmoid"), Flatten())
TARGETS = {
    "logit": ClassScore(4),
    "one class rather than another": Margin(4, 7),
    "probability": ClassScore(4, "probability"),
    "mean of a map": Unit("conv2d_2", 1),
    "one value of a map": Unit("conv2d_2", 1, (2, 0)),
    "one value of a flat layer": Unit("flatten_1", 7),
}


def weights_of(model):
    """Its weights by name, as `Run.weights` gives them."""
    return dict(named(model.weights))


@pytest.fixture
def smooth(small):
    """A network of smooth functions with fresh weights."""
    experiment = small.edited(layers=STACK)
    return Network.of(experiment, weights_of(build_model(experiment, experiment.dataset.facts())))


def images_of(network, count=3):
    return np.array(datasets.load(network.experiment.dataset).images[:count])


def number(network, images, target):
    """The target, from forward passes only."""
    if isinstance(target, Unit):
        values = network.outputs(images, [target.layer])[target.layer][..., target.index]
        if target.place:
            return values[(slice(None), *target.place)]
        return values.reshape(len(images), -1).mean(1)
    logits, probabilities = network.answer(images)
    if isinstance(target, Margin):
        return np.log(probabilities[:, target.index] / probabilities[:, target.against])
    return (logits if target.of == "logit" else probabilities)[:, target.index]


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_a_gradient_with_respect_to_pixels_is_the_slope_of_small_steps(target, smooth):
    images = images_of(smooth).astype(np.float32)
    gradient = smooth.gradients(images, target)[INPUT]
    steepest = np.argsort(-np.abs(gradient[0]).ravel())[:5]

    for place in steepest:
        y, x, c = np.unravel_index(place, gradient.shape[1:])
        more, less = images.copy(), images.copy()
        more[0, y, x, c] += 8
        less[0, y, x, c] -= 8
        slope = (number(smooth, more, target) - number(smooth, less, target))[0] / 16
        assert slope == pytest.approx(gradient[0, y, x, c], rel=0.02)


@pytest.mark.parametrize("by", [SCALING, "conv2d_1", "conv2d_2", "flatten_1"])
def test_a_gradient_with_respect_to_any_layer_is_tensorflows_own(by, smooth):
    """The plain Keras model in two parts: what leads to the layer, and what it leads to."""
    images = images_of(smooth)
    names = [layer.name for layer in smooth.model.layers]
    values = tf.constant(keras.Model(smooth.model.input, smooth.model.get_layer(by).output)(images))
    with tf.GradientTape() as tape:
        tape.watch(values)
        after = values
        for name in names[names.index(by) + 1 :]:
            after = smooth.model.get_layer(name)(after)
        score = after[:, 3]
    expected = tape.gradient(score, values).numpy()
    found = smooth.gradients(images, ClassScore(3, "probability"), [by, INPUT])

    np.testing.assert_allclose(found[by], expected, rtol=1e-4, atol=1e-7)
    assert found[INPUT].shape == images.shape


def test_a_target_does_not_depend_on_what_comes_after_it(smooth):
    found = smooth.gradients(images_of(smooth), Unit("conv2d_1", 0), ["conv2d_2", "conv2d_1"])
    height, width, _ = smooth.rows[0].output_shape

    assert not found["conv2d_2"].any()
    np.testing.assert_allclose(found["conv2d_1"][..., 0], 1 / (height * width), rtol=1e-6)
    assert not found["conv2d_1"][..., 1:].any()


def test_of_two_classes_the_first_has_the_negative_logit(small):
    experiment = small.edited(layers=STACK, dataset=Shapes(classes=2, count=40, image_size=12))
    network = Network.of(experiment, weights_of(build_model(experiment, experiment.dataset.facts())))
    images = images_of(network)
    first, second = (network.gradients(images, ClassScore(i))[INPUT] for i in (0, 1))

    assert second.any()
    np.testing.assert_array_equal(first, -second)
    one, other = (network.gradients(images, ClassScore(i, "probability"))[INPUT] for i in (0, 1))
    np.testing.assert_allclose(one, -other, rtol=1e-5, atol=1e-9)
    # The two share their one logit, which is by how much it is for the second rather than for the first.
    np.testing.assert_array_equal(network.gradients(images, Margin(0, 1))[INPUT], first)
    shares = network.answer(images)[1]
    np.testing.assert_allclose(network.scores(images, Margin(1, 0)), np.log(shares[:, 1] / shares[:, 0]), rtol=1e-4)


def test_what_was_compiled_for_one_class_serves_the_others_and_other_weights(smooth):
    images = images_of(smooth)
    first = smooth.slopes(images, ClassScore(1), ["conv2d_1", INPUT])
    np.testing.assert_allclose(first.scores, smooth.answer(images)[0][:, 1], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(first.values["conv2d_1"], smooth.outputs(images, ["conv2d_1"])["conv2d_1"])
    np.testing.assert_array_equal(smooth.scores(images, ClassScore(1)), first.scores)

    other = {name: 0.5 * array for name, array in weights_of(smooth.model).items()}
    expected = Network.of(smooth.experiment, other)
    beside = smooth.with_weights(other)
    found, theirs = (one.slopes(images, ClassScore(7), ["conv2d_1", INPUT]) for one in (beside, expected))
    np.testing.assert_allclose(found.gradients[INPUT], theirs.gradients[INPUT], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(beside.scores(images, ClassScore(7)), theirs.scores, rtol=1e-5)
    np.testing.assert_allclose(beside.answer(images)[0], expected.answer(images)[0], rtol=1e-5)
    np.testing.assert_array_equal(smooth.scores(images, ClassScore(1)), first.scores)  # it has its own again
    of_slopes = [run for name, run in beside.compiled.items() if name[0] in ("slopes", "scores")]
    assert [run.experimental_get_tracing_count() for run in of_slopes] == [1, 1]


def test_many_images_are_taken_in_batches_that_fit_and_nothing_changes(smooth, monkeypatch):
    images = images_of(smooth, 23)
    whole, slopes = smooth.answer(images), smooth.gradients(images, ClassScore(1))[INPUT]
    per_image = 4 * sum(int(np.prod(layer.output.shape[1:])) for layer in smooth.model.layers)
    monkeypatch.setattr(opened, "BATCH_BYTES", 5 * per_image)
    network = Network(smooth.outline, smooth.model)
    sizes = []
    monkeypatch.setattr(network, "_runs", lambda names: lambda x: sizes.append(len(x)) or smooth._runs(names)(x))

    for ours, theirs in zip(network.answer(images), whole, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert sizes == [5, 5, 5, 5, 3]
    np.testing.assert_allclose(network.gradients(images, ClassScore(1))[INPUT], slopes, rtol=1e-4, atol=1e-7)


def test_no_image_gives_no_answer_of_the_right_shape(smooth):
    none = images_of(smooth, 0)

    assert [values.shape for values in smooth.answer(none)] == [(0, 10), (0, 10)]
    assert smooth.gradients(none, ClassScore(1), ["conv2d_1"])["conv2d_1"].shape == (0, 6, 6, 3)


def with_head(experiment, stack, head, *build):
    """A network whose last layers are others than the dataset asks for."""
    facts = experiment.dataset.facts()
    rows = trace(facts.shape, stack, head).rows
    image = keras.Input(facts.shape, name=INPUT)
    values = keras.layers.Rescaling(1 / 255, name=SCALING)(image)
    for make, row in zip(build, rows, strict=True):
        values = make(row.name)(values)
    outline = Outline(experiment, facts, trace(facts.shape, stack, head))
    return Network(outline, keras.Model(image, values))


def test_a_network_without_a_dense_layer_has_logits_and_probabilities(small):
    network = with_head(
        small,
        (Conv2D(filters=10, activation="linear"), GlobalAveragePooling2D()),
        Activation(activation="softmax"),
        lambda name: keras.layers.Conv2D(10, 3, name=name),
        lambda name: keras.layers.GlobalAveragePooling2D(name=name),
        lambda name: keras.layers.Activation("softmax", name=name),
    )
    images = images_of(network)
    found = Predictions().look(network, images)

    np.testing.assert_allclose(found.probabilities, network.model.predict(images, verbose=0), rtol=1e-5)
    pooled = network.outputs(images, ["global_average_pooling2d_1"])["global_average_pooling2d_1"]
    np.testing.assert_array_equal(found.logits, pooled)
    assert network.gradients(images, ClassScore(2))[INPUT].any()


def test_logits_that_no_activation_follows_become_probabilities(small):
    network = with_head(
        small,
        (Flatten(),),
        Dense(units=10, activation="linear"),
        lambda name: keras.layers.Flatten(name=name),
        lambda name: keras.layers.Dense(10, name=name),
    )
    images = images_of(network)
    logits, probabilities = network.answer(images)

    np.testing.assert_allclose(logits, network.model.predict(images, verbose=0), rtol=1e-5)
    np.testing.assert_allclose(probabilities, tf.nn.softmax(logits), rtol=1e-5)


def test_a_network_that_only_averages_has_probabilities_and_no_logits(small):
    network = with_head(
        small,
        (Conv2D(filters=10, activation="linear"),),
        GlobalAveragePooling2D(),
        lambda name: keras.layers.Conv2D(10, 3, activation="softmax", name=name),
        lambda name: keras.layers.GlobalAveragePooling2D(name=name),
    )
    images = images_of(network)
    found = Predictions().look(network, images)

    assert found.logits is None
    np.testing.assert_allclose(found.probabilities.sum(1), 1, rtol=1e-5)
    logarithm, plain = (network.gradients(images, ClassScore(2, of))[INPUT] for of in ("logit", "probability"))
    np.testing.assert_allclose(
        logarithm * found.probabilities[:, 2, None, None, None], plain, rtol=1e-3, atol=1e-8
    )  # the slope of a logarithm


def test_layers_of_several_inputs_are_read_by_name(small):
    facts = small.dataset.facts()
    image = keras.Input(facts.shape, name=INPUT)
    scaled = keras.layers.Rescaling(1 / 255, name=SCALING)(image)
    left, right = (keras.layers.Conv2D(2, 3, name=f"conv2d_{i}")(scaled) for i in (1, 2))
    joined = keras.layers.Concatenate(name="joined")([left, right])
    flat = keras.layers.Flatten(name="flatten_1")(joined)
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax", name="head")(flat))
    network = Network(Outline(small, facts, trace(facts.shape, (Flatten(),), Dense(units=10))), model)
    images = images_of(network)
    found = network.outputs(images, ["joined", "conv2d_1", "conv2d_2", LOGITS])

    np.testing.assert_array_equal(found["joined"], np.concatenate([found["conv2d_1"], found["conv2d_2"]], axis=3))
    slopes = network.gradients(images, ClassScore(0), ["joined", "conv2d_2"])
    np.testing.assert_allclose(slopes["joined"][..., 2:], slopes["conv2d_2"], rtol=1e-5)


def test_weights_are_read_by_the_names_that_keras_gives_them(smooth):
    kernel, bias = smooth.model.get_layer("conv2d_2").get_weights()
    found = smooth.weights("conv2d_2")

    assert list(found) == ["kernel", "bias"]
    np.testing.assert_array_equal(found["kernel"], kernel)
    np.testing.assert_array_equal(found["bias"], bias)


def test_epochs_of_a_run_share_one_compiled_model_and_each_answers_with_its_own_weights(small, monkeypatch, tmp_path):
    monkeypatch.setenv("KERNELSCOPE_HOME", str(tmp_path))
    run = here().create(small)
    model = build_model(small, small.dataset.facts())
    with Recorder(run) as record:
        for epoch in (1, 2):
            save_weights(record, epoch, model, lambda array, epoch=epoch: array + 0.02 * epoch)
    first, second = open_network(run, 1), open_network(run, 2)
    images = images_of(first)

    alone = [Network.of(small, run.weights(epoch)) for epoch in (1, 2)]
    for network, plain in [*zip((first, second), alone, strict=True), (first, alone[0])]:
        logits, shares = network.answer(images)
        np.testing.assert_allclose(logits, plain.answer(images)[0], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(shares, plain.model.predict(images, verbose=0), rtol=1e-4, atol=1e-6)
        of_class = ClassScore(1)
        np.testing.assert_allclose(
            network.gradients(images, of_class)[INPUT], plain.gradients(images, of_class)[INPUT], rtol=1e-4, atol=1e-7
        )
    assert first.compiled is second.compiled
    kernels = [network.weights("conv2d_1")["kernel"] for network in (first, second)]
    np.testing.assert_allclose(kernels[1] - kernels[0], 0.02, rtol=1e-4)


def test_answers_that_are_no_numbers_are_refused_and_a_film_passes_over_their_epoch(small, monkeypatch, tmp_path):
    monkeypatch.setenv("KERNELSCOPE_HOME", str(tmp_path))
    run = here().create(small)
    model = build_model(small, small.dataset.facts())
    with Recorder(run) as record:
        for epoch, factor in ((1, 1), (2, 1e37), (3, 2)):  # finite weights whose sums are not
            save_weights(record, epoch, model, lambda array, factor=factor: array * np.float32(factor) + factor)
    lost = open_network(run, 2)
    for look in (Predictions(), Confusion()):
        with pytest.raises(UserError, match="answers are no numbers any more"):
            look.look(lost, images_of(lost, 3))
    made = Film(lens="confusion").look(open_network(run, 3), images_of(lost, 0))

    assert (made.epochs, made.damaged) == ((1, 3), (2,))


def test_a_network_whose_weights_are_no_numbers_is_not_opened_and_a_film_passes_over_it(small, monkeypatch, tmp_path):
    monkeypatch.setenv("KERNELSCOPE_HOME", str(tmp_path))
    run = here().create(small)
    model = build_model(small, small.dataset.facts())
    with Recorder(run) as record:
        for epoch, change in ((1, 0.0), (2, np.nan), (3, 0.05), (4, np.inf)):
            save_weights(record, epoch, model, lambda array, change=change: array + np.float32(change))
    for lost in (2, 4):
        with pytest.raises(UserError, match="no numbers any more") as refused:
            open_network(run, lost)
        assert refused.value.code == "LENS_NO_NUMBERS"

    found = Film(lens="confusion").look(open_network(run, 3), np.zeros((0, 8, 8, 1), np.uint8))
    assert (found.epochs, found.damaged) == ((1, 3), (2, 4))
    assert Film(lens="image_map").look(open_network(run, 3), np.zeros((0, 8, 8, 1), np.uint8)).epochs == (1, 3)
    early, late = (ImageMap().look(open_network(run, epoch), np.zeros(0)) for epoch in (1, 3))
    newest = Axes.of(_features(open_network(run, 3), late.positions))
    expected = newest.project(_features(open_network(run, 1), early.positions))
    np.testing.assert_allclose(early.places, expected, atol=1e-4 * np.abs(expected).max())


def _features(network, positions):
    return features(network, "flatten_1", np.array(datasets.load(network.experiment.dataset).images[positions]))


def test_a_film_passes_over_damaged_epochs_and_shows_what_comes_of_the_others(small, monkeypatch, tmp_path):
    monkeypatch.setenv("KERNELSCOPE_HOME", str(tmp_path))
    run = here().create(small)
    model = build_model(small, small.dataset.facts())
    with Recorder(run) as record:
        for epoch in (1, 2, 3, 4):
            save_weights(record, epoch, model, lambda array, epoch=epoch: array * epoch)
    weights = run.path / "checkpoints" / "000002" / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:-40])
    steps = []
    with heard_by(lambda done, total: steps.append((done, total))):
        found = Film(lens="confusion").look(open_network(run, 4), np.zeros((0, 8, 8, 1), np.uint8))

    assert (found.epochs, found.damaged, found.left_out) == ((1, 3, 4), (2,), 0)
    assert steps == sorted(steps) and set(steps) == {(at, 4) for at in range(4)}
    with Image.open(io.BytesIO(found.gif.tobytes())) as gif:
        assert (gif.n_frames, gif.size) == (3, tuple(found.size))
        gif.seek(2)
        pixels = np.asarray(gif.convert("RGB"))
    expected = Confusion().look(open_network(run, 4), np.zeros(0)).counts
    corner = (found.size[1] - 8 - 10 * found.zoom, found.size[0] - 8 - 10 * found.zoom)  # the matrix ends at the margin
    cells = pixels[corner[0] :: found.zoom, corner[1] :: found.zoom][:10, :10]
    is_plain = (expected == 0) | (expected > expected.max() / 20)  # a palette of 256 colours may lose the palest
    np.testing.assert_array_equal((cells != 255).any(-1)[is_plain], (expected > 0)[is_plain])

    only = Film(lens="kernels", picture="conv2d_1", plane=2).look(
        open_network(run, 4), np.zeros((0, 8, 8, 1), np.uint8)
    )
    assert (only.planes, len(only.epochs)) == (1, 3)
