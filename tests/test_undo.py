"""Undo and redo: one pair for every page, with what it would change; a preset says what it replaces."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.experiment import Experiment
from core.experiment.presets import load_preset
from core.experiment.reading import read_experiment

ROOT = Path(__file__).parent.parent


@pytest.fixture
def app(monkeypatch):
    """The first page in its frame, without the processes that the frame keeps warm."""
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert not at.exception
    return at


def held(at) -> Experiment:
    return read_experiment(at.session_state.tab.experiment)


def test_on_home_a_preset_says_what_it_replaces_and_undo_brings_it_back_and_redo_again(app):
    mine = load_preset("digits-cnn").edited(name="Mine", seed=5)
    app.session_state.tab.experiment = mine.to_json()
    app.run()
    assert "It takes the place of “Mine”; Undo brings yours back." in app.button(key="start-shapes-cnn").help
    assert app.button(key="undo").disabled and app.button(key="redo").disabled

    app.button(key="start-shapes-cnn").click().run()
    assert held(app) == load_preset("shapes-cnn")
    assert [told.value for told in app.toast] == [
        "“Shapes CNN” replaced the name, dataset, network, training and seed of “Mine”. Undo brings them back."
    ]
    assert app.button(key="undo").help.startswith("Undo: name, dataset, ")

    app.button(key="undo").click().run()
    assert held(app) == mine
    assert not app.toast and app.button(key="undo").disabled
    app.button(key="redo").click().run()
    assert held(app) == load_preset("shapes-cnn")
    assert app.button(key="redo").disabled and not app.exception


def test_a_new_change_forgets_what_could_be_made_again_and_the_help_names_its_part(app):
    app.button(key="start-shapes-cnn").click().run()
    app.button(key="undo").click().run()
    app.switch_page("pages/2_Design/4_Training.py").run()
    assert not app.button(key="redo").disabled
    next(one for one in app.number_input if one.label == "Epochs").set_value(23).run()

    assert app.button(key="redo").disabled
    assert app.button(key="undo").help == "Undo: training (Ctrl+Z)"
    app.button(key="undo").click().run()
    assert held(app) == load_preset("digits-cnn")
    assert app.button(key="redo").help == "Redo: training (Ctrl+Shift+Z or Ctrl+Y)"


def test_a_lab_is_about_no_experiment_and_has_no_pair(app):
    app.switch_page("pages/5_Learn_neurons/14_XOR.py").run()
    assert not [one for one in app.button if one.label in ("Undo", "Redo")]
