"""Logistic regression on pixels: against Keras and finite differences, its browser against NumPy, its page."""

import re
import shutil
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from browser import PATIENCE, no_accident, settled
from PIL import Image
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from core import child
from core.datasets import load, prepare
from core.datasets.keras_datasets import CIFAR10
from core.errors import UserError
from core.intake.own_images import ingest_files
from core.labs import logistic
from core.labs.activations import softmax
from core.labs.logistic import CHOICES, LogisticRegression
from core.labs.networks import sigmoid
from core.labs.reading import read_lab, read_settings
from core.spec import packed
from pages.components.browser.component import scripts as scripts_of
from pages.components.labs.lab import parts

expect.set_options(timeout=PATIENCE)


def digits(first=1, second=8):
    """X and Y of two classes of the digits, and their pictures and counts."""
    pictures, counts = logistic.sample(load(CHOICES["Digits"].dataset), (first, second), 250)
    return logistic.flattened(pictures), np.repeat([[0.0, 1.0]], counts, axis=1), pictures, counts


def test_known_answers_are_ours():
    for check in LogisticRegression.checks():
        told = check.to_json()

        assert told["numpy"] == told["published"], told["words"]


def test_a_value_stands_in_the_column_where_numpy_and_keras_put_it():
    import keras

    picture = np.random.default_rng(0).integers(0, 256, (1, 5, 7, 3), np.uint8)
    column = logistic.flattened(picture)[:, 0]
    for place, value in np.ndenumerate(picture[0]):
        at = logistic.flat_index(*place, 7, 3)

        assert at == np.ravel_multi_index(place, (5, 7, 3))
        assert column[at] == value / 255
    assert np.allclose(keras.layers.Flatten()(picture.astype(np.float32) / 255)[0], column)


def test_a_step_is_that_of_keras_with_one_sigmoid_unit():
    import keras

    x, y, _, _ = digits()
    unit = keras.layers.Dense(1, "sigmoid", kernel_initializer="zeros", dtype="float64")
    model = keras.Sequential([keras.Input((64,), dtype="float64"), unit])
    model.compile(keras.optimizers.SGD(0.3), "binary_crossentropy")
    for _ in range(3):
        theirs = model.train_on_batch(x.T, y.T)
    w, b, losses = logistic.descend(x, y, 0.3, 3)

    assert unit.kernel.shape == w.shape
    assert np.allclose(unit.kernel, w, rtol=1e-6, atol=1e-9)
    assert np.isclose(float(unit.bias[0]), b, rtol=1e-6)
    assert np.isclose(float(theirs), losses[2], rtol=1e-5)


def test_the_gradient_is_what_finite_differences_find():
    rng = np.random.default_rng(1)
    x, y, w = rng.uniform(0, 1, (12, 30)), rng.integers(0, 2, (1, 30)).astype(float), rng.normal(size=(12, 1))
    dw, db = logistic.gradient(w, 0.3, x, y)
    nudged = [logistic.loss(logistic.logits(w, 0.3 + by, x), y) for by in (1e-6, -1e-6)]

    assert np.allclose(dw, logistic.finite_differences(w, 0.3, x, y), atol=1e-9)
    assert np.isclose(db, (nudged[0] - nudged[1]) / 2e-6, atol=1e-8)


def test_a_sigmoid_is_softmax_of_two_and_only_their_difference_counts():
    for first, second in np.random.default_rng(2).uniform(-10, 10, (50, 2)):
        both = softmax(np.array([first, second]))

        assert np.isclose(both[1], sigmoid(np.array(second - first)), rtol=1e-12)
        assert np.allclose(both, softmax(np.array([first, second]) + 7.0), rtol=1e-12)


def test_below_the_largest_rate_the_loss_always_falls_and_far_above_it_jumps():
    x, y, _, _ = digits()
    largest = logistic.largest_rate(x)

    assert (np.diff(logistic.descend(x, y, 0.99 * largest, 60)[2]) < 0).all()
    assert max(logistic.descend(x, y, 30 * largest, 20)[2]) > 2 * np.log(2)


def test_more_numbers_than_pictures_learn_any_classes_by_heart_and_fewer_do_not():
    """What the lab says of a large gap: with classes drawn by lot only the number of pictures makes the difference."""
    rng = np.random.default_rng(0)
    images = np.asarray(load(CHOICES["Digits"].dataset).images)[rng.permutation(1797)]
    right = {}
    for count in (40, 1200):
        x, y = logistic.flattened(images[:count]), rng.integers(0, 2, (1, count)).astype(float)
        w, b, _ = logistic.descend(x, y, 0.9 * logistic.largest_rate(x), 4000)
        right[count] = float(np.mean((logistic.logits(w, b, x) > 0) == y))

    assert right[40] == 1
    assert right[1200] < 0.7


def test_more_pictures_help_a_network_that_learned_by_heart():
    """Only the share to learn from changes; the pictures held out are the same."""
    choice = CHOICES["Digits"]
    data = load(choice.dataset)
    pictures, counts, _ = logistic.one_against_rest(data, 8, choice.most_in_all)
    x, y = logistic.flattened(pictures), np.repeat([[0.0, 1.0]], counts, axis=1)
    order = np.random.default_rng(1).permutation(x.shape[1])
    held, gaps = order[:500], []
    for count in (50, 1200):
        train = order[500 : 500 + count]
        w, b, _ = logistic.descend(x[:, train], y[:, train], 0.5, 2000)
        losses = [logistic.loss(logistic.logits(w, b, x[:, part]), y[:, part]) for part in (held, train)]
        gaps.append(losses[0] - losses[1])

    assert gaps[0] > 3 * gaps[1]


