"""An experiment is one value; what is wrong with it is said all at once, before any training."""

import pytest

from core.datasets.keras_datasets import FashionMNIST
from core.datasets.shapes import Shapes
from core.experiment import Experiment, memory
from core.experiment.presets import groups, load_preset, presets
from core.experiment.presets.shelf import SHELF, told
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
def test_every_preset_is_without_problems_or_there_to_be_looked_at(name):
    experiment = load_preset(name)
    problems = experiment.problems()

    assert [problem.where for problem in problems] == ([] if experiment.dataset.has_images else ["data"])


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("lenet-5", 61_706),
        ("tiny-vgg", 19_920),
        ("mobilenet", 4_253_864),
        ("mobilenet-v2", 2_257_984 + 1_281),
        ("horse-or-human-300", 78_400 * 512 + 512 + 513 + 448 + 4_640 + 18_496),
    ],
)
def test_a_preset_has_the_published_number_of_parameters(name, parameters):
    experiment = load_preset(name)

    assert experiment.trace(experiment.dataset.facts()).parameters == parameters


def test_mobilenets_have_the_parts_that_are_published():
    first, second = load_preset("mobilenet"), load_preset("mobilenet-v2")
    traced, later = (one.trace(one.dataset.facts()) for one in (first, second))

    assert (traced.trainable, traced.parameters - traced.trainable) == (4_231_976, 21_888)
    assert traced.input_shape == (224, 224, 3) and traced.rows[-1].output_shape == (1000,)
    assert later.input_shape == (160, 160, 3) and later.rows[-1].parameters == 1_281
    assert next(row.input_shape for row in later.rows if row.kind == "GlobalAveragePooling2D") == (5, 5, 1280)


def test_what_reaches_flatten_of_horse_or_human_is_as_in_the_lessons():
    given = {}
    for name in ("horse-or-human-300", "horse-or-human-300-five", "horse-or-human-150"):
        experiment = load_preset(name)
        traced = experiment.trace(experiment.dataset.facts())
        given[name] = next(row.input_shape for row in traced.rows if row.kind == "Flatten")

    assert given["horse-or-human-300"] == (35, 35, 64) and 35 * 35 * 64 == 78_400 < 300 * 300 * 3 == 270_000
    assert given["horse-or-human-300-five"] == (7, 7, 64) and given["horse-or-human-150"] == (17, 17, 64)


def test_the_two_sizes_of_horse_or_human_differ_in_nothing_else():
    large, small = load_preset("horse-or-human-300"), load_preset("horse-or-human-150")
    beside = told("horse-or-human-150").beside

    assert large.is_same(small.edited(dataset=large.dataset))
    assert (beside.field, beside.values) == ("dataset.image_size", (150, 300))


def test_every_preset_of_ours_stands_on_the_shelf_and_the_shelf_holds_no_other():
    assert set(SHELF) == set(presets()) and presets() == list(SHELF)
    assert [name for names in groups().values() for name in names] == presets(), "groups lie together"
    assert all(told(name).words.endswith(".") for name in presets())
    assert all((told(name).minutes > 0) == load_preset(name).dataset.has_images for name in presets())


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
