"""The page where data is mended, without a browser: what is pressed becomes a step, and the whole app tells of it."""

import contextlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from browser import PATIENCE, Server, no_accident, settled
from playwright.sync_api import expect
from streamlit.components.v2.bidi_component.state import AttributeDictionary
from streamlit.testing.v1 import AppTest

from core.corrections import written
from core.corrections.classes import RemoveClass
from core.corrections.images import Exclude, Move, Relabel
from core.datasets import load
from core.datasets.digits import Digits
from core.datasets.shapes import Shapes
from core.errors import UserError
from core.experiment.presets import load_preset
from core.inspection import Finding, Group, Looked, Report
from core.inspection.inspecting import keep
from core.inspection.remedies import leave_out
from core.lens.draws import next_batch
from core.words import number
from pages.components.data import augmentation_view
from pages.components.frame import gestures, session
from pages.components.frame.strip import parts
from pages.components.mending import acts, classes, current, effect, findings, gallery, page
from tests.test_data_page import experiment, texts

ROOT = Path(__file__).parent.parent
MEND = "pages/2_Design/1b_Mend_data.py"
STEPS = (Exclude(images="0-2"), Relabel(images="10", label=3))


class State(dict):
    def to_dict(self):
        return dict(self)


@pytest.fixture
def tab(monkeypatch):
    """A tab without a page."""
    load(Digits())
    state = State({session.TAB: session.Tab(experiment=load_preset("digits-cnn").to_json())})
    monkeypatch.setattr(session, "st", SimpleNamespace(session_state=state, query_params={}))
    return state


def press(action, images="", **more):
    """One gesture of any view."""
    seen = current.view_of(session.experiment())
    acts.do({"action": action, "dataset": seen.dataset.key(), "classes": acts.sign(seen), "images": images, **more})
    return session.experiment().dataset.corrections


def test_a_name_that_is_taken_has_its_code():
    assert classes._no_name("cat").code == "CLASS_NAME"


def test_each_press_is_a_step_that_undo_takes_back(tab):
    assert press("exclude", "3-5,8") == (Exclude(images="3-5,8"),)
    assert press("relabel", "3,10", label=7) == (Exclude(images="4-5,8"), Relabel(images="3,10", label=7))
    assert press("include", "4,10") == (Exclude(images="5,8"), Relabel(images="3,10", label=7))
    assert press("move", "11", split="test")[-1] == Move(images="11", split="test")
    assert press("exclude", "5") == session.experiment().dataset.corrections
    for _ in range(4):
        session.undo()
    assert session.experiment().dataset == Digits()


def test_all_that_are_found_are_mended_at_once_however_many_pages_they_are(tab):
    labels = load(Digits()).labels
    session.keep(acts.QUERY, (Digits().key(), gallery.Query(label=3)))
    press("exclude", every=True)

    assert session.experiment().dataset.facts().count == 1797 - int((labels == 3).sum())


def test_what_was_pressed_on_another_dataset_or_other_classes_changes_nothing(tab):
    seen = current.view_of(session.experiment())
    acts.do({"action": "exclude", "dataset": "another", "images": "3"})
    acts.do({"action": "relabel", "dataset": seen.dataset.key(), "classes": "others", "images": "3", "label": 1})

    assert session.experiment().dataset == Digits()


def test_images_of_a_class_that_was_taken_away_come_back_with_a_class_and_not_without(tab):
    session.save(session.experiment().edited(dataset=Digits(corrections=(RemoveClass(label=1),))))
    away = int(np.flatnonzero(load(Digits()).labels == 1)[0])

    press("include", str(away))
    assert "taken away" in session.remember(current.REFUSAL)
    press("relabel", str(away), label=0)
    assert current.view_of(session.experiment()).called(away) == "0"
    parts = load(session.experiment().dataset, seed=42)
    assert away in [*parts.train, *parts.validation] and (away in parts.validation) == (
        away in load(Digits(), seed=42).validation
    )


def press_class(action, labels=(), name=""):
    seen = current.view_of(session.experiment())
    about = {"dataset": seen.dataset.key(), "classes": acts.sign(seen)}
    classes.do({"action": action, "labels": list(labels), "name": name, **about})
    return session.remember(current.REFUSAL) or ""


def test_classes_are_renamed_merged_added_and_taken_away(tab):
    for asked in [
        ("rename", [0], " nought "),
        ("merge", [3, 8], "round"),
        ("remove", [1]),
        ("add", [], "odd"),
    ]:
        assert press_class(*asked) == ""
    names = session.experiment().dataset.facts().class_names

    assert names == ("nought", "2", "round", "4", "5", "6", "7", "9", "odd")


def test_two_classes_renamed_before_the_first_is_drawn_both_get_their_names(tab):
    seen = current.view_of(session.experiment())
    about = {"action": "rename", "dataset": seen.dataset.key(), "classes": acts.sign(seen)}
    classes.do({"labels": [0], "name": "nought", **about})
    classes.do({"labels": [1], "name": "one", **about})
    session.undo()
    assert session.experiment().dataset.facts().class_names[:2] == ("nought", "1")
    session.redo()
    assert session.experiment().dataset.facts().class_names[:2] == ("nought", "one")

    press_class("remove", [1])
    classes.do({"labels": [2], "name": "two", **about})
    assert session.experiment().dataset.facts().class_names[:3] == ("nought", "2", "3"), "2 was another class then"


