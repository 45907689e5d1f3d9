"""The list of random changes: switched, set in people's units, moved, removed, and drawn while a knob still moves."""

import json
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from core import datasets
from core.augmentation import Augmentation
from core.augmentation.movement import RandomFlip, RandomRotation, RandomShear
from core.experiment import Experiment
from core.experiment.presets import load_preset
from core.experiment.reading import read_experiment
from core.layers.reshaping import Flatten
from core.lens.client import LensClient
from core.runs import states
from core.runs.recorder import CheckpointData, Recorder
from core.spec import kinds
from pages.components.data import augmentation_list
from pages.components.frame import session
from tests.browser import PATIENCE, Server, go, settled
from tests.saved import here
from tests.test_design_pages import button, component, experiment

ROOT = Path(__file__).parent.parent
STACK = (RandomRotation(factor=0.03), RandomFlip())


@pytest.fixture
def tab(monkeypatch):
    """A tab without a page, two changes in its experiment."""
    begun = load_preset("digits-cnn").edited(augmentations=STACK).to_json()
    state = {session.TAB: session.Tab(experiment=begun)}
    monkeypatch.setattr(session, "st", SimpleNamespace(session_state=State(state), query_params={}))
    return state[session.TAB]


class State(dict):
    """As much of a session's state as a gesture needs."""

    def to_dict(self):
        return self


def now():
    return session.experiment().augmentations


def ask(action, at=0, kind="RandomRotation", **more):
    augmentation_list.apply({"action": action, "at": at, "kind": kind, **more})


@pytest.mark.parametrize(
    ("degrees", "factor"), [(0, 0.0), (18, 0.05), (36, 0.1), (90, 0.25), (180, 0.5), (37, 0.102778)]
)
def test_a_turn_is_set_in_degrees_and_kept_as_keras_counts_it(tab, degrees, factor):
    """Keras: factor times 2 pi is the largest turn, in radians."""
    ask("set", field="factor", value=degrees)
    assert now()[0].factor == factor
    [knob, _] = augmentation_list._row(now()[0], session.experiment())["fields"]

    assert (knob["value"], knob["unit"], knob["low"], knob["high"]) == (degrees, "°", 0, 180)
    assert f"factor={factor:g}" in knob["help"]


def test_parts_are_set_in_percent():
    fields = augmentation_list._row(RandomShear(x_factor=0.25), load_preset("digits-cnn"))["fields"]
    assert [(one["value"], one["unit"], one["high"]) for one in fields[:2]] == [(25, "%", 100), (0, "%", 100)]


def test_a_knob_that_moves_is_shown_and_nothing_is_saved_before_it_rests(tab):
    before = session.experiment()
    for degrees in (20, 30, 45):
        ask("draft", field="factor", value=degrees)
    assert session.experiment() == before and session.before() is None
    assert augmentation_list.shown(before)[0].factor == 0.125

    ask("set", field="factor", value=45)
    assert now()[0].factor == 0.125 == augmentation_list.shown(session.experiment())[0].factor
    session.undo()
    assert session.experiment() == before, "one step back, however far the knob went"


def test_what_is_switched_off_keeps_its_values_and_is_reset_without_being_switched_on(tab):
    ask("switch", value=False)
    assert now()[0] == RandomRotation(factor=0.03, on=False) and session.experiment().applied == (RandomFlip(),)
    ask("set", field="factor", value=90)
    ask("reset")
    assert now()[0] == RandomRotation(on=False)
    ask("switch", value=True)
    assert now()[0] == RandomRotation()


def test_changes_are_moved_and_removed_one_after_the_other(tab):
    ask("move", to=1)
    assert now() == STACK[::-1]
    ask("remove", kind="RandomFlip")
    assert now() == STACK[:1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "set", "field": "factor", "value": 181}, {"action": "set", "field": "factor", "value": "x"},
        {"action": "set", "field": "on", "value": False}, {"action": "set", "field": "kind", "value": 1},
        {"action": "switch", "value": 3}, {"action": "remove", "at": 7}, {"action": "reset", "kind": "RandomZoom"},
        {"action": "set", "field": "factor", "value": 10**400},
        {"action": "draft", "field": "factor", "value": -(10**400)},
    ],
)  # fmt: skip
def test_what_no_button_sends_changes_nothing_and_is_said(tab, wrong):
    ask(**wrong)
    assert now() == STACK and "none of its buttons sends" in session.remember(augmentation_list.REFUSAL)


