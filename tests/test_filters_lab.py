"""Classic filters, median and corners: against SciPy, here and in the browser, and the lab under a pointer."""

import json
import re
from itertools import product

import numpy as np
import pytest
from browser import PATIENCE, go, no_accident, settled, silent
from numpy.lib.stride_tricks import sliding_window_view
from playwright.sync_api import expect
from scipy import ndimage

from core.labs import filters
from core.labs import images as lab_images
from core.labs.chance import Chance
from core.labs.filters import KERNELS, Filters, convolved, harris, median
from core.labs.noise import noisy
from core.labs.reading import read_lab
from core.spec import packed
from pages.components.browser.component import scripts as scripts_of
from pages.components.labs.lab import parts

NOISES = ("none", "Gaussian", "salt and pepper")
expect.set_options(timeout=PATIENCE)


def test_every_kernel_of_the_gallery_is_an_odd_square_with_a_sentence():
    for name, kernel in KERNELS.items():
        size = len(kernel.weights)
        assert kernel.name == name
        assert kernel.sentence.endswith(".")
        assert size % 2
        assert {len(row) for row in kernel.weights} == {size}
        assert min(abs(kernel.total), abs(kernel.total - 1), abs(kernel.total - 5)) < 1e-9, name
        json.dumps(kernel.to_json(), allow_nan=False)


def test_gaussians_are_scipys_and_edges_answer_to_their_own_direction_only():
    speck = np.zeros((9, 9))
    speck[4, 4] = 1
    for name, radius, spread in (("Gaussian 3x3", 1, 0.85), ("Gaussian 5x5", 2, 1.0)):
        theirs = ndimage.gaussian_filter(speck, spread, radius=radius)
        np.testing.assert_allclose(convolved(speck, KERNELS[name].weights), theirs, atol=1e-12)
    across = np.tile(np.arange(9.0), (9, 1))
    for name in ("Sobel", "Prewitt"):
        assert not convolved(across, KERNELS[f"{name} y"].weights).any()
        assert (convolved(across, KERNELS[f"{name} x"].weights)[:, 1:-1] > 0).all()
    x = KERNELS["Sobel x"].weights
    np.testing.assert_allclose(convolved(across**2, x), ndimage.sobel(across**2, 1, mode="mirror"))


def test_emboss_lights_what_faces_up_and_to_the_left():
    block = np.zeros((12, 12))
    block[3:9, 3:9] = 1  # a raised block
    lit = convolved(block, KERNELS["Emboss"].weights)

    assert "above left" in KERNELS["Emboss"].sentence
    assert lit[3, 3] > block[3, 3]
    assert lit[9, 9] < block[9, 9]


@pytest.mark.parametrize("name", lab_images.PHOTOS)
def test_the_corners_of_a_photo_are_few_enough_to_look_at_each(name):
    start, clean = Filters(), lab_images.photo(name, 256).grey().pixels[..., 0] / 255
    hit = noisy(clean, start.noise, start.strength, start.seed)

    for picture in (clean, hit):
        assert 10 < len(harris(picture, start.spread, start.k).found(start.threshold)) < 50


