"""The lab of XOR: its arithmetic against Keras, its browser against NumPy, and its page as a reader walks it."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from browser import PATIENCE, no_accident, settled
from playwright.sync_api import expect
from pydantic import ValidationError

from core.labs.networks import Perceptron
from core.labs.reading import read_lab
from core.labs.xor import CORNERS, NETS, TARGETS, XOR, descend
from core.spec import packed
from pages.components.browser.component import scripts as scripts_of
from pages.components.labs.lab import SHARED

expect.set_options(timeout=PATIENCE)


@pytest.mark.parametrize("net", NETS)
def test_fifty_steps_are_those_of_keras(net):
    import keras

    start = Perceptron.fresh(NETS[net], "sigmoid", 3)
    layers = [keras.layers.Dense(units, "sigmoid") for units in NETS[net][1:]]
    model = keras.Sequential([keras.Input((2,)), *layers])
    pairs = zip(start.weights, start.biases, strict=True)
    model.set_weights([part.astype(np.float32) for pair in pairs for part in pair])
    model.compile(keras.optimizers.SGD(1.0), "binary_crossentropy")
    theirs = [float(model.train_on_batch(CORNERS, TARGETS[:, None])) for _ in range(50)]
    ours = descend(net, (3,), 50, 1.0)

    assert np.allclose(ours.loss[:50, 0], theirs, atol=2e-6)
    assert np.allclose(ours.answers[0], model(CORNERS)[:, 0], atol=2e-5)


@pytest.mark.parametrize("net", NETS)
def test_many_starts_side_by_side_are_each_as_if_alone(net):
    together = descend(net, (0, 4, 9), 200, 0.5)

    for at, seed in enumerate((0, 4, 9)):
        alone = Perceptron.fresh(NETS[net], "sigmoid", seed)
        for _ in range(200):
            alone.step(CORNERS, TARGETS, 0.5)
        assert np.allclose(together.answers[at], alone.forward(CORNERS)[-1][:, 0], rtol=1e-12)


def test_one_unit_never_has_all_corners_right_and_ends_at_the_loss_of_guessing():
    walks = descend("1 unit", tuple(range(20)), 10_000)

    assert walks.accuracy.max() <= 0.75
    assert np.allclose(walks.loss[-1], np.log(2.0), atol=1e-6)


def test_at_the_published_rate_the_small_network_learns_from_more_starts_than_the_deep_one():
    seeds = tuple(range(8))
    small, deep = (descend(net, seeds, 10_000).accuracy == 1.0 for net in ("2-2-1", "2-10-10-10-1"))

    assert small.sum() > deep.sum()
    assert small[0]
    assert not small[4], "seed 4 is the bad start that the page tells of"


def test_known_answers_are_ours():
    for check in XOR.checks():
        told = check.to_json()

        assert told["numpy"] == told["published"], told["words"]


def test_settings_come_back_from_their_link_and_wrong_ones_are_refused():
    settings = XOR(net="2-10-10-10-1", rate=0.5, seed=45, activation="tanh")

    assert read_lab(XOR, packed(settings)) == settings
    with pytest.raises(ValidationError):
        XOR(net="2-3-1")
    with pytest.raises(ValidationError):
        XOR(rate=float("inf"))


@pytest.mark.browser
def test_the_browser_walks_as_numpy_does(browser):
    scripts = scripts_of(*SHARED, "labs/xor/training")
    cases = [
        {"net": net, "activation": activation, "seed": seed, "rate": rate, "steps": 1000}
        for net in NETS
        for activation in ("sigmoid", "tanh")
        for seed, rate in ((0, 0.1), (4, 0.5), (99, 1.0))
    ]
    train = """cases.map(c => {
      const film = trainCorners(c.net, c.seed, c.steps, c.rate, c.activation);
      return [[...film.loss], answersOf(film.network), answersOf(film.networkAt(500)), film.waited ?? c.steps];
    })"""
    page = browser.new_page()
    found = page.evaluate(f"cases => {{ {scripts}\n return {train}; }}", cases)
    page.close()

    for case, (losses, answers, halfway, waited) in zip(cases, found, strict=True):
        told = {"seeds": (case["seed"],), "rate": case["rate"], "activation": case["activation"]}
        ours, half = descend(case["net"], steps=1000, **told), descend(case["net"], steps=500, **told)
        assert np.allclose(losses, ours.loss[:, 0], rtol=1e-9), case
        assert waited == ours.waited[0], case
        assert np.allclose(answers, ours.answers[0], rtol=1e-8, atol=1e-10), case
        assert np.allclose(halfway, half.answers[0], rtol=1e-8, atol=1e-10), case


@pytest.fixture
def xor(browser, labs):
    """The lab for a fresh visitor."""
    page = browser.new_context(viewport={"width": 1440, "height": 1400}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{labs.url}/xor")
    page.locator(".strip .start").first.wait_for()
    settled(page)
    yield page
    no_accident(page)
    page.context.close()


def linked(url):
    """What an address holds of the lab."""
    return read_lab(XOR, parse_qs(urlsplit(url).query)["lab"][0])


@pytest.mark.browser
def test_a_reader_sees_one_unit_fail_and_two_starts_of_2_2_1_part(xor):
    page = xor
    page.get_by_role("radio", name=re.compile("^1 unit")).click()
    page.get_by_role("button", name=re.compile("^All 10")).click()
    expect(page.locator(".said")).to_contain_text("the loss is 0.693, as good as guessing")
    assert page.locator(".pane .wrong").count() >= 1
    page.get_by_role("radio", name=re.compile("^2-2-1")).click()
    expect(page.locator(".start.learned").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Seed 0:")).click()
    expect(page.locator(".said")).to_contain_text("All four corners are right")
    page.get_by_role("button", name=re.compile("^Seed 4: [0-3] of 4 right")).click()
    expect(page.locator(".said")).to_contain_text("of 4 right")
    names = page.locator(".surface").nth(1).locator(".name")
    expect(names.filter(has_text="10, 11")).to_have_count(1)  # both on one place, and both still seen
    expect(page.locator(".surface").nth(1).locator(".one.small circle")).to_have_count(1)
    expect(page.locator(".tasks li.done")).to_have_count(2)
    page.get_by_text("Checked against known answers").click()
    expect(page.locator(".checks td.right")).to_have_count(len(XOR.checks()))
    page.wait_for_url(lambda url: "lab=" in url and linked(url).seed == 4)
    settled(page)
    page.reload()
    expect(page.get_by_label("Seed, typed")).to_have_value("4")


@pytest.mark.browser
def test_a_rate_far_too_large_is_stopped_explained_and_one_press_back(xor):
    page = xor
    page.get_by_role("radio", name="tanh").click()
    page.get_by_label("Learning rate, typed", exact=True).fill("30")
    page.get_by_role("button", name=re.compile("^All 10")).click()
    expect(page.locator(".said")).to_contain_text("Take less")
    expect(page.locator(".share").first).to_contain_text("50 ran away.")
    expect(page.locator(".share").first).not_to_contain_text("median")
    page.get_by_role("button", name="Take 0.1 and begin again").click()
    expect(page.get_by_label("Learning rate, typed", exact=True)).to_have_value("0.1")
    expect(page.locator(".said")).to_contain_text("before the first step")
