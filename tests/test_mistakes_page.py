"""The page Mistakes without a browser: what its views find, and which images they open."""

import dataclasses

import numpy as np
import pytest
from browser import PATIENCE, Server, no_accident, settled
from playwright.sync_api import expect
from sklearn import metrics
from streamlit.testing.v1 import AppTest

from core import datasets
from core.datasets.shapes import Shapes
from core.experiment import Experiment
from core.layers.convolution import Conv2D
from core.layers.pooling import MaxPooling2D
from core.layers.reshaping import Flatten
from core.lens.calibration import Calibration, HowSure
from core.lens.class_scores import ClassByClass
from core.lens.confusion import Confusion, ConfusionMatrix
from core.lens.hardest import SURE, UNSURE, Hardest
from core.lens.network import open_network
from core.lens.threshold import Threshold
from core.workspace import Workspace, using
from pages.components.understand import calibration, chosen_images, class_scores, confusion, opening, threshold
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


@pytest.fixture(scope="module")
def judged():
    """A network with fresh weights, its validation images' classes, and what Keras says of them."""
    experiment = Experiment(layers=(Conv2D(filters=4), MaxPooling2D(), Flatten()))
    return asked_by_keras(saved_run(experiment))


def asked_by_keras(run):
    experiment, network = run.experiment, open_network(run)
    data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
    answers = network.model.predict(np.array(data.images[data.validation], np.float32), verbose=0)
    return network, data.validation, data.labels[data.validation], answers


def looked(lens, network):
    return lens.fitted(network.outline).look(network, np.zeros((0, 8, 8, 1), np.uint8))


def test_the_scores_of_each_class_are_scikit_learns_and_a_row_opens_its_images(judged):
    network, positions, labels, answers = judged
    found = looked(ClassByClass(), network)
    shown = class_scores.table(found)
    expected = metrics.precision_recall_fscore_support(labels, answers.argmax(1), zero_division=np.nan)
    for name, values in zip(class_scores.NAMES, expected, strict=False):
        told = np.array([np.nan if one is None else one for one in shown[name]])
        np.testing.assert_allclose(told, values)

    assert shown["accuracy"] == pytest.approx(metrics.accuracy_score(labels, answers.argmax(1)))
    assert found.positions[class_scores.meant("all-3", found)[0]].tolist() == positions[labels == 3].tolist()
    assert class_scores.meant("all-", found) is class_scores.meant("all-99", found) is None


def test_a_class_against_the_rest_has_scikit_learns_curves_and_counts_at_every_threshold(judged):
    network, _, labels, answers = judged
    found = looked(Threshold(target="3"), network)
    shown = threshold.curves(found)

    assert shown["auc"] == pytest.approx(metrics.roc_auc_score(labels == 3, answers[:, 3]), abs=1e-6)
    for at in (0, 1, 80, 500, 1000):
        takes = answers[:, 3].astype(np.float64) >= at / 1000
        counts = [int((takes & (labels == 3)).sum()), int((takes & (labels != 3)).sum())]
        assert counts == pytest.approx([shown["hits"][at], shown["alarms"][at]], abs=1)
        cells = [int(threshold.meant(f"{cell}-{at}", found)[0].sum()) for cell in threshold.CELLS]
        assert cells[:2] == [shown["hits"][at], shown["alarms"][at]] and sum(cells) == len(labels)
    false, true, _ = metrics.roc_curve(labels == 3, found.scores)
    for x, y in shown["roc"]:
        assert np.interp(x - 1e-4, false, true) - 1e-4 <= y <= np.interp(x + 1e-4, false, true) + 1e-4
    assert all(threshold.meant(what, found) is None for what in ("", "tp", "tp-1001", "xp-3", "tp--3"))


def test_of_two_classes_with_one_unit_the_second_is_told_from_the_first(small):
    two = small.edited(dataset=Shapes(classes=2, count=60, image_size=12))
    network, _, labels, answers = asked_by_keras(saved_run(two))
    found = looked(Threshold(), network)

    assert answers.shape[1] == 1 and found.name == network.facts.class_names[1]
    np.testing.assert_allclose(found.scores, answers[:, 0], atol=1e-6)
    assert threshold.curves(found)["auc"] == pytest.approx(metrics.roc_auc_score(labels, answers[:, 0]), abs=1e-6)
    sure = looked(HowSure(), network)
    np.testing.assert_allclose(sure.before, np.maximum(answers[:, 0], 1 - answers[:, 0]), atol=1e-5)


