"""The lens against Keras: what it shows is what the network holds, and its process may die without harm."""

import io

import keras
import numpy as np
import pytest
from PIL import Image

from core import datasets, runs
from core.augmentations import RandomFlip
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.intake.images import fit_to
from core.layers.convolution import DepthwiseConv2D, SeparableConv2D
from core.lens.client import LensClient
from core.lens.draws import augment
from core.lens.feature_maps import FeatureMaps
from core.lens.kernels import Kernels
from core.lens.network import open_network
from core.lens.predictions import Predictions
from core.model import build_model
from core.runs import Recorder


def saved_run(experiment):
    """A run with the fresh weights of its experiment, and the model they came from."""
    run = runs.create(experiment)
    model = build_model(experiment, experiment.dataset.facts())
    with Recorder(run) as record:
        record.checkpoint(1, model.get_weights(), keep=set())
        record.status(state=runs.FINISHED, epoch=1, epochs=1)
    return run, model


def pictures(experiment, count):
    return np.array(datasets.load(experiment.dataset).images[:count])


def softmax(logits):
    exponents = np.exp(logits - logits.max(1, keepdims=True))
    return exponents / exponents.sum(1, keepdims=True)


def test_every_map_is_the_output_of_its_layer(small):
    run, model = saved_run(small)
    images = pictures(small, 1)
    answer = FeatureMaps().look(open_network(run), images)

    np.testing.assert_allclose(answer["input"], images[0] / 255, rtol=1e-6)
    assert [layer["name"] for layer in answer["layers"]] == [layer.name for layer in model.layers[2:]]
    for i, layer in enumerate(model.layers[2:]):
        expected = keras.Model(model.inputs, layer.output).predict(images, verbose=0)[0]
        np.testing.assert_allclose(answer[f"map_{i}"], expected, rtol=1e-5, atol=1e-6)


def test_probabilities_are_the_softmax_of_the_logits_and_the_models_own(small):
    run, model = saved_run(small)
    images = pictures(small, 5)
    answer = Predictions().look(open_network(run), images)

    np.testing.assert_allclose(answer["probabilities"], model.predict(images, verbose=0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(softmax(answer["logits"]), answer["probabilities"], rtol=1e-4, atol=1e-6)


def test_two_classes_get_a_probability_each(small):
    run, model = saved_run(small.edited(dataset=Shapes(classes=2, count=40, image_size=12)))
    images = pictures(run.experiment, 3)
    answer = Predictions().look(open_network(run), images)
    one = model.predict(images, verbose=0)

    np.testing.assert_allclose(answer["probabilities"], np.hstack([1 - one, one]), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(1 / (1 + np.exp(-answer["logits"])), one, rtol=1e-4, atol=1e-6)


def test_kernels_are_the_weights_of_every_kind_of_convolution(small):
    stack = (DepthwiseConv2D(depth_multiplier=2), SeparableConv2D(filters=3), *small.layers)
    run, model = saved_run(small.edited(layers=stack))
    answer = Kernels().look(open_network(run), pictures(small, 0))

    assert [layer["kind"] for layer in answer["layers"]] == ["DepthwiseConv2D", "SeparableConv2D", "Conv2D"]
    for i, name in enumerate(["depthwise_conv2d_1", "separable_conv2d_1", "conv2d_1"]):
        weights = model.get_layer(name).get_weights()
        np.testing.assert_array_equal(answer[f"kernel_{i}"], weights[0])
        np.testing.assert_array_equal(answer[f"bias_{i}"], weights[-1])
    np.testing.assert_array_equal(answer["pointwise_1"], model.get_layer("separable_conv2d_1").get_weights()[1])


def test_draws_follow_their_seed_and_are_keras_own(small):
    flipping = small.edited(augmentations=(RandomFlip(mode="horizontal"),))
    first, again = augment(flipping, 7, 12, seed=3), augment(flipping, 7, 12, seed=3)
    other = augment(flipping, 7, 12, seed=4)

    np.testing.assert_array_equal(first["images"], again["images"])
    assert (first["images"] != other["images"]).any()
    mirrored = first["original"][:, ::-1]
    for drawn in first["images"]:
        assert (drawn == first["original"]).all() or (drawn == mirrored).all()


@pytest.fixture
def client():
    client = LensClient()
    yield client
    client.close()


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
    np.testing.assert_allclose(answer["probabilities"], model.predict(answer["seen"], verbose=0), rtol=1e-3, atol=1e-5)

    with pytest.raises(UserError, match="not a picture"):
        client.ask("feature_maps", run=run.id, uploads=[("bad.png", b"no picture at all")])
    with pytest.raises(UserError, match="not in the dataset"):
        client.ask("feature_maps", run=run.id, positions=[10**6])
    with pytest.raises(UserError, match="not here"):
        client.ask("predict", run="0" * 32, positions=[1])
    only_bad = client.ask("predict", run=run.id, uploads=uploads[1:])
    assert only_bad["probabilities"].shape == (0, 10)


def test_a_crash_and_an_overrun_cost_one_answer(client, small):
    run, _ = saved_run(small)
    client.ask("kernels", run=run.id)
    client._process.kill()
    client._process.wait()

    assert not client.is_warm()
    assert client.ask("kernels", run=run.id)["layers"]
    with pytest.raises(UserError, match="too long"):
        client.ask("predict", run=run.id, positions=list(range(500)), seconds=0.0)
    assert client.ask("predict", run=run.id, positions=[1])["probabilities"].shape == (1, 10)
