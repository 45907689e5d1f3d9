"""Bases: the networks of keras.applications as rows of ours, their weights, and what of them learns."""

from pathlib import Path

import numpy as np
import pytest

from core.build import pretrained
from core.build.model import build_model
from core.datasets import Facts
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.network import trace
from core.layers import Layer
from core.layers.dense import Dense
from core.layers.mobilenet_v2 import MobileNetV2
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.pretrained import Base
from core.spec import kinds

HEAD = Dense(units=1, activation="sigmoid")
BASES = [kind for kind in kinds(Layer).values() if issubclass(kind, Base) and kind.application]
SMALL = MobileNetV2(alpha=0.35)
PHOTOS = Facts((96, 96, 3), ("horse", "human"), 120)


def experiment_of(*layers):
    return Experiment(layers=layers)


def rows_of(base, side=160, channels=3):
    """The rows of a base, without those that prepare the image."""
    rows = trace((side, side, channels), [base, GlobalAveragePooling2D()], HEAD).rows
    return [row for row in rows if row.base and not row.part.startswith("image_")]


def shared_weights(base, side):
    path = pretrained.place(base.file((side, side, 3)))
    if not path.is_file():
        pytest.skip(f"KERAS_HOME holds no {path.name}")


@pytest.mark.parametrize("kind", BASES, ids=lambda kind: kind.__name__)
def test_every_row_of_a_base_is_keras_layer_of_that_name_shape_and_parameters(kind):
    import keras

    base = kind()
    side = max(kind.least, 96)
    model = getattr(keras.applications, kind.application)(input_shape=(side, side, 3), include_top=False, weights=None)
    ours = [(row.part, row.output_shape, row.parameters) for row in rows_of(base, side)]
    theirs = [(layer.name, tuple(layer.output.shape[1:]), layer.count_params()) for layer in model.layers[1:]]

    assert ours == theirs


def test_mobilenet_v2_has_the_published_figures():
    traced = trace((160, 160, 3), [MobileNetV2(), GlobalAveragePooling2D()], HEAD)

    assert len(rows_of(MobileNetV2())) + 1 == 154  # Keras counts the input as a layer too
    assert rows_of(MobileNetV2())[-1].output_shape == (5, 5, 1280)
    assert traced.parameters == 2_257_984 + 1_281 and traced.trainable == 1_281


@pytest.mark.parametrize(("alpha", "side"), [(0.35, 96), (1.0, 160)])
def test_features_with_keras_own_weights_are_keras_features(alpha, side):
    import keras

    base = MobileNetV2(alpha=alpha)
    shared_weights(base, side)
    experiment, facts = experiment_of(base, GlobalAveragePooling2D()), Facts((side, side, 3), ("a", "b"), 4)
    model = build_model(experiment, facts)
    pretrained.begin(model, experiment.trace(facts))
    images = np.random.default_rng(0).integers(0, 256, (4, side, side, 3)).astype("float32")
    theirs = keras.applications.MobileNetV2(input_shape=(side, side, 3), include_top=False, alpha=alpha)

    ours = keras.Model(model.input, model.get_layer("out_relu").output)(images)
    wanted = theirs(keras.applications.mobilenet_v2.preprocess_input(images.copy()))
    np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-3)


def test_a_base_is_cut_at_a_layer_by_name_and_grey_images_become_colours():
    rows = rows_of(SMALL.edited(cut="block_12_add"), 96, channels=1)

    assert rows[-1].part == "block_12_add" and rows[-1].output_shape == (6, 6, 32)
    wrong = trace((96, 96, 3), [SMALL.edited(cut="mixed7"), GlobalAveragePooling2D()], HEAD).broken
    assert wrong.impossible.reason == "MobileNetV2 has no layer mixed7" and wrong.impossible.fixes == {"cut": ""}


def test_frozen_layers_keep_their_statistics_while_the_network_trains_and_learning_ones_by_choice():
    experiment = experiment_of(SMALL.edited(weights=None, trainable_from="Conv_1"), GlobalAveragePooling2D())
    images = np.random.default_rng(0).integers(0, 256, (8, 96, 96, 3)).astype("float32")
    for learns, moves in ((experiment, set()), (_in_training(experiment), {"Conv_1_bn"})):
        model = build_model(learns, PHOTOS)
        before = {one.path: one.numpy() for one in model.weights}
        model(images, training=True)
        moved = {one.path.partition("/")[0] for one in model.weights if np.any(one.numpy() != before[one.path])}

        assert moved == moves
        assert {one.path for one in model.trainable_weights} == {
            *("Conv_1/kernel", "Conv_1_bn/gamma", "Conv_1_bn/beta"),
            *("head/kernel", "head/bias"),
        }


def _in_training(experiment):
    node = experiment.nodes[0]
    return experiment.edited(nodes=(node.edited(layer=node.layer.edited(training=True)), *experiment.nodes[1:]))


def test_weights_that_are_missing_or_another_networks_are_told_in_one_sentence(tmp_path, monkeypatch):
    import h5py

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    experiment = experiment_of(SMALL, GlobalAveragePooling2D())
    model, traced = build_model(experiment, PHOTOS), experiment.trace(PHOTOS)
    with pytest.raises(UserError) as missing:
        pretrained.begin(model, traced)
    place = pretrained.place(SMALL.file(PHOTOS.shape))
    place.parent.mkdir(parents=True)
    with h5py.File(place, "w") as file:
        file["Conv1/Conv1/kernel:0"] = np.zeros((3, 3, 3, 7), "float32")
    with pytest.raises(UserError) as other:
        pretrained.begin(model, traced)
    Path(place).write_bytes(b"half a download")
    with pytest.raises(UserError) as half:
        pretrained.begin(model, traced)

    assert missing.value.code == "BASE_NOT_HERE"
    assert other.value.code == half.value.code == "BASE_WEIGHTS"
