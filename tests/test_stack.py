"""Editing a stack of layers: gestures take a stack and give a new one; the old one stays as it was."""

import pytest

from core.errors import UserError
from core.experiment import MAX_LAYERS, Experiment, stack
from core.layers import Impossible
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.pooling import MaxPooling2D
from core.layers.reshaping import Flatten

A, B, C = Conv2D(filters=1), MaxPooling2D(), Flatten()
STACK = (A, B, C)


@pytest.mark.parametrize(
    ("start", "to", "expected"), [(0, 2, (B, C, A)), (2, 0, (C, A, B)), (0, 1, (B, A, C)), (1, 1, STACK)]
)
def test_a_move_takes_one_layer_and_keeps_the_order_of_the_others(start, to, expected):
    assert stack.gesture(STACK, 0, {"action": "move", "at": start, "to": to}) == (expected, to)


def test_a_move_back_restores_the_stack():
    for start in range(3):
        for to in range(3):
            assert stack.moved(stack.moved(STACK, start, to), to, start) == STACK


def test_a_duplicate_stands_behind_its_original_and_is_selected():
    assert stack.gesture(STACK, 0, {"action": "duplicate", "at": 1}) == ((A, B, B, C), 2)


def test_a_deletion_selects_the_layer_that_takes_the_place():
    assert stack.gesture(STACK, 0, {"action": "delete", "at": 1}) == ((A, C), 1)
    assert stack.gesture(STACK, 0, {"action": "delete", "at": 2}) == ((A, B), 1)
    assert stack.gesture((A,), 0, {"action": "delete", "at": 0}) == ((), None)


def test_selecting_changes_nothing_but_the_selection():
    assert stack.gesture(STACK, 0, {"action": "select", "at": 2}) == (STACK, 2)


def test_a_fix_changes_one_field_of_one_layer():
    doing = {"action": "fix", "at": 0, "field": "padding", "value": "same"}
    assert stack.gesture(STACK, 2, doing) == ((Conv2D(filters=1, padding="same"), B, C), 0)


def test_the_fix_of_the_head_adds_a_layer_at_the_end():
    doing = {"action": "fix", "at": None, "field": "append", "value": "Flatten"}
    assert stack.gesture((A,), 0, doing) == ((A, Flatten()), 0)


@pytest.mark.parametrize(
    "doing",
    [
        {},
        {"action": "explode", "at": 0},
        {"action": "select", "at": 3},
        {"action": "select", "at": -1},
        {"action": "select", "at": True},
        {"action": "select", "at": "0"},
        {"action": "move", "at": 0, "to": 9},
        {"action": "move", "at": 0},
        {"action": "delete"},
        {"action": "fix", "at": 0, "field": "filters", "value": -1},
        {"action": "fix", "at": 0, "field": "filters", "value": "many"},
        {"action": "fix", "at": 0, "field": "build", "value": 1},
        {"action": "fix", "at": None, "field": "append", "value": "Nonsense"},
        {"action": "fix", "at": None, "field": "append", "value": ["Flatten"]},
    ],
)
def test_what_does_not_fit_the_stack_is_refused_in_a_sentence(doing):
    with pytest.raises(UserError) as refusal:
        stack.gesture(STACK, 0, doing)
    assert refusal.value.remedy


def test_a_stack_has_a_highest_size():
    full = (A,) * MAX_LAYERS
    for attempt in (lambda: stack.inserted(full, 0, B), lambda: stack.duplicated(full, 0)):
        with pytest.raises(UserError, match=str(MAX_LAYERS)):
            attempt()


def ways(*layers):
    experiment = Experiment(layers=layers)
    traced = experiment.trace(experiment.dataset.facts())
    return stack.before_flat(traced, traced.broken.index)


def test_one_layer_behind_flatten_goes_before_it():
    assert ways(C, A) == [(1, 0)]
    assert ways(A, C, Dense(), B) == [(1, 3), (3, 1)]


def test_a_flatten_that_came_too_early_goes_behind_all_that_need_maps():
    assert ways(A, C, B, A) == [(1, 3)]


def test_a_layer_that_is_given_maps_need_not_move():
    assert ways(Conv2D(kernel_size=9), C) == []


def test_a_new_layer_comes_with_the_setting_that_makes_it_fit():
    assert stack.fitting("Conv2D", (2, 2, 8)) == Conv2D(padding="same")
    assert stack.fitting("Conv2D", (8, 8, 1)) == Conv2D()
    assert stack.fitting("Dense", (10,)) == Dense()


def test_a_new_layer_that_no_setting_makes_fit_says_why():
    with pytest.raises(Impossible, match="flat list"):
        stack.fitting("Conv2D", (10,))
