"""What a filter wants, against Keras and TensorFlow themselves: crops, their frames, the image made to excite it."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from saved import save_weights
from streamlit.testing.v1 import AppTest

from core import datasets
from core.build.model import build_model
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.experiment.node import Node
from core.layers.activation import Activation
from core.layers.convolution import Conv2D, SeparableConv2D
from core.layers.dense import Dense
from core.layers.joining import Add
from core.layers.pooling import MaxPooling2D
from core.layers.regularization import BatchNormalization, Dropout
from core.layers.reshaping import Flatten
from core.lens import process
from core.lens.ascent import AT_ONCE, BACK_TO_GREY, GREY, TAPS, Recipe, bell, centre_of, wished
from core.lens.excitation import excited, looked_at, passed, places_of, wanting
from core.lens.filter_wishes import CROPS, MORE_CROPS, PAGE, WhatAFilterWants, frames_of
from core.lens.network import open_network
from core.lens.own_kernels import own_kernels
from core.lens.targets import Unit
from core.runs import states
from core.runs.recorder import Recorder
from pages.components.frame import session
from pages.components.understand import filter_wishes as view
from pages.components.understand import look_with
from tests.saved import here

ROOT = Path(__file__).resolve().parent.parent
DRAW = np.random.default_rng(6)
BIG = 12


@pytest.fixture(autouse=True, scope="module")
def workspace(tmp_path_factory):
    """One workspace for the module: a network is opened once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(tmp_path_factory.mktemp("workspace")))
        yield


def saved(experiment, epochs=1):
    """A run of fresh weights, with biases above zero; later epochs hold others."""
    run, model = here().create(experiment), build_model(experiment, experiment.dataset.facts())
    draw = np.random.default_rng(3)
    with Recorder(run) as record:
        for epoch in range(1, epochs + 1):
            for variable in model.weights:
                if variable.path.endswith("bias"):
                    variable.assign(draw.uniform(0.02, 0.2, variable.shape))
            save_weights(record, epoch, model, lambda array, epoch=epoch: array * (1 if epoch == epochs else 0.5))
        record.status(state=states.FINISHED, epoch=epochs, epochs=epochs)
    return run, model


@pytest.fixture(scope="module")
def joined():
    """A network with a join, batch normalization, pooling and Dense, after two epochs, and its model."""
    nodes = (
        Node(id="a", layer=Conv2D(filters=3, padding="same")),
        Node(id="b", layer=Conv2D(filters=3, padding="same", strides=1, activation="linear")),
        Node(id="c", layer=BatchNormalization()),
        Node(id="d", layer=Add(), inputs=("c", "a")),
        Node(id="e", layer=Activation()),
        Node(id="f", layer=MaxPooling2D()),
        Node(id="g", layer=SeparableConv2D(filters=13)),
        Node(id="h", layer=Flatten()),
        Node(id="i", layer=Dropout()),
        Node(id="j", layer=Dense(units=4, activation="relu")),
    )
    return saved(Experiment(dataset=Shapes(count=60, image_size=BIG, classes=3), nodes=nodes), epochs=2)


def trained_images(run):
    data = datasets.load(run.experiment.dataset, run.experiment.training.validation_split, run.experiment.seed)
    return data, np.asarray(data.images[np.sort(data.train)])


def by_keras(model, name, images):
    """What a layer gives as (N, places, maps), computed eagerly."""
    values = np.asarray(keras.Model(model.inputs[0], model.get_layer(name).output)(images.astype(np.float32)))
    return values.reshape(len(images), -1, values.shape[-1])


def test_layers_that_only_pass_values_on_are_not_asked_what_they_want(joined):
    run, _ = joined
    names = [row.kind for row in wanting(open_network(run).outline)]

    assert names == ["Conv2D", "Conv2D", "Add", "Activation", "SeparableConv2D", "Dense", "Dense"]


