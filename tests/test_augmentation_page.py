"""The list of random changes: switched, set in people's units, moved, removed, and drawn while a knob still moves."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from core.augmentation import Augmentation
from core.augmentation.movement import RandomFlip, RandomRotation, RandomShear
from core.experiment.presets import load_preset
from core.spec import kinds
from pages.components.data import augmentation_list
from pages.components.frame import session
from tests.browser import PATIENCE, Server, go, settled

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
