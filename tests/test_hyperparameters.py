"""Settings that can't be are refused before the start, with the field, the value and what it may be."""

import copy
import json
import re

import pytest

from core import datasets
from core.datasets import Dataset, Facts
from core.datasets.digits import Digits
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import Experiment, Training
from core.experiment.reading import read_experiment
from core.layers.convolution import Conv2D
from core.layers.pooling import MaxPooling2D
from core.layers.reshaping import Flatten
from core.optimization.class_weights import Balanced, Own
from core.optimization.schedules import CosineDecay, ExponentialDecay
from core.optimization.stopping import EarlyStopping, ReduceLROnPlateau, Target
from tests.saved import here

RATE = "training.optimizer.learning_rate"
NUMBERS = [
    (RATE, 1e30, "a number from 1e-06 to 10"),
    (RATE, -1, "a number from 1e-06 to 10"),
    (RATE, 0, "a number from 1e-06 to 10"),
    (RATE, float("nan"), "a number from 1e-06 to 10"),
    (RATE, float("inf"), "a number from 1e-06 to 10"),
    (RATE, "0,1", "a number from 1e-06 to 10"),
    ("training.batch_size", 0, "a whole number from 1 to 4 096"),
    ("training.batch_size", -1, "a whole number from 1 to 4 096"),
    ("training.batch_size", float("nan"), "a whole number from 1 to 4 096"),
    ("training.epochs", 0, "a whole number from 1 to 1 000"),
    ("training.epochs", 10**9, "a whole number from 1 to 1 000"),
    ("training.validation_split", 1, "a number from 0 to 0.9"),
    ("training.validation_split", -0.1, "a number from 0 to 0.9"),
    ("seed", -1, "a whole number from 0 to 2 147 483 647"),
    ("layers[0].filters", 0, "a whole number from 1 to"),
    ("layers[0].kernel_size", 0, "a whole number from 1 to"),
    ("layers[0].strides", 0, "a whole number from 1 to"),
    ("layers[1].rate", 1.0, "a number from 0 to 0.95"),
    ("layers[1].rate", 1.5, "a number from 0 to 0.95"),
    ("augmentations[0].factor", float("nan"), "a number from 0 to 0.5"),
    ("augmentations[1].height_factor", 1.0, "a number from 0 to 0.9"),
    ("dataset.count", 0, "a whole number from 40 to 50 000"),
    ("dataset.count", 1, "a whole number from 40 to 50 000"),
    ("dataset.classes", 1, "a whole number from 2 to 10"),
    ("dataset.image_size", 1, "a whole number from 12 to 256"),
    ("dataset.image_size", 4096, "a whole number from 12 to 256"),
    ("training.class_weight.values[1]", float("nan"), "a number from 0 to 1 000"),
    ("training.class_weight.values[1]", -1, "a number from 0 to 1 000"),
    ("training.rules[0].patience", -1, "a whole number from 0 to 100"),
]
DOCUMENT = {
    "dataset": {"kind": "Shapes"},
    "augmentations": [{"kind": "RandomRotation"}, {"kind": "RandomZoom"}],
    "layers": [{"kind": "Conv2D"}, {"kind": "Dropout"}, {"kind": "Flatten"}],
    "training": {
        "optimizer": {"kind": "SGD"},
        "class_weight": {"kind": "Own", "values": [1.0, 1.0]},
        "rules": [{"kind": "EarlyStopping"}],
    },
}


def document_with(place, value):
    """The document with one place changed: "layers[0].filters"."""
    changed = copy.deepcopy(DOCUMENT)
    *way, last = [int(part) if part.isdigit() else part for part in re.findall(r"\w+", place)]
    inner = changed
    for part in way:
        inner = inner[part]
    inner[last] = value
    return json.dumps(changed)


@pytest.mark.parametrize(("place", "value", "legal"), NUMBERS, ids=[f"{place}={value}" for place, value, _ in NUMBERS])
def test_a_number_out_of_range_is_refused_with_its_field_its_value_and_its_range(place, value, legal):
    with pytest.raises(UserError) as caught:
        read_experiment(document_with(place, value))

    said = caught.value.what.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert said.startswith(f"{place}: {value!r} can't be used: it is {legal}")
    assert caught.value.code == "JSON_FIELD"


def test_the_document_itself_is_read():
    assert read_experiment(json.dumps(DOCUMENT)).layers[0] == Conv2D()


class Given(Dataset):
    """A dataset whose facts a test gives; it holds no pictures."""

    def pristine(self):
        return self._facts

    @classmethod
    def of(cls, **facts):
        made = cls()
        object.__setattr__(made, "_facts", Facts(**({"shape": (8, 8, 1), "class_names": ("a", "b")} | facts)))
        return made


FLAT = (Flatten(),)