def test_crops_are_those_of_a_plain_pass_of_keras_with_argmax(joined):
    run, model = joined
    network, (data, images) = open_network(run), trained_images(run)
    labels = data.labels[np.sort(data.train)]
    found, rows = excited(network), {row.name: row for row in network.rows}
    for name in ("conv2d_1", "add_1", "activation_1", "separable_conv2d_1", "dense_1"):
        values = by_keras(model, name, images)
        for index in range(values.shape[-1]):
            peaks = values[:, :, index].max(1)
            order = np.argsort(-peaks, kind="stable")[:MORE_CROPS]
            np.testing.assert_allclose(found[name].peaks[index], peaks[order], rtol=1e-4, atol=1e-6)
            where = np.searchsorted(np.sort(data.train), found[name].positions[index])
            np.testing.assert_allclose(peaks[where], peaks[order], rtol=1e-4, atol=1e-6)
            of_class = [values[labels == label, :, index].mean() for label in range(3)]
            np.testing.assert_allclose(found[name].means[index], of_class, rtol=1e-3, atol=1e-5)

    values = by_keras(model, "separable_conv2d_1", images)
    told = WhatAFilterWants(layer="separable_conv2d_1").look(network, images[:0])
    assert (told.layer, told.seen, told.of, told.count) == ("separable_conv2d_1", len(images), len(images), 13)
    assert [one["index"] for one in told.filters] == list(range(PAGE))
    for one in told.filters:
        where = np.searchsorted(np.sort(data.train), one["positions"])
        assert len(where) == min(CROPS, (values[:, :, one["index"]].max(1) > 0).sum())
        at = values[where, :, one["index"]].argmax(1)
        places = np.stack(np.unravel_index(at, rows[told.layer].output_shape[:2]), 1)
        assert (one["peaks"] > 0).all()
        np.testing.assert_array_equal(one["frames"], frames_of(rows[told.layer], places))


