"""Logistic regression on its page: the browser against NumPy, and what a reader does there."""

import re
import shutil
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from browser import PATIENCE, no_accident, settled, silent
from PIL import Image
from playwright.sync_api import expect
from test_logistic import digits

from core.datasets import load
from core.intake.own_images import ingest_files
from core.labs import logistic
from core.labs.activations import softmax
from core.labs.logistic import CHOICES, LogisticRegression
from core.labs.reading import read_lab
from pages.components.browser.component import scripts as scripts_of
from pages.components.labs.lab import parts

expect.set_options(timeout=PATIENCE)


def asked(browser, ask, told):
    """What a function beside the lab's scripts answers in a browser."""
    code = scripts_of(*parts("logistic"))
    page = browser.new_page()
    found = page.evaluate(
        f"told => {{ {code.replace('export default mount(LogisticRegression);', '')}\n return ({ask})(told); }}", told
    )
    page.close()
    return found


@pytest.mark.browser
def test_the_browser_learns_what_numpy_learns(browser):
    ask = """({ pixels, inputs, counts }) => {
      const dealt = dealtOut(counts, 0.7, 5), model = new PixelRegression({ pixels, inputs, counts }, dealt);
      model.forward();
      const largest = model.largestRate();
      for (let i = 0; i < 40; i++) model.step(0.4);
      return { train: [...dealt.train], test: [...dealt.test], w: [...model.w], b: model.b, z: [...model.z], largest,
        loss: model.measure(model.train).loss, held: model.measure(model.test), slope: model.slopeOf(28),
        pair: pairSoftmax(2, -5), place: placeOf(400, 64, 3) };
    }"""
    x, y, pictures, counts = digits()
    told = {"pixels": pictures.ravel().tolist(), "inputs": 64, "counts": counts}
    found = asked(browser, ask, told)

    train, held = logistic.split(counts, 0.7, 5)
    w, b, losses = logistic.descend(x[:, train], y[:, train], 0.4, 40)
    z, slope = logistic.logits(w, b, x), logistic.gradient(w, b, x[:, train], y[:, train])[0][28, 0]
    assert (found["train"], found["test"]) == (train.tolist(), held.tolist())
    assert np.allclose(found["w"], w[:, 0], rtol=1e-9, atol=1e-9)
    assert np.isclose(found["b"], b, rtol=1e-9)
    assert np.allclose(found["z"], z[0], rtol=1e-9, atol=1e-9)
    assert np.isclose(found["loss"], losses[-1], rtol=1e-9)
    assert np.isclose(found["held"]["loss"], logistic.loss(z[:, held], y[:, held]), rtol=1e-9)
    assert found["held"]["accuracy"] == np.mean((z > 0) == y, where=np.isin(np.arange(z.size), held))
    assert np.isclose(found["largest"], logistic.largest_rate(x[:, train]), rtol=1e-4)
    assert np.allclose([found["slope"]["exact"], found["slope"]["measured"]], slope, atol=1e-8)
    assert np.allclose(found["pair"], softmax(np.array([2.0, -5.0])), rtol=1e-12)
    assert found["place"] == [2, 5, 1]


@pytest.mark.browser
def test_a_walk_goes_back_to_the_weights_it_had_and_tells_the_rate_that_overshot(browser):
    """23 is between two copies of the weights; a step that was made is made again with the rate of then."""
    ask = """({ pixels, inputs, counts }) => {
      const walk = new Walk({ pixels, inputs, counts }, { share: 0.7, seed: 5 }), there = [];
      walk.goTo(23, 0.4);
      there.push([...walk.model.w]);
      walk.goTo(41, 0.1);
      walk.goTo(23, 0.1);
      there.push([...walk.model.w]);
      walk.forgetAhead();
      const ahead = walk.trail.length;
      walk.goTo(60, 50);
      const words = rate => wordsOfStep(walk, rate, ["one", "two"]).join("");
      const stopped = { step: walk.step, ranAway: walk.ranAway, wild: words(50), calm: words(0.1) };
      walk.goTo(60, 0.1);
      const resumed = [walk.step, walk.ranAway, walk.madeWith];
      walk.goTo(23, 0.1);
      return { there, ahead, stopped, resumed, isWarned: walk.isWarned };
    }"""
    x, y, pictures, counts = digits()
    found = asked(browser, ask, {"pixels": pictures.ravel().tolist(), "inputs": 64, "counts": counts})

    train, _ = logistic.split(counts, 0.7, 5)
    w, _, _ = logistic.descend(x[:, train], y[:, train], 0.4, 23)
    assert np.allclose(found["there"], w[:, 0], rtol=1e-9, atol=1e-9)
    assert found["ahead"] == 24
    stopped = found["stopped"]
    assert stopped["ranAway"]
    assert 23 < stopped["step"] < 60
    assert all("a rate of 50 is more than" in stopped[words] for words in ("wild", "calm"))
    assert "With 0.1 it comes down again" in stopped["calm"]
    assert "With" not in stopped["wild"]
    assert found["resumed"] == [60, False, 0.1]
    assert not found["isWarned"]


