"""The plus detector and pooling: NumPy against Keras, and both labs under a real pointer and keyboard."""

import re
from urllib.parse import parse_qs, urlsplit

import keras
import numpy as np
import pytest
from browser import PATIENCE, go, no_accident, settled, silent
from playwright.sync_api import expect

from core.errors import UserError
from core.labs.plus import LARGEST, Mark, PlusDetector, drawn, maxima, plus, responses, with_noise
from core.labs.pooling import global_average, global_max, pool_2d, repeated
from core.labs.pooling_lab import Pooling
from core.labs.reading import read_lab, read_settings
from pages.components.browser.component import scripts as scripts_of
from pages.components.labs.lab import parts

CASES = 200


@pytest.mark.parametrize("lab", [PlusDetector, Pooling])
def test_a_lab_gives_every_known_answer(lab):
    for check in lab.checks():
        told = check.to_json()
        np.testing.assert_allclose(told["numpy"], told["published"], err_msg=told["words"])


@pytest.mark.parametrize("lab", [PlusDetector, Pooling])
def test_settings_come_back_from_the_browser_as_they_went(lab):
    assert read_settings(lab, lab().model_dump(mode="json")) == lab()


def test_marks_outside_every_picture_are_refused():
    sent = PlusDetector().model_dump(mode="json") | {"marks": [{"row": LARGEST, "column": 0, "shape": "+"}]}
    with pytest.raises(UserError, match="Plus"):
        read_settings(PlusDetector, sent)


def test_the_server_keeps_every_weight_that_the_browsers_cells_take():
    sent = PlusDetector().model_dump(mode="json") | {"kernel": [-1e6] * 9}
    assert read_settings(PlusDetector, sent).kernel == (-1e6,) * 9


# ---- pooling


def test_pooling_equals_keras_in_random_cases():
    from keras.layers import AveragePooling2D, MaxPooling2D

    draw = np.random.default_rng(4)
    for _ in range(CASES):
        size, stride = draw.integers(1, 6), draw.integers(1, 6)
        image = draw.normal(size=(*draw.integers(size, 15, 2), draw.integers(1, 4))).astype(np.float32)
        padding, kind = draw.choice(["valid", "same"]), draw.choice(["max", "average"])
        layer = {"max": MaxPooling2D, "average": AveragePooling2D}[kind](int(size), int(stride), padding=str(padding))
        told = f"{image.shape}, window {size}, step {stride}, {padding}, {kind}"
        ours = pool_2d(image, size, stride, padding, kind)
        np.testing.assert_allclose(ours, layer(image[None]).numpy()[0], rtol=1e-5, atol=1e-6, err_msg=told)


def test_global_pooling_equals_keras():
    from keras.layers import GlobalAveragePooling2D, GlobalMaxPooling2D

    image = np.random.default_rng(5).normal(size=(7, 9, 3)).astype(np.float32)
    np.testing.assert_allclose(global_average(image), GlobalAveragePooling2D()(image[None]).numpy()[0], rtol=1e-5)
    np.testing.assert_allclose(global_max(image), GlobalMaxPooling2D()(image[None]).numpy()[0], rtol=1e-6)


def test_without_a_stride_windows_stand_side_by_side():
    image = np.arange(36.0).reshape(6, 6, 1)
    np.testing.assert_array_equal(pool_2d(image, 3), pool_2d(image, 3, stride=3))


def test_a_window_larger_than_the_picture_is_refused_unless_it_may_reach_over_the_border():
    image = np.ones((4, 4, 1))
    with pytest.raises(UserError, match="4 x 4"):
        pool_2d(image, 5)
    assert pool_2d(image, 5, padding="same").shape == (1, 1, 1)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_repeating_gives_each_pixel_the_number_of_its_window(padding):
    image = np.repeat(np.repeat(np.arange(9.0).reshape(3, 3, 1), 2, 0), 2, 1)  # every window sees one value only
    np.testing.assert_array_equal(repeated(pool_2d(image, 2, 2, padding), 6, 6, 2, 2, padding), image)


def test_repeating_a_window_of_one_loses_nothing():
    image = np.random.default_rng(6).normal(size=(5, 8, 3))
    np.testing.assert_array_equal(repeated(pool_2d(image, 1), 5, 8, 1, 1, "valid"), image)


# ---- the plus detector


