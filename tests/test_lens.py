"""The lens against Keras: what it shows is what the network holds, and its process may die without harm."""

import io
from dataclasses import astuple
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image
from saved import save_weights

from core import datasets
from core.augmentation.movement import RandomFlip
from core.build.model import build_model
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.intake.pixels import fit_to
from core.layers.convolution import DepthwiseConv2D, SeparableConv2D
from core.layers.dense import Dense
from core.lens.client import LensClient
from core.lens.drawings import centred, measure
from core.lens.draws import augment
from core.lens.feature_maps import FeatureMaps
from core.lens.kernels import Kernels
from core.lens.network import open_network
from core.lens.outline import Outline
from core.lens.predictions import Predictions
from core.runs import states
from core.runs.recorder import Recorder
from core.workspace import current
from pages.components.understand.feature_maps import sealed
from tests.saved import here


@pytest.fixture(autouse=True, scope="module")
def workspace(tmp_path_factory):
    """One workspace for the module, as a lens process keeps the one it was started with."""
    home = tmp_path_factory.mktemp("workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERNELSCOPE_HOME", str(home))
        yield home


@pytest.fixture(scope="module")
def client(workspace):
    """One lens process for the module."""
    client = LensClient(current())
    yield client
    client.close()


def saved_run(experiment):
    """A run with the fresh weights of its experiment, and the model they came from."""
    run = here().create(experiment)
    model = build_model(experiment, experiment.dataset.facts())
    with Recorder(run) as record:
        save_weights(record, 1, model)
        record.status(state=states.FINISHED, epoch=1, epochs=1)
    return run, model


def pictures(experiment, count):
    return np.array(datasets.load(experiment.dataset).images[:count])


def softmax(logits):
    exponents = np.exp(logits - logits.max(1, keepdims=True))
    return exponents / exponents.sum(1, keepdims=True)


def test_every_map_is_the_output_of_its_layer(small):
    run, model = saved_run(small)
    images = pictures(small, 1)
    found = FeatureMaps().look(open_network(run), images)

    np.testing.assert_allclose(found.scaled, images[0] / 255, rtol=1e-6)
    assert [layer["name"] for layer in found.layers] == [layer.name for layer in model.layers[2:]]
    for told, layer in zip(found.layers, model.layers[2:], strict=True):
        expected = keras.Model(model.inputs, layer.output).predict(images, verbose=0)[0]
        np.testing.assert_allclose(told["values"], expected, rtol=1e-5, atol=1e-6)