@pytest.mark.browser
def test_a_sure_answer_is_written_so_that_its_loss_follows(browser):
    told = asked(browser, "logits => logits.map(z => [sure(z), lossWords(z)])", [0, 3, 8, -8, -800])

    assert told == [
        ["0.5", "−ln 0.5"],
        ["0.953", "−ln 0.953"],
        ["1 − 3.35·10⁻⁴", "−ln(1 − 3.35·10⁻⁴)"],
        ["3.35·10⁻⁴", "−ln 3.35·10⁻⁴"],
        ["0", "ln(1 + exp(800))"],
    ]


@pytest.fixture
def lab(browser, labs):
    """The lab for a fresh visitor."""
    page = browser.new_context(viewport={"width": 1440, "height": 1500}).new_page()
    page.set_default_timeout(PATIENCE)
    page.sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: page.sent.append(frame)))
    page.goto(f"{labs.url}/logistic-regression")
    page.locator(".tile").first.wait_for()
    settled(page)
    yield page
    no_accident(page)
    page.context.close()


def linked(url):
    """What an address holds of the lab."""
    return read_lab(LogisticRegression, parse_qs(urlsplit(url).query)["lab"][0])


def assert_keras_learns_the_same(lab):
    """The script on the page, for three epochs, ends with the weights that our three steps end with."""
    lab.get_by_text("The same in Keras").click()
    script, names = lab.locator("pre.script").inner_text(), {}
    exec(re.sub(r"epochs=\d+", "epochs=3, verbose=0", script), names)
    x, y = (names[name][~names["held_out"]].T for name in ("x", "y"))
    w, b, _ = logistic.descend(x, y, 0.2, 3)

    assert np.allclose(names["model"].layers[0].kernel, w, atol=1e-6)
    assert np.allclose(names["model"].layers[0].bias, b, atol=1e-6)
    return names


def typed(lab, name, text):
    lab.get_by_label(f"{name}, typed", exact=True).fill(text)


@pytest.mark.browser
def test_a_reader_trains_opens_what_is_wrong_and_the_link_brings_it_back(lab):
    said, done = lab.locator(".said").first, lab.locator(".tasks li.done")
    expect(said).to_contain_text("After 30 steps it has 97 % of the training pictures right".replace(" %", "\u202f%"))
    lab.wait_for_url(lambda url: "lab=" not in url or linked(url).step == 30)
    lab.get_by_role("button", name="Back to w = 0").click()
    lab.wait_for_url(lambda url: "lab=" in url and linked(url).step == 0)
    expect(said).to_contain_text("ln 2 = 0.693")
    expect(lab.get_by_text("All 0 so far.")).to_have_count(2)
    box = lab.get_by_label("The picture; arrow keys go from pixel to pixel").bounding_box()
    before = silent(lab)
    for x in range(10, 170, 20):
        lab.mouse.move(box["x"] + x, box["y"] + 60)
    expect(said).to_contain_text("Row 2, column 6 is entry 22 of the column")
    column = lab.get_by_role("slider", name="The column")
    column.focus()
    lab.keyboard.press("PageDown")
    expect(column).to_have_attribute("aria-valuenow", "30")
    assert silent(lab) == before
    tile = lab.locator(".tile")
    tile.first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "Enter"):  # the picture below, in the row of the other class
        lab.keyboard.press(key)
    expect(lab.locator(".tile-group").nth(1).locator(".tile").first).to_have_attribute("aria-pressed", "true")
    expect(lab.locator(".verdict")).to_contain_text("Truly 8, held out.")
    lab.get_by_role("button", name="100 steps").click()
    expect(lab.locator(".controls .count")).to_have_text("step 100")
    lab.get_by_role("button", name="Step back").click()
    expect(said).to_contain_text("After 99 steps it has 98")
    lab.get_by_role("radio", name="wrong").click()
    lab.locator(".tile.missed").first.click()
    expect(lab.locator(".verdict")).to_contain_text("✗ wrong")
    expect(done).to_have_count(1)
    assert_keras_learns_the_same(lab)
    lab.get_by_text("Checked against known answers").click()
    expect(lab.locator(".checks td.right")).to_have_count(len(LogisticRegression.checks()))
    typed(lab, "Logit z₁", "2.5")
    typed(lab, "Logit z₂", "3.5")
    expect(done).to_have_count(2)
    lab.get_by_role("button", name="Add 1 to both").click()
    expect(lab.locator(".share-bar").first).to_contain_text("8: 0.731")
    lab.wait_for_url(lambda url: "lab=" in url and linked(url).z2 == 4.5)
    picture, verdict = linked(lab.url).picture, lab.locator(".verdict")
    settled(lab)
    lab.reload()
    expect(lab.locator(".controls .count")).to_have_text("step 99")
    expect(verdict).to_contain_text("✗ wrong")
    assert (linked(lab.url).picture, linked(lab.url).step) == (picture, 99)