def test_both_pluses_are_the_strongest_answers_in_nearly_every_draw_of_the_notes_noise():
    """Noise from 0 to 1 added to everything, nothing cut off: a picture as the learner's note has it."""
    draw, places = np.random.default_rng(1), [(2, 3), (6, 7)]
    marks, hits, all_draws = drawn(tuple(plus(*place) for place in places), 10), 0, 2000
    for _ in range(all_draws):
        answers = responses(marks + draw.random((10, 10)))
        hits += {divmod(int(i), 10) for i in np.argsort(answers, axis=None)[-2:]} == set(places)

    assert hits / all_draws >= 0.99


def test_the_labs_own_noise_and_threshold_find_both_pluses_and_nothing_else():
    settings, marks = PlusDetector(), drawn(PlusDetector().marks, 10)
    at = [[mark.row, mark.column] for mark in settings.marks]
    right = [
        maxima(responses(with_noise(marks, settings.noise, seed)), settings.threshold) == at for seed in range(1000)
    ]

    assert np.mean(right) >= 0.99
    assert with_noise(marks, settings.noise, 3).max() > 1.5  # nothing is cut off


def test_a_kernel_that_looks_like_a_cross_finds_the_crosses_only():
    marks = (plus(2, 2), plus(7, 2), Mark(row=2, column=7, shape="×"), Mark(row=7, column=7, shape="×"))
    cross = (1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0)
    assert maxima(responses(drawn(marks, 10), cross), 4) == [[2, 7], [7, 7]]


def test_responses_equal_scipy():
    signal = pytest.importorskip("scipy.signal")
    draw = np.random.default_rng(7)
    picture, kernel = draw.normal(size=(9, 12)), draw.normal(size=9)
    known = signal.correlate2d(picture, kernel.reshape(3, 3), mode="same")
    np.testing.assert_allclose(responses(picture, tuple(kernel)), known, atol=1e-12)


# ---- in the browser


def bare(browser, name, kind):
    """A page with the lab's script and nothing else."""
    page = browser.new_page()
    page.add_script_tag(content=scripts_of(*parts(name)).replace(f"export default mount({kind});", ""))
    return page


VERDICTS = """cases => cases.map(({ marks, size, kernel, noise, values, threshold }) =>
  new Verdict({ settings: { marks, size, kernel, noise, threshold }, now: { values: Float64Array.from(values) } })
    .cause())"""


def right_thresholds(answers, at):
    """Thresholds, 0 or more, at which exactly the marks are found; one of each range in which nothing changes."""
    peaks = np.unique(np.append(answers[answers > 0], 0))
    between = (peaks[1:] + peaks[:-1]) / 2
    return [value for value in (*between, *peaks) if maxima(answers, value) == at]