@pytest.mark.parametrize("size", [3, 5])
def test_the_median_is_numpys_over_every_window(size):
    picture = np.random.default_rng(size).random((17, 12))
    windows = sliding_window_view(np.pad(picture, size // 2, mode="reflect"), (size, size))

    np.testing.assert_array_equal(median(picture, size), np.median(windows, axis=(2, 3)))


def test_harris_response_is_that_of_the_eigenvalues():
    picture = np.random.default_rng(2).random((20, 15))
    found = harris(picture, 1.2, 0.06)
    matrices = np.stack([found.xx, found.xy, found.xy, found.yy], axis=-1).reshape(20, 15, 2, 2)
    low, high = np.moveaxis(np.linalg.eigvalsh(matrices), -1, 0)

    np.testing.assert_allclose(found.response, low * high - 0.06 * (low + high) ** 2, atol=1e-9)
    assert not len(harris(np.full((9, 9), 0.5)).found(0.01))


def test_noise_hits_as_many_pixels_as_asked_and_is_the_same_for_the_same_seed():
    grey = np.full((200, 200), 0.5)
    specks, bell = noisy(grey, "salt and pepper", 0.2, 7), noisy(grey, "Gaussian", 0.05, 7)

    assert abs(np.mean(specks == 0) - 0.1) < 0.01
    assert abs(np.mean(specks == 1) - 0.1) < 0.01
    assert abs(np.std(bell) - 0.05) < 0.001
    assert np.array_equal(specks, noisy(grey, "salt and pepper", 0.2, 7))
    assert not np.array_equal(specks, noisy(grey, "salt and pepper", 0.2, 8))


def test_the_median_takes_specks_away_that_a_gaussian_only_smears():
    clean = filters.example()
    gone = {"median": [], "Gaussian": []}
    for seed in range(30):
        hit = noisy(clean, "salt and pepper", 0.05, seed)
        specks = np.abs(hit - clean) > filters.WRONG
        blurred = convolved(hit, KERNELS["Gaussian 3x3"].weights)
        for name, filtered in (("median", median(hit)), ("Gaussian", blurred)):
            gone[name].append(np.mean(np.abs(filtered - clean)[specks] <= filters.WRONG))
        assert filters.psnr(median(hit), clean) > filters.psnr(blurred, clean) + 3
        assert filters.wrong(blurred, clean) > 2 * np.mean(specks)  # a speck is smeared over its neighbours

    assert np.mean(gone["median"]) >= 0.99
    assert np.mean(gone["Gaussian"]) < 0.4


def test_every_known_answer_is_given():
    for check in Filters.checks():
        told = check.to_json()
        assert told["numpy"] == pytest.approx(told["published"]), told["words"]


def test_settings_survive_a_link_and_a_wrong_one_is_refused():
    chosen = Filters(noise="Gaussian", strength=0.2, kernel="Sobel x", size=5, threshold=0.4)

    assert read_lab(Filters, packed(chosen)) == chosen
    for wrong in ({"size": 4}, {"kernel": "Nothing"}, {"strength": 2.0}, {"seed": -1}):
        with pytest.raises(ValueError, match="validation error"):
            Filters(**wrong)


# ---------------------------------------------------------------------------------------------- in the browser


ANSWERS = """cases => cases.map(told => {
  const { height, width, values, weights, size, noise, strength, seed, spread, k, threshold } = told;
  const plane = noisy({ height, width, values: Float64Array.from(values) }, noise, strength, seed);
  const slopes = harris(plane, spread, k), numbers = found => Array.from(found.values);
  return { noisy: numbers(plane), mean: numbers(convolved(plane, weights)), median: numbers(median(plane, size)),
    response: numbers(slopes), corners: cornersOf(slopes, threshold) };
})"""


@pytest.fixture(scope="module")
def bare(browser):
    """A page with the lab's script and nothing else."""
    page = browser.new_page()
    text = scripts_of(*parts("filters"))
    page.add_script_tag(content=text.replace("export default mount(Filters);", ""))
    yield page
    page.close()


def random_case(rng):
    height, width = (int(side) for side in rng.integers(1, 24, 2))
    return {
        "height": height,
        "width": width,
        "values": rng.random(height * width).tolist(),
        "weights": KERNELS[str(rng.choice(list(KERNELS)))].weights,
        "size": int(rng.choice([3, 5])),
        "noise": str(rng.choice(NOISES)),
        "strength": float(rng.uniform(0, 0.5)),
        "seed": int(rng.integers(0, 10_000)),
        "spread": float(rng.uniform(0.5, 3)),
        "k": float(rng.uniform(0.01, 0.2)),
        "threshold": float(rng.uniform(0.01, 1)),
    }


@pytest.mark.browser
def test_the_browser_computes_what_scipy_computes_on_300_random_pictures(bare):
    cases = [random_case(np.random.default_rng(seed)) for seed in range(300)]
    for case, told in zip(cases, bare.evaluate(ANSWERS, cases), strict=True):
        clean = np.array(case["values"]).reshape(case["height"], case["width"])
        hit = noisy(clean, case["noise"], case["strength"], case["seed"])
        slopes = harris(hit, case["spread"], case["k"])
        answers = {
            "noisy": hit,
            "mean": convolved(hit, case["weights"]),
            "median": median(hit, case["size"]),
            "response": slopes.response,
        }
        for name, expected in answers.items():
            np.testing.assert_allclose(told[name], expected.ravel(), atol=1e-9, err_msg=f"{name} {case}")
        # In a tie rounding decides which neighbour is larger, as in pictures of one row.
        if min(case["height"], case["width"]) > 2:
            assert told["corners"] == slopes.found(case["threshold"]).tolist(), case


@pytest.mark.browser
def test_draws_are_the_same_numbers_in_both_languages(bare):
    even, bell = bare.evaluate(
        "() => { const random = generator(99), other = generator(99); "
        "return [Array.from({ length: 500 }, random), Array.from({ length: 500 }, () => normal(other))]; }"
    )

    np.testing.assert_array_equal(even, Chance(99).draws(500))
    np.testing.assert_allclose(bell, Chance(99).normals(500), atol=1e-12)


def arrays(text):
    return [np.array(json.loads(found)) for found in re.findall(r"\[\[.*?\]\]", text)]


@pytest.mark.browser
def test_what_is_asked_before_the_reveal_has_numpys_answers(bare):
    ask = (
        "ask => Array.from({ length: 100 }, () => "
        "({ windowQuestion, cornerQuestion })[ask]((low, high) => low + Math.floor(Math.random() * (high - low + 1))))"
    )
    for asked in bare.evaluate(ask, "windowQuestion"):
        window, *kernel = arrays(asked["words"])
        known = np.sum(window * kernel[0]) if kernel else np.median(window)
        assert asked["answer"] == known, asked["words"]
    for asked in bare.evaluate(ask, "cornerQuestion"):
        one, other, k = (float(number) for number in re.findall(r"\d+(?:\.\d+)?", asked["words"]))
        matrix = np.diag([one, other])
        response = np.linalg.det(matrix) - k * np.trace(matrix) ** 2
        assert asked["answer"] == pytest.approx(response), asked["words"]
        assert ("edge" in asked["because"]) == (response < 0)
        assert ("corner" in asked["because"]) == (response > 0)


@pytest.mark.browser
def test_what_is_called_the_cause_of_a_better_filter_is_it_as_changing_only_that_shows(bare):
    """Causes are tried one at a time: the picture without its noise, and the noise without a picture."""
    clean, flat, cases = filters.example(), np.full((64, 64), 0.5), []

    def errors(picture, hit, weights, size):
        return [float(np.mean((found - picture) ** 2)) for found in (convolved(hit, weights), median(hit, size))]

    brightness = [kernel for kernel in KERNELS.values() if abs(kernel.total - 1) < 1e-9]
    for kernel in brightness:
        for noise, strength, size in product(NOISES[1:], (0.03, 0.1, 0.4), (3, 7)):
            hit = noisy(clean, noise, strength, 5)
            alone, error = errors(clean, clean, kernel.weights, size), errors(clean, hit, kernel.weights, size)
            mean, middle = ({"alone": a, "error": e} for a, e in zip(alone, error, strict=True))
            cases.append(([{"noise": noise, "strength": strength}, kernel.weights, mean, middle], strength, size))
    told = bare.evaluate("cases => cases.map(one => reasonFor(...one))", [case for case, _, _ in cases])

    for reason, ((drawn, weights, mean, middle), strength, size) in zip(told, cases, strict=True):
        is_median = middle["error"] < mean["error"]
        only_noise = errors(flat, noisy(flat, drawn["noise"], strength, 5), weights, size)
        if "picture itself" in reason:
            assert (middle["alone"] < mean["alone"]) == is_median, reason
            assert reason.startswith("The convolution" if is_median else "The median")
        elif "squared weights" in reason:
            sent = np.random.default_rng(1).normal(size=(200, 200))
            grown = np.var(ndimage.correlate(sent, np.array(weights), mode="wrap"))
            assert grown > 1.05 * np.var(sent) if "larger" in reason else grown == pytest.approx(np.var(sent)), reason
        elif "leaves more of the noise" in reason:
            added = [one["error"] - one["alone"] for one in (mean, middle)]
            assert (added[1] < added[0]) == is_median, reason
        else:
            assert (only_noise[1] < only_noise[0]) == is_median, (reason, drawn, size, weights)
    for part in ("picture itself", "A speck pulls", "Small errors", "makes noise larger", "passes noise on"):
        assert any(part in reason for reason in told), part


@pytest.fixture
def lab(browser, labs):
    page = browser.new_page(viewport={"width": 1440, "height": 1400})
    page.set_default_timeout(PATIENCE)
    page.sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: page.sent.append(data)))
    page.goto(f"{labs.url}/filters")
    settled(page)
    expect(page.locator(".sheet canvas")).to_have_count(4)
    yield page
    no_accident(page)
    page.close()