def test_probabilities_are_the_softmax_of_the_logits_and_the_models_own(small):
    run, model = saved_run(small)
    images = pictures(small, 5)
    answer = Predictions().look(open_network(run), images)

    np.testing.assert_allclose(answer.probabilities, model.predict(images, verbose=0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(softmax(answer.logits), answer.probabilities, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("classes", [10, 2])
def test_the_terms_of_a_logit_add_up_to_keras_own_largest_first(classes, small):
    if classes == 2:
        small = small.edited(dataset=Shapes(classes=2, count=40, image_size=12))
    run, model = saved_run(small)
    images = pictures(small, 3)
    *_, flat, head = model.layers
    inputs = keras.Model(model.inputs[0], flat.output)(images.astype(np.float32)).numpy()
    kernel, bias = head.get_weights()
    for picture, given in zip(images, inputs, strict=True):
        found = FeatureMaps().look(open_network(run), picture[None])
        told, (probabilities,) = found.last_sum, model(picture[None].astype(np.float32)).numpy()
        products = told["values"] * told["weights"]  # (units, terms)
        logits = products.sum(1) + told["rest"] + told["bias"]

        assert (told["layer"], told["source"], told["count"]) == (head.name, flat.name, len(given))
        np.testing.assert_allclose(logits, given @ kernel + bias, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(logits, found.logits, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(told["values"], given[told["inputs"]], rtol=1e-5)
        for unit, terms in enumerate(told["inputs"]):
            np.testing.assert_array_equal(told["weights"][unit], kernel[terms, unit])
        sizes = np.abs(products)
        assert np.all(sizes[:, :-1] >= sizes[:, 1:])
        others = np.delete(np.abs(given * kernel[:, 0]), told["inputs"][0])
        assert sizes[0, -1] >= others.max(initial=0)
        made = softmax(logits[None])[0] if classes > 2 else 1 / (1 + np.exp(-logits))
        np.testing.assert_allclose(made, probabilities, rtol=1e-4)


def test_terms_of_a_hidden_unit_add_up_to_its_activation_and_too_many_are_refused_with_the_reason(small, monkeypatch):
    run, model = saved_run(small.edited(layers=(*small.layers, Dense(units=60), Dense(units=7))))
    picture = pictures(small, 1)
    *_, flat, wide, narrow, _ = model.layers
    found = FeatureMaps().look(open_network(run), picture)
    assert list(found.sums) == [wide.name, narrow.name]
    for before, layer in ((flat, wide), (wide, narrow)):
        given = keras.Model(model.inputs[0], before.output)(picture.astype(np.float32)).numpy()[0]
        told, (kernel, bias) = found.sums[layer.name], layer.get_weights()
        products = told["values"] * told["weights"]
        assert (told["source"], products.shape) == (before.name, (layer.units, min(40, len(given))))
        np.testing.assert_allclose(products.sum(1) + told["rest"] + bias, given @ kernel + bias, rtol=1e-4, atol=1e-4)
        largest = -np.sort(-np.abs(given[:, None] * kernel), axis=0)[:40].T
        np.testing.assert_allclose(np.abs(products), largest, rtol=1e-5, atol=1e-7)

    looking = SimpleNamespace(outline=Outline.of(run.experiment), chosen=SimpleNamespace(names=("one",), truth=(None,)))
    reason = b"not taken apart: its layer has more than"
    assert reason not in sealed(found, looking)
    monkeypatch.setattr("core.lens.last_sum.MOST_WEIGHTS", wide.units * narrow.units)
    found = FeatureMaps().look(open_network(run), picture)
    assert (list(found.sums), sealed(found, looking).count(reason)) == ([narrow.name], 1)


def test_two_classes_get_a_probability_each(small):
    run, model = saved_run(small.edited(dataset=Shapes(classes=2, count=40, image_size=12)))
    images = pictures(run.experiment, 3)
    answer = Predictions().look(open_network(run), images)
    one = model.predict(images, verbose=0)

    np.testing.assert_allclose(answer.probabilities, np.hstack([1 - one, one]), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(1 / (1 + np.exp(-answer.logits)), one, rtol=1e-4, atol=1e-6)


def test_kernels_are_the_weights_of_every_kind_of_convolution(small):
    stack = (DepthwiseConv2D(depth_multiplier=2), SeparableConv2D(filters=3), *small.layers)
    run, model = saved_run(small.edited(layers=stack))
    own, product, plain = Kernels().look(open_network(run), pictures(small, 0)).layers

    assert [layer["name"] for layer in (own, product, plain)] == [layer.name for layer in model.layers[2:5]]
    for told in (own, product, plain):
        np.testing.assert_array_equal(told["bias"], model.get_layer(told["name"]).get_weights()[-1])
    kernel = model.get_layer("conv2d_1").get_weights()[0]  # (k, k, channels, filters)
    np.testing.assert_array_equal(plain["planes"], np.transpose(kernel, (3, 2, 0, 1)))
    kernel = model.get_layer("depthwise_conv2d_1").get_weights()[0]  # (k, k, 1, 2)
    np.testing.assert_array_equal(own["planes"][1, 0], kernel[:, :, 0, 1])
    assert (own["own"], own["filters"], own["channels"]) == (True, 2, 1)
    assert (product["kernels_are"], product["filters"], product["channels"]) == ("depthwise × pointwise", 3, 2)


def test_draws_follow_their_seed_and_are_keras_own(small):
    flipping = small.edited(augmentations=(RandomFlip(mode="horizontal"),))
    first, again = augment(flipping, 7, 12, seed=3), augment(flipping, 7, 12, seed=3)
    other = augment(flipping, 7, 12, seed=4)

    np.testing.assert_array_equal(first["images"], again["images"])
    assert (first["images"] != other["images"]).any()
    mirrored = first["original"][:, ::-1]
    for drawn in first["images"]:
        assert (drawn == first["original"]).all() or (drawn == mirrored).all()


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def test_uploads_are_opened_in_the_process_and_bad_ones_are_listed(client, small):
    run, model = saved_run(small)
    photo = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    uploads = [("good.png", png(photo)), ("bad.png", b"no picture at all"), ("empty.png", b"")]
    answer = client.ask("predict", run=run.id, positions=[4], uploads=uploads)

    assert [p["row"] for p in answer["pictures"]] == [0, 1, None, None]
    assert "bad.png is not a picture" in answer["pictures"][2]["error"]
    np.testing.assert_array_equal(answer["seen"][1], fit_to(photo, 8, 8, 1))
    expected = model.predict(answer["seen"], verbose=0)
    np.testing.assert_allclose(answer["result"].probabilities, expected, rtol=1e-3, atol=1e-5)

    with pytest.raises(UserError, match="not a picture"):
        client.ask("feature_maps", run=run.id, uploads=[("bad.png", b"no picture at all")])
    with pytest.raises(UserError, match="not in the dataset"):
        client.ask("feature_maps", run=run.id, positions=[10**6])
    with pytest.raises(UserError, match="not here"):
        client.ask("predict", run="0" * 32, positions=[1])
    only_bad = client.ask("predict", run=run.id, uploads=uploads[1:])
    assert only_bad["result"].probabilities.shape == (0, 10)


def test_a_crash_and_an_overrun_cost_one_answer(client, small):
    run, _ = saved_run(small)
    client.ask("kernels", run=run.id)
    client._process.kill()
    client._process.wait()

    assert not client.is_warm()
    assert client.ask("kernels", run=run.id)["result"].layers
    with pytest.raises(UserError, match="too long"):
        client.ask("predict", run=run.id, positions=list(range(500)), seconds=0.0)
    assert client.ask("predict", run=run.id, positions=[1])["result"].probabilities.shape == (1, 10)


def test_planes_of_a_separable_convolution_are_the_kernel_of_an_equal_plain_one(small):
    stack = (SeparableConv2D(filters=3, depth_multiplier=2, activation="linear"), small.layers[-1])
    run, model = saved_run(small.edited(layers=stack, dataset=Shapes(count=40, image_size=12)))
    images = pictures(run.experiment, 1)
    planes = Kernels().look(open_network(run), images).layers[0]["planes"]  # (filters, channels, k, k)
    separable = keras.Model(model.inputs, model.get_layer("separable_conv2d_1").output)
    expected = separable.predict(images, verbose=0)
    kernel = np.transpose(planes, (2, 3, 1, 0))

    np.testing.assert_allclose(keras.ops.conv(images / np.float32(255), kernel), expected, rtol=1e-4, atol=1e-5)


def test_limits_cut_to_the_first_maps_and_values(small):
    run, _ = saved_run(small)
    full = FeatureMaps().look(open_network(run), pictures(small, 1))
    cut = FeatureMaps(maps=2, values=5).look(open_network(run), pictures(small, 1))

    np.testing.assert_array_equal(cut.layers[0]["values"], full.layers[0]["values"][..., :2])
    np.testing.assert_array_equal(cut.layers[2]["values"], full.layers[2]["values"][:5])
    assert cut.layers[0]["shape"] == [6, 6, 4]
    (kernels,) = Kernels(filters=3).look(open_network(run), pictures(small, 0)).layers
    assert kernels["planes"].shape == (3, 1, 3, 3)


def test_a_drawing_in_a_corner_is_centred_like_the_training_pictures():
    images = np.zeros((5, 20, 20, 1), np.uint8)
    images[:, 2:18, 6:14] = 255  # ink 16 px high, 8 px wide, in the middle
    manner = measure(images)
    drawing = np.zeros((200, 200, 3), np.uint8)
    drawing[150:190, 10:30] = 255  # the same proportions, small, in a corner
    centred_one = centred(drawing, manner, 20, 20, 1)

    assert astuple(manner)[:5] == pytest.approx((0, 0.8, 0.4, 0.5, 0.5))
    np.testing.assert_array_equal(centred_one, images[0])
    assert astuple(measure(255 - images))[:5] == pytest.approx((255, 0.8, 0.4, 0.5, 0.5))
    assert not centred(np.zeros_like(drawing), manner, 20, 20, 1).any()


def test_a_drawing_is_averaged_over_areas(client, small):
    run, _ = saved_run(small)
    drawing = np.zeros((80, 80, 3), np.uint8)
    drawing[:40, :5] = 254
    answer = client.ask("predict", run=run.id, uploads=[("drawing", png(drawing))], drawn=True)

    assert answer["seen"][0, :, :, 0].tolist() == [[127] + [0] * 7] * 4 + [[0] * 8] * 4
    moved = client.ask("predict", run=run.id, uploads=[("drawing", png(drawing))], drawn=True, centred=True)
    assert moved["seen"][0, :, 3:5].min() > 100


def test_uploads_come_back_small_enough_to_show(client, small):
    run, _ = saved_run(small)
    photo = np.random.default_rng(1).integers(0, 256, (400, 800, 3), np.uint8)
    answer = client.ask("predict", run=run.id, uploads=[("photo.png", png(photo))])

    assert answer["original_0"].shape == (160, 320, 3)
    assert answer["pictures"][0]["words"] == "800×400 px"
