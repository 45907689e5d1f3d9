"""A comma before the parts of a number is noticed wherever numbers are typed, and a sentence says what to write."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from core.__main__ import main
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.reading import read_experiment
from core.runs import sweeps
from core.words import with_point


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0,1", "0.1"),
        ("-0,5", "-0.5"),
        ("1,5e-3", "1.5e-3"),
        ("0,1; 0,01", "0.1"),
        ("0.1, 0,01", "0.01"),
        ("0,1 0,01", "0.1"),
        ("0,1..1 x10", "0.1"),
        ("0.1..1 +0,1", "+0.1"),
        ("1..8 x1,5", "1.5"),
        ("1.000,5", "1000.5"),
        ("0.1", ""),
        ("0.1,0.01", ""),
        ("0.1, 0.01", ""),
        ("1, 2", ""),
        ("1,2,3", ""),
        ("1e-3,1e-2", ""),
        ("0.001,5", ""),
        ("many", ""),
        ("", ""),
    ],
)
def test_a_comma_before_the_parts_of_a_number_is_told_from_one_between_two(text, meant):
    assert with_point(text) == meant


@pytest.mark.parametrize("text", ["0,1", "0,1; 0,01", "0,001..0,1 x10"])
def test_a_sweep_over_a_number_with_parts_says_to_write_a_point(text):
    field = sweeps.find(Experiment(), "learning_rate")
    with pytest.raises(UserError, match=r"Write 0\.\d+ with a point") as caught:
        sweeps.parse(text, field)
    assert caught.value.code == "SWEEP_COMMA"


def test_in_a_sweep_over_whole_numbers_a_comma_parts_values():
    assert sweeps.parse("16,32", sweeps.find(Experiment(), "batch_size")) == (16, 32)
    assert sweeps.parse("0.1,0.01", sweeps.find(Experiment(), "learning_rate")) == (0.1, 0.01)


def test_the_command_line_says_to_write_a_point(capsys):
    assert main(["sweep", "digits-cnn", "--field", "learning_rate=0,1"]) == 1
    assert "Write 0.1 with a point" in capsys.readouterr().err


@pytest.mark.parametrize("path", [("training", "optimizer", "learning_rate"), ("training", "validation_split")])
def test_a_file_with_a_comma_in_a_number_is_refused_with_the_point_in_its_place(path):
    document = json.loads(Experiment().to_json())
    place = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = "0,1"
    with pytest.raises(UserError, match=r"Write 0\.1 with a point") as caught:
        read_experiment(json.dumps(document))
    assert path[-1] in str(caught.value)


def form():
    import streamlit as st

    from core.optimization.class_weights import Own
    from pages.components.frame import session, spec_form

    session.open_tab()
    st.session_state.result = spec_form.edit(Own(values=(1.0, 2.0)), "x")


def test_several_numbers_of_a_form_keep_the_last_good_ones_and_say_to_write_a_point():
    app = AppTest.from_function(form, default_timeout=30).run()
    app.text_input[0].set_value("0,5").run()
    assert [one.value for one in app.error] == [
        "Write 0.5 with a point; between two values put a space behind the comma."
    ]
    assert app.session_state.result.values == (1.0, 2.0)
    app.text_input[0].set_value("0.5, 3").run()
    assert not app.error
    assert app.session_state.result.values == (0.5, 3.0)