def test_pictures_are_dealt_out_by_the_seed_and_each_class_gives_its_share():
    train, held = logistic.split([40, 60], 0.7, 3)

    assert sorted([*train, *held]) == list(range(100))
    assert (int((train < 40).sum()), int((train >= 40).sum())) == (28, 42)
    assert train.tolist() == logistic.split([40, 60], 0.7, 3)[0].tolist()
    assert train.tolist() != logistic.split([40, 60], 0.7, 4)[0].tolist()
    assert all(len(part) == 2 for share in (0.1, 0.9) for part in logistic.split([2, 2], share, 0))


def test_a_class_stands_against_all_others_in_the_whole_dataset_or_the_first_of_every_class():
    data = load(CHOICES["Digits"].dataset)
    pictures, counts, caps = logistic.one_against_rest(data, 8, CHOICES["Digits"].most_in_all)

    assert counts == [1797 - 174, 174]
    assert np.array_equal(pictures[counts[0] :], data.images[data.labels == 8])
    assert sorted(map(bytes, pictures)) == sorted(map(bytes, np.asarray(data.images)))

    pictures, counts, caps = logistic.one_against_rest(data, 8, 100)
    firsts = [place for label in range(10) if label != 8 for place in np.flatnonzero(data.labels == label)[:5]]
    assert (counts, caps) == ([45, 50], [5, 50])
    assert np.array_equal(pictures[:45], data.images[sorted(firsts)])


@pytest.mark.parametrize("name", CHOICES)
def test_what_travels_to_the_browser_stays_below_a_megabyte_and_a_half(name):
    choice = CHOICES[name]
    values = max(2 * choice.most, choice.most_in_all) * int(np.prod(choice.dataset.facts().shape))

    assert choice.most >= 40
    assert values * 4 / 3 < 1_400_000


def test_settings_come_back_from_their_link_and_one_class_against_itself_is_refused():
    settings = LogisticRegression(dataset="Colour shapes", first=7, second=2, rate=0.001, picture=80, z1=-3.5)

    assert read_lab(LogisticRegression, packed(settings)) == settings
    assert read_settings(LogisticRegression, {"first": 3, "second": 3, "against": "all others"}).is_against_all
    with pytest.raises(UserError, match="not on this machine"):
        read_settings(LogisticRegression, {"dataset": "own-" + "0" * 32})
    for wrong in (
        {"first": 8},
        {"dataset": "own-../x"},
        {"against": "all others", "second": 10},
        {"step": 2001},
        {"dataset": "Colour shapes"},
        {"rate": 0.0},
        {"z1": 11.0},
        {"picture": -1},
    ):
        with pytest.raises(UserError):
            read_settings(LogisticRegression, wrong)


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
    lab.wait_for_timeout(600)
    before = len(lab.sent)
    for x in range(10, 170, 20):
        lab.mouse.move(box["x"] + x, box["y"] + 60)
    expect(said).to_contain_text("Row 2, column 6 is entry 22 of the column")
    column = lab.get_by_role("slider", name="The column")
    column.focus()
    lab.keyboard.press("PageDown")
    expect(column).to_have_attribute("aria-valuenow", "30")
    lab.wait_for_timeout(500)
    assert len(lab.sent) == before
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


def photos(count=60):
    """What Keras gives for CIFAR-10, in small: random colours, labels as a column."""
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(count)[:, None] % 10
    return (images[:-10], labels[:-10]), (images[-10:], labels[-10:])


def test_a_dataset_is_offered_once_it_is_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    assert logistic.offered(CHOICES) == ["Digits", "Colour shapes"]

    choice = CHOICES["CIFAR-10"]
    monkeypatch.setattr(CIFAR10, "_arrays", lambda self: photos())
    prepare(choice.dataset)
    pictures, counts = logistic.sample(load(choice.dataset), (choice.first, choice.second), choice.most)

    assert logistic.offered(CHOICES) == ["Digits", "Colour shapes", "CIFAR-10"]
    assert (pictures.shape, counts) == ((12, 32, 32, 3), [6, 6])
    assert (
        pictures.tobytes()
        == np.concatenate([photos()[0][0], photos()[1][0]])[[8, 18, 28, 38, 48, 58, 3, 13, 23, 33, 43, 53]].tobytes()
    )


def test_a_dataset_that_cannot_be_had_is_asked_for_once_and_breaks_nothing(monkeypatch):
    asked = []

    def refuse(dataset):
        asked.append(dataset)
        raise UserError("No shapes here.", "Try again.", "DATASET_OFFLINE")

    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    app = AppTest.from_file(str(child.ROOT / "streamlit_app.py"), default_timeout=60).run()
    monkeypatch.setattr("pages.components.frame.cached.make_ready", refuse)
    app.query_params["lab"] = packed(LogisticRegression(dataset="Colour shapes", first=0, second=6))
    app.switch_page("pages/5_Learn_neurons/13_Logistic_regression.py").run()
    app.run()

    assert not app.exception
    assert asked == [CHOICES["Colour shapes"].dataset]
