"""The page Mistakes without a browser: what its views find, and which images they open."""

import numpy as np
import pytest
from sklearn import metrics
from streamlit.testing.v1 import AppTest

from core import datasets
from core.lens.confusion import Confusion, ConfusionMatrix
from core.lens.network import open_network
from pages.components.understand import chosen_images, confusion, opening
from tests.test_predict_page import ROOT, Answers, Lens, saved_run

MISTAKES = "pages/4_Understand/4_Mistakes.py"


@pytest.fixture
def lens(monkeypatch):
    lens = Lens()
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.ask", lens.ask)
    return lens


@pytest.fixture
def images(monkeypatch):
    """Stands for the images in the browser."""
    shown = Answers()
    monkeypatch.setattr(chosen_images, "_component", shown)
    return shown


def drawn(monkeypatch, view):
    """Stands for a view in the browser."""
    shown = Answers()
    monkeypatch.setattr(view, "_component", shown)
    return shown


def opened(run, view):
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app.query_params["run"] = run.id
    app = app.run().switch_page(MISTAKES).run()
    next(group for group in app.button_group if group.label == "View").set_value(view)
    app.run()
    assert not app.exception
    return app


def press(app, shown, key, what):
    """A press, as the frame has it done before the page is drawn."""
    app.session_state.tab.kept[opening._name(key)] = (shown.data["sign"], what)
    app.run()
    assert not app.exception


def test_the_confusion_matrix_is_kerass_answers_counted_and_a_cell_opens_its_images(lens, images, small, monkeypatch):
    run = saved_run(small)
    shown = drawn(monkeypatch, confusion)
    app = opened(run, "confusion")
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)
    answers = open_network(run).model.predict(np.array(data.images[data.validation], np.float32), verbose=0)
    labels, chosen = data.labels[data.validation], answers.argmax(1)
    counts = np.zeros((10, 10), int)
    for row, column, count in shown.data["cells"]:
        counts[row, column] = count
    assert (counts == metrics.confusion_matrix(labels, chosen, labels=range(10))).all()
    row, column = np.argwhere((counts > 0) & ~np.eye(10, dtype=bool))[0]
    press(app, shown, "confusion", f"{row}-{column}")
    members = data.validation[(labels == row) & (chosen == column)]
    items = images.data["items"]

    assert {one["at"] for one in items} <= set(members.tolist()) and len(items) == min(60, len(members))
    surest = answers.max(1)[np.isin(data.validation, members)].max()
    first = answers[data.validation.tolist().index(items[0]["at"])]
    assert first.max() == pytest.approx(surest)
    assert not any(one["said"]["right"] for one in items)
    assert {one["said"]["truth"] for one in items} == {str(row)}
    press(app, shown, "confusion", "-")
    assert images.data["found"] == int((labels != chosen).sum())


FOUND = ConfusionMatrix(
    np.array([[1, 1], [0, 2]]),
    ("cat", "dog"),
    np.arange(4),
    np.array([0, 0, 1, 1]),
    np.array([0, 1, 1, 1]),
    "validation",
)


@pytest.mark.parametrize(
    ("what", "places", "title"),
    [
        ("0-1", [1], "cat taken for dog"),
        ("1-1", [2, 3], "dog, rightly answered"),
        ("0-", [1], "cat taken for something else"),
        ("-1", [1], "Something else taken for dog"),
        ("-", [1], "All mistakes on 4 validation images"),
    ],
)
def test_what_is_opened_in_the_matrix_stands_for_its_images(what, places, title):
    found, told = confusion.meant(what, FOUND)

    assert np.flatnonzero(found).tolist() == places and told == title


@pytest.mark.parametrize("what", ["", "0", "2-0", "0-2", "a-b", "-1-1", "0-1-1", "٣-0", "999999999-0"])
def test_what_no_cell_sends_opens_nothing(what):
    assert confusion.meant(what, FOUND) is None


def test_training_images_are_asked_about_where_they_are_wanted(small):
    run = saved_run(small)
    found = Confusion(part="train").look(open_network(run), np.zeros((0, 8, 8, 1), np.uint8))
    data = datasets.load(small.dataset, small.training.validation_split, small.seed)

    assert sorted(found.positions.tolist()) == sorted(data.train.tolist())
    assert found.counts.sum(1).tolist() == np.bincount(data.labels[data.train]).tolist()
