"""Editing a network: gestures take its nodes and give new ones; the old ones stay as they were."""

import pytest

from core.errors import UserError
from core.experiment import MAX_LAYERS, Experiment, stack
from core.experiment.node import Node, nodes_of
from core.layers import Impossible
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.joining import Add
from core.layers.pooling import MaxPooling2D
from core.layers.regularization import BatchNormalization
from core.layers.reshaping import Flatten

A, B, C = nodes_of((Conv2D(filters=1), MaxPooling2D(), Flatten()))
STACK = (A, B, C)
a, b, c = (node.id for node in STACK)


@pytest.mark.parametrize(
    ("id", "to", "expected"), [(a, 2, (B, C, A)), (c, 0, (C, A, B)), (a, 1, (B, A, C)), (b, 1, STACK)]
)
def test_a_move_takes_one_layer_and_keeps_the_order_of_the_others(id, to, expected):
    assert stack.gesture(STACK, a, {"action": "move", "at": id, "to": to}) == (expected, id)


def test_a_move_back_restores_the_network():
    for start in range(3):
        for to in range(3):
            assert stack.moved(stack.moved(STACK, STACK[start].id, to), STACK[start].id, start) == STACK


def test_a_duplicate_stands_behind_its_original_has_a_name_of_its_own_and_is_selected():
    copy = Node(id="max_pooling2d_2", layer=B.layer)

    assert stack.gesture(STACK, a, {"action": "duplicate", "at": b}) == ((A, B, copy, C), copy.id)


def test_a_deletion_selects_the_layer_that_takes_the_place():
    assert stack.gesture(STACK, a, {"action": "delete", "at": b}) == ((A, C), c)
    assert stack.gesture(STACK, a, {"action": "delete", "at": c}) == ((A, B), b)
    assert stack.gesture((A,), a, {"action": "delete", "at": a}) == ((), None)


def test_selecting_changes_nothing_but_the_selection():
    assert stack.gesture(STACK, a, {"action": "select", "at": c}) == (STACK, c)


def test_a_fix_changes_one_field_of_one_layer():
    doing = {"action": "fix", "at": a, "field": "padding", "value": "same"}
    mended = A.edited(layer=Conv2D(filters=1, padding="same"))

    assert stack.gesture(STACK, c, doing) == ((mended, B, C), a)


def test_the_fix_of_the_head_adds_a_layer_at_the_end():
    doing = {"action": "fix", "at": None, "field": "append", "value": "Flatten"}

    assert stack.gesture((A,), a, doing) == ((A, C), a)


def test_a_name_stays_with_its_layer_whatever_happens_before_it():
    more = stack.inserted(STACK, 0, Conv2D(filters=9))
    left = stack.removed(more, a)

    assert [node.id for node in more] == ["conv2d_2", a, b, c]
    assert stack.replaced(left, b, MaxPooling2D(pool_size=3))[1] == B.edited(layer=MaxPooling2D(pool_size=3))
    with pytest.raises(UserError, match="changed meanwhile"):
        stack.removed(left, a)


SHORTCUT = (
    *nodes_of((Conv2D(filters=4, padding="same"), Conv2D(filters=4, padding="same"))),
    Node(id="join", layer=Add(), inputs=("conv2d_1", "conv2d_2")),
    Node(id="flat", layer=Flatten()),
)


def fits(nodes):
    experiment = Experiment(nodes=nodes)
    return experiment.trace(experiment.dataset.facts()).broken is None and not experiment.problems()


def test_what_comes_in_before_a_join_stands_on_its_branch():
    new = stack.inserted(SHORTCUT, 2, BatchNormalization())
    copied = stack.duplicated(SHORTCUT, ["conv2d_1"])[0]

    assert new[3].inputs == ("conv2d_1", "batch_normalization_1") and fits(new)
    assert copied[3].inputs == ("conv2d_1", "conv2d_2") and fits(copied)


def test_who_read_a_removed_layer_reads_what_that_one_read():
    branch = stack.inserted(SHORTCUT, 2, BatchNormalization())
    left = stack.removed(branch, "conv2d_1")

    assert left[2].inputs == ("image", "batch_normalization_1")
    assert stack.removed(branch, "batch_normalization_1") == SHORTCUT
    flat = stack.removed(SHORTCUT, "join")
    assert flat[-1].inputs == ("conv2d_1",)


def test_a_join_that_becomes_another_layer_lets_go_of_all_inputs_but_the_first():
    assert stack.replaced(SHORTCUT, "join", Conv2D())[2].inputs == ("conv2d_1",)


@pytest.mark.parametrize(
    "doing",
    [
        {},
        {"action": "explode", "at": a},
        {"action": "select", "at": "conv2d_9"},
        {"action": "select", "at": 0},
        {"action": "select", "at": [a]},
        {"action": "move", "at": a, "to": 9},
        {"action": "move", "at": a, "to": True},
        {"action": "move", "at": a},
        {"action": "delete"},
        {"action": "fix", "at": a, "field": "filters", "value": -1},
        {"action": "fix", "at": a, "field": "filters", "value": "many"},
        {"action": "fix", "at": a, "field": "build", "value": 1},
        {"action": "fix", "at": a, "field": ["filters"], "value": 1},
        {"action": "fix", "at": None, "field": "append", "value": "Nonsense"},
        {"action": "fix", "at": None, "field": "append", "value": ["Flatten"]},
    ],
)
def test_what_does_not_fit_the_network_is_refused_in_a_sentence(doing):
    with pytest.raises(UserError) as refusal:
        stack.gesture(STACK, a, doing)
    assert refusal.value.remedy


def test_a_network_has_a_highest_size():
    full = nodes_of((A.layer,) * MAX_LAYERS)
    for attempt in (lambda: stack.inserted(full, 0, B.layer), lambda: stack.duplicated(full, [full[0].id])):
        with pytest.raises(UserError, match=str(MAX_LAYERS)):
            attempt()


def ways(*layers):
    experiment = Experiment(layers=layers)
    traced = experiment.trace(experiment.dataset.facts())
    return stack.before_flat(traced, traced.broken.index)


def test_one_layer_behind_flatten_goes_before_it():
    assert ways(C.layer, A.layer) == [(1, 0)]
    assert ways(A.layer, C.layer, Dense(), B.layer) == [(1, 3), (3, 1)]


def test_a_flatten_that_came_too_early_goes_behind_all_that_need_maps():
    assert ways(A.layer, C.layer, B.layer, A.layer) == [(1, 3)]


def test_a_layer_that_is_given_maps_need_not_move():
    assert ways(Conv2D(kernel_size=9), C.layer) == []


def test_a_new_layer_comes_with_the_setting_that_makes_it_fit():
    assert stack.fitting("Conv2D", (2, 2, 8)) == Conv2D(padding="same")
    assert stack.fitting("Conv2D", (8, 8, 1)) == Conv2D()
    assert stack.fitting("Dense", (10,)) == Dense()


def test_a_new_layer_that_no_setting_makes_fit_says_why():
    with pytest.raises(Impossible, match="flat list"):
        stack.fitting("Conv2D", (10,))