@pytest.mark.parametrize("kind", kinds(Augmentation).values())
def test_every_knob_gives_back_what_it_shows(tab, kind):
    session.save(session.experiment().edited(augmentations=(kind(),)))
    for field in augmentation_list._row(kind(), session.experiment())["fields"]:
        ask("set", kind=kind.__name__, field=field["name"], value=field["value"])
    assert now() == (kind(),)


def draws(question, *, experiment=None, number=0, images=None, **asked):
    """Stands for the lens process: pictures that say which draw they are."""
    if question == "alone":
        assert asked["whole"] and asked["change"]["fill_mode"] in ("constant", "nearest", "reflect", "wrap")
        outside = np.zeros((len(images), 8, 8), np.uint8)
        outside[:, :, 6:] = 1
        return {
            "images": images,
            "words": [[f"turned {place % 2}°"] for place in range(len(images))],
            "outside": outside,
        }
    assert read_experiment(json.dumps(experiment)).augmentations
    if question == "batch":
        shares = np.eye(10, dtype=np.float32)[[number, 3]]
        shares[1] = 0.7 * shares[1] + 0.3 * np.eye(10)[5]
        pixels = np.zeros((2, 8, 8, 1), np.uint8)
        return {"number": number, "count": 2, "images": pixels, "originals": pixels, "shares": shares,
                "labels": np.array([number, 3]), "words": [[], ["mixed with another"]]}  # fmt: skip
    assert question == "augment"
    count = len(experiment["augmentations"])
    each = np.zeros((count, 8, 8, 1), np.uint8)
    images = np.full((asked["draws"], 8, 8, 1), asked["seed"] % 256, np.uint8)
    words = {"words": [["turned 2°"]] * asked["draws"], "each_words": [["turned 3° to the left"]] * count}
    return {"images": images, "each": each, **words}


@pytest.fixture
def page(monkeypatch):
    """Opens the page in its frame, with an experiment; a stand-in draws."""
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: Mock(spec=LensClient))
    monkeypatch.setattr("pages.components.frame.lens.is_warm", lambda: True)
    monkeypatch.setattr("pages.components.frame.lens.ask", draws)

    def opened(begun=None):
        at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
        if begun is not None:
            at.session_state.tab.experiment = begun.to_json()
        at = at.switch_page("pages/2_Design/2_Augmentation.py").run()
        assert not at.exception
        return at

    return opened


def stack(at):
    return component(at, "rows", "gestures")["rows"]


def images(at):
    return component(at, "rows", "side")


def test_without_augmentation_the_page_invites_and_asks_nothing_of_keras(page):
    at = page()
    assert component(at, "original")["draws"] == []
    button(at, "Try a small turn and shift").click().run()
    assert [change.kind for change in experiment(at).augmentations] == ["RandomRotation", "RandomTranslation"]
    shown = component(at, "original")
    assert len(shown["draws"]) == 12 and shown["each"]["told"] == ["turned 2°"] * 12
    assert shown["each"]["words"] == ["turned 3° to the left"] * 2


def test_an_operation_that_changes_signs_is_cautioned_on_digits_only(page):
    flip = (RandomFlip(),)
    digits = load_preset("digits-cnn").edited(augmentations=flip)
    assert "a 2 is no 2 any more" in stack(page(digits))[0]["caution"]
    assert stack(page(digits.edited(augmentations=(RandomFlip(on=False),))))[0]["caution"] == ""
    small = load_preset("shapes-cnn")
    small = small.edited(dataset=small.dataset.edited(count=60), augmentations=flip)
    assert stack(page(small))[0]["caution"] == ""


