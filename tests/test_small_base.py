"""The base that is always here: its file, its features beside Keras', and what they reach on real photos."""

import hashlib

import numpy as np
import pytest

from bases.small import evaluate
from core.build import pretrained
from core.build.model import build_model
from core.datasets import Facts, weights_files
from core.errors import UserError
from core.experiment import Experiment
from core.layers.pooling import GlobalAveragePooling2D
from core.layers.small_base import SHA256, WEIGHTS, SmallBase
from core.showing import bases

FACTS = Facts((96, 96, 3), ("horse", "human"), 120)


@pytest.fixture(scope="module")
def features():
    """Our network up to its pooled features, with the weights of the repository: images uint8 to float32 (n, 512)."""
    import keras

    experiment = Experiment(layers=(SmallBase(), GlobalAveragePooling2D()))
    model = build_model(experiment, FACTS)
    pretrained.begin(model, experiment.trace(FACTS))
    return evaluate.pooled(keras.Model(model.input, model.get_layer("relu9").output), 1.0)


def test_its_file_is_under_three_megabytes_and_the_one_that_the_code_names():
    assert WEIGHTS.stat().st_size < 3_000_000
    assert hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() == SHA256


def test_its_features_are_those_of_the_network_that_the_script_trains(features):
    images = np.random.default_rng(0).integers(0, 256, (4, 96, 96, 3)).astype("uint8")

    np.testing.assert_allclose(features(images), evaluate.pooled(evaluate.small(WEIGHTS))(images), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "least"), [("horse-or-human", 0.92), ("rps", 0.88)])
def test_sixty_photos_of_each_class_are_enough_for_it(test_data, features, name, least):
    shown = evaluate.photos(test_data / "datasets" / f"{name}-150px.zip", 96)

    assert np.mean(evaluate.accuracies(features, shown)) >= least


def test_what_is_shown_is_told_apart_by_it_where_no_other_base_is_here(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    assert bases.usual().base == SmallBase()


def test_a_changed_file_is_refused_before_an_array_of_it_is_read(tmp_path, monkeypatch):
    changed = bytearray(WEIGHTS.read_bytes())
    changed[-1] ^= 1
    (tmp_path / WEIGHTS.name).write_bytes(changed)
    monkeypatch.setattr(weights_files, "OURS", tmp_path)
    experiment = Experiment(layers=(SmallBase(), GlobalAveragePooling2D()))
    with pytest.raises(UserError) as refused:
        pretrained.begin(build_model(experiment, FACTS), experiment.trace(FACTS))

    assert refused.value.code == "BASE_WEIGHTS"


def test_the_same_seed_draws_the_same_pictures_and_says_what_each_shows(fashion):
    from bases.small.pictures import KINDS, picture

    drawn = [picture(3, index) for index in range(12)]

    assert all(image.shape == (160, 160, 3) and -1 <= kind < KINDS for image, kind in drawn)
    assert all(np.array_equal(image, picture(3, index)[0]) for index, (image, _) in enumerate(drawn))
