"""The lab of XOR: its arithmetic against Keras, its browser against NumPy, and its page as a reader walks it."""

import re
from functools import cache
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


STARTS = ("normal", "Glorot", "He")


@pytest.mark.parametrize(("net", "first"), [*zip(NETS, STARTS, strict=True)])
def test_fifty_steps_are_those_of_keras(net, first):
    import keras

    start = Perceptron.fresh(NETS[net], "sigmoid", 3, first)
    layers = [keras.layers.Dense(units, "sigmoid") for units in NETS[net][1:]]
    model = keras.Sequential([keras.Input((2,)), *layers])
    pairs = zip(start.weights, start.biases, strict=True)
    model.set_weights([part.astype(np.float32) for pair in pairs for part in pair])
    model.compile(keras.optimizers.SGD(1.0), "binary_crossentropy")
    theirs = [float(model.train_on_batch(CORNERS, TARGETS[:, None])) for _ in range(50)]
    ours = descend(net, (3,), 50, 1.0, first=first)

    assert np.allclose(ours.loss[:50, 0], theirs, atol=2e-6)
    assert np.allclose(ours.answers[0], model(CORNERS)[:, 0], atol=2e-5)


@pytest.mark.parametrize("net", NETS)
def test_many_starts_side_by_side_are_each_as_if_alone(net):
    together = descend(net, (0, 4, 9), 200, 0.5)

    for at, seed in enumerate((0, 4, 9)):
        alone = Perceptron.fresh(NETS[net], "sigmoid", seed, "normal")
        for _ in range(200):
            alone.step(CORNERS, TARGETS, 0.5)
        assert np.allclose(together.answers[at], alone.forward(CORNERS)[-1][:, 0], rtol=1e-12)


def test_one_unit_never_has_all_corners_right_and_ends_at_the_loss_of_guessing():
    walks = descend("1 unit", tuple(range(20)), 10_000)

    assert walks.accuracy.max() <= 0.75
    assert np.allclose(walks.loss[-1], np.log(2.0), atol=1e-6)


KERAS_STARTS = {"Glorot": "GlorotUniform", "He": "HeUniform", "normal": "RandomNormal"}


@pytest.mark.parametrize("first", STARTS)
def test_first_weights_spread_as_the_initializer_of_keras_does(first):
    import keras

    shape = (200, 300)
    options = {"stddev": 1.0} if first == "normal" else {}
    theirs = np.asarray(getattr(keras.initializers, KERAS_STARTS[first])(seed=1, **options)(shape))
    ours = Perceptron.fresh(shape, "sigmoid", 5, first)

    assert ours.weights[0].std() == pytest.approx(theirs.std(), rel=0.02)
    assert ours.biases[0].std() == pytest.approx(1.0 if first == "normal" else 0.0, abs=0.1)
    if first != "normal":
        assert np.abs(ours.weights[0]).max() == pytest.approx(np.abs(theirs).max(), rel=0.01)


DEEP, FIFTY = "2-10-10-10-1", tuple(range(50))


@pytest.fixture(scope="module")
def walked():
    """50 starts of a network at rate 0.1, 10 000 steps, walked once for all who ask."""
    return cache(lambda net, first="normal", activation="sigmoid": descend(net, FIFTY, 10_000, 0.1, activation, first))


def test_how_the_first_weights_are_drawn_and_nothing_else_decides_whether_the_deep_network_learns(walked):
    learned = {first: int((walked(DEEP, first).accuracy == 1.0).sum()) for first in STARTS}

    assert learned == {"normal": 50, "Glorot": 1, "He": 50}


def test_tanh_alone_lets_the_deep_network_learn_from_glorot_weights(walked):
    assert (walked(DEEP, "Glorot", "tanh").accuracy == 1.0).sum() > 40


def test_from_glorot_weights_a_larger_rate_alone_lets_the_deep_network_learn():
    assert (descend(DEEP, FIFTY, 10_000, 2.0, first="Glorot").accuracy == 1.0).all()