@pytest.mark.browser
def test_the_pointer_shows_windows_and_numbers_without_the_server_and_tasks_judge_themselves(lab):
    expect(lab.locator(".complaint:not(:empty)")).to_have_count(0)
    before = silent(lab)
    sheet = lab.locator(".sheet").nth(2)
    box = sheet.bounding_box()
    for step in range(12):
        lab.mouse.move(box["x"] + 20 + 4 * step, box["y"] + 30)
    expect(lab.locator(".said")).to_contain_text("after the median")
    sheet.focus()
    lab.keyboard.press("ArrowDown")
    expect(lab.locator(".formula")).to_contain_text("the middle one of 9 sorted values")
    assert silent(lab) == before

    done = lab.locator(".tasks li.done")
    expect(done).to_have_count(0)
    lab.get_by_label("Kernel").select_option("Prewitt x")
    lab.get_by_role("radio", name="Gaussian", exact=True).click()
    expect(done).to_have_count(0)
    lab.get_by_label("Kernel").select_option("Gaussian 3x3")
    expect(done).to_have_count(1)
    verdicts = lab.locator(".trial tbody td:last-child")
    expect(verdicts).to_have_text(["a convolution", "not a convolution", "not a convolution"])
    lab.get_by_text("Checked against known answers").click()
    expect(lab.locator(".checks .right")).to_have_count(len(Filters.checks()))


