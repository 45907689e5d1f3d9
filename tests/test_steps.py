"""The compiled steps against Keras' own: layers in a quicker order, and numbers of half the bits."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.build.codegen import script
from core.build.model import build_model
from core.experiment.other_rows import OTHER_ROWS
from core.experiment.presets import load_preset
from core.layers.convolution import Conv2D
from core.layers.pooling import MaxPooling2D
from core.layers.regularization import BatchNormalization, Dropout
from core.layers.reshaping import Flatten
from core.training.order import quick
from core.training.steps import Steps

SPARSE = "sparse_categorical_crossentropy"
MIXED = ("mixed_bfloat16", "mixed_float16")


def network(seed=4):
    """What the quick order changes: few channels and many, with and without a pool behind a ReLU, and two readers."""
    keras.utils.set_random_seed(seed)
    image = keras.Input((9, 8, 2))
    first = keras.layers.Conv2D(6, (3, 2), padding="same", activation="relu", name="first")(image)
    values = keras.layers.MaxPooling2D(2, padding="same", name="pool")(first)
    values = keras.layers.Conv2D(8, 3, dilation_rate=2, padding="same", activation="tanh", name="second")(values)
    plain = keras.layers.Conv2D(8, 1, activation="relu", name="read_twice")(values)
    values = keras.layers.Add()([plain, keras.layers.MaxPooling2D(1)(plain)])
    values = keras.layers.MaxPooling2D(2)(keras.layers.Activation("relu", name="third")(values))
    return keras.Model(image, keras.layers.Dense(3, "softmax")(keras.layers.Flatten()(values)))


def pictures(count, shape=(9, 8, 2), classes=3):
    rng = np.random.default_rng(2)
    return rng.integers(0, 256, (count, *shape), np.uint8), rng.integers(0, classes, count)


def trained(steps, images, labels, batch, rate=0.02, epochs=3):
    """Mean loss of each epoch, the pictures always in one order."""
    found = []
    for _ in range(epochs):
        rates = np.full(-(-len(images) // batch), rate, np.float32)
        losses, _ = steps.train_chunk(images, labels, batch, rates)
        sizes = np.full(len(rates), batch) - np.eye(1, len(rates), len(rates) - 1)[0] * (-len(images) % batch)
        found.append(losses.numpy() @ sizes / len(images))
    return found


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_layers_in_a_quick_order_train_as_fit_does_and_the_network_stays_keras_own(parts):
    ours, theirs, (images, labels) = network(), network(), pictures(43)
    before = [layer.get_config() for layer in ours.layers], [set(vars(layer)) for layer in ours.layers]
    steps = Steps(ours, None, keras.optimizers.SGD(0.02, momentum=0.9), SPARSE, 3, parts=parts)

    losses = trained(steps, images // 64, labels, 16)
    theirs.compile(keras.optimizers.SGD(0.02, momentum=0.9), loss=SPARSE)
    told = theirs.fit(images // 64, labels, batch_size=16, epochs=3, shuffle=False, verbose=0).history["loss"]

    np.testing.assert_allclose(losses, told, rtol=1e-5)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        steps.evaluate_batch(images // 64, labels)[2], theirs.predict(images // 64, verbose=0), rtol=1e-4, atol=1e-6
    )
    assert [layer.get_config() for layer in ours.layers] == before[0]
    assert not any("call" in vars(layer) for layer in ours.layers)
    assert ours.get_layer("first").activation is keras.activations.relu


def test_a_relu_goes_behind_a_pool_only_where_the_pool_alone_reads_it():
    model = network()
    with quick(model):
        moved = [layer.name for layer in model.layers if vars(layer).get("activation") is keras.activations.linear]
        quicker = [layer.name for layer in model.layers if "call" in vars(layer) and hasattr(layer, "kernel_size")]

    assert moved == ["first", "third"]
    assert quicker == ["first", "second", "read_twice"]


def half(precision):
    """A small network with all that half the bits could upset."""
    experiment = load_preset("digits-cnn")
    stack = (Conv2D(filters=4, activation="relu"), MaxPooling2D(), BatchNormalization(), Dropout(rate=0.1), Flatten())
    return experiment.edited(layers=stack, training=experiment.training.edited(precision=precision))


@pytest.mark.parametrize(("precision", "rate", "within"), [(MIXED[0], 0.05, 0.03), (MIXED[1], 0.01, 0.02)], ids=MIXED)
def test_half_the_bits_train_as_keras_trains_with_them_and_weights_and_answers_stay_float32(precision, rate, within):
    """Rates and bounds at which what a processor rounds in its own way stays small beside what is learnt."""
    experiment, (images, labels) = half(precision), pictures(40, (8, 8, 1), 10)
    facts = experiment.dataset.facts()
    ours, theirs = (build_model(experiment, facts, precision) for _ in range(2))
    steps = Steps(ours, None, keras.optimizers.SGD(rate), SPARSE, 10)
    optimizer = keras.optimizers.SGD(rate)
    theirs.compile(
        keras.optimizers.LossScaleOptimizer(optimizer) if precision == "mixed_float16" else optimizer, loss=SPARSE
    )

    losses = trained(steps, images, labels, 16, rate)
    told = theirs.fit(images, labels, batch_size=16, epochs=3, shuffle=False, verbose=0).history["loss"]

    np.testing.assert_allclose(losses, told, rtol=0.02)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0.05, atol=within)
    assert {weight.dtype for weight in ours.weights if "seed" not in weight.path} == {"float32"}
    assert {layer.compute_dtype for layer in ours.layers[1:-1]} == {precision.removeprefix("mixed_")}
    assert steps.evaluate_batch(images, labels)[2].dtype == "float32"
    assert keras.config.dtype_policy().name == "float32"

    again = Steps(build_model(experiment, facts, precision), None, keras.optimizers.SGD(0.05), SPARSE, 10)
    again.restore(dict(steps.state()))
    assert {name: value.tolist() for name, value in again.state()} == {n: v.tolist() for n, v in steps.state()}
    assert any(name.startswith("scale/") for name, _ in steps.state()) == (precision == "mixed_float16")


@pytest.mark.parametrize("precision", MIXED)
def test_the_script_says_the_precision_and_builds_the_layers_that_train_here(precision):
    experiment, names = half(precision), {}
    text = script(experiment).split("model.compile(")[0]
    try:
        exec(compile(text, "network.py", "exec"), names)
    finally:
        keras.config.set_dtype_policy("float32")
    ours = build_model(experiment, experiment.dataset.facts(), precision)

    computed = [[layer.compute_dtype for layer in model.layers[1:]] for model in (names["model"], ours)]
    assert computed[0] == computed[1]
    assert computed[0][-1] == "float32"
    for a, b in zip(names["model"].get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.filterwarnings("ignore:You are using a softmax:UserWarning")
@pytest.mark.filterwarnings("ignore:In loss categorical_crossentropy:SyntaxWarning")
@pytest.mark.parametrize("row", OTHER_ROWS, ids=lambda row: f"{row.units} {row.activation}, {row.loss}, {row.labels}")
def test_what_is_said_of_a_last_layer_with_another_loss_is_what_keras_makes_of_it(row):
    draw = np.random.default_rng(0)
    values = draw.normal(size=(256, 2)).astype(np.float32)
    classes = (values[:, 0] > 0.3).astype(np.int64)
    forms = {"one-hot": np.eye(2, dtype=np.float32)[classes], "0 or 1": classes[:, None].astype(np.float32)}
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(row.units, row.activation)])
    model.compile(keras.optimizers.Adam(0.1), row.loss)
    labels = forms.get(row.labels, classes)
    if row.outcome == "is refused":
        with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
            model.fit(values, labels, verbose=0)
        return
    losses = model.fit(values, labels, epochs=12, verbose=0).history["loss"]
    answers = model.predict(values, verbose=0)
    sums, is_probability = answers.sum(1), (answers >= 0).all() and (answers <= 1 + 1e-6).all()

    if row.outcome == "learns":
        right = np.mean((answers[:, 0] > 0.5 if row.units == 1 else answers.argmax(1)) == classes)
        assert right > 0.9
    elif row.activation == "softmax":
        np.testing.assert_allclose(answers, 1, rtol=1e-6)
        assert losses[-1] < losses[0] / 2
    else:
        assert losses == [0.0] * 12
    assert is_probability == (row.activation != "linear")
    if row.units == 2:
        assert np.allclose(sums, 1, atol=1e-5) == (row.activation == "softmax")
