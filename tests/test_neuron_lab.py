"""The lab of one neuron: its arithmetic against Keras and NumPy, and its page walked in headless Chromium."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from browser import no_accident, opened_lab
from playwright.sync_api import expect
from pydantic import ValidationError

from core import child
from core.errors import UserError
from core.labs import keras_neuron, neuron
from core.labs.keras_neuron import KerasNeuron
from core.labs.neuron import Neuron
from core.labs.reading import read_lab
from core.spec import packed


@pytest.fixture
def opened(browser, labs):
    """Opens the lab for a fresh visitor."""
    pages = []
    yield lambda address: pages.append(opened_lab(browser, f"{labs.url}/{address}")) or pages[-1]
    for page in pages:
        no_accident(page)
        page.context.close()


def test_known_answers_are_ours():
    for check in Neuron.checks():
        told = check.to_json()

        assert np.allclose(told["numpy"], told["published"], rtol=1e-6), told["words"]


def linked(url):
    """What an address holds of the lab."""
    return read_lab(Neuron, parse_qs(urlsplit(url).query)["lab"][0])


@pytest.mark.browser
def test_a_neuron_stops_short_of_19_and_diverges_beyond_the_largest_rate_one_press_from_back(opened):
    page = opened("neuron")
    walk, said = page.get_by_role("button", name="500 epochs"), page.locator(".said")
    guesses, judged = page.locator(".answers button"), page.locator(".judged")
    guesses.filter(has_text="exactly 19").click()
    expect(judged).to_contain_text("1 wrong guess: closed until you have walked 500 epochs at 0.01")
    page.reload()  # which opens no closed choice
    expect(judged).to_contain_text("1 wrong guess: closed")
    expect(guesses.first).to_be_disabled()
    walk.click()
    expect(said).to_contain_text("For x = 10 it answers 18.98, not 19: this epoch left 98.97 % of what was missing")
    page.wait_for_url(lambda url: "lab=" in url and linked(url).step == 500)
    expect(page.locator(".tasks li.done")).to_have_count(0)
    guesses.filter(has_text="between 18.9 and 19").click()
    expect(judged).to_contain_text("never all of it. (After 1 wrong guess.)")
    expect(page.locator(".tasks li.done")).to_have_count(1)
    page.get_by_text("Checked against known answers").click()
    expect(page.locator(".checks td.right")).to_have_count(len(Neuron.checks()))
    assert page.locator("pre.script").inner_text().strip() == keras_neuron.SCRIPT.strip()
    rate = page.get_by_label("Learning rate, typed", exact=True)
    rate.fill("0.2")
    walk.click()
    expect(said).to_contain_text("more than 0.177")
    expect(page.locator("pre.script")).to_contain_text("SGD(0.2)")
    rate.fill("0.05")
    expect(said).to_contain_text("0.2 is more than 0.177")
    expect(said).to_contain_text("Go back to the start, and try 0.05 from there.")
    rate.fill("0.2")
    page.get_by_role("button", name="Step back").click()
    expect(said).to_contain_text(
        "lands on the other side, 1.26 times as far from the bottom. In this epoch the loss went"
    )
    page.get_by_role("button", name="Take 0.01 and begin again").click()
    walk.click()
    expect(said).to_contain_text("18.98")
    start = page.get_by_label("w at the start, typed")
    start.fill("-11")
    expect(page.locator(".knob").filter(has=start)).to_contain_text("Type a number from −4 to 6.")
    walk.click()
    expect(said).to_contain_text("18.9999, not 19")
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".count")).to_have_text("epoch 0")
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    page.reload()
    expect(page.locator(".tasks li.done")).to_have_count(1)
    page.evaluate("localStorage.setItem('kernelscope-ticks', '[1')")  # what is stored is not ours alone to write
    page.reload()
    expect(page.locator(".tasks li")).to_have_count(3)
    guesses.filter(has_text="exactly 19").click()
    page.get_by_role("button", name="Clear all ticks").click()
    expect(judged).to_be_empty()
    expect(page.locator(".tasks li.done")).to_have_count(0)


def test_a_walk_with_two_rates_comes_back_from_its_link():
    settings = Neuron(rate=0.05, step=300, rates=((0, 0.01), (120, 0.05)))

    assert read_lab(Neuron, packed(settings)) == settings
    for wrong in ({"step": 5001}, {"rates": ((0, 2.0),)}, {"rates": ((-1, 0.1),)}, {"rates": ((0, 0.1),) * 41}):
        with pytest.raises(ValidationError):
            Neuron(**wrong)


@pytest.mark.browser
def test_a_walk_begins_where_arrow_keys_or_a_click_on_its_loss_surface_say_and_stays_on_its_picture(opened):
    page = opened("neuron")
    surface = page.get_by_role("application")
    w, b = (page.get_by_label(f"{name} at the start, typed") for name in "wb")
    for key in ("ArrowLeft", "ArrowUp", "ArrowUp"):
        surface.press(key)
    expect(w).to_have_value("-0.1")
    expect(b).to_have_value("0.2")
    box = surface.bounding_box()
    page.mouse.click(box["x"] + 1, box["y"] + 1)  # beyond the axes: their nearest corner
    expect(w).to_have_value("-4")
    expect(b).to_have_value("4")
    page.get_by_label("Learning rate, typed", exact=True).fill("0.2")
    page.get_by_role("button", name="500 epochs").click()
    expect(page.locator(".said")).to_contain_text("beyond all bounds")
    walked, window = surface.locator(".walked"), surface.locator("clipPath")
    wide = float(window.locator("rect").get_attribute("width"))
    assert walked.evaluate("line => line.getBBox().width") > box["width"]  # were it not for the window
    assert walked.get_attribute("clip-path") == f"url(#{window.get_attribute('id')})"
    assert 0.5 * box["width"] < wide < box["width"]


def test_the_script_that_is_shown_walks_as_the_lab_does(monkeypatch):
    monkeypatch.setattr(keras_neuron, "THREE_LINES", keras_neuron.THREE_LINES.replace("epochs=500", "epochs=20"))
    told, path = keras_neuron.work({}, lambda done, total: None), neuron.descend(20)

    assert (told["w"], told["b"]) == pytest.approx((path.w[-1], path.b[-1]), abs=1e-5)
    assert told["answer"] == pytest.approx(path.predict(10.0), abs=1e-4)


def test_the_script_with_other_knobs_walks_as_the_lab_does_and_in_float64_to_the_last_digit():
    import keras

    start = "kernel_initializer=keras.initializers.Constant(-1.5), bias_initializer=keras.initializers.Constant(0.5)"
    lines = keras_neuron.LINES.format(start=start, rate=0.0625, epochs=20)
    names = {}
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")  # Keras keeps the one that earlier layers were made with
    try:
        exec(f"{keras_neuron.HEAD}\n{lines}", names)
        w, b = (float(part.ravel()[0]) for part in names["model"].get_weights())
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")
    path = neuron.descend(20, 0.0625, -1.5, 0.5)

    assert (w, b) == pytest.approx((path.w[-1], path.b[-1]), abs=1e-9), "float32 alone parts the two"


def test_beyond_the_largest_rate_the_steep_part_grows_by_what_is_said_and_the_loss_may_fall_at_first():
    x = np.stack([neuron.POINTS[:, 0], np.ones(6)])
    steepest = np.linalg.eigh(x @ x.T)[1][:, -1]
    for rate, w, b in ((0.2, 0.0, 0.0), (0.2, 1.9, -0.7), (0.3, -3.0, 2.0)):
        path = neuron.descend(3, rate, w, b)
        along = (np.stack([path.w - 2.0, path.b + 1.0], axis=1)) @ steepest

        assert along[1:] / along[:-1] == pytest.approx(np.full(3, neuron.steep_factor(rate)), rel=1e-6)
    assert neuron.steep_factor(0.2) == pytest.approx(-1.26, abs=0.005)
    assert (np.diff(neuron.descend(30, 0.2).loss) > 0).all(), "from w = b = 0 it grows from the first step on"
    learned = neuron.descend(100, 0.01)
    after = neuron.descend(60, 0.2, learned.w[-1], learned.b[-1])
    assert after.loss[1] < after.loss[0], "from elsewhere it may fall at first"
    assert after.loss[-1] > after.loss[0]


def test_what_is_missing_shrinks_by_one_share_at_the_known_rate_and_by_others_at_a_small_one():
    """So the page says the share of this very epoch, and none for all."""
    for rate, is_one in ((0.01, True), (0.0001, False)):
        path = neuron.descend(400, rate)
        missing = 19.0 - (10.0 * path.w + path.b)
        shares = missing[101:] / missing[100:-1]

        assert (np.ptp(shares) < 0.01 * (1.0 - shares.mean())) == is_one


def test_keras_runs_once_for_everybody_and_again_only_when_it_failed(monkeypatch):
    asked, answers = [], [UserError("No Keras here.", "Try again.", "KERAS_NEURON"), {"answer": 18.98}]

    def ask(module, job, seconds):
        asked.append(module)
        if isinstance(answers[0], UserError):
            raise answers.pop(0)
        return answers[0]

    shared = KerasNeuron()
    monkeypatch.setattr(child, "ask", ask)
    monkeypatch.setattr("threading.Thread.start", lambda thread: thread.run())
    shared.ask()
    assert shared.told() == {"state": "failed", "error": "No Keras here. Try again."}
    shared.ask()
    shared.ask()
    assert shared.told() == {"state": "done", "answer": {"answer": 18.98}}
    assert len(asked) == 2
