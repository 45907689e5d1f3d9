"""The lab of a small network, walked in headless Chromium."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from browser import no_accident, opened_lab, settled, silent
from playwright.sync_api import expect
from pydantic import ValidationError

from core.labs import playground
from core.labs.networks import Perceptron, loss
from core.labs.playground import Playground
from core.labs.reading import read_lab
from core.spec import packed
from pages.components.browser.component import scripts as scripts_of


@pytest.fixture
def opened(browser, labs):
    """Opens the lab for a fresh visitor."""
    pages = []
    yield lambda address: pages.append(opened_lab(browser, f"{labs.url}/{address}")) or pages[-1]
    for page in pages:
        no_accident(page)
        page.context.close()


def test_known_answers_are_ours():
    for check in Playground.checks():
        told = check.to_json()

        assert np.allclose(told["numpy"], told["published"], rtol=1e-6), told["words"]


def linked(url):
    """What an address holds of the lab."""
    return read_lab(Playground, parse_qs(urlsplit(url).query)["lab"][0])


def test_settings_with_points_come_back_from_their_link():
    settings = Playground(dataset="own", own=((1.0, -2.5, 1), (0.0, 3.0, 0)), hidden=(8, 8), features=("x", "x·y"))

    assert read_lab(Playground, packed(settings)) == settings


def test_features_stand_once_and_in_order_and_weights_of_another_network_are_refused():
    assert Playground(features=("sin x", "y", "x", "y")).features == ("x", "y", "sin x")
    fitting = Playground(hidden=(2,), weights=(0.5,) * 9, epoch=30)
    assert read_lab(Playground, packed(fitting)) == fitting
    for wrong in ((0.5,) * 8, (float("nan"),) * 9, (1001.0,) * 9):
        with pytest.raises(ValidationError):
            Playground(hidden=(2,), weights=wrong)
    with pytest.raises(ValidationError):
        Playground(hidden=(16, 16), weights=(0.5,) * 337)


def test_the_playground_repeats_what_keras_says_of_the_corners():
    import keras

    start = Perceptron.fresh((2, 8, 8, 1), "tanh", 1)
    kinds = ((8, "tanh"), (8, "tanh"), (1, "sigmoid"))
    dense = [keras.layers.Dense(units, activation, dtype="float64") for units, activation in kinds]
    model = keras.Sequential([keras.Input((2,), dtype="float64"), *dense])
    model.set_weights([part for pair in zip(start.weights, start.biases, strict=True) for part in pair])
    model.compile(keras.optimizers.SGD(0.5), "binary_crossentropy")
    for _ in range(200):
        model.train_on_batch(playground.CORNERS, playground.TARGETS[:, None])

    answers = np.asarray(model(playground.CORNERS))[:, 0]
    assert loss(answers, playground.TARGETS) == pytest.approx(playground.KERAS_LOSS, abs=5e-8)


def assert_keras_agrees(script, shown):
    """Keras finds the loss on the page with the weights and points of the exported script."""
    names, setting = {}, script[: script.index("print(")]
    exec(setting, names)
    found, accuracy = names["model"].evaluate(names["features"], names["label"], verbose=0)

    assert found == pytest.approx(float(shown), abs=6e-4)
    assert accuracy == 1.0


def test_l2_alone_multiplies_a_weight_by_what_is_said():
    network = Perceptron.fresh((2, 3, 1), "tanh", 1)
    before = network.weights[0].copy()
    network.step(np.zeros((4, 2)), np.array([0.0, 1.0, 0.0, 1.0]), rate=10.0, l2=1.0)  # no input: no other gradient

    assert np.allclose(network.weights[0], (1.0 - 2.0 * 10.0 * 1.0) * before)


def test_linear_layers_are_one_line_however_many_and_a_bend_alone_changes_that():
    def twist(activation, hidden):
        network = Perceptron.fresh((2, *hidden, 1), activation, 3)
        for _ in range(300):
            network.step(playground.CORNERS, playground.TARGETS, 0.3)
        answers = network.forward(playground.CORNERS)[-1][:, 0]
        logits = np.log(answers / (1.0 - answers))
        return logits[0] - logits[1] - logits[2] + logits[3], (answers > 0.5) == playground.TARGETS

    for hidden in ((4,), (4, 2), (8, 8, 8)):
        bent, right = twist("linear", hidden)
        assert abs(bent) < 1e-9
        assert right.sum() < 4
    assert abs(twist("tanh", (8, 8))[0]) > 0.1


@pytest.mark.browser
def test_the_playground_learns_the_circle_and_keeps_what_was_placed(opened):
    page = opened("playground")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".figures .train")).to_contain_text("100 % right")
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("The same network in Keras, with these weights").click()
    assert_keras_agrees(page.locator("pre.script").inner_text(), page.locator(".figures .train b").inner_text())
    page.get_by_role("button", name="six").click()
    expect(page.locator(".judged")).to_contain_text("closed until you have let linear layers learn xor for 50 epochs")
    page.get_by_role("button", name="own").click()
    expect(page.locator(".said")).to_contain_text("No points yet")
    points, box = page.locator(".big circle.one, .big circle.zero"), page.locator(".big svg").bounding_box()
    page.mouse.click(box["x"] + 40, box["y"] + 40)
    expect(page.locator(".said")).to_contain_text("of one class")
    page.get_by_role("radio", name="orange").click()
    page.mouse.click(box["x"] + 150, box["y"] + 150)
    expect(points).to_have_count(2)
    page.wait_for_url(lambda url: "lab=" in url and len(linked(url).own) == 2)
    settled(page)
    page.reload()
    expect(points).to_have_count(2)


@pytest.mark.browser
def test_own_points_are_moved_erased_and_had_back(opened):
    page = opened(f"playground?lab={packed(Playground(dataset='own', own=((0, 0, 1), (3, 3, 0), (3, 3, 1))))}")
    points, plane = page.locator(".big circle.one, .big circle.zero"), page.locator(".big svg")
    page.get_by_text("Paste points from a table").click()
    page.get_by_label("Points, one a line").fill("1 2 blue\nnone")
    page.get_by_role("button", name="Take these points").click()
    expect(page.locator(".pasted")).to_contain_text("Line 2")
    expect(points).to_have_count(3)
    box = plane.bounding_box()
    expect(page.locator(".said")).to_contain_text("no network can have both right")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    assert float(points.first.get_attribute("cx")) == pytest.approx(-3, abs=0.1)
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    expect(points).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    assert [point.get_attribute("cx") for point in points.all()] == ["0", "3", "3"]
    plane.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(points).to_have_count(4)
    page.get_by_label("Points, one a line").fill("1 2 blue\n3 4 orange")
    page.get_by_role("button", name="Take these points").click()
    expect(points).to_have_count(2)


@pytest.mark.browser
def test_a_weight_is_edited_and_what_is_no_number_refused_in_place(opened):
    page = opened("playground")
    before = silent(page)
    feature = page.get_by_role("button", name="feature x", exact=True).bounding_box()
    unit = page.get_by_role("button", name="layer 1, unit 1", exact=True).bounding_box()
    between = (feature["x"] + feature["width"] + unit["x"]) / 2
    page.mouse.move(between, feature["y"] + feature["height"] / 2)
    card = page.locator(".card")
    expect(card).to_contain_text("weight 0.254")
    page.mouse.click(between, feature["y"] + feature["height"] / 2)
    for wrong in ("abc", "inf", "1e400", "2000"):
        page.get_by_label("Weight", exact=True).fill(wrong)
        expect(card.get_by_role("alert")).to_contain_text("0.254 stays")
    page.get_by_label("Weight", exact=True).fill("2,5")
    page.keyboard.press("Enter")
    expect(card).to_be_hidden()
    page.get_by_role("button", name="layer 1, unit 1", exact=True).focus()
    page.keyboard.press("Enter")  # by keys alone: the unit opens at its first weight
    first = page.get_by_label("Weight of x in Layer 1, unit 1")
    expect(first).to_be_focused()
    expect(first).to_have_value("2.5")
    page.keyboard.type("\u22121")
    w, b = -1.0, float(page.get_by_label("Weight of y in Layer 1, unit 1").input_value().replace("\u2212", "-"))
    expect(page.locator(".result b").first).to_have_text(f"{2 * w + b:.3g}".replace("-", "\u2212"))
    box = page.locator(".big svg").bounding_box()
    for x in range(200, 20, -20):
        page.mouse.move(box["x"] + x, box["y"] + 60)
    expect(page.locator(".where")).to_contain_text("x = \u2212")
    assert silent(page) == before


@pytest.mark.browser
def test_the_rate_goes_on_the_structure_begins_anew_and_a_runaway_is_one_press_back(opened):
    page = opened("playground")
    count, said = page.locator(".controls .count"), page.locator(".said")
    for _ in range(3):
        page.get_by_role("button", name="One epoch").click()
    page.get_by_label("Learning rate, typed", exact=True).fill("0.1")
    page.get_by_role("radio", name="L2").click()
    expect(count).to_have_text("3")
    page.get_by_role("button", name="One unit more in layer 1").click()
    expect(page.get_by_role("button", name="output", exact=True)).to_have_class("unit shown")
    expect(said).to_contain_text("another structure now")
    expect(count).to_have_text("0")
    page.get_by_label("Learning rate, typed", exact=True).fill("10")
    page.get_by_label("Its strength, typed").fill("1")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(said).to_contain_text("It ran away at a rate of 10: L2 alone multiplies every weight by \u221219 a step")
    page.get_by_role("button", name="Back to before it broke").click()
    expect(page.get_by_label("Learning rate, typed", exact=True)).to_have_value("0.25")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Back to before it broke")).to_be_hidden()
    page.get_by_text("Checked against known answers").click()
    expect(page.locator(".checks td.right")).to_have_count(len(Playground.checks()))


@pytest.mark.browser
def test_a_known_answer_is_met_to_six_digits_however_small_it_is(browser):
    script = scripts_of("browser/signed", "labs/arithmetic", "labs/tools", "labs/cells", "labs/sheet", "labs/lab")
    judged = """pairs.map(([known, here]) => {
      const checks = [{ id: "it", words: "", published: known, numpy: known }], checkList = element("details");
      Lab.prototype.layChecks.call({ data: { checks }, checks: () => ({ it: () => here }), checkList });
      return checkList.querySelector("td:last-child").className;
    })"""
    right = ([1e-7, 1.0000001e-7], [0.5, 0.5000001], [0, 1e-15], [[2, -3], [2, -3.000001]], ["a", "a"])
    wrong = ([1e-7, 2e-7], [0.5, 0.50001], [0, 1e-9], [[2, -3], [2, 3]], [[1], [1, 2]], ["a", "b"], [1, None])
    page = browser.new_page()
    found = page.evaluate(f"pairs => {{ {script}; return {judged}; }}", [*right, *wrong])
    page.close()

    assert found == ["right"] * len(right) + ["wrong"] * len(wrong)


PASTED = {
    "1.5, -2, blue\n0.3\t2,2\torange": ([[1.5, -2, 1], [0.3, 2.2, 0]], "2 points."),
    'x;y;kind\n0;100;"cat"\n6;50;"dog"': ([[0, 5, 0], [6, -5, 1]], "y scaled from 50 to 100"),
    "1 1 -1\n\n1 1 1": ([[1, 1, 0], [1, 1, 1]], "2 points."),
    "7 1 0\n7 2 1": ([[0, 1, 0], [0, 2, 1]], "x scaled from 7 to 7"),
    "1 2 blue\n1 infinity blue": (None, "Line 2 should hold two numbers and a class"),
    "1 2 blue\n1 1e12 blue": (None, "Line 2"),
    "1, 2, blue, 3": (None, "Line 1"),
    "1 2 a\n1 2 b\n1 2 c": (None, "These are 3 classes"),
    " \n": (None, "There is nothing yet"),
}
"""What is pasted: the points that it gives, and words about it."""


@pytest.mark.browser
def test_a_pasted_table_becomes_points_of_the_plane_or_its_line_is_named(browser):
    script = scripts_of(
        "browser/signed",
        "labs/arithmetic",
        "labs/tools",
        "labs/cells",
        "labs/sheet",
        "labs/lab",
        "labs/playground/points",
    )
    many = "\n".join(f"{i / 100} {-i / 100} {i % 2}" for i in range(500))
    page = browser.new_page()
    found = page.evaluate(f"texts => {{ {script}; return texts.map(readPoints); }}", [*PASTED, many])
    page.close()

    for told, (points, words) in zip(found, PASTED.values(), strict=False):
        assert told.get("points") == points
        assert words in (told.get("told") or told["complaint"])
    assert len(found[-1]["points"]) == 200
    assert Playground(dataset="own", own=found[-1]["points"]).own[-1][0] > 4.9
    assert "200 of the 500 points" in found[-1]["told"]


GO_TO = """link => {
  history.pushState({}, "", link);
  dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}"""


@pytest.mark.browser
def test_a_trained_network_is_shared_by_its_link_and_gives_way_to_another_link(opened):
    page = opened("playground")
    for _ in range(4):
        page.get_by_role("button", name="One epoch").click()
    page.get_by_label("Stop at epoch, typed").fill("2")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".said")).to_contain_text("It was to stop at epoch 2")
    page.get_by_role("button", name="Put these weights into the link").click()
    page.wait_for_url(lambda url: "lab=" in url and linked(url).epoch == 4)
    figures = page.locator(".figures").inner_text()

    other = opened(page.url.split("/")[-1])
    expect(other.locator(".controls .count")).to_have_text("4")
    expect(other.locator(".figures")).to_have_text(figures, use_inner_text=True)
    dots, axes = other.locator(".plot .now circle"), other.locator(".plot clipPath rect")
    expect(dots).to_have_count(2)  # no line yet, but the losses of now
    left, wide = (float(axes.get_attribute(side)) for side in ("x", "width"))
    assert float(dots.first.get_attribute("cx")) == pytest.approx(left + 0.4 * wide, abs=2)  # epoch 4 of 10
    other.get_by_role("button", name="Begin again, same seed").click()
    expect(other.locator(".controls .count")).to_have_text("0")
    other.wait_for_url(lambda url: not linked(url).weights)

    page.evaluate(GO_TO, f"playground?lab={packed(Playground(activation='relu', discretize=True))}")
    expect(page.get_by_role("radio", name="relu")).to_be_checked()
    expect(page.locator(".controls .count")).to_have_text("0")
    expect(page.locator(".said")).to_contain_text("another structure now")
    unit = page.get_by_role("button", name="layer 1, unit 1", exact=True).locator("canvas")
    depths = unit.evaluate("c => c.getContext('2d').getImageData(0, 0, 40, 40).data.filter((_, i) => i % 4 === 3)")
    assert set(depths) == {0, 150}  # a unit that answers 0 leaves the page to be seen