def test_the_loss_at_the_best_temperature_is_the_least_and_a_bar_opens_its_images(judged):
    network, positions, labels, answers = judged
    found = looked(HowSure(), network)
    shown = calibration.diagrams(found)["sides"]

    np.testing.assert_allclose(found.before, answers.max(1), rtol=1e-4)
    assert found.losses[0] == pytest.approx(metrics.log_loss(labels, answers), rel=1e-4)
    assert found.losses[1] <= found.losses[0]
    for side, sure in enumerate((found.before, found.after)):
        at = int(np.argmax(shown[side]["counts"]))
        opened, _ = calibration.meant(f"{side}-{at}", found)
        assert opened.sum() == shown[side]["counts"][at] and sum(shown[side]["counts"]) == len(labels)
        assert sure[opened].mean() == pytest.approx(shown[side]["confidence"][at])
    assert all(calibration.meant(what, found) is None for what in ("", "0", "2-3", "0-15", "0--1"))


@pytest.mark.parametrize(("temperature", "word"), [(2.0, "less sure"), (0.5, "more sure"), (1.01, "gains nothing")])
def test_a_sentence_tells_over_confident_from_under_confident(temperature, word):
    sure = np.full(10, 0.9, np.float32)
    found = Calibration(np.arange(10), np.arange(10) < 5, sure, sure, temperature, (0.5, 0.4), "validation")
    humble = dataclasses.replace(found, is_right=np.ones(10, bool))

    assert "over-confident: 90.0" in calibration._how_sure(found)
    assert "under-confident" in calibration._how_sure(humble)
    assert word in calibration._mended(found)


def test_the_hardest_images_have_the_largest_loss_of_keras(judged):
    network, positions, labels, answers = judged
    each = -np.log(answers[np.arange(len(labels)), labels])
    hardest = looked(Hardest(), network)
    wrong = looked(Hardest(which=SURE), network)
    unsure = looked(Hardest(which=UNSURE), network)

    np.testing.assert_allclose(hardest.losses, np.sort(each)[::-1], rtol=1e-3)
    is_wrong = dict(zip(positions.tolist(), answers.argmax(1) != labels, strict=True))
    assert sorted(wrong.positions.tolist()) == sorted(one for one, is_so in is_wrong.items() if is_so)
    assert sorted(unsure.positions.tolist()) == sorted(one for one, is_so in is_wrong.items() if not is_so)
    sure = dict(zip(positions.tolist(), answers.max(1), strict=True))
    assert (np.diff([sure[one] for one in wrong.positions.tolist()]) <= 1e-6).all()
    assert (np.diff([sure[one] for one in unsure.positions.tolist()]) >= -1e-6).all()


def test_every_view_of_the_page_is_drawn_for_one_sigmoid_unit(lens, images, small):
    two = small.edited(dataset=Shapes(classes=2, count=60, image_size=12))
    app = opened(saved_run(two), "confusion")
    for view in ("class_scores", "threshold", "calibration", "hardest"):
        next(group for group in app.button_group if group.label == "View").set_value(view)
        app.run()
        assert not app.exception and not app.error, view
    assert images.data["found"] == 12  # all that are held out


@pytest.mark.browser
def test_a_confusion_opens_its_images_one_large_left_out_and_a_threshold_moves_all_counts(browser, tmp_path, small):
    server = Server(tmp_path / "home", stands_by=False)
    with using(Workspace(server.home)):
        run = saved_run(small)
    server.start()
    try:
        tab = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        tab.set_default_timeout(PATIENCE)
        tab.goto(f"{server.url}/mistakes?run={run.id}")
        settled(tab)
        tab.locator(".pair").first.click()
        tiles, alone = tab.locator(".tile"), tab.locator("dialog[open]")
        tiles.first.click()
        expect(alone.locator("img")).to_be_visible(timeout=PATIENCE)
        expect(alone).to_contain_text("✗ wrong")
        number = alone.locator(".words").inner_text()
        tab.keyboard.press("ArrowRight")
        expect(alone.locator(".words")).not_to_have_text(number)
        tab.keyboard.press("Delete")
        expect(alone.get_by_role("button", name="Take back in")).to_be_visible(timeout=PATIENCE)
        tab.keyboard.press("Escape")
        expect(tab.locator(".tile.gone")).to_have_count(1)
        tab.get_by_text("Where answers come from").click()
        expect(tab.get_by_text("Teal is where Grad-CAM finds")).to_be_visible(timeout=PATIENCE)
        tab.get_by_role("radio", name="ROC and threshold").click()
        cells = tab.locator(".cells .cell b")
        expect(cells).to_have_count(4)
        slider = tab.get_by_role("slider", name="Threshold for the probability")
        for at in ("1000", "0", "120"):
            slider.fill(at)
            counts = [int(words) for words in cells.all_inner_texts()]
            assert sum(counts) == 359 and (counts[0] + counts[2] == 359) == (at == "0")
        no_accident(tab)
        tab.context.close()
    finally:
        server.stop()