@pytest.mark.browser
def test_what_the_plus_detector_blames_is_to_blame_as_changing_only_that_shows(browser):
    draw, page, cases = np.random.default_rng(8), bare(browser, "plus", "PlusDetector"), []
    for _ in range(150):
        places = draw.permutation(100)[: draw.integers(1, 5)]
        shapes = draw.choice(["+", "×"], len(places), p=[0.7, 0.3])
        marks = [
            Mark(row=int(at) // 10, column=int(at) % 10, shape=str(s)) for at, s in zip(places, shapes, strict=True)
        ]
        noise = float(draw.choice([0.0, 0.5, 1.5, 3.0]))
        kernel = PlusDetector().kernel
        answers = responses(with_noise(drawn(tuple(marks), 10), noise, int(draw.integers(999))), kernel)
        asked = {"size": 10, "kernel": kernel, "noise": noise, "threshold": 5.5, "values": answers.ravel().tolist()}
        cases.append((asked | {"marks": [mark.model_dump() for mark in marks]}, marks, answers))
    told = page.evaluate(VERDICTS, [asked for asked, _, _ in cases])
    page.close()

    for cause, (asked, marks, answers) in zip(told, cases, strict=True):
        at = sorted([mark.row, mark.column] for mark in marks)
        noisy = right_thresholds(answers, at)
        calm = right_thresholds(responses(drawn(tuple(marks), 10), asked["kernel"]), at)
        if cause.startswith("the threshold"):
            low, high = map(float, re.findall(r"Between ([\d.]+) and ([\d.]+)", cause)[0])
            assert maxima(answers, (low + high) / 2) == at, cause
        elif cause.startswith("the noise"):
            assert not noisy, cause
            assert calm, cause
        else:
            assert not noisy, cause
            assert not (asked["noise"] and calm), cause
    assert {cause.split(".")[0].split(",")[0].split(" Between")[0] for cause in told} >= {
        "the threshold",
        "the noise",
        "no threshold is right",
    }


@pytest.mark.browser
def test_pooling_counts_the_windows_that_forget_a_move_as_numpy_does(browser):
    draw, page, cases = np.random.default_rng(9), bare(browser, "pooling", "Pooling"), []
    for _ in range(100):
        height, width, size, stride = (int(number) for number in (*draw.integers(4, 12, 2), *draw.integers(1, 5, 2)))
        image = draw.integers(0, 3, (height, width, 1)) / 2
        down, right = (int(by) for by in draw.integers(-2, 3, 2))
        kind, padding = str(draw.choice(["max", "average"])), str(draw.choice(["valid", "same"]))
        settings = {"operation": kind, "size": size, "stride": stride, "padding": padding}
        cases.append((image, down, right, settings))
    asked = [
        [{"height": image.shape[0], "width": image.shape[1], "planes": [image.ravel().tolist()]}, down, right, settings]
        for image, down, right, settings in cases
    ]
    told = page.evaluate(
        "all => all.map(([image, down, right, settings]) => kept(image, movedBy(image, down, right), settings))", asked
    )
    page.close()
    for one, (image, down, right, settings) in zip(told, cases, strict=True):
        rows, columns = (
            np.clip(np.arange(side) - by, 0, side - 1) for side, by in zip(image.shape, (down, right), strict=False)
        )
        moved = image[np.ix_(rows, columns)]
        size, stride, padding, kind = (settings[name] for name in ("size", "stride", "padding", "operation"))
        touched = pool_2d(np.abs(moved - image), size, stride, padding) > 0
        same = np.isclose(pool_2d(moved, size, stride, padding, kind), pool_2d(image, size, stride, padding, kind))
        assert one == {"all": int(touched.sum()), "same": int((touched & same).sum())}


@pytest.fixture
def page(browser, labs):
    """The app of a fresh visitor; `page.sent` counts what the browser tells the server."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: page.sent.append(frame)))
    page.goto(labs.url)
    settled(page)
    yield page
    no_accident(page)
    page.close()


def cell_of(sheet, row, column, side):
    """Where a cell of a picture stands on the screen."""
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    return box["x"] + (column + 0.5) * box["width"] / side, box["y"] + (row + 0.5) * box["height"] / side


def all_checks_are_equal(page, count):
    page.get_by_text("Checked against known answers").click()
    expect(page.locator(".checks tbody tr")).to_have_count(count)
    expect(page.locator(".checks td.wrong")).to_have_count(0)


@pytest.mark.browser
def test_planting_moving_and_pooling_with_pointer_and_keyboard(page):
    go(page, "Plus detector")
    picture, found = page.locator(".trio .sheet").first, page.locator(".found")
    expect(found).to_contain_text("found: 2 of 2 pluses")
    page.mouse.click(*cell_of(picture, 2, 8, 10))
    expect(found).to_contain_text("found: 3 of 3 pluses")
    expect(found).to_contain_text("false: 0")

    page.mouse.move(*cell_of(picture, 2, 3, 10))  # dragged by its arm, it moves by as much as the pointer
    page.mouse.down()
    page.mouse.move(*cell_of(picture, 4, 4, 10), steps=6)
    page.mouse.up()
    expect(page.locator(".moved")).to_contain_text("The plus moved by (2, 1), its answer moved by (2, 1).")

    page.get_by_role("radio", name="whole picture").click()
    page.get_by_role("button", name="Move back").click()
    page.get_by_role("button", name="Move down").click()
    expect(page.locator(".moved")).to_contain_text("inner answers moved by (1, 0) with it, unchanged")
    told = page.locator(".moved").inner_text()
    equal, inner = re.search(r"(\d+) of (\d+) inner", told).groups()
    assert equal == inner == "56"

    picture.focus()
    for _ in range(9):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(found).to_contain_text("of 4 pluses")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".moved")).to_contain_text("The picture moved by (1, 1)")
    page.keyboard.press("Enter")
    expect(found).to_contain_text("of 3 pluses")
    all_checks_are_equal(page, 5)


@pytest.mark.browser
def test_the_window_of_the_plus_detector_follows_the_pointer_without_the_server(page):
    go(page, "Plus detector")
    picture, answer = page.locator(".trio .sheet").first, page.locator(".trio .sheet").last
    expect(page.locator(".found")).to_contain_text("found: 2 of 2 pluses")
    before, seen = silent(page), set()  # what opening the page still sends is sent
    for sheet in (picture, answer):
        for at in range(8):
            page.mouse.move(*cell_of(sheet, at, at, 10))
            seen.add(page.locator(".said").inner_text())
    assert silent(page) == before
    assert len(seen) == 8
    page.mouse.click(*cell_of(picture, 8, 1, 10))  # a change is told: the counter hears what it should
    page.wait_for_url(lambda url: "lab=" in url)
    assert len(page.sent) > before


@pytest.mark.browser
def test_the_picture_moves_no_further_than_a_link_can_hold(page):
    page.goto(f"{page.url.partition('?')[0]}plus-detector")
    settled(page)
    moved = page.locator(".moved")
    page.get_by_role("radio", name="whole picture").click()
    page.get_by_label("Size, typed").fill("24")
    page.get_by_role("button", name="Remove all").click()
    for _ in range(2):  # a mark goes down to the border, gives way to one at the top, and the noise goes on with it
        page.mouse.click(*cell_of(page.locator(".trio .sheet").first, 1, 3, 24))
        for _ in range(20):
            page.get_by_role("button", name="Move down").click()
        if "(20, 0)" in moved.inner_text():
            page.mouse.click(*cell_of(page.locator(".trio .sheet").first, 21, 3, 24))
    expect(moved).to_contain_text("The picture moved by (24, 0)")
    expect(page.locator(".said")).to_contain_text("moves no further this way")


@pytest.mark.browser
def test_the_window_of_pooling_follows_the_pointer_without_the_server(page):
    go(page, "Pooling")
    sheet, formula, done = (
        page.locator(".pooling .sheet").first,
        page.locator(".formula"),
        page.locator(".tasks li.done"),
    )
    expect(formula).to_contain_text("8×8×1 → 4×4×1")
    expect(formula).to_contain_text("0 parameters")
    settled(page)
    before, seen = silent(page), set()  # what opening the page still sends is sent
    for at in range(8):
        page.mouse.move(*cell_of(sheet, at, at, 8))
        seen.add(page.locator(".said").inner_text())
    assert silent(page) == before
    assert len(seen) == 4

    sheet.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".said")).to_contain_text("Output row 3, column 3")
    page.get_by_label("Size, typed").fill("1")
    page.get_by_label("Stride, typed").fill("1")
    expect(done).to_have_count(1)
    page.get_by_label("Right, typed").fill("2")
    page.get_by_role("radio", name="global max").click()
    expect(formula).to_contain_text("8×8×1 → 1")
    expect(formula).to_contain_text("layers.GlobalMaxPooling2D()")
    expect(done).to_have_count(2)
    all_checks_are_equal(page, 7)

    page.get_by_role("radio", name="numbers").click()  # CS231n's example stands there, and another is pasted
    page.get_by_role("radio", name="max", exact=True).click()
    page.get_by_label("Size, typed").fill("2")
    page.get_by_label("Stride, typed").fill("2")
    expect(cells_of(page, "After pooling")).to_have_text(["6", "8", "3", "4"])
    first = page.get_by_label("Numbers of the picture, row 0, column 0")
    first.fill("9")
    expect(cells_of(page, "After pooling")).to_have_text(["9", "8", "3", "4"])
    first.evaluate(PASTE, "0\t1\t2\n3\t4\t5\n6\t7\t8\n")
    page.get_by_label("Stride, typed").fill("1")
    expect(cells_of(page, "After pooling")).to_have_text(["4", "5", "7", "8"])
    page.get_by_label("Numbers of the picture, row 2, column 2").click()
    expect(page.locator(".said")).to_contain_text("Output row 1, column 1: of 4 pixels the one in row 2, column 2 wins")
    source = page.locator(".formula code").inner_text()
    np.testing.assert_array_equal(eval(source, {"layers": keras.layers, "np": np}), [[4, 5], [7, 8]])
    page.wait_for_url(lambda url: "lab=" in url and linked(url).place == (1, 1))
    other = page.context.browser.new_page()
    other.set_default_timeout(PATIENCE)
    other.goto(page.url)
    expect(cells_of(other, "After pooling")).to_have_text(["4", "5", "7", "8"])
    expect(other.locator(".formula")).to_contain_text("max(4, 5, 7, 8) = 8")
    other.close()


def linked(url):
    """What an address holds of the lab."""
    return read_lab(Pooling, parse_qs(urlsplit(url).query)["lab"][0])


PASTE = """(node, text) => {
    const event = new ClipboardEvent("paste", { bubbles: true, composed: true, clipboardData: new DataTransfer() });
    event.clipboardData.setData("text", text);
    node.dispatchEvent(event);
}"""


def cells_of(page, label):
    return page.get_by_role("grid", name=label, exact=True).locator(".cell")