def on_the_plateau(network):
    """How far apart the last hidden layer puts the corners at most, and the largest gradient, at answers about 0.5."""
    *_, hidden, answers = network.forward(CORNERS)
    network.biases[-1] -= np.log(answers / (1.0 - answers)).mean()
    by_weight, by_bias = network.gradients(CORNERS, TARGETS)
    apart = np.linalg.norm(hidden[:, None] - hidden, axis=-1).max()
    return apart, max(np.abs(part).max() for part in (*by_weight, *by_bias))


def test_small_first_weights_put_the_corners_on_one_place_and_there_the_gradients_cancel():
    for seed in range(20):
        small = Perceptron.fresh(NETS[DEEP], "sigmoid", seed, "Glorot")
        scaled = Perceptron([3.0 * weight for weight in small.weights], [0.0 * b for b in small.biases], "sigmoid")
        (near, little), (far, much) = on_the_plateau(small), on_the_plateau(scaled)

        assert near < 0.1 < far, "0.1 is what the page calls one place"
        assert much > 10 * little, "nothing but the size of the weights is another"


def test_with_two_units_a_layer_corners_fall_together_for_good_and_with_ten_they_never_do(walked, monkeypatch):
    monkeypatch.setitem(NETS, "2-10-1", (2, 10, 1))
    monkeypatch.setitem(NETS, "2-2-2-2-1", (2, 2, 2, 2, 1))
    learned = {net: int((walked(net).accuracy == 1.0).sum()) for net in ("2-2-1", "2-10-1", "2-2-2-2-1", DEEP)}

    assert learned["2-10-1"] == learned[DEEP] == 50, "one wide layer does it as well: width, not depth"
    assert learned["2-2-1"] == 38
    assert learned["2-2-2-2-1"] < 38
    failed = tuple(seed for seed in FIFTY if walked("2-2-1").accuracy[seed] < 1.0)
    assert (descend("2-2-1", failed, 40_000, 0.1).accuracy < 1.0).mean() > 0.9, "patience does not part them"


def test_one_unit_ends_where_its_loss_is_lowest_with_all_weights_zero():
    for seed in range(5):
        unit = Perceptron.fresh(NETS["1 unit"], "sigmoid", seed, "normal")
        for _ in range(10_000):
            unit.step(CORNERS, TARGETS, 0.1)

        assert np.abs(np.append(unit.weights[0], unit.biases[0])).max() < 1e-3
    nowhere = Perceptron([np.zeros((2, 1))], [np.zeros(1)], "sigmoid")
    assert not any(np.any(part) for parts in nowhere.gradients(CORNERS, TARGETS) for part in parts)


def test_no_start_counts_as_run_away_before_it_has_walked():
    """The page calls a loss beyond 3 run away only where it is twice that of the start too: normal draws begin high."""
    firsts = [descend(DEEP, tuple(range(100)), 0, activation=kind).loss[0] for kind in ("sigmoid", "tanh")]

    assert max(loss.max() for loss in firsts) > 3.0


def test_the_rate_alone_makes_a_walk_run_away():
    def ran(rate):
        loss = descend("2-2-1", FIFTY, 500, rate, "tanh").loss
        return (loss.max(axis=0) > np.maximum(3.0, 2.0 * loss[0])).sum()

    assert ran(30.0) == 50
    assert ran(0.1) == 0


def test_steps_to_learn_count_who_never_does_as_never(walked):
    walks = walked("2-2-1")
    never = np.isinf(walks.learned_at)

    assert (never == (walks.accuracy < 1.0)).all()
    assert np.sort(walks.learned_at)[25] > np.median(walks.learned_at[~never])
    for seed in (0, 1, 2):
        at = int(walks.learned_at[seed])
        assert walks.is_right[at:, seed].all()
        assert not walks.is_right[at - 1, seed]