@pytest.mark.parametrize("asked", [("rename", [0], "1"), ("add", [], "2"), ("add", [], " \n"), ("merge", [3, 8], "1")])
def test_a_class_gets_no_name_that_another_has_and_not_none(asked, tab):
    assert "Choose another name" in press_class(*asked)
    assert session.experiment().dataset == Digits()


def test_gestures_that_come_twice_are_done_once(tab):
    seen = current.view_of(session.experiment())
    told = {"action": "exclude", "dataset": seen.dataset.key(), "images": "1", "line": "a", "n": 1}
    tab[gallery.KEY] = AttributeDictionary({"gestures": [told]})
    gestures.take_all()
    session.undo()
    gestures.take_all()

    assert session.experiment().dataset == Digits()


@pytest.fixture
def app(monkeypatch):
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    mended = experiment(at).edited(dataset=Digits(corrections=STEPS))
    at.session_state.tab.experiment = mended.to_json()
    return at.switch_page(MEND).run()


def test_the_steps_are_told_and_each_is_taken_out_by_a_press(app):
    assert not app.exception and not app.error
    assert [one.label for one in app.button if one.key and one.key.startswith("take-out")] == [
        "1 picture labelled 3",
        "3 pictures left out",
    ]
    app.button(key="take-out-0").click().run()
    assert experiment(app).dataset.corrections == STEPS[1:]
    app.button(key="as-it-came").click().run()
    assert experiment(app).dataset == Digits() and "Nothing yet" in texts(app)


def test_the_data_page_and_the_strip_say_that_the_data_was_mended(app):
    app.switch_page("pages/2_Design/1_Data.py").run()

    assert "mended: 2 steps" in texts(app)
    data = load(Digits(corrections=STEPS), seed=experiment(app).seed)
    assert f"{number(len(data.train))} pictures to learn from, {len(data.validation)} to check on" in texts(app)
    assert len(data.train) + len(data.validation) == 1794
    assert parts(experiment(app))[0].words == "Digits 8x8 · 1\u202f794 · mended"


def flawed():
    """Two findings about the digits: of two groups, and about counts."""
    groups = [
        Group(images=(at, at + 1), note="the same", remedies=leave_out("Leave out one", [at + 1])) for at in (3, 8)
    ]
    both = leave_out("Leave out all copies", [4, 9])
    return Report(
        images=1797,
        findings=(
            Finding(check="Copies", title="2 copies", sentence="Two.", severity="wrong", images=4, found=2,
                    groups=tuple(groups), remedies=both),
            Finding(check="Imbalance", title="Unequal", sentence="Three to one.", severity="noted"),
        ),
    )  # fmt: skip


@pytest.fixture
def inspected(tab):
    """A tab whose dataset was looked through."""
    inspection = findings._now(session.experiment())
    keep(inspection, flawed())
    known = findings._known(session.experiment())
    session.keep(acts.OPENED, None)
    return known


def press_card(known, action, **more):
    findings.do({"action": action, "report": known.key(), "finding": 0, **more})
    return session.experiment().dataset.corrections


def cards(known):
    return findings._cards(findings._State(known, current.view_of(session.experiment())))["cards"]


def test_a_remedy_mends_its_group_and_one_for_all_leaves_alone_what_is_no_flaw(inspected):
    assert press_card(inspected, "dismiss", group=0) == ()
    assert [group["became"] for group in cards(inspected)[0]["groups"]] == ["", "no flaw"]
    assert press_card(inspected, "remedy", group=-1) == (Exclude(images="9"),)
    assert {group["at"]: group["became"] for group in cards(inspected)[0]["groups"]} == {0: "no flaw", 1: "mended"}
    assert cards(inspected)[0]["open"] == 0
    press_card(inspected, "again", group=0)
    assert press_card(inspected, "remedy", group=0, remedy=0) == (Exclude(images="4,9"),)
    assert session.remember(current.REFUSAL) is None


def test_what_was_found_stands_while_it_is_mended_and_after_that_is_undone(inspected):
    press_card(inspected, "remedy", group=0)
    session.keep(findings.INSPECTED, None)
    found = findings._known(session.experiment())
    assert found.report == inspected.report and found.inspection.dataset == Digits()
    session.undo()
    assert cards(found)[0]["open"] == 2


def test_an_imbalance_leads_to_weights_and_to_sampling(inspected):
    for how, looks in (("weights", "Balanced"), ("sampling", "Equal")):
        press_card(inspected, "balance", finding=1, how=how)
        training = session.experiment().training
        assert (training.class_weight.kind, training.sampling == "each class alike") == (looks, how == "sampling")
        session.undo()
    assert [card["balances"] for card in cards(inspected)] == [False, True]