def test_the_next_batch_stands_under_the_draws_with_labels_or_shares_and_the_edges_with_all_four_ways_of_filling(page):
    at = page(load_preset("digits-cnn").edited(augmentations=(RandomRotation(), RandomFlip())))
    [row] = images(at)["rows"]
    assert [one["caption"] for one in row["images"]] == ["0", "70 % 3 · 30 % 5"]
    assert row["images"][1]["words"] == "mixed with another"
    button(at, "Batch 2").click().run()
    assert images(at)["rows"][0]["images"][0]["caption"] == "1"
    assert button(at, "Batch 1")

    at.segmented_control[0].set_value("Beyond the edge").run()
    shown = images(at)
    assert [row["title"].partition(":")[0] for row in shown["rows"]] == ["constant", "nearest", "reflect", "wrap"]
    assert "in use" in shown["rows"][1]["title"] and "25 %" in shown["words"]
    first = shown["rows"][0]["images"]
    assert [one["words"] for one in first] == ["turned 0°", "turned 1°"], "the same draw is not shown twice"
    assert first[0]["outline"] == "".join(f"M6 {y}v1" for y in range(8))
    button(at, "Use wrap").click().run()
    assert experiment(at).augmentations == (RandomRotation(fill_mode="wrap"), RandomFlip())


def test_operations_are_added_from_families_that_fold_away_once_there_is_one(page):
    at = page()
    [folded] = [one for one in at.expander if one.label == "Add an operation"]
    assert folded.proto.expanded
    said = [one.value for one in folded.caption]
    assert said[:3] == ["Flips", "Moves", "Colours"] and "Mixes" in said
    assert {one.label for one in folded.button} == {name.removeprefix("Random") for name in kinds(Augmentation)}
    next(one for one in folded.button if one.label == "MixUp").click().run()
    assert [change.kind for change in experiment(at).augmentations] == ["MixUp"]
    assert not next(one for one in at.expander if one.label == "Add an operation").proto.expanded
    [row] = stack(page(load_preset("digits-cnn").edited(augmentations=(RandomRotation(),))))
    assert [(one["name"], one["folded"]) for one in row["fields"]] == [("factor", False), ("fill_mode", True)]


def test_new_draws_are_other_draws(page):
    at = page(load_preset("digits-cnn").edited(augmentations=(RandomRotation(),)))
    before = component(at, "original")["draws"]
    button(at, "New draws").click().run()
    assert component(at, "original")["draws"] != before


def nearest_mean(run, data):
    """A checkpoint of a run with the network that answers with the class whose mean image is nearest."""
    kernel_name, bias_name = "head/kernel", "head/bias"
    images = data.images[data.train].reshape(len(data.train), -1) / 255
    means = np.stack([images[data.labels[data.train] == label].mean(0) for label in range(10)])
    weights = [(kernel_name, means.T.astype(np.float32)), (bias_name, -(means**2).sum(1).astype(np.float32) / 2)]
    with Recorder(run) as record:
        record.append("saved", epoch=1)
        record.checkpoint(CheckpointData(1, 0, 1, weights, [], {}))
        record.status(state=states.FINISHED, epoch=1, epochs=1, best_epoch=1)


def one_image_is_broken(page):
    """Sliders answer in the browser and go together, a brush covers, a nudge fools."""
    page.get_by_text("One image", exact=True).click()
    page.locator(".verdict", has_text="true class").wait_for()  # Keras starts
    turn, noise = page.get_by_role("slider", name="Rotation"), page.get_by_role("slider", name="Noise")
    seen = page.locator(".picture").get_attribute("aria-label")
    for _ in range(3):
        turn.press("ArrowRight")
    expect(page.locator(".knob.along output")).to_contain_text("to the right")
    assert page.locator(".picture").get_attribute("aria-label") != seen
    expect(page.get_by_role("button", name="Train with Rotation")).to_be_visible()
    noise.press("ArrowRight")
    expect(page.get_by_role("button", name="Train with")).to_contain_text("GaussianNoise")
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("button", name="Train with")).to_be_hidden()
    page.get_by_text("Cover it", exact=True).click()
    page.locator("canvas.paint").click(position={"x": 100, "y": 100})
    expect(page.locator(".one-image .said")).to_contain_text("covered")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".one-image .said")).to_contain_text("Paint over the image")
    page.get_by_text("Nudge it", exact=True).click()
    page.get_by_role("slider", name="Size of the nudge").press("End")
    expect(page.locator(".hint")).to_contain_text("Largest change: 64 grey values")