def test_known_answers_are_ours():
    for check in XOR.checks():
        told = check.to_json()

        assert told["numpy"] == told["published"], told["words"]


def test_settings_come_back_from_their_link_and_wrong_ones_are_refused():
    settings = XOR(net="2-10-10-10-1", rate=0.5, seed=45, activation="tanh", first_weights="He", step=731)

    assert read_lab(XOR, packed(settings)) == settings
    with pytest.raises(ValidationError):
        XOR(net="2-3-1")
    with pytest.raises(ValidationError):
        XOR(rate=float("inf"))


@pytest.mark.browser
def test_the_browser_walks_as_numpy_does(browser):
    scripts = scripts_of(*SHARED, "labs/xor/training")
    cases = [
        {"net": net, "activation": activation, "seed": seed, "rate": rate, "steps": 1000, "first": first}
        for net in NETS
        for activation in ("sigmoid", "tanh")
        for seed, rate, first in ((0, 0.1, "normal"), (4, 0.5, "Glorot"), (99, 0.3, "normal"), (7, 0.2, "He"))
    ]
    train = """cases.map(c => {
      const film = trainCorners(c.net, c.seed, c.steps, c.rate, c.activation, c.first);
      const halfway = answersOf(film.networkAt(500));
      return [[...film.loss], answersOf(film.network), halfway, film.waited ?? c.steps, film.learnedAt];
    })"""
    page = browser.new_page()
    found = page.evaluate(f"cases => {{ {scripts}\n return {train}; }}", cases)
    page.close()

    for case, (losses, answers, halfway, waited, learned_at) in zip(cases, found, strict=True):
        told = {name: case[name] for name in ("rate", "activation", "first")} | {"seeds": (case["seed"],)}
        ours, half = descend(case["net"], steps=1000, **told), descend(case["net"], steps=500, **told)
        assert np.allclose(losses, ours.loss[:, 0], rtol=1e-9), case
        assert waited == ours.waited[0], case
        assert (np.inf if learned_at is None else learned_at) == ours.learned_at[0], case
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


def assert_script_runs(script, initializer):
    """Keras takes the script that is shown, and begins as it says."""
    names = {}
    exec(script, names)
    assert [layer.units for layer in names["model"].layers] == [2, 1]
    assert {type(layer.kernel_initializer).__name__ for layer in names["model"].layers} == {"GlorotUniform"}
    assert initializer in script


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
    page.get_by_role("button", name=re.compile("^Seed 3: [0-3] of 4 right")).click()
    expect(page.locator(".said")).to_contain_text("of 4 right")
    names = page.locator(".surface").nth(1).locator(".name")
    expect(names.filter(has_text="10, 11")).to_have_count(1)  # both on one place, and both still seen
    expect(page.locator(".surface").nth(1).locator(".one.small circle")).to_have_count(1)
    expect(page.locator(".tasks li.done")).to_have_count(1)
    expect(page.locator(".share").first).to_contain_text("in the median of all, where the 12 that never got there")
    page.get_by_role("button", name="at 0.693").click()
    expect(page.locator(".tasks li.done")).to_have_count(2)
    page.get_by_text("Checked against known answers").click()
    expect(page.locator(".checks td.right")).to_have_count(len(XOR.checks()))
    page.get_by_label("Step shown").fill("4321")
    page.wait_for_url(lambda url: "lab=" in url and (linked(url).seed, linked(url).step) == (3, 4321))
    settled(page)
    page.reload()
    expect(page.get_by_label("Seed, typed")).to_have_value("3")
    expect(page.locator(".count")).to_contain_text("step 4\u202f321")  # a sent link shows the same
    page.get_by_role("radio", name="Glorot").click()
    expect(page.locator(".count")).to_contain_text("step 0")
    page.get_by_text("The same network in Keras").click()
    assert_script_runs(page.locator("pre.script").inner_text().replace("epochs=10000", "epochs=1"), "glorot_uniform")


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
