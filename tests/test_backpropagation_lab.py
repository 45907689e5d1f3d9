"""The lab of back-propagation: the browser's numbers, TensorFlow's tape through the lens, and the lab itself walked."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from browser import PATIENCE, no_accident, settled
from playwright.sync_api import expect
from pydantic import ValidationError

from core.errors import UserError
from core.labs.backpropagation import EPSILON, LOSSES, PLACES_OF_EPSILON, SYSTEMS, H, conventions, system_of
from core.labs.backpropagation_lab import BackPropagation
from core.labs.reading import read_lab
from core.lens.process import ask
from core.spec import packed
from pages.components.browser.component import scripts as scripts_of


def moved(system, rng, spread=0.5):
    """Parameters some way from the start."""
    return {name: value + spread * rng.normal(size=value.shape) for name, value in system.start.items()}


def as_rows(parameters):
    return {name: value.tolist() for name, value in parameters.items()}


@pytest.mark.parametrize("check", BackPropagation.checks(), ids=lambda check: check.id)
def test_loss_and_first_gradients_are_those_worked_out_without_back_propagation(check):
    told = check.to_json()

    assert np.allclose(told["numpy"], told["published"], rtol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", SYSTEMS)
def test_under_every_convention_the_tape_of_its_loss_agrees_with_ours_and_with_finite_differences(name, loss):
    rng = np.random.default_rng(3)
    for place in PLACES_OF_EPSILON * 2:
        system = system_of(name, loss, place)
        parameters = moved(system, rng)
        question = {"question": "tape", "system": name, "loss": loss, "epsilon_in": place}
        told = ask({**question, "parameters": as_rows(parameters)}, b"")
        values = system.forward(parameters)
        ours, numerical = system.backward(values), system.numerical(parameters)

        assert told["loss"] == pytest.approx(float(values["loss"]), rel=1e-12)
        for key, gradient in told["gradients"].items():
            share = 1 / len(system.data["y"]) if loss == "note" and key.startswith("b") else 1.0
            assert system.share(key) == share
            assert np.allclose(ours[f"d_{key}"], share * np.array(gradient), rtol=1e-6, atol=1e-12)
            assert np.allclose(numerical[f"d_{key}"], gradient, rtol=1e-4, atol=1e-7)


def test_the_notes_rule_has_the_sums_weights_and_the_mean_for_its_bias():
    """From the residuals alone, as the note writes it: d_W = X.T @ diff, and the mean of diff."""
    system = SYSTEMS["exams"]
    x, diff = system.data["x"], system.data["x"] @ system.start["W"] + system.start["b"] - system.data["y"]
    found = {}
    for loss in LOSSES:
        held = system_of("exams", loss)
        found[loss] = held.backward(held.forward(held.start))

    assert np.allclose(found["note"]["d_W"], x.T @ diff)
    assert float(found["note"]["d_b"][0, 0]) == pytest.approx(diff.mean())
    assert found["note"]["d_W"][0, 0] == pytest.approx(-18_684.5)
    assert found["note"]["d_b"][0, 0] == pytest.approx(-43.5)
    assert np.allclose(found["sum"]["d_W"], found["note"]["d_W"])
    assert np.allclose(found["sum"]["d_b"], 5 * found["note"]["d_b"])
    assert np.allclose(found["mean"]["d_W"], 0.4 * found["sum"]["d_W"])
    assert found["mean"]["d_b"][0, 0] == pytest.approx(-87.0)


def test_epsilon_in_the_slope_is_as_the_note_writes_it():
    system = system_of("sigmoid", "note", "d_loss")
    values = system.forward(system.start)
    p, y = values["sigma"], values["y"]

    assert np.allclose(system.backward(values)["d_sigma"], (p - y) / (p * (1 - p) + 1e-7), rtol=1e-12)
    plain = -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum()
    assert float(values["loss"]) == pytest.approx(plain, rel=1e-5)


@pytest.mark.parametrize(
    "parameters",
    [
        None,
        {},
        {"W": [[1.0]]},
        {"W": [[1.0, 2.0]], "b": [[0.0]]},
        {"W": [[1.0], [2.0, 3.0]], "b": [[0.0]]},
        {"W": [["1"]], "b": [[0.0]]},
        {"W": [[None]], "b": [[0.0]]},
        {"W": [[True]], "b": [[0.0]]},
        {"W": [[float("inf")]], "b": [[0.0]]},
        {"W": [[float("nan")]], "b": [[0.0]]},
        {"W": [[1e7]], "b": [[0.0]]},
        {"W": [[10**400]], "b": [[0.0]]},
        {"W": [[1.0]], "b": [[0.0]], "c": [[0.0]]},
    ],
)
def test_the_tape_refuses_what_does_not_fit(parameters):
    with pytest.raises(UserError):
        ask({"question": "tape", "system": "linear", "parameters": parameters}, b"")
    with pytest.raises(UserError):
        ask({"question": "tape", "system": ["linear"], "parameters": {"W": [[1.0]], "b": [[0.0]]}}, b"")
    for wrong in ({"loss": "none"}, {"loss": ["mean"]}, {"epsilon_in": "nowhere"}):
        with pytest.raises(UserError):
            ask({"question": "tape", "system": "linear", "parameters": {"W": [[1.0]], "b": [[0.0]]}, **wrong}, b"")


def test_settings_come_back_from_their_link_and_impossible_ones_do_not():
    settings = BackPropagation(
        system="xor",
        loss="note",
        epsilon_in="d_loss",
        slips=("d_W1:flipped", "d_layer2:dropped"),
        start=(0.5,) * 9,
        step=33,
    )

    assert read_lab(BackPropagation, packed(settings)) == settings
    for wrong in ({"start": (2e6,)}, {"start": (float("nan"),)}, {"slips": ("d_W; drop",)}, {"step": -1}):
        with pytest.raises(ValidationError):
            BackPropagation(**wrong)


def test_the_guard_keeps_a_sure_wrong_answer_finite():
    system, sure = SYSTEMS["sigmoid"], {"W": np.array([[-1600.0]]), "b": np.array([[800.0]])}
    guarded, bare = system.forward(sure), system.forward(sure, epsilon=0.0)

    assert float(guarded["loss"]) == pytest.approx(16.118, abs=1e-3)
    assert np.isinf(bare["loss"])
    assert np.isfinite(system.backward(guarded)["d_W"]).all()
    assert np.isnan(system.backward(bare)["d_W"]).all()
    assert not system.backward(guarded)["d_W"].any(), "a saturated unit learns nothing"
    assert system.backward(guarded, {"d_layer": "dropped"})["d_W"].any(), "and the slope alone is why"


def drawn_cases(rng):
    """Systems at random places, under random conventions, with random mistakes."""
    for name in list(SYSTEMS) * 15:
        told = {"loss": str(rng.choice(LOSSES)), "place": str(rng.choice(PLACES_OF_EPSILON))}
        system = system_of(name, told["loss"], told["place"])
        gradients = [f"d_{to}" for operation in system.operations for to in operation.backward]
        slips = {key: str(rng.choice(["dropped", "flipped"])) for key in gradients if rng.random() < 0.25}
        yield {"name": name, **told, "parameters": as_rows(moved(system, rng)), "slips": slips}


@pytest.mark.browser
def test_the_browser_computes_the_same_numbers_mistakes_included(browser):
    cases = list(drawn_cases(np.random.default_rng(4)))
    script = scripts_of("labs/backpropagation/arithmetic")
    body = f"""{script}
      const {{ forward, backward, numerical, update, conventional, shareOf }} = BACKPROPAGATION;
      return cases.map(c => {{
        const system = conventional(systems[c.name], c.loss, c.place),
          values = forward(system, c.parameters, {EPSILON}), all = backward(system, values, c.slips),
          shares = Object.fromEntries(Object.keys(c.parameters).map(name => [name, shareOf(system, name)]));
        return [all, numerical(system, c.parameters, {EPSILON}, {H}), update(c.parameters, all, 0.1), shares];
      }});"""
    told = {name: system.to_json() | {"conventions": conventions(name)} for name, system in SYSTEMS.items()}
    page = browser.new_page()
    found = page.evaluate(f"([cases, systems]) => {{ {body} }}", [cases, json.loads(json.dumps(told))])
    page.close()

    for case, (everything, differences, after, shares) in zip(cases, found, strict=True):
        system = system_of(case["name"], case["loss"], case["place"])
        parameters = {key: np.array(value) for key, value in case["parameters"].items()}
        values = system.forward(parameters)
        gradients = system.backward(values, case["slips"])
        for key, value in {**values, **gradients}.items():
            assert np.allclose(everything[key], value, rtol=1e-9, atol=1e-13), (case, key)
        for key, value in system.numerical(parameters).items():
            assert np.allclose(differences[key], value, rtol=1e-4, atol=1e-7)
        for key, value in system.update(parameters, gradients, 0.1).items():
            assert np.allclose(after[key], value, rtol=1e-9, atol=1e-12)
        assert shares == {name: system.share(name) for name in parameters}


@pytest.fixture
def page(browser, labs):
    """The lab, opened by a fresh visitor."""
    page = browser.new_context(viewport={"width": 1440, "height": 1200}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{labs.url}/back-propagation")
    page.locator(".graph .node").first.wait_for()
    settled(page)
    yield page
    no_accident(page)
    page.context.close()


def linked(url):
    """What an address holds of the lab."""
    return read_lab(BackPropagation, parse_qs(urlsplit(url).query)["lab"][0])


@pytest.mark.browser
def test_the_chain_rule_stands_there_with_its_numbers_and_tensorflow_agrees(page):
    d_b = page.get_by_label("d_b", exact=True).locator(".cell")
    expect(d_b).to_have_text("−2.5")  # it opens on a whole round
    page.locator(".graph").focus()
    page.keyboard.press("ArrowLeft")
    expect(d_b).to_have_text("")
    expect(page.locator(".formula")).to_contain_text("d_W = −1 · 0.833 + 0 · 0.333")
    page.get_by_role("button", name="Ask TensorFlow").click()
    expect(page.locator(".told").last).to_contain_text("its loss is 8.13")
    expect(page.locator(".three td.right")).to_have_count(1)
    page.get_by_label("d_layer: a mistake").select_option("dropped")  # half the summed squares have no 2 / N
    expect(page.locator(".three td.elsewhere").first).to_have_text("that is d_W of half the summed squares")
    expect(page.locator(".three td.wrong")).to_have_count(0)
    page.get_by_role("button", name="100 rounds").click()
    expect(page.locator(".broken")).to_contain_text("no mistake but another convention")
    page.get_by_role("button", name="Back to the start").click()
    for _ in range(5):
        page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_label("d_layer: a mistake").select_option("")
    page.get_by_label("d_W: a mistake").select_option("flipped")
    expect(page.locator(".three td.wrong")).to_have_text("✗ wrong sign")
    page.get_by_role("button", name="100 rounds").click()
    expect(page.locator(".broken")).to_contain_text("walks uphill")
    page.get_by_text("Checked against known answers").click()
    expect(page.locator(".checks td.right")).to_have_count(len(BackPropagation.checks()))


@pytest.mark.browser
def test_the_notes_numbers_are_right_by_its_convention_and_told_so_under_another(page):
    page.get_by_role("radio", name="exams").click()
    expect(page.locator(".three td.right")).to_have_count(4)
    own, verdict = page.get_by_label("Your number"), page.locator(".verdict")
    for at, said in (("d_W[0]", "-18684.5"), ("d_b", "-43.5"), ("d_b", "-217.5"), ("d_b", "-87")):
        page.get_by_label("Gradient that you worked out").select_option(at)
        own.fill(said)
        own.press("Enter")
        expect(verdict).to_contain_text(f"{at} of")
        expect(verdict).to_have_class("verdict right")
    own.fill("-88")
    own.press("Enter")
    expect(verdict).to_have_class("verdict wrong")
    page.get_by_role("radio", name="note").click()
    expect(page.get_by_label("d_b", exact=True).locator(".cell")).to_have_text("−43.5")
    expect(page.locator(".three tr", has_text="d_W[0]").last).to_contain_text("−18")
    page.get_by_role("button", name="Ask TensorFlow").click()
    expect(page.locator(".told").last).to_contain_text("tf.GradientTape answered")
    expect(page.locator(".three td.right")).to_have_count(4)
    page.wait_for_url(lambda url: "lab=" in url and linked(url).loss == "note")
    page.get_by_role("radio", name="sigmoid").click()
    page.get_by_role("radio", name="d_loss").click()
    expect(page.locator(".three td.right")).to_have_count(2)
    expect(page.locator(".guard")).to_contain_text("the exact slope of the loss above")


@pytest.mark.browser
def test_a_wrong_weight_is_refused_in_place_the_guard_shows_both_numbers_and_the_link_brings_all_back(page):
    page.get_by_role("radio", name="sigmoid").click()
    weight = page.get_by_label("W, row 0, column 0", exact=True)
    for wrong in ("abc", "1e999", "2e6", ""):
        weight.fill(wrong)
        expect(page.locator(".graph .complaint").filter(has_text="0.5 stays")).to_have_count(1)
    page.get_by_role("button", name="A sure wrong answer").click()
    expect(page.locator(".guard")).to_contain_text("16.1")
    expect(page.locator(".guard")).to_contain_text("NaN")
    page.get_by_label("d_layer: a mistake").select_option("dropped")
    page.wait_for_url(lambda url: "lab=" in url and linked(url).slips == ("d_layer:dropped",))
    page.reload()
    expect(weight).to_have_value("−1600")
    expect(page.get_by_label("d_layer: a mistake")).to_have_value("dropped")


@pytest.mark.browser
def test_a_hidden_mistake_is_seen_by_the_check_and_found_by_its_name(page):
    hide, answer = page.get_by_role("button", name="Hide a mistake"), page.locator(".answer")
    wrong = page.locator(".three td.wrong")
    page.get_by_role("radio", name="sigmoid").click()
    page.get_by_role("button", name="A sure wrong answer").click()  # all gradients are 0: a wrong sign would not show
    for _ in range(3):
        hide.click()
        expect(wrong).not_to_have_count(0)
        page.get_by_role("button", name="Give up").click()
        expect(answer).to_contain_text("It was d_")
    hide.click()
    page.get_by_role("button", name="Reset").click()  # takes the riddle away as well
    expect(hide).to_be_enabled()
    expect(wrong).to_have_count(0)

    page.get_by_role("radio", name="xor").click()
    hide.click()
    expect(page.locator(".formula")).not_to_contain_text("on purpose")
    guess, told = page.get_by_label("Which gradient is broken?"), []
    for name in guess.locator("option").all_inner_texts():
        guess.select_option(name)
        page.get_by_role("button", name="It is this one").click()
        told.append((name, answer.inner_text()))
        if "Found" in told[-1][1]:
            break
        expect(page.locator(".tasks li.done")).to_have_count(0)
    assert all("follows its rule" in words for _, words in told[:-1])
    assert told[-1][1].startswith(f"Found: {told[-1][0]}, which ")
    expect(page.get_by_label(f"{told[-1][0]}: a mistake")).not_to_have_value("")
    done = page.locator(".tasks li.done")
    expect(done).to_have_count(0)  # going through the menu is no finding
    page.evaluate("Math.random = () => 0")  # the same riddle each time
    hide.click()
    page.get_by_role("button", name="Give up").click()
    found = re.search(r"d_\w+", answer.inner_text())[0]
    for row in (1, 2):
        hide.click()
        guess.select_option(found)
        page.get_by_role("button", name="It is this one").click()
        expect(answer).to_contain_text(f"{row} at the first guess in a row")
    expect(done).to_have_count(1)


@pytest.mark.browser
def test_a_rate_too_large_is_stopped_explained_and_one_press_from_back(page):
    page.get_by_role("radio", name="exams").click()
    page.get_by_label("Learning rate, typed", exact=True).fill("0.01")
    page.get_by_role("button", name="100 rounds").click()
    expect(page.locator(".said")).to_contain_text("In round 3 the loss is beyond all bounds: at a rate of 0.01")
    expect(page.locator(".where")).to_contain_text("round 3,")
    page.get_by_role("button", name="Back to the start").click()
    expect(page.locator(".said")).to_contain_text("Step forward")
    page.get_by_role("button", name="100 rounds").click()
    page.get_by_role("button", name="Take 0.000001 and begin again").click()
    page.get_by_role("button", name="100 rounds").click()
    expect(page.locator(".said")).not_to_contain_text("beyond")
    page.get_by_label("d_W: a mistake").select_option("flipped")
    page.get_by_label("Learning rate, typed", exact=True).fill("0.00003")
    page.get_by_role("button", name="100 rounds").click()
    expect(page.locator(".said")).to_contain_text("the broken gradient led there")  # and not the rate
