"""Runs beside each other are told apart by the value that differs, on axes that say where they begin."""

import numpy as np
import pytest

from core.figures import runs as figures
from core.runs import overview, sweeps
from core.workspace import current
from pages.components.runs import run_rows
from pages.components.runs.run_comparison import names_apart, told_apart, without_shared
from tests.saved import here
from tests.test_runs_page import finished


@pytest.mark.parametrize(
    ("varied", "words"),
    [
        ({"training.optimizer.learning_rate": 0.0003}, "learning_rate 0.0003"),
        ({"training.epochs": 5, "layers[0].filters": 16}, "epochs 5 · filters 16"),
        ({"layers[0].filters": 16, "layers[2].filters": 32}, "layers[0].filters 16 · layers[2].filters 32"),
        ({"training.images_per_class": 5, "seed": 42}, "5 a class · seed 42"),
        ({"training.images_per_class": 0, "seed": 43}, "all a class · seed 43"),
        ({}, ""),
    ],
)
def test_what_a_sweep_varied_is_told_in_full(varied, words):
    assert sweeps.varied_words(varied) == words


def test_a_row_brings_its_value_and_names_best_and_last(small):
    first, _ = sweeps.start(here(), small, [(sweeps.find(small, "learning_rate"), (0.003, 0.03))])
    finished(small)
    drawn = {row.run.id: run_rows._drawn(row) for row in overview.of(current()).read().rows}

    assert drawn[first.id]["varied"] == "learning_rate 0.003"
    assert drawn[first.id]["name"] == f"{small.name} · {drawn[first.id]['varied']}"  # what the table then leaves out
    assert drawn[first.id]["family"].startswith(small.name)
    assert sorted(row["varied"] for row in drawn.values()) == ["", "learning_rate 0.003", "learning_rate 0.03"]


def test_labels_leave_out_what_all_say_before_a_value_and_nothing_else():
    assert without_shared(["rate 1", "rate 2"]) == ("rate", ["1", "2"])
    assert without_shared(told_apart(["Net · rate 1 · filters 8", "Net · rate 1 · filters 16"]))[1] == ["8", "16"]
    for labels in (["Digits CNN", "Digits CNN 2"], ["one", "two"], ["rate 1", "rate"], ["rate 1"]):
        assert without_shared(labels) == ("", labels)


def test_a_value_tells_a_run_of_a_sweep_from_others_unless_two_sweeps_tried_it(small):
    for _ in range(2):
        sweeps.start(here(), small, [(sweeps.find(small, "learning_rate"), (0.003, 0.03))])
    finished(small.edited(name="Alone"))
    rows = sorted(overview.of(current()).read().rows, key=lambda row: (row.family, row.title))

    assert names_apart(rows[:3]) == ["Alone", "learning_rate 0.003", "learning_rate 0.03"]
    assert names_apart(rows[1:]) == ["learning_rate 0.003", "learning_rate 0.03"] * 2


def titles(accuracies):
    x = np.arange(1.0, len(accuracies) + 1)
    points = figures.accuracy_against(x, np.array(accuracies), ["a"] * len(x), np.ones(len(x), bool), "parameters")
    line = figures.accuracy_by_value(list(x), list(accuracies), "rate", log=False)
    return [(figure.layout.yaxis.title.text, figure.layout.yaxis.range[0]) for figure in (points, line)]


def test_an_axis_of_accuracies_that_does_not_begin_at_0_says_where_it_does():
    for text, low in titles([0.95, 0.99]):
        assert text == f"best validation accuracy<br>(cut: begins at {low:.3g})" and 0.9 < low < 0.95
    for text, low in titles([0.0, 0.99]):
        assert text == "best validation accuracy" and low <= 0


def test_of_a_long_name_both_ends_stand_beside_its_point():
    names = [f"horse-or-human, Conv 16-32-64 {i}" for i in (2, 3)]
    assert len({figures._short(name) for name in names}) == 2
    assert figures._short(names[0]).endswith("16-32-64 2"[-8:]) and len(figures._short(names[0])) == figures.NAME_LENGTH
