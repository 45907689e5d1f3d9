"""An experiment is one value; what is wrong with it is said all at once, before any training."""

import pytest

from core.datasets.keras_datasets import FashionMNIST
from core.datasets.shapes import Shapes
from core.experiment import Experiment, memory
from core.experiment.presets import load_preset, presets
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.pooling import MaxPooling2D
from core.layers.reshaping import Flatten


def test_the_digits_network_has_the_published_parameters():
    experiment = load_preset("digits-cnn")
    rows = experiment.trace(experiment.dataset.facts()).rows

    assert [row.parameters for row in rows if row.parameters] == [320, 18_496, 2_570]
    assert sum(row.parameters for row in rows) == 21_386


def test_the_fashion_network_has_the_published_shapes():
    experiment = load_preset("fashion-cnn")
    rows = experiment.trace(experiment.dataset.facts()).rows

    assert [row.output_shape[0] for row in rows[:5]] == [26, 13, 11, 5, 1600]


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_without_problems(name):
    assert load_preset(name).problems() == []


def test_the_head_follows_from_the_classes():
    two, six = Experiment(dataset=Shapes(classes=2)), Experiment(dataset=Shapes(classes=6))

    assert two.head(two.dataset.facts()) == Dense(units=1, activation="sigmoid")
    assert two.loss(two.dataset.facts()) == "binary_crossentropy"
    assert six.head(six.dataset.facts()) == Dense(units=6, activation="softmax")
    assert six.loss(six.dataset.facts()) == "sparse_categorical_crossentropy"


def test_the_first_layer_that_does_not_fit_is_named_with_its_fixes():
    stack = (MaxPooling2D(), MaxPooling2D(), MaxPooling2D(), Conv2D(), Flatten())
    (problem,) = Experiment(layers=stack).problems()

    assert (problem.where, problem.index, problem.blocking) == ("network", 3, True)
    assert problem.message == "Conv2D #4: a 3x3 kernel does not fit the 1x1 input."
    assert problem.fixes == (("padding", "same"),)


def test_maps_at_the_end_are_asked_to_be_flattened():
    (problem,) = Experiment(layers=(Conv2D(),)).problems()

    assert "Flatten" in problem.hint


def test_a_wrong_loss_is_refused_and_an_unusual_one_warned_of():
    many = Experiment(layers=(Flatten(),))
    many = many.edited(training=many.training.edited(loss="binary_crossentropy"))
    two = Experiment(dataset=Shapes(classes=2), layers=(Flatten(),))
    two = two.edited(training=two.training.edited(loss="sparse_categorical_crossentropy"))

    assert [p.blocking for p in many.problems()] == [True]
    assert [p.blocking for p in two.problems()] == [False]


def test_a_network_too_large_is_refused_with_its_biggest_layer(monkeypatch):
    monkeypatch.setattr("core.experiment.memory.limit", lambda: 4 * 2**30)
    experiment = Experiment(dataset=Shapes(image_size=256), layers=(Flatten(), Dense(units=4096)))
    (problem,) = memory.obstacles(experiment)

    assert experiment.problems() == []  # it is a legal experiment everywhere, and too large here
    assert "biggest layer is Dense #2" in problem.message
    assert problem.index == 1


def test_no_validation_images_is_a_problem_only_without_test_images():
    digits = Experiment(layers=(Flatten(),))
    bare = digits.training.edited(validation_split=0.0)

    assert [p.where for p in digits.edited(training=bare).problems()] == ["training"]
    assert digits.edited(training=bare, dataset=FashionMNIST()).problems() == []


def test_the_notes_digits_have_its_layers_no_activation_and_its_rate_and_hold_out_one_picture_of_each_class():
    from core import datasets

    notes, ours = load_preset("digits-notes"), load_preset("digits-cnn")
    data = datasets.load(notes.dataset, notes.training.validation_split, notes.seed)

    assert notes.trace(notes.dataset.facts()).parameters == 320 + 18_496 + 2_570 == 21_386
    first, *layers = notes.layers

    assert first.keras_arguments() == {"scale": 16.0, "offset": 0.0}  # the note's pixels are 0..16, ours 0..1
    assert [getattr(layer, "activation", "linear") for layer in layers] == ["linear"] * len(layers)
    assert [layer.kind for layer in layers] == [layer.kind for layer in ours.layers]
    assert (notes.training.optimizer.learning_rate, notes.training.epochs, notes.training.batch_size) == (0.001, 10, 32)
    assert (len(data.train), len(data.validation)) == (1787, 10)