def test_a_pass_in_several_batches_finds_the_same_and_an_opened_filter_has_more(joined, monkeypatch):
    run, _ = joined
    network = open_network(run)
    data, positions = looked_at(network)
    rows = wanting(network.outline)
    at_once = passed(network, rows, data, positions)
    monkeypatch.setattr(network.use(), "batch", 7)
    for one, other in zip(at_once, passed(network, rows, data, positions), strict=True):
        np.testing.assert_allclose(one.peaks, other.peaks, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(one.means, other.means, rtol=1e-4, atol=1e-6)
    (opened,) = WhatAFilterWants(layer="conv2d_1", within="conv2d_1", opened=2).look(network, data.images[:0]).filters

    assert opened["index"] == 2 and len(opened["positions"]) == min(MORE_CROPS, len(positions))
    assert (np.diff(opened["peaks"]) <= 0).all()


def test_a_frame_is_where_the_strongest_value_has_a_gradient(joined):
    run, _ = joined
    network = open_network(run)
    data, positions = looked_at(network)
    rows = [row for row in wanting(network.outline) if row.name in ("conv2d_1", "add_1", "dense_1")]
    for row in rows:
        one = WhatAFilterWants(layer=row.name).look(network, data.images[:0]).filters[0]
        image = np.asarray(data.images[one["positions"][:1]])
        places, peaks = places_of(network, row, image, np.array([0]))
        place = tuple(places[0]) if len(row.output_shape) == 3 else None
        slopes = network.gradients(image, Unit(row.name, 0, place))["image"][0]
        top, bottom, left, right = one["frames"][0]
        outside = slopes.copy()
        outside[top:bottom, left:right] = 0

        assert not outside.any(), row.name
        assert peaks[0] == pytest.approx(one["peaks"][0], rel=1e-4, abs=1e-6)
        if peaks[0] > 0 and row.kind in ("Conv2D", "Dense"):
            touched = np.argwhere(slopes.any(-1))
            inside = (touched >= [top, left]).all() and (touched < [bottom, right]).all()
            assert len(touched) and inside


def plain_loop(model, sums, maps, place, recipe):
    """Gradient ascent as one writes it down with a tape, a step at a time."""
    up_to = keras.Model(model.inputs[0], sums)
    images = tf.constant(recipe.start)
    for shift, weights, rate in zip(recipe.shifts, recipe.smoothing, recipe.rates, strict=True):
        with tf.GradientTape() as tape:
            tape.watch(images)
            values = up_to(255 * tf.roll(images, shift, (1, 2)), training=False)
            at = values if place is None else values[:, place[0], place[1]]
            total = sum(at[i, m] for i, m in enumerate(maps))
        slopes = tape.gradient(total, images).numpy()
        padded = np.pad(slopes, ((0, 0), (TAPS, TAPS), (TAPS, TAPS), (0, 0)))
        down = sum(w * padded[:, i : i + slopes.shape[1]] for i, w in enumerate(weights))
        smooth = sum(w * down[:, :, i : i + slopes.shape[2]] for i, w in enumerate(weights))
        moved = images.numpy() + rate * smooth / (np.abs(smooth).max((1, 2, 3), keepdims=True) + 1e-12)
        images = tf.constant(np.clip(moved + BACK_TO_GREY * (GREY - moved), 0, 1).astype(np.float32))
    return np.rint(255 * images.numpy())


@pytest.mark.parametrize("name", ["conv2d_2", "dense_1"])
def test_maximisation_equals_a_plain_loop_with_a_tape_and_raises_the_activation_above_its_start(joined, name):
    run, model = joined
    network = open_network(run)
    row = next(row for row in network.rows if row.name == name)
    maps = np.array([2, 0, 1])
    few = Recipe.of(network.facts.shape, 3, BIG, seed=3, steps=AT_ONCE + 2)
    layer = model.get_layer(name)
    sums = layer.output
    if name == "dense_1":  # what its relu is given
        kernel, bias = layer.get_weights()
        sums = keras.ops.matmul(layer.input, kernel) + bias
    ours = wished(network, row, maps, few).astype(float)
    np.testing.assert_allclose(ours, plain_loop(model, sums, maps, centre_of(row), few), atol=1.01)

    found = WhatAFilterWants(layer=name).look(network, np.zeros((0, 1), np.uint8))
    assert few.smoothing[0].max() < 1 and few.shifts.shape == (AT_ONCE + 2, 2)
    for one in found.filters:
        assert one["made_peak"] > one["begun_peak"] or one["made_peak"] == 0
    if name == "conv2d_2":
        assert all(one["made_peak"] > one["peaks"][0] for one in found.filters)


def test_the_image_made_for_a_first_filter_is_white_where_its_weights_are_above_zero(joined):
    run, model = joined
    found = WhatAFilterWants(layer="conv2d_1").look(open_network(run), np.zeros((0, 1), np.uint8))
    kernel, _ = model.get_layer("conv2d_1").get_weights()  # (3, 3, 3, filters)
    for one in found.filters:
        weights = kernel[..., one["index"]]
        large = np.abs(weights) > 0.3 * np.abs(weights).max()
        np.testing.assert_array_equal((one["made"] > 127)[large], (weights > 0)[large])
        np.testing.assert_array_equal(one["kernel"]["planes"], np.moveaxis(weights, -1, 0))


def test_another_epoch_has_its_own_crops_kernels_and_images(joined):
    run, model = joined
    last, first = (
        WhatAFilterWants(layer="dense_1").look(open_network(run, epoch), np.zeros((0, 1), np.uint8)) for epoch in (2, 1)
    )
    again = WhatAFilterWants(layer="dense_1").look(open_network(run, 2), np.zeros((0, 1), np.uint8))
    kernel, _ = model.get_layer("dense_1").get_weights()
    for one, other, same in zip(last.filters, first.filters, again.filters, strict=True):
        np.testing.assert_allclose(other["kernel"]["planes"], one["kernel"]["planes"] / 2)
        np.testing.assert_array_equal(one["made"], same["made"])
        np.testing.assert_array_equal(one["positions"], same["positions"])
        shape = one["kernel"]["planes"].shape
        np.testing.assert_array_equal(
            one["kernel"]["planes"], np.moveaxis(kernel[:, one["index"]].reshape(*shape[1:], shape[0]), -1, 0)
        )


def test_the_first_convolution_shows_its_kernel_after_every_kept_epoch_and_no_other_layer_does(joined):
    run, _ = joined
    network = open_network(run)
    opened = [
        WhatAFilterWants(layer=name, within=name, opened=1).look(network, np.zeros((0, 1), np.uint8)).filters[0]
        for name in ("conv2d_1", "conv2d_2")
    ]

    assert opened[0]["epochs"] == [1, 2]
    np.testing.assert_allclose(opened[0]["strip"][1], opened[0]["kernel"]["planes"])
    np.testing.assert_allclose(opened[0]["strip"][0], opened[0]["kernel"]["planes"] / 2)
    assert "strip" not in opened[1]


def test_two_classes_of_one_unit_want_opposite_things():
    run, model = saved(Experiment(dataset=Shapes(count=40, image_size=BIG, classes=2), layers=(Flatten(),)))
    network = open_network(run)
    first, second = WhatAFilterWants(layer="head").look(network, np.zeros((0, 1), np.uint8)).filters
    images = trained_images(run)[1]
    logits = (
        images.reshape(len(images), -1) / 255 @ model.layers[-1].get_weights()[0] + model.layers[-1].get_weights()[1]
    )

    np.testing.assert_allclose(first["peaks"][0], -logits.min(), rtol=1e-4)
    np.testing.assert_allclose(second["peaks"][0], logits.max(), rtol=1e-4)
    np.testing.assert_allclose(own_kernels(network, network.rows[-1]).planes.sum(0), 0)
    assert first["made_peak"] > first["peaks"][0] and second["made_peak"] > second["peaks"][0]


def test_pages_end_where_the_filters_do_and_those_of_another_layer_begin_anew(joined):
    run, _ = joined
    network, none = open_network(run), np.zeros((0, 1), np.uint8)
    name = "separable_conv2d_1"
    second = WhatAFilterWants(layer=name, within=name, page=1).look(network, none)
    far = WhatAFilterWants(layer=name, within=name, page=99, opened=99).look(network, none)
    other = WhatAFilterWants(layer="conv2d_1", within=name, page=1, opened=1).look(network, none)

    assert [one["index"] for one in second.filters] == [one["index"] for one in far.filters] == [12]
    assert not far.is_opened and not other.is_opened and other.first == 0


def test_smoothing_weighs_all_alike_and_nothing_is_smoothed_in_the_end():
    recipe = Recipe.of((64, 64, 3), 2, 64, 0)

    np.testing.assert_allclose(recipe.smoothing.sum(1), 1, rtol=1e-5)
    np.testing.assert_array_equal(recipe.smoothing[-1], bell(0))
    assert bell(0)[TAPS] == 1 and (np.abs(recipe.shifts) <= 4).all() and recipe.shifts.any()
    assert not Recipe.of((8, 8, 1), 1, 3, 0).shifts.any()


@pytest.mark.parametrize(
    ("means", "expected", "words"),
    [
        ([0.1, 0.5, 0.1], 1, "is for dog: there its mean is 5 times"),
        ([0.4, 0.5, 0.4], None, "to all classes much alike"),
        ([0, 0, 0], None, "answers to no class"),
        ([-2, 1, np.nan], 1, "answers most to dog: its mean there is 1."),
        ([np.nan] * 3, None, "answers to no class"),
    ],
)
def test_a_filter_is_said_to_be_for_a_class_only_where_its_means_say_so(means, expected, words):
    means = np.array(means, np.float32)

    assert view.is_for(means) == expected
    assert words in view.answers_most(means, ("cat", "dog", "bird"), "filter")


@pytest.fixture
def page(joined, monkeypatch):
    """The page Look inside with the lens chosen; the lens process is this one."""

    def ask(question, **fields):
        return process.ask({"question": question, "uploads": [], **fields}, b"")

    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.ask", ask)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.query_params["run"] = joined[0].id
    app = app.run().switch_page("pages/4_Understand/2_Look_inside.py").run()
    return next(box for box in app.selectbox if box.label == "Look with").set_value("filter_wishes").run()


def wishes(app):
    """What was sent to the browser."""
    for block in app.main:
        data = getattr(getattr(block, "proto", None), "bytes", b"")
        if data:
            header = json.loads(data[4 : 4 + int.from_bytes(data[:4], "little")])
            if "sheets" in header:
                return header
    raise AssertionError("no filters on this page")


def test_the_page_draws_filters_and_opens_one_with_its_means_and_its_images(page):
    assert not page.exception and not page.error
    header = wishes(page)
    assert (header["noun"], header["count"], header["opened"]) == ("filter", 3, False)
    counts = {name: sheet["count"] for name, sheet in header["sheets"].items()}
    crops = sum(len(one["positions"]) for one in header["filters"])
    assert counts == {"whole": crops, "crops": crops, "made": 3} and 0 < crops <= 3 * CROPS
    assert all(size == [3, 3] for size in header["sheets"]["made"]["sizes"])

    opened = WhatAFilterWants(layer="head", within="head", opened=2)
    page.session_state[session.TAB].kept |= {"lens-filter_wishes": opened, look_with.TURN: 1}
    page.run()
    header = wishes(page)
    assert not page.exception and not page.error
    assert (header["layer"], header["first"], header["opened"]) == ("head", 2, True)
    assert any("excite this class most" in one.value for one in page.markdown)


def test_a_press_on_a_filter_is_remembered_and_what_nobody_pressed_is_refused(monkeypatch):
    kept = {}
    monkeypatch.setattr(view.session, "keep", kept.__setitem__)
    view._do({"layer": "conv2d_1", "opened": 4, "page": 0})
    assert kept["lens-filter_wishes"] == WhatAFilterWants(layer="conv2d_1", within="conv2d_1", opened=4)
    view._do({"layer": 3, "opened": -7})
    assert "none of its buttons sends" in kept[view.REFUSAL]