@pytest.mark.browser
def test_the_kernel_of_the_lab_becomes_the_first_layer_and_stays_in_the_address(lab):
    lab.get_by_label("Kernel").select_option("Emboss")
    lab.get_by_role("button", name="Use in a network").click()
    expect(lab.get_by_text("the first layer now")).to_be_visible()
    lab.get_by_label("Kernel").select_option("Sobel y")
    expect(lab.get_by_role("button", name="Use in a network")).to_be_enabled()
    lab.get_by_role("button", name="Use in a network").click()
    expect(lab.get_by_text("in place of the hand-made one before")).to_be_visible()
    lab.reload()
    settled(lab)
    expect(lab.get_by_label("Kernel")).to_have_value("Sobel y")
    expect(lab.get_by_role("button", name="Use in a network")).to_be_disabled()
    go(lab, "Network")
    expect(lab.locator(".layer").first).to_contain_text("1 hand-made 3x3 same")


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("side", [32, 64, 128])
def test_a_checkerboard_has_a_corner_at_each_of_its_49_junctions(side, threshold):
    board = lab_images.shape("Checkerboard", side).pixels[..., 0] / 255
    found = harris(board).found(threshold)
    step = side // 8
    junctions = [(row, column) for row in range(step, side, step) for column in range(step, side, step)]

    assert len(found) == len(junctions) == 49
    assert np.abs(found - np.array(junctions)).max() <= 1
