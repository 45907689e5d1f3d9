"""The images that a cell or a point stands for, without a browser: in which order they stand, and what is pressed."""

import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.corrections.images import Exclude, Relabel
from core.datasets import load
from core.datasets.shapes import Shapes
from core.figures.overlay import over
from core.lens.said import Said
from core.lens.where_from import WhereFrom
from core.lens.why import Why
from pages.components.frame import going, session
from pages.components.mending import acts, current
from pages.components.understand import chosen_images, image_source, look_with, time_machine
from pages.components.understand.chosen_images import OPENED, SHOWN, Shown, right_before_and_after
from pages.components.understand.looking import Looking
from tests.saved import here


class State(dict):
    def to_dict(self):
        return dict(self)


@pytest.fixture
def tab(monkeypatch, small):
    """A tab without a page, whose experiment is the one of the run."""
    load(small.dataset)
    state = State({session.TAB: session.Tab(experiment=small.to_json())})
    monkeypatch.setattr(session, "st", SimpleNamespace(session_state=state, query_params={}))
    return state


@pytest.fixture
def run(tab, small):
    """A run whose images 3, 7, 20 to 99 were shown."""
    run = here().create(small)
    session.keep(SHOWN, Shown(run, 1, np.array([7, 3, *range(20, 100)]), "sign", np.array([3])))
    return run


def press(action, images="", side="", **more):
    seen = current.view_of(session.experiment())
    about = {"dataset": seen.dataset.key(), "classes": acts.sign(seen), "sign": "sign"}
    chosen_images._do(about | {"action": action, "images": images, **more}, side)


def said(count=6, classes=3):
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(classes), count).astype(np.float32)
    return Said.of(rng.permutation(50)[:count], rng.integers(0, classes, count), probabilities), probabilities


def test_an_answer_in_short_is_the_likeliest_class_with_its_probability_and_that_of_the_truth():
    found, probabilities = said()

    assert found.confidence.tolist() == probabilities.max(1).tolist()
    for row, label in enumerate(found.labels):
        assert found.truth[row] == probabilities[row, label]
        assert probabilities[row, found.chosen[row]] == found.confidence[row]


def test_answers_are_found_in_any_order_and_those_of_others_are_none():
    found, _ = said()
    wanted = np.array([found.positions[4], 999, found.positions[0]])

    assert found.at(wanted).positions.tolist() == wanted[[0, 2]].tolist()
    assert found.at(wanted).truth.tolist() == found.truth[[4, 0]].tolist()
    assert not len(Said.of(np.zeros(0, int), np.zeros(0, int), np.zeros((0, 3))).at(wanted).labels)


@pytest.mark.parametrize("order", chosen_images.ORDERS)
def test_images_stand_in_the_order_that_is_asked_for(order):
    found, probabilities = said(20)
    rows = chosen_images._ordered(found, order)
    of = {
        "surest first": -probabilities.max(1),
        "least sure first": probabilities.max(1),
        "hardest first": np.log(probabilities[np.arange(20), found.labels]),
        "as they come": np.arange(20),
    }[order]

    assert sorted(rows.tolist()) == list(range(20)) and (np.diff(of[rows]) >= 0).all()


def test_chosen_images_are_mended_in_the_experiment_one_or_all_and_no_others(run):
    press("relabel", every=True, label=4)
    press("exclude", "3,5,7")

    steps = session.experiment().dataset.corrections
    assert steps == (Relabel(images="3,7,20-99", label=4), Exclude(images="3,7"))


def test_nothing_is_done_to_images_of_another_dataset_or_that_stood_there_before(run, small):
    chosen_images._do({"action": "exclude", "dataset": "x", "sign": "sign", "images": "3"}, "")
    press("exclude", "3", sign="another")
    press("exclude", "3", side="-beside")
    assert session.experiment() == small
    other = small.edited(dataset=Shapes(count=40, image_size=12))
    load(other.dataset)
    session.save(other)
    press("exclude", "3")

    assert session.experiment() == other and not session.remember(current.REFUSAL)


def test_an_image_opens_large_and_is_looked_at_inside_the_network(run, small):
    press("open", "7")
    assert session.remember(OPENED) == ("sign", 7)
    press("close")
    assert session.remember(OPENED) is None
    data = load(small.dataset, small.training.validation_split, small.seed)
    held_out = int(next(one for one in data.validation if 20 <= one < 100))
    learnt = int(next(one for one in data.train if 20 <= one < 100))
    press("inside", str(held_out))
    assert session.remember(image_source.AT) == held_out
    assert session.remember(going.GOING)[0].endswith("2_Look_inside.py")
    press("inside", str(learnt))  # no validation picture: it is carried as it is

    assert session.remember("source-look-inside") == image_source.CARRIED
    assert session.remember(image_source.CARRY).names == (f"Dataset number {learnt}",)