def found(dataset=None, layers=FLAT, **training):
    """The problems of an experiment as (blocking, words)."""
    made = Experiment(layers=layers, training=Training(**training))
    if dataset is not None:  # past the check of its kind, which is no part of the catalogue
        made = made.model_copy(update={"dataset": dataset})
    return [(problem.blocking, f"{problem.message} {problem.hint}") for problem in made.problems()]


@pytest.mark.parametrize(("count", "words"), [(0, "no picture"), (1, "one picture only")])
def test_a_dataset_needs_two_pictures(count, words):
    ((blocking, said),) = [one for one in found(Given.of(count=count)) if "dataset has" in one[1]]

    assert blocking
    assert words in said


def test_a_dataset_needs_two_classes():
    assert (True, "This dataset has one class only. Choose one with two classes or more.") in found(
        Given.of(count=9, class_names=("a",))
    )


def test_a_class_with_a_single_picture_is_warned_of_by_name():
    assert found(Given.of(count=10, counts=(9, 1)), batch_size=4) == [
        (False, "The class b has one training picture only. The network can hardly learn it: add pictures of it, or "
                "hold out fewer."),
        (False, "Validation has no picture of b. Its accuracy says nothing about that: add some, or leave the class "
                "out."),
    ]  # fmt: skip


def test_classes_of_one_picture_each_leave_nothing_to_validate_on():
    assert (True, "No pictures are left to validate on. Add pictures: a class needs two or more.") in found(
        Given.of(count=2, counts=(1, 1))
    )


def test_no_share_for_validation_is_refused_with_what_to_do():
    assert found(validation_split=0.0) == [
        (True, "No pictures are left to validate on. Set a validation split of 0.1 or more.")
    ]


def test_a_batch_larger_than_the_pictures_is_warned_of_with_both_numbers():
    assert found(Given.of(count=12, counts=(6, 6)), batch_size=64, validation_split=0.5) == [
        (False, "A batch of 64 is more than all 6 training pictures. Every epoch will be a single step; "
                "choose a smaller batch.")
    ]  # fmt: skip


def test_blocks_that_pool_the_picture_away_are_stopped_at_the_first_layer_that_does_not_fit_with_two_ways_out():
    stack = (Conv2D(), MaxPooling2D()) * 4
    experiment = Experiment(dataset=Shapes(image_size=32), layers=(*stack, Flatten()))
    (problem,) = experiment.problems()

    assert problem.index == 6
    assert "Conv2D #7: a 3x3 kernel does not fit the 2x2 input" in problem.message
    assert problem.fixes == (("padding", "same"),)
    assert problem.hint


def test_a_kernel_larger_than_the_picture_is_refused_with_both_sizes():
    assert (
        "Conv2D #1: a 11x11 kernel does not fit the 8x8 input."
        in found(layers=(Conv2D(kernel_size=11), Flatten()))[0][1]
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"class_weight": Own(values=(0.0,) * 10)}, "class_weight: All class weights are 0"),
        (
            {"class_weight": Own(values=(1.0,) * 3)},
            "class_weight: 3 weights are given for 10 classes.",
        ),
        ({"rules": (EarlyStopping(), Target(value=99.0))}, "Target #2: accuracy 99 can't be reached: it is 0 to 1."),
        ({"schedule": CosineDecay(warmup_epochs=10)}, "CosineDecay: A warm-up of 10 epochs leaves none of the 10"),
        (
            {"schedule": ExponentialDecay(), "rules": (ReduceLROnPlateau(),)},
            "ExponentialDecay and ReduceLROnPlateau both steer the learning rate.",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused_before_the_start(settings, words):
    ((blocking, said),) = found(**settings)

    assert blocking
    assert words in said
    with pytest.raises(UserError, match=re.escape(words[:30])):
        here().create(Experiment(layers=(Flatten(),), training=Training(**settings)))


def test_settings_that_fit_each_other_are_no_problem():
    assert found(
        schedule=CosineDecay(warmup_epochs=2),
        rules=(EarlyStopping(), Target(monitor="loss", value=2.0)),
        class_weight=Balanced(),
    ) == []  # fmt: skip


def test_labels_without_a_class_are_found_when_the_data_is_opened(monkeypatch):
    # A class was taken away, its pictures were not.
    monkeypatch.setattr(Digits, "pristine", lambda self: Facts((8, 8, 1), tuple("012345678"), 1797))
    with pytest.raises(UserError, match="such as label 9 of 9 classes"):
        datasets.load(Digits())


def test_experiments_saved_before_there_were_rules_are_read_as_they_were():
    old = json.loads(Experiment().to_json())
    for name in ("schedule", "rules", "class_weight"):
        del old["training"][name]

    assert read_experiment(json.dumps(old)) == Experiment()
