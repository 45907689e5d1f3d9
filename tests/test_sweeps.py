"""Sweeps: what may be varied, what a learner may write, and the family that comes of it."""

import random

import numpy as np
import pytest
from pydantic import ValidationError

from core.augmentation import Augmentation
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.presets import load_preset, presets
from core.layers import Layer
from core.layers.convolution import Conv2D
from core.layers.pretrained import Base
from core.layers.reshaping import Flatten
from core.optimization.optimizers import Optimizer
from core.optimization.schedules import CosineDecay
from core.optimization.stopping import EarlyStopping
from core.runs.sweeps import MAX_RUNS, Field, find, grid, numeric_fields, parse, start
from core.spec import kinds
from core.words import spoken
from tests.saved import here

RATE = Field("training.optimizer.learning_rate", "learning_rate", 0.01, 1e-6, 10.0, False)
FILTERS = Field("layers[0].filters", "Conv2D #1 filters", 32, 1, 1024, True)


@pytest.fixture
def digits():
    return load_preset("digits-cnn")


def everything():
    """An experiment with one of each layer, optimizer by optimizer, augmentation by augmentation."""
    stack = tuple(kind() for kind in kinds(Layer).values() if not issubclass(kind, Base))
    changes = tuple(kind() for kind in kinds(Augmentation).values())
    training = Experiment().training.edited(schedule=CosineDecay(), rules=(EarlyStopping(),))
    for optimizer in kinds(Optimizer).values():
        yield Experiment(
            dataset=Shapes(), layers=stack, augmentations=changes, training=training.edited(optimizer=optimizer())
        )


# ---------------------------------------------------------------------------------------------- fields


def test_fields_have_a_path_a_label_the_value_and_the_bounds(digits):
    fields = {field.path: field for field in numeric_fields(digits)}

    assert fields["training.optimizer.learning_rate"].value == digits.training.optimizer.learning_rate
    assert fields["training.batch_size"].bounds() == "a whole number from 1 to 4\N{NARROW NO-BREAK SPACE}096"
    assert fields["layers[2].filters"].label == "Conv2D #3 filters"
    assert (fields["layers[2].filters"].low, fields["layers[2].filters"].high) == (1, 4096)
    assert fields["layers[2].kernel_size"].unit == "px"
    assert "seed" in fields


def test_every_number_of_every_kind_is_found_and_its_bounds_are_those_that_the_experiment_keeps():
    for experiment in everything():
        for field in numeric_fields(experiment):
            assert field.low <= field.value <= field.high
            assert field.whole == (type(field.value) is int), field.path
            for wrong in (field.low - 1, field.high + 1):
                with pytest.raises((UserError, ValidationError)):
                    grid(experiment, [(field, [wrong])])


def test_schedules_rules_and_data_can_be_varied_and_what_no_form_shows_cannot():
    paths = {field.path for experiment in everything() for field in numeric_fields(experiment)}

    assert {"training.schedule.warmup_epochs", "training.rules[0].patience", "dataset.noise"} <= paths
    assert not any("images_id" in path or "schema" in path for path in paths)


def test_a_field_is_found_by_the_end_of_its_path_when_that_is_clear(digits):
    assert find(digits, "learning_rate").path == "training.optimizer.learning_rate"
    assert find(digits, "layers[0].filters").value == 32
    with pytest.raises(UserError, match=r"layers\[0\]\.filters, layers\[2\]\.filters"):
        find(digits, "filters")
    with pytest.raises(UserError, match="It has training"):
        find(digits, "magic")


# ---------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("0.1, 0.01, 0.001", RATE, (0.1, 0.01, 0.001)),
        (" 1e-3 ;0.1\n1", RATE, (1e-3, 0.1, 1.0)),
        ("16,32,16", FILTERS, (16, 32)),
        ("16..64 x2", FILTERS, (16, 32, 64)),
        ("10..40 +10", FILTERS, (10, 20, 30, 40)),
        ("3 .. 6", FILTERS, (3, 4, 5, 6)),
        ("1..4, 16..64 x 2", FILTERS, (1, 2, 3, 4, 16, 32, 64)),
        ("0.001..0.1 x10", RATE, (0.001, 0.01, 0.1)),
        ("0.1..0.3 +0.1", RATE, (0.1, 0.2, 0.3)),
        ("5..5", FILTERS, (5,)),
    ],
)
def test_values_are_read_in_order_and_once(text, field, values):
    assert parse(text, field) == values


@pytest.mark.parametrize(
    "text",
    ["x", "0", "1025", "2.5", "1e2", "nan", "inf", "-3", "1..", "..4", "9..1", "1..9 x1", "1..9 x0", "1..9 +0",
     "1..9 x-2", "1..2..3", "1..9 y2", "1..9 x", "1..9 xnan", "1..1024 +1", "16 32", "0x10", "=1", "", " , ",
     "9" * 400],
)  # fmt: skip
def test_a_wrong_value_is_refused_with_field_value_and_range(text):
    with pytest.raises(UserError) as caught:
        parse(text, FILTERS)

    assert caught.value.what.startswith("Conv2D #1 filters: ")
    assert "a whole number from 1 to 1" in caught.value.remedy
    assert len(str(caught.value)) < 300


def test_a_real_field_needs_a_step_for_a_range():
    with pytest.raises(UserError):
        parse("0.1..0.5", RATE)


