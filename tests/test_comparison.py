"""What differs between experiments, checked by hand on small stacks and by building the differences on purpose."""

import random

import numpy as np
import pytest

from core.augmentation.movement import RandomFlip, RandomRotation
from core.datasets.digits import Digits
from core.datasets.shapes import Shapes
from core.experiment import Experiment, comparison
from core.experiment.comparison import NOTHING, Difference, aligned, differences, findings, is_wide
from core.experiment.node import Node
from core.experiment.stack import inserted
from core.figures import runs as figures_runs
from core.layers.convolution import Conv2D
from core.layers.dense import Dense
from core.layers.group import Group
from core.layers.joining import Add
from core.layers.pooling import AveragePooling2D, MaxPooling2D
from core.layers.regularization import Dropout
from core.layers.reshaping import Flatten, ZeroPadding2D
from core.layers.residual import ResidualBlock
from core.optimization.optimizers import SGD, Adam, RMSprop

STACK = (Conv2D(filters=8), MaxPooling2D(), Flatten(), Dense(units=16))


def of(*stacks):
    """The rows that differ between experiments with these layers."""
    return differences([Experiment(layers=stack) for stack in stacks])


def trained(**changes):
    """An experiment with other settings of its training."""
    experiment = Experiment()
    return experiment.edited(training=experiment.training.edited(**changes))


def test_the_same_experiment_twice_differs_in_nothing():
    assert of(STACK, STACK) == []
    assert differences([Experiment(name="one"), Experiment(name="two")]) == []


def test_what_differs_within_groups_has_rows_of_its_own_and_their_names_are_not_compared():
    def made(filters, name, repeats=1):
        inner = (Node(id="a", layer=Conv2D(filters=filters)), Node(id="b", layer=MaxPooling2D()))
        return (Group(nodes=inner, name=name, repeats=repeats), Flatten())

    one, other = made(8, "mine"), made(32, "yours")
    lines = ("Conv2D 8 filters 3x3 relu valid", "Conv2D 32 filters 3x3 relu valid")
    words = ("Group Conv 8 · Pool", "Group Conv 32 · Pool")
    assert of(one, other) == [Difference("layer 1", words), Difference("layer 1.1", lines)]
    assert of(one, made(8, "yours")) == []
    assert of((ResidualBlock(),), (ResidualBlock(bottleneck=True),)) == [
        Difference("layer 1", ("ResidualBlock 16 filters 3x3", "ResidualBlock 16 filters 3x3 bottleneck"))
    ]


def test_one_experiment_alone_differs_in_nothing():
    assert of(STACK) == []


def test_a_changed_layer_is_shown_as_its_line_beside_the_other():
    wider = (Conv2D(filters=32), *STACK[1:])

    assert of(STACK, wider) == [
        Difference("layer 1", ("Conv2D 8 filters 3x3 relu valid", "Conv2D 32 filters 3x3 relu valid"))
    ]


def test_an_added_layer_stands_against_a_dash_and_moves_nothing_else():
    longer = (*STACK[:3], Dropout(rate=0.25), *STACK[3:])

    assert of(STACK, longer) == [Difference("layer 4", (NOTHING, "Dropout 0.25"))]


def test_a_layer_replaced_by_one_of_its_family_shares_its_row():
    averaged = (STACK[0], AveragePooling2D(), *STACK[2:])

    assert of(STACK, averaged) == [Difference("layer 2", ("MaxPooling2D 2x2", "AveragePooling2D 2x2"))]


def test_layers_of_unlike_kind_never_share_a_row():
    for row in aligned([STACK, (Dropout(rate=0.5), Dense(units=3), Conv2D(filters=8))]):
        families = {layer.family for layer in row if layer is not None}
        assert len(families) == 1


def test_a_field_that_the_short_words_leave_out_is_spelled_out():
    first, second = Conv2D(filters=8), Conv2D(filters=8)
    hidden = [
        name
        for name, option in Conv2D.options().items()
        if option.type is bool and first.edited(**{name: not option.default}).words() == first.words()
    ]
    if not hidden:
        pytest.skip("every switch of Conv2D is in its words")
    changed = second.edited(**{hidden[0]: not getattr(second, hidden[0])})

    [row] = of((first,), (changed,))

    assert hidden[0] in row.values[0]
    assert row.values[0] != row.values[1]