def test_a_comparison_says_so_where_it_is_of_other_pictures_or_of_another_mending(tab, monkeypatch):
    now = session.experiment()
    for dataset, words in (
        (now.dataset, ""),
        (now.dataset.edited(corrections=STEPS), "What was mended was another then than now."),
        (Shapes(), "These are of other pictures: Colour shapes."),
    ):
        monkeypatch.setattr(effect, "_experiment", lambda _row, of=dataset: now.edited(dataset=of))
        assert effect._of_another(None) == words
    session.save(now.edited(dataset=Shapes(noise=0.1)))
    monkeypatch.setattr(effect, "_experiment", lambda _row: now.edited(dataset=Shapes(noise=0.2)))
    assert effect._of_another(None) == "These are of Colour shapes in another form than now."


def test_of_a_check_that_could_judge_nothing_it_is_not_said_that_all_is_well(monkeypatch):
    said = []
    screen = SimpleNamespace(expander=lambda *_, **__: contextlib.nullcontext(), markdown=said.append)
    monkeypatch.setattr(findings, "st", screen)
    looked = [
        Looked(check="SuspiciousLabels", images=0, of=214, seconds=1, note="Too few to judge."),
        Looked(check="Dark", images=100, of=214, seconds=1, note=""),
    ]
    findings._looked(Report(images=214, findings=(), looked=tuple(looked)))

    assert said[0] == "**Suspicious labels**: Too few to judge."
    assert said[1].startswith("**Dark** (100 of 214 pictures): No picture is darker")


@pytest.mark.parametrize(("seeds", "words"), [(1, ""), (3, ", on average over all seeds")])
def test_an_average_over_seeds_is_told_where_there_are_several(monkeypatch, seeds, words):
    said = []
    monkeypatch.setattr(effect, "_experiment", lambda row: SimpleNamespace(dataset=row))
    monkeypatch.setattr(effect, "_shares", lambda *_: np.array([0.5, 0.25]))
    monkeypatch.setattr(effect.st, "markdown", said.append)
    monkeypatch.setattr(effect.st, "table", said.append)
    rows = [
        SimpleNamespace(is_live=False, run=SimpleNamespace(id=""), best_epoch=1, learns_as_brought=as_brought)
        for as_brought in (False, True) * seeds
    ]
    effect._by_class(rows, ("a", "b"), np.array([4, 4]))

    assert said[0] == f"**Right by class**{words}" and said[1]["Points"] == ["+0.0", "+0.0"]


def test_all_views_are_drawn_without_an_accident(app):
    for view in ("Pictures", "Classes", "Flaws", "With and without"):
        app.button_group(key=page.VIEW).set_value([view]).run()
        assert not app.exception and not app.error, view


@pytest.mark.browser
def test_a_range_is_chosen_left_out_looked_at_alone_and_taken_back_by_hand(browser, tmp_path):
    server = Server(tmp_path / "home", stands_by=False)
    server.home.mkdir()
    server.start()
    try:
        tab = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        tab.set_default_timeout(PATIENCE)
        tab.goto(f"{server.url}/mend-data")
        settled(tab)
        tiles, told = tab.locator(".tile"), tab.locator(".acts .told").first
        tiles.nth(2).click()
        tiles.nth(5).click(modifiers=["Shift"])
        expect(told).to_have_text("4 pictures chosen")
        sought = tab.get_by_placeholder("0 to 1796")
        for text, said in (("4", "4 pictures chosen, 3 of them not shown here"), ("", "4 pictures chosen")):
            sought.fill(text)
            sought.press("Enter")
            expect(told).to_have_text(said)
        settled(tab)
        tiles.nth(5).focus()
        tab.keyboard.press("Delete")
        step = tab.get_by_role("button", name="4 pictures left out")
        expect(step).to_be_visible(timeout=PATIENCE)
        expect(tab.locator(".tile.gone")).to_have_count(4)
        settled(tab)
        tiles.nth(3).focus()
        tab.keyboard.press("Enter")
        alone = tab.locator("dialog[open]")
        expect(alone.locator("img")).to_be_visible(timeout=PATIENCE)
        tab.keyboard.press("ArrowRight")
        expect(alone).to_contain_text("number 4")
        alone.get_by_role("button", name="Take back in").click()
        expect(tab.get_by_role("button", name="3 pictures left out")).to_be_visible(timeout=PATIENCE)
        tab.keyboard.press("Escape")
        expect(alone).to_have_count(0)
        tab.get_by_role("button", name="3 pictures left out").click()
        expect(tab.locator(".tile.gone")).to_have_count(0, timeout=PATIENCE)
        no_accident(tab)
        tab.context.close()
    finally:
        server.stop()


def test_where_all_training_images_are_left_out_another_is_drawn_on_and_there_is_no_next_batch(monkeypatch):
    nothing = Digits(corrections=(Exclude(images=written(load(Digits(), 0.2, 42).train)),))
    monkeypatch.setattr(session, "remember", lambda name, start=None: 3)

    assert 0 <= augmentation_view.position(load(nothing, 0.2, 42)) < 1797
    with pytest.raises(UserError, match="No picture is left to learn from"):
        next_batch(load_preset("digits-cnn").edited(dataset=nothing), 0)
