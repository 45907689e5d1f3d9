"""The lab of activations: its curves and softmax against Keras, its browser against NumPy, and its page."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from browser import PATIENCE, no_accident, settled
from playwright.sync_api import expect
from pydantic import ValidationError

from core.labs.activations import CURVES, LOGITS, Activations, cross_entropy, gradient, softmax
from core.labs.reading import read_lab
from core.spec import packed
from pages.components.browser.component import scripts as scripts_of
from pages.components.labs.lab import parts

expect.set_options(timeout=PATIENCE)
ALONG = np.linspace(-6.0, 6.0, 241)


@pytest.mark.parametrize("name", CURVES)
def test_a_curve_is_that_of_keras(name):
    import keras

    theirs = keras.ops.convert_to_numpy(keras.activations.get(name)(ALONG.astype(np.float32)))

    assert np.allclose(CURVES[name][0](ALONG), theirs, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("name", CURVES)
def test_a_slope_is_what_finite_differences_find(name):
    f, slope = CURVES[name]
    smooth = ALONG[np.abs(ALONG) > 1e-3] if name in ("relu", "leaky_relu") else ALONG
    differences = (f(smooth + 1e-5) - f(smooth - 1e-5)) / 2e-5

    assert np.allclose(slope(smooth), differences, atol=1e-5)


@pytest.mark.parametrize("temperature", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("target", [3, 4])
def test_softmax_and_its_loss_are_those_of_keras_and_the_gradient_that_of_finite_differences(temperature, target):
    import keras

    logits = np.array(LOGITS)
    divided = (logits / temperature).astype(np.float32)
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(np.array([target]), divided[None])
    differences = [
        (cross_entropy(logits + step, target, temperature) - cross_entropy(logits - step, target, temperature)) / 2e-6
        for step in 1e-6 * np.eye(10)
    ]

    assert np.allclose(softmax(logits, temperature), keras.activations.softmax(divided[None])[0], atol=1e-6)
    assert np.isclose(
        cross_entropy(logits, target, temperature), float(theirs), rtol=1e-5, atol=1e-6
    )  # theirs is float32
    assert np.allclose(gradient(logits, target, temperature), differences, atol=1e-7)


def test_softmax_sees_only_differences_and_never_overflows():
    logits = np.array(LOGITS)

    assert np.allclose(softmax(logits + 10.0), softmax(logits), rtol=1e-12)
    assert np.isfinite(softmax(np.linspace(-50.0, 50.0, 10), 0.1)).all()
    assert np.isclose(softmax(1000.0 + logits).sum(), 1.0)


def test_known_answers_are_ours():
    for check in Activations.checks():
        told = check.to_json()

        assert told["numpy"] == told["published"], told["words"]


def test_settings_come_back_from_their_link_and_wrong_ones_are_refused():
    settings = Activations(
        activation="gelu", compare="silu", x=-2.5, temperature=0.5, target=7, logits=(50.0, *LOGITS[1:])
    )

    assert read_lab(Activations, packed(settings)) == settings
    for wrong in (
        {"logits": LOGITS[:9]},
        {"logits": (51.0, *LOGITS[1:])},
        {"logits": (float("nan"), *LOGITS[1:])},
        {"activation": "softmax"},
        {"temperature": 0.0},
        {"target": 10},
    ):
        with pytest.raises(ValidationError):
            Activations(**wrong)


@pytest.mark.browser
def test_the_browser_computes_what_numpy_does(browser):
    scripts = scripts_of(*parts("activations")).replace("export default mount(Activations);", "")
    ask = """({ along, logits }) => [
      Object.fromEntries(Object.entries(CURVES).map(
        ([name, { f, slope }]) => [name, [along.map(f), along.map(slope)]])),
      [0.1, 1, 10].map(t => [softmaxOf(logits, t), t]).map(
        ([now, t]) => [now.shares, lossFor(now, 4), gradientFor(now, 4, t)]),
    ]"""
    page = browser.new_page()
    told = {"along": ALONG.tolist(), "logits": LOGITS}
    curves, softmaxes = page.evaluate(f"told => {{ {scripts}\n return ({ask})(told); }}", json.loads(json.dumps(told)))
    page.close()

    assert list(curves) == list(CURVES)
    for name, (values, slopes) in curves.items():
        assert np.allclose(values, CURVES[name][0](ALONG), rtol=1e-11, atol=1e-14), name
        assert np.allclose(slopes, CURVES[name][1](ALONG), rtol=1e-11, atol=1e-14), name
    for temperature, (shares, loss, slopes) in zip((0.1, 1.0, 10.0), softmaxes, strict=True):
        assert np.allclose(shares, softmax(np.array(LOGITS), temperature), rtol=1e-11)
        assert np.isclose(loss, cross_entropy(np.array(LOGITS), 4, temperature), rtol=1e-12)
        assert np.allclose(slopes, gradient(np.array(LOGITS), 4, temperature), rtol=1e-11, atol=1e-14)


@pytest.fixture
def lab(browser, labs):
    """The lab for a fresh visitor."""
    page = browser.new_context(viewport={"width": 1440, "height": 1700}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{labs.url}/activations")
    page.locator(".ten .cell").first.wait_for()
    settled(page)
    yield page
    no_accident(page)
    page.context.close()


def linked(url):
    """What an address holds of the lab."""
    return read_lab(Activations, parse_qs(urlsplit(url).query)["lab"][0])


@pytest.mark.browser
def test_a_reader_does_all_tasks_and_the_link_brings_the_lab_back(lab):
    page, walk = lab, lab.get_by_role("slider", name="x, moved along the function")
    done = page.locator(".tasks li.done")
    page.get_by_role("button", name="one half").click()
    expect(page.get_by_role("button", name="one quarter")).to_be_disabled()  # until it has been looked at
    walk.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".said")).to_contain_text("sigmoid of 0 is 0.5, its slope 0.25.")
    expect(done).to_have_count(0)
    page.get_by_role("button", name="one quarter").click()
    expect(done).to_have_count(1)
    page.get_by_label("Activation", exact=True).select_option("tanh")
    page.get_by_label("Compare with", exact=True).select_option("tanh")
    expect(page.locator(".said")).to_contain_text("You compare it with itself")
    page.get_by_label("Compare with", exact=True).select_option("relu")
    box = walk.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 60)
    page.mouse.up()
    expect(page.locator(".said")).to_contain_text("saturates")
    expect(done).to_have_count(2)
    walk.press("Home")
    expect(page.locator(".said")).to_contain_text("dead")
    page.get_by_label("Temperature, typed").fill("0.15")
    expect(done).to_have_count(3)
    page.get_by_role("button", name="nothing changes").click()
    expect(done).to_have_count(4)
    page.get_by_role("radio", name="Class 7 is the true one").click()
    page.get_by_text("Checked against known answers").click()
    expect(page.locator(".checks td.right")).to_have_count(len(Activations.checks()))
    page.wait_for_url(lambda url: "lab=" in url and linked(url).target == 7)
    wanted = Activations(activation="tanh", compare="relu", x=-6.0, temperature=0.15, target=7)
    assert linked(page.url) == wanted
    settled(page)
    page.reload()
    expect(page.get_by_role("radio", name="Class 7 is the true one")).to_be_checked()


@pytest.mark.browser
def test_one_logit_moves_all_of_softmax_and_one_sigmoid_and_ten_together_move_no_softmax(lab):
    page, told = lab, lab.locator(".told")
    bar = page.get_by_role("slider", name="Logit of class 5")
    box = bar.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 10)
    page.mouse.up()
    expect(told).to_contain_text("10 of 10 softmax values changed, 1 of 10 sigmoids")
    bar.focus()
    for key, value in (("Home", "-50"), ("End", "50")):
        page.keyboard.press(key)
        expect(bar).to_have_attribute("aria-valuenow", value)
    page.get_by_role("radio", name="Class 5 is the true one").click()
    expect(page.locator(".logits .formula")).to_contain_text("−ln(1 − 7.75·10⁻²¹) = 7.75·10⁻²¹")
    page.get_by_role("button", name="The ten from the start").click()
    expect(page.get_by_role("img", name="Softmax of class 3: 0.539")).to_be_visible()
    page.get_by_role("button", name="Add 10 to all").click()
    expect(told).to_contain_text("no softmax value changed")
    for _ in range(4):
        page.get_by_role("button", name="Add 10 to all").click()
    expect(page.locator(".logits > .complaint")).to_contain_text("beyond 50")
    page.get_by_role("button", name="The ten from the start").click()
    cell = page.get_by_label("Logits, row 0, column 0")
    for wrong in ("51", "cat", ""):
        cell.fill(wrong)
        expect(page.locator(".logits > .complaint")).to_contain_text("1.2 stays until you type")
    cell.press("Tab")
    expect(cell).to_have_value("1.2")
    cell.fill("0,5")
    expect(told).to_contain_text(re.compile("one logit: 10 of 10 softmax values changed, 1 of 10"))