def test_three_stacks_are_aligned_at_once():
    without_pool = (STACK[0], *STACK[2:])
    with_dropout = (*STACK, Dropout(rate=0.5))

    assert of(STACK, without_pool, with_dropout) == [
        Difference("layer 2", ("MaxPooling2D 2x2", NOTHING, "MaxPooling2D 2x2")),
        Difference("layer 5", (NOTHING, NOTHING, "Dropout 0.5")),
    ]


def test_random_stacks_keep_their_order_and_lose_no_layer():
    rng = random.Random(5)
    kinds = (Conv2D(filters=4), Conv2D(filters=8), MaxPooling2D(), Dropout(rate=0.1), Dropout(rate=0.2), Flatten())
    for _ in range(60):
        stacks = [tuple(rng.choice(kinds) for _ in range(rng.randrange(7))) for _ in range(rng.randrange(1, 5))]
        rows = aligned(stacks)
        assert all(len(row) == len(stacks) for row in rows)
        assert all(any(one is not None for one in row) for row in rows)
        for i, one in enumerate(stacks):
            assert tuple(row[i] for row in rows if row[i] is not None) == one


def test_two_stacks_share_as_many_unchanged_layers_as_their_longest_common_subsequence():
    rng = random.Random(8)
    kinds = (Conv2D(filters=4), MaxPooling2D(), Dropout(rate=0.1), Flatten())  # of four families: only equals match
    for _ in range(60):
        one, other = ([rng.choice(kinds) for _ in range(rng.randrange(8))] for _ in range(2))
        longest = np.zeros((len(one) + 1, len(other) + 1), int)
        for i, a in enumerate(one):
            for j, b in enumerate(other):
                longest[i + 1, j + 1] = max(longest[i, j + 1], longest[i + 1, j], longest[i, j] + (a == b))
        assert sum(a is not None and b is not None for a, b in aligned([one, other])) == longest[-1, -1]


def test_augmentations_are_compared_like_layers():
    stacks = (RandomFlip(),), (RandomRotation(), RandomFlip())

    [row] = differences([Experiment(augmentations=stack) for stack in stacks])

    assert row.field == "augmentation 1"
    assert row.values[0] == NOTHING
    assert row.values[1].startswith("RandomRotation")


def test_numbers_of_the_training_carry_their_unit():
    assert differences([trained(batch_size=32), trained(batch_size=64)]) == [
        Difference("training.batch_size", ("32 pictures", "64 pictures"))
    ]


def test_a_field_that_the_other_optimizer_lacks_is_told_only_when_it_was_set():
    default = differences([trained(optimizer=RMSprop()), trained(optimizer=SGD())])
    moved = differences([trained(optimizer=RMSprop()), trained(optimizer=SGD(momentum=0.5))])

    assert "training.optimizer.momentum" not in [row.field for row in default]
    assert Difference("training.optimizer.momentum", (NOTHING, "0.5")) in moved


def test_the_optimizer_and_its_learning_rate_are_told():
    rows = differences([trained(optimizer=SGD(learning_rate=0.05)), trained(optimizer=Adam(learning_rate=0.001))])

    assert Difference("training.optimizer", ("SGD", "Adam")) in rows
    assert Difference("training.optimizer.learning_rate", ("0.05", "0.001")) in rows


def test_dataset_and_seed_are_told():
    rows = differences([Experiment(dataset=Digits(), seed=1), Experiment(dataset=Shapes(count=500), seed=2)])

    assert Difference("dataset", ("Digits", "Shapes")) in rows
    assert any(row.field == "dataset.count" and row.values[1].startswith("500") for row in rows)
    assert Difference("seed", ("1", "2")) in rows


def test_every_row_has_a_value_for_every_experiment():
    experiments = [Experiment(), Experiment(layers=STACK), trained(optimizer=Adam(), epochs=3), Experiment(seed=3)]

    rows = differences(experiments)

    assert rows
    assert all(len(row.values) == len(experiments) and len(set(row.values)) > 1 for row in rows)