def test_an_image_of_the_network_beside_is_looked_at_after_the_epoch_of_its_answer(run, small):
    other = here().create(small)
    session.keep(f"{SHOWN}-beside", Shown(other, 5, np.array([7]), "sign", np.array([7])))
    press("inside", "7")
    assert session.remember(time_machine.kept_as(run)) is None  # it stands where it stood
    press("why", "7", side="-beside")

    assert session.remember(time_machine.kept_as(other)) == 5
    assert session.remember(look_with.WITH) == Why.question


def test_mended_validation_images_are_judged_by_their_new_labels_without_those_left_out():
    found = Said.of(np.array([0, 2, 4, 5]), np.array([0, 1, 1, 0]), np.eye(2, dtype=np.float32)[[0, 0, 1, 1]])
    labels, split = np.array([0, 0, 0, 0, 1, 0]), np.array([1, 0, 1, 0, 1, -1])

    assert right_before_and_after(found, labels, split) == (0.5, 1.0)
    assert np.isnan(right_before_and_after(found, labels, split * 0)[1])


def test_one_press_marks_in_all_of_them_where_their_answers_come_from(tab, small, monkeypatch):
    run, drawn, asked, words = here().create(small), [], [], []
    seen, looking = current.view_of(small), Looking.at(run, 3, None)
    answers = Said.of(np.array([4, 2]), np.array([1, 7]), np.eye(10, dtype=np.float32)[:2])
    chosen_images.session.keep(OPENED, None)

    def found(lens, looking):
        asked.append((type(lens).__name__, looking.chosen.positions))
        return WhereFrom(np.eye(4, dtype=np.float32)[None].repeat(2, 0), "Grad-CAM", "conv2d_1")

    monkeypatch.setattr(chosen_images.results, "found", found)
    monkeypatch.setattr(chosen_images, "_component", lambda **fields: drawn.append(fields["data"]))
    monkeypatch.setattr(chosen_images.st, "caption", words.append)
    chosen_images._draw(looking, seen, answers, 1, True, {})
    session.keep(OPENED, (drawn[0]["sign"], 2))
    chosen_images._draw(looking, seen, answers, 1, True, {}, is_marked=True)
    plain, marked = drawn

    assert asked == [("WhereAnswersComeFrom", (4, 2))] and "by the maps of conv2d" in words[0]
    assert plain["sheet"]["uri"] != marked["sheet"]["uri"]
    assert {**plain["sheet"], "uri": ""} == {**marked["sheet"], "uri": ""}
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(marked["alone"]["uri"].partition(",")[2]))))
    np.testing.assert_array_equal(pixels, over(np.asarray(seen.images[2])[None], np.eye(4)[None])[0])


@pytest.mark.parametrize(("at", "is_wrong"), [(3, True), (7, False)])
def test_why_explains_the_answer_and_of_a_mistake_the_truth_beside_it(at, is_wrong, run, small):
    press("why", str(at))
    label = load(small.dataset, small.training.validation_split, small.seed).labels[at]

    assert session.remember(look_with.WITH) == Why.question
    assert session.remember("lens-why") == (Why(beside=str(label)) if is_wrong else Why())
    assert session.remember(going.GOING)[0].endswith("2_Look_inside.py")


def _two_sets(run_id):
    from dataclasses import replace

    from pages.components.frame import session
    from pages.components.understand import chosen_images
    from pages.components.understand.looking import Looking

    session.open_tab()
    looking = Looking.at(session.runs().find(run_id), 1, None)
    chosen_images.show(looking, [4, 2], "hardest")
    chosen_images.show(replace(looking, part=chosen_images.DIFFER), [7, 5], "answered differently")


def test_images_of_a_view_and_those_about_which_two_networks_differ_stand_on_one_page(small, monkeypatch):
    def said(looking, data, wanted):
        return Said.of(wanted, data.labels[wanted], np.eye(10, dtype=np.float32)[: len(wanted)])

    compared: list = []
    monkeypatch.setattr(chosen_images, "_said", said)
    monkeypatch.setattr(chosen_images, "_judged", lambda looking, seen: None)
    monkeypatch.setattr(chosen_images.effect, "draw", lambda *about: compared.append(about))
    app = AppTest.from_function(_two_sets, args=(here().create(small).id,), default_timeout=60).run()

    assert not app.exception
    assert len(app.get("bidi_component")) == 2
    for place in (1, 0):  # the comparison of both is the same: it stands where it was asked for last
        next(one for one in app.button if one.key == ("chosen-compares", "chosen-compares-differ")[place]).click().run()
        labels = [one.label for one in app.button if one.key.startswith("chosen-compares")]
        assert labels.index("Close the comparison") == place and len(set(labels)) == 2
    assert not app.exception and len(compared) == 2