def test_ranges_equal_those_of_numpy():
    chance = random.Random(3)
    for _ in range(200):
        low, step, count = chance.randint(1, 50), chance.randint(1, 9), chance.randint(1, 20)
        high = low + step * count + chance.randint(0, step - 1)
        assert parse(f"{low}..{high} +{step}", FILTERS) == tuple(np.arange(low, high + 1, step))
    factors = parse("0.0001..10 x10", RATE)
    np.testing.assert_allclose(factors, np.geomspace(1e-4, 10, 6), rtol=1e-12)


def test_any_text_gives_values_within_the_range_or_a_refusal():
    chance, read = random.Random(4), 0
    for _ in range(5000):
        text = "".join(chance.choice("0123456789.,x+-e ;") for _ in range(chance.randint(1, 12)))
        for field in (RATE, FILTERS):
            try:
                values = parse(text, field)
            except UserError:
                continue
            read += 1
            assert len(set(values)) == len(values) > 0
            assert all(field.low <= value <= field.high for value in values)
            assert all(type(value) is (int if field.whole else float) for value in values)
    assert read > 500


# ---------------------------------------------------------------------------------------------- families


def test_one_field_makes_one_run_a_value_named_after_it(digits):
    field = find(digits, "learning_rate")
    family = grid(digits, [(field, parse("0.1, 0.01", field))])

    assert [member.name for member, _ in family] == [
        "Digits CNN · learning_rate 0.1", "Digits CNN · learning_rate 0.01",
    ]  # fmt: skip
    assert [member.training.optimizer.learning_rate for member, _ in family] == [0.1, 0.01]
    assert [varied for _, varied in family] == [{field.path: 0.1}, {field.path: 0.01}]


def test_two_fields_make_a_grid_and_change_nothing_else(digits):
    filters, rate = find(digits, "layers[0].filters"), find(digits, "learning_rate")
    family = grid(digits, [(filters, (8, 16, 8)), (rate, (0.1, 0.01, 0.001))])

    assert len(family) == len({member.to_json() for member, _ in family}) == 6
    for member, varied in family:
        assert member.layers[0].filters == varied["layers[0].filters"]
        back = member.edited(name=digits.name, layers=digits.layers, training=digits.training)
        assert back == digits
        assert member.layers[1:] == digits.layers[1:]


def test_a_started_sweep_is_a_family_of_runs(digits):
    started = start(here(), digits, [(find(digits, "epochs"), [3, 4])])

    assert [run.experiment.training.epochs for run in started] == [3, 4]
    assert [run.notes().varied for run in started] == [{"training.epochs": 3}, {"training.epochs": 4}]
    assert {run.id for run in here().newest()} == {run.id for run in started}
    (family,) = {run.notes().family for run in started}
    assert family == "Digits CNN: epochs"
    (again,) = start(here(), digits, [(find(digits, "epochs"), [5])])
    assert again.notes().family == "Digits CNN: epochs (2)"


def test_more_runs_than_the_limit_are_refused_with_the_number(digits):
    filters, seed = find(digits, "layers[0].filters"), find(digits, "seed")

    assert len(grid(digits, [(filters, range(1, 7)), (seed, range(6))])) == MAX_RUNS
    with pytest.raises(UserError, match="This sweep has 42 runs; 36 is the limit"):
        grid(digits, [(filters, range(1, 8)), (seed, range(6))])


def test_no_field_three_fields_or_one_twice_are_refused(digits):
    field, other, third = (find(digits, name) for name in ("learning_rate", "epochs", "seed"))
    for chosen in ([], [(field, [0.1]), (field, [0.2])], [(field, [0.1]), (other, [1]), (third, [1])], [(field, [])]):
        with pytest.raises(UserError):
            grid(digits, chosen)


def test_a_member_that_cannot_train_refuses_the_family_and_is_named():
    valid = Experiment(layers=(Conv2D(), Flatten()))
    field = find(valid, "kernel_size")
    with pytest.raises(UserError, match=r"layers\[0\]\.kernel_size 9: Conv2D #1: a 9x9 kernel.*\(1 more") as caught:
        grid(valid, [(field, (3, 9, 11))])

    assert caught.value.code == "SWEEP_PROBLEM"


def test_a_field_of_another_experiment_is_refused(digits):
    with pytest.raises(UserError):
        grid(Experiment(), [(find(digits, "layers[0].filters"), [4])])


def test_a_long_name_makes_room_for_what_is_varied(digits):
    field = find(digits, "validation_split")
    ((member, _),) = grid(digits.edited(name="x" * 80), [(field, [0.25])])

    assert member.name.endswith("x · validation_split 0.25")
    assert len(member.name) == 80


def test_every_field_of_every_preset_can_be_varied_by_its_own_value(monkeypatch):
    monkeypatch.setenv("KERNELSCOPE_MEMORY_GB", "16")  # whatever this machine has: the largest preset takes 6
    for name in presets():
        experiment = load_preset(name)
        for field in numeric_fields(experiment) if experiment.dataset.has_images else ():
            ((member, _),) = grid(experiment, [(field, parse(repr(field.value), field))])
            assert member.edited(name=experiment.name) == experiment


def test_values_are_spoken_as_people_write_them():
    assert [spoken(value) for value in (0.0001, 0.5, 64, 20000)] == [
        "0.0001",
        "0.5",
        "64",
        "20\N{NARROW NO-BREAK SPACE}000",
    ]