def test_the_best_of_several_runs_with_the_same_values_counts():
    found = findings([({"a": 1}, 0.5), ({"a": 2}, None), ({"a": 1}, 0.75), ({"a": 2}, 0.25), ({}, 0.9)])

    assert found.fields == ("a",)
    assert found.values == ((1, 2),)
    assert found.accuracy == {(1,): 0.75, (2,): 0.25}


def test_a_grid_has_the_values_of_both_fields_and_nothing_where_no_run_is():
    found = findings([({"a": 1, "b": 10}, 0.5), ({"a": 2, "b": 20}, None)])

    assert found.values == ((1, 2), (10, 20))
    assert found.accuracy == {(1, 10): 0.5, (2, 20): None}


def test_an_axis_goes_by_factors_where_values_span_some():
    assert is_wide([0.001, 0.1])
    assert not is_wide([10, 20])
    assert not is_wide([0, 100])
    assert not is_wide([5])


def test_every_run_is_a_point_and_the_best_wears_the_star():
    x, accuracy = np.array([100.0, 2000.0, 50000.0]), np.array([0.8, 0.95, 0.9])

    figure = figures_runs.accuracy_against(
        x, accuracy, ["a", "<b>b</b>", "c"], np.array([True, True, False]), "parameters"
    )

    assert sorted(value for trace in figure.data for value in trace.x) == sorted(x)
    [star] = [trace for trace in figure.data if trace.marker.symbol == "star"]
    assert (list(star.x), list(star.y)) == ([2000.0], [0.95])
    assert figure.layout.xaxis.type == "log"
    assert {note.text for note in figure.layout.annotations} == {"a", "&lt;b&gt;b&lt;/b&gt;"}


def test_points_without_a_run_are_an_empty_figure():
    figure = figures_runs.accuracy_against(np.array([]), np.array([]), [], np.array([], bool), "parameters")

    assert sum(len(trace.x) for trace in figure.data) == 0


def test_names_that_would_lie_on_each_other_are_left_to_the_pointer():
    x, accuracy = np.full(40, 1000.0), np.full(40, 0.9)

    figure = figures_runs.accuracy_against(x, accuracy, ["a long name"] * 40, np.ones(40, bool), "parameters")

    assert 0 < len(figure.layout.annotations) < 40


def test_a_sweep_of_one_field_stars_its_best_value():
    figure = figures_runs.accuracy_by_value([0.001, 0.01, 0.1], [0.7, 0.9, None], "learning_rate", log=True)

    [trace] = figure.data
    assert list(trace.marker.symbol) == ["circle", "star", "circle"]
    assert figure.layout.xaxis.type == "log"
    assert list(trace.text) == ["0.700", "0.900", ""]


def test_a_map_has_its_number_in_every_cell():
    accuracy = {(1.0, 10.0): 0.5, (2.0, 10.0): 0.75, (1.0, 20.0): None}

    figure = figures_runs.accuracy_map([1.0, 2.0], [10.0, 20.0], accuracy, ("a", "b"))

    [cells] = figure.data
    assert [list(line) for line in cells.text] == [["0.500", "★ 0.750"], ["–", "–"]]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("a", "b")


def test_a_long_value_is_cut():
    assert len(comparison._text("x" * 500)) == comparison.LONGEST


def test_branches_are_compared_by_what_they_read():
    stem, side = Conv2D(filters=4, padding="same"), Conv2D(filters=4, padding="same", kernel_size=1)
    join = Node(id="join", layer=Add(), inputs=("conv2d_1", "conv2d_2"))
    one = Experiment(layers=(stem, side, join, Flatten()))
    longer = Experiment(nodes=inserted(one.nodes, 0, ZeroPadding2D()))
    from_image = one.edited(nodes=(*one.nodes[:2], join.edited(inputs=("image", "conv2d_2")), one.nodes[3]))

    assert [row.field for row in differences([one, longer])] == ["layer 1"]
    assert differences([one, from_image]) == [
        Difference("layer 3", ("Add ← layer 1 + layer 2", "Add ← the image + layer 2"))
    ]
    assert not differences([one, one.canonical()])