@pytest.mark.browser
def test_a_network_is_broken_and_trained_with_what_broke_it_by_one_press(browser, tmp_path, monkeypatch):
    monkeypatch.setenv("KERNELSCOPE_HOME", str(tmp_path / "home"))
    flat = Experiment(layers=(Flatten(),))
    flat = flat.edited(training=flat.training.edited(epochs=1))
    datasets.prepare(flat.dataset)
    run = here().create(flat)
    nearest_mean(run, datasets.load(flat.dataset, flat.training.validation_split, flat.seed))
    server = Server(tmp_path / "home")
    server.start()
    try:
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server.url}/break-it?run={run.id}")
        settled(page)
        one_image_is_broken(page)
        page.get_by_text("All images", exact=True).click()
        page.get_by_role("button", name="Break it").click()
        train = page.get_by_role("button", name="Train with these 3")
        train.wait_for()
        card = page.get_by_role("group", name="Translation")
        told = card.locator(".said")
        expect(card.locator(".example")).to_have_count(4)
        card.locator(".plot").hover(position={"x": 46, "y": 40})
        expect(told).to_contain_text("as they are")
        before = card.locator(".example i").first.get_attribute("style")
        card.locator(".plot").focus()
        page.keyboard.press("ArrowRight")
        expect(told).to_contain_text("±5 %")
        assert card.locator(".example i").first.get_attribute("style") != before
        page.get_by_role("group", name="Rotation").get_by_role("checkbox").check()
        page.get_by_role("button", name="Train with these 4").click()
        page.get_by_role("heading", name="Live run").wait_for()
        trained = here().newest()[0].experiment.augmentations
        assert len(trained) == 4 and "RandomRotation" in [change.kind for change in trained]
        assert page.context.thrown == []
        page.context.close()
    finally:
        server.stop()


@pytest.mark.browser
def test_the_draws_follow_a_knob_that_is_held_and_a_switch(browser, tmp_path):
    server = Server(tmp_path / "home")
    server.home.mkdir()
    server.start()
    try:
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(server.url)
        settled(page)
        go(page, "Augmentation")
        page.get_by_role("button", name="Try a small turn and shift").click()
        draw = page.locator(".draws .draw img").first
        alone = page.locator(".change .after img").first
        expect(alone).to_be_visible(timeout=PATIENCE)
        before, small = draw.get_attribute("src"), alone.get_attribute("src")
        settled(page)
        knob = page.locator(".change input[type=range]").first
        box = knob.bounding_box()
        page.mouse.move(box["x"] + 0.06 * box["width"], box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2, steps=5)
        expect(draw).not_to_have_attribute("src", before, timeout=PATIENCE)
        expect(alone).not_to_have_attribute("src", small, timeout=PATIENCE)
        expect(page.get_by_role("button", name="Undo")).to_be_visible()
        page.mouse.up()
        degrees = int(page.locator(".change output").first.inner_text().strip("±°\u202f "))
        assert degrees > 100
        page.locator(".change .switch").first.uncheck()
        expect(page.locator(".change").first).to_have_class("change off", timeout=PATIENCE)
        page.locator("[class*=st-key-strip]").get_by_text("Translation", exact=True).first.wait_for()
        page.reload()
        settled(page)
        expect(page.locator(".change .switch").first).not_to_be_checked(timeout=PATIENCE)
        assert int(page.locator(".change output").first.inner_text().strip("±°\u202f ")) == degrees
        assert page.context.thrown == []
        page.context.close()
    finally:
        server.stop()