@pytest.mark.browser
def test_one_class_twice_and_a_wild_rate_are_explained_and_one_press_from_back(lab):
    said, second = lab.locator(".said").first, lab.get_by_label("Class y = 1")
    second.select_option("1")
    expect(lab.get_by_role("alert").filter(has_text="Twice 1")).to_contain_text("It goes on with 1 and 8")
    lab.get_by_role("button", name="Back to 8").click()
    expect(second).to_have_value("8")
    second.select_option("1")
    lab.get_by_role("button", name="Swap the two").click()
    expect(lab.locator(".tile-group").first).to_contain_text("8 y = 0")
    expect(second).to_have_value("1")
    lab.get_by_role("button", name="Back to w = 0").click()
    typed(lab, "Learning rate", "30")
    expect(said).to_contain_text("A rate of 30 is more than 0.589")
    lab.get_by_role("button", name="100 steps").click()
    expect(said).to_contain_text("Stopped: after")
    typed(lab, "Learning rate", "0.2")
    expect(said).to_contain_text("a rate of 30 is more than 0.589")
    lab.get_by_role("button", name="Take 0.2 and begin again").click()
    expect(said).to_contain_text("ln 2 = 0.693")
    expect(lab.get_by_label("Learning rate, typed", exact=True)).to_have_value("0.2")


@pytest.mark.browser
def test_one_class_against_all_others_is_lopsided_and_its_script_takes_the_same_pictures(lab):
    lab.get_by_role("button", name="Back to w = 0").click()
    lab.get_by_role("radio", name="all others").click()
    expect(lab.locator(".which")).to_contain_text("1\u202f623 + 174 pictures: the whole dataset")
    expect(lab.get_by_label("Class y = 0")).to_be_hidden()
    expect(lab.locator(".tile-group").first).to_contain_text("not 8 y = 0")
    lab.get_by_role("button", name="100 steps").click()
    expect(lab.locator(".controls .count")).to_have_text("step 100")
    expect(lab.locator(".said").first).to_contain_text("Who always said not 8 would have 90\u202f% of those.")
    data = load(CHOICES["Digits"].dataset)
    pictures, counts, _ = logistic.one_against_rest(data, 8, CHOICES["Digits"].most_in_all)
    script = assert_keras_learns_the_same(lab)
    assert np.allclose(script["x"], logistic.flattened(pictures).T)
    assert script["y"].sum() == counts[1]


@pytest.fixture
def cats(labs, tmp_path):
    """Twelve own images of cats and twelve that are none, brought to the server's workspace."""
    rng, files = np.random.default_rng(3), []
    for number in range(24):
        path = tmp_path / f"{number}.png"
        Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)).save(path)
        files.append((f"{'cat' if number < 12 else 'not cat'}/{number}.png", path))
    found = ingest_files(files, labs.home / "images", "My cats")
    yield found
    shutil.rmtree(labs.home / "images" / found.id)


@pytest.mark.browser
def test_own_images_of_two_classes_are_flattened_into_12288_numbers(cats, lab):
    lab.get_by_role("radio", name="My cats").click()
    expect(lab.locator(".shapes")).to_contain_text("12\u202f288 inputs")
    expect(lab.locator(".tile-group").nth(1)).to_contain_text("not cat y = 1")
    expect(lab.locator(".which")).to_contain_text("12 + 12 pictures.")
    lab.get_by_role("button", name="100 steps").click()
    expect(lab.locator(".said").first).to_contain_text("by heart")


@pytest.mark.browser
def test_colour_shapes_have_12288_inputs_and_are_learned_by_heart(lab):
    lab.get_by_role("radio", name="Colour shapes").click()
    expect(lab.locator(".shapes")).to_contain_text("12\u202f288 inputs")
    expect(lab.locator(".channel")).to_have_count(3)
    expect(lab.locator(".shapes")).to_contain_text("(58, 12\u202f288)")
    count = lab.locator(".count")
    lab.get_by_role("button", name="100 steps").click()
    lab.get_by_role("button", name="Step back").click()
    reached = count.inner_text()
    lab.wait_for_timeout(400)
    assert count.inner_text() == reached, "a step by hand ends the hundred"
    typed(lab, "Train share", "0.2")
    typed(lab, "Learning rate", "0.003")
    lab.get_by_role("button", name="100 steps").click()
    expect(lab.locator(".tasks li.done")).to_have_count(1)
    expect(lab.locator(".said").first).to_contain_text("by heart")


@pytest.mark.browser
def test_on_a_phone_the_pictures_are_chosen_before_they_are_shown_and_nothing_sticks_out(lab):
    lab.set_viewport_size({"width": 390, "height": 844})
    classes, tiles, rate = (lab.locator(what) for what in (".classes", ".tile-rows", ".how"))
    expect(classes).to_be_in_viewport()
    tops = [part.bounding_box()["y"] for part in (classes, tiles, rate)]

    assert tops == sorted(tops)
    assert lab.locator(".lab").evaluate("lab => lab.scrollWidth <= lab.clientWidth")
