"""The 2-D lab and the pictures of all labs: known answers, what is refused, and the lab under a real pointer."""

import io

import numpy as np
import pytest
from browser import PATIENCE, no_accident, settled, silent
from PIL import Image
from playwright.sync_api import expect
from scipy import ndimage

from core.errors import UserError
from core.labs import images as lab_images
from core.labs.convolution import convolve_2d
from core.labs.convolution_lab import Convolution, OwnKernel
from core.labs.filters import KERNELS
from core.labs.reading import read_settings

expect.set_options(timeout=PATIENCE)
SQUARE = ((1.0, 2.0), (3.0, 4.0))


# ---- settings and known answers


@pytest.mark.parametrize("check", Convolution.checks(), ids=lambda check: check.id)
def test_numpy_gives_the_known_answer(check):
    np.testing.assert_allclose(np.array(check.compute(), float), np.array(check.published, float))


def test_settings_come_back_from_the_link_as_they_were():
    colour = OwnKernel(slices=(SQUARE, SQUARE, SQUARE), bias=0.5)
    lab = Convolution(size=2, kernels=(colour, OwnKernel(slices=(SQUARE,))), chosen=1, padding="same", fill="wrap")

    assert read_settings(Convolution, lab.model_dump(mode="json")) == lab


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 3, "kernels": [{"slices": [[[1, 2], [3, 4]]], "bias": 0}]},
        {"size": 2, "kernels": [{"slices": [[[1, 2], [3, 4]]] * 2, "bias": 0}]},
        {"size": 2, "kernels": [{"slices": [[[1, 2], [3]]], "bias": 0}]},
        {"size": 2, "kernels": [{"slices": [[[1, 2], [3, 1e7]]], "bias": 0}]},
        {"size": 2, "kernels": [{"slices": [[["x", 2], [3, 4]]], "bias": 0}]},
        {"kernels": []},
        {"chosen": 1},
        {"stride": 0},
        {"numbers": [[1, 2], [3]]},
        {"numbers": [[]]},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(UserError):
        read_settings(Convolution, wrong)


def test_the_server_keeps_every_number_that_the_browsers_cells_take():
    sent = {"size": 1, "kernels": [{"slices": [[[1e6]]], "bias": -1e6}], "numbers": [[1e6]]}

    assert read_settings(Convolution, sent).kernels[0].bias == -1e6


def test_one_slice_serves_all_channels_and_a_grey_picture_takes_the_first_of_three():
    one, three = OwnKernel(slices=(SQUARE,)), OwnKernel(slices=(SQUARE, ((0.0,) * 2,) * 2, ((5.0,) * 2,) * 2))

    np.testing.assert_array_equal(one.weights(3), np.stack([SQUARE] * 3, axis=-1))
    np.testing.assert_array_equal(three.weights(1)[..., 0], SQUARE)
    assert Convolution(size=2, kernels=(one, three)).layer_kernels() == ((SQUARE,) * 3, three.slices)


@pytest.mark.parametrize(("fill", "mode"), [("zero", "constant"), ("reflect", "mirror"), ("wrap", "grid-wrap")])
def test_a_kernel_over_colours_is_the_sum_of_scipys_correlations(fill, mode):
    rng = np.random.default_rng(4)
    image, kernel = rng.normal(size=(9, 7, 3)), OwnKernel(slices=(KERNELS["Emboss"].weights,))
    expected = sum(ndimage.correlate(image[..., c], kernel.weights(3)[..., c], mode=mode) for c in range(3))

    ours = convolve_2d(image, kernel.weights(3)[..., None], padding="same", fill=fill)[..., 0]
    np.testing.assert_allclose(ours, expected)


# ---- pictures


def file_of(pixels, kind="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def test_an_upload_is_scaled_down_and_says_so():
    wide = file_of(np.random.default_rng(0).integers(0, 256, (300, 1000, 3), np.uint8))
    opened = lab_images.from_file(wide, "mine.png")

    assert opened.pixels.shape == (154, 512, 3)
    assert opened.words == "512×154 px, colour, scaled down from 1000×300"


def test_a_grey_upload_has_one_channel_and_keeps_its_pixels():
    grey = np.random.default_rng(1).integers(0, 256, (12, 10), np.uint8)

    np.testing.assert_array_equal(lab_images.from_file(file_of(grey), "mine.png").pixels, grey[..., None])


def test_what_is_no_picture_is_refused_in_a_sentence():
    with pytest.raises(UserError, match=r"notes\.txt is not a picture"):
        lab_images.from_file(b"just words, no pixels at all", "notes.txt")


@pytest.mark.parametrize("name", lab_images.PHOTOS)
def test_sample_photos_are_scikit_learns_own(name):
    with Image.open(lab_images.photo_path(name)) as expected:
        np.testing.assert_array_equal(lab_images.photo(name, 2000).pixels, np.array(expected))
    assert max(lab_images.photo(name, 128).pixels.shape) == 128


@pytest.mark.parametrize("size", lab_images.SIZES[:4])
@pytest.mark.parametrize("name", lab_images.SHAPES)
def test_shapes_are_pictures_with_light_and_dark_in_every_size(name, size):
    pixels = lab_images.shape(name, size).pixels

    assert pixels.shape == (size, size, 3 if name == "Colour discs" else 1)
    assert pixels.min() == 0
    assert pixels.max() == 255


def test_fashion_is_offered_only_where_it_needs_no_download(tmp_path, monkeypatch):
    monkeypatch.setenv("KERNELSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    folder = tmp_path / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    assert not lab_images.fashion_is_here()
    for name, size in lab_images.FASHION_BYTES.items():
        with (folder / name).open("wb") as file:
            file.truncate(size)
    assert lab_images.fashion_is_here()
    (folder / "train-images-idx3-ubyte.gz").write_bytes(b"half")
    assert not lab_images.fashion_is_here()


# ---- in the browser


@pytest.fixture(scope="module")
def lab(browser, labs):
    """The lab in one tab, as a fresh visitor finds it; `sent` counts what it tells the server."""
    page = browser.new_context(viewport={"width": 1440, "height": 1100}).new_page()
    page.set_default_timeout(PATIENCE)
    page.sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: page.sent.append(1)))
    page.goto(f"{labs.url}/convolution")
    page.locator(".trio").wait_for()
    settled(page)
    yield page
    no_accident(page)
    page.context.close()


def said(page):
    return page.locator(".said").inner_text()


def classic(page, name):
    page.get_by_label("Classic kernels").select_option(name)


@pytest.mark.browser
def test_the_pointer_lights_the_window_on_both_pictures_without_a_word_to_the_server(lab):
    picture, result = lab.locator(".trio .sheet").nth(0), lab.locator(".trio .sheet").nth(1)
    before, box = silent(lab), picture.bounding_box()
    places = set()
    for step in range(20):
        lab.mouse.move(box["x"] + 20 + 12 * step, box["y"] + 20 + 10 * step)
        places.add(said(lab))
    expect(picture.locator(".frame.now")).to_be_visible()
    expect(result.locator(".frame.now")).to_be_visible()
    assert len(places) > 3
    assert silent(lab) == before


@pytest.mark.browser
def test_arrow_keys_move_the_window(lab):
    lab.locator(".trio .sheet").nth(1).focus()
    for key in ["ArrowUp"] * 6 + ["ArrowLeft"] * 6:
        lab.keyboard.press(key)
    expect(lab.locator(".said")).to_contain_text("Row 0, column 0:")
    lab.keyboard.press("ArrowRight")
    expect(lab.locator(".said")).to_contain_text("Row 0, column 1:")


@pytest.mark.browser
def test_a_kernel_that_fits_nowhere_is_explained_and_the_last_map_stays_pale(lab):
    lab.get_by_label("Dilation, typed").fill("4")
    expect(lab.locator(".trio + .complaint")).to_contain_text("fits nowhere on 8")
    expect(lab.locator(".trio h4 small").last).to_have_text("6×6")
    expect(lab.locator(".trio > figure").last).to_have_css("opacity", "0.3")
    expect(lab.locator(".depth")).to_be_hidden()
    lab.locator(".trio .sheet").first.hover()
    expect(lab.locator(".said")).to_be_empty()
    lab.get_by_label("Dilation, typed").fill("1")
    expect(lab.locator(".trio + .complaint")).to_have_text("")
    expect(lab.locator(".depth")).to_be_visible()
    expect(lab.locator(".trio > figure").last).to_have_css("opacity", "1")
    expect(lab.locator(".said")).to_contain_text("Row ")


@pytest.mark.browser
def test_a_cell_without_a_number_keeps_the_last_good_one(lab):
    lab.locator(".kernel .cells input").first.fill("abc")
    expect(lab.locator(".kernel .complaint").first).to_contain_text("is no number")
    assert lab.locator(".kernel").bounding_box()["width"] < 240  # the sentence breaks, and the pictures keep their room
    lab.get_by_label("Stride, typed").focus()
    expect(lab.locator(".kernel .cells input").first).to_have_value("\u22121")
    expect(lab.locator(".kernel .complaint").first).to_be_empty()


def weigh(page, *weights):
    for cell, weight in zip(page.locator(".kernel .celled").first.locator("input").all(), weights, strict=True):
        cell.fill(str(weight))


@pytest.mark.browser
def test_tasks_ask_for_kernels_of_ones_own_and_none_of_the_menu_will_do(lab):
    done = lab.locator(".tasks .done")
    expect(done).to_have_count(0)
    for name in ("Sobel x", "Box blur 3x3", "Shift right"):
        classic(lab, name)
    expect(done).to_have_count(0)
    for count, weights in enumerate(
        [(-1, 0, 1, -3, 0, 3, -1, 0, 1), (0, 0, 0, 0.25, 0.5, 0.25, 0, 0, 0), (0, 0, 0, 0, 0, 1, 0, 0, 0)], 1
    ):
        weigh(lab, *weights)
        expect(done).to_have_count(count)


def told_by_tensorflow(page):
    """The answer of the lines on the page, run by TensorFlow."""
    import tensorflow as tf

    names = {"picture": None}
    code = page.locator(".code-lines .script").inner_text()
    if "picture[None]" in code:
        names["picture"] = lab_images.shape("Square", 12).pixels.astype("float32") / 255
    exec(code, names)
    return tf.convert_to_tensor(names["answer"]).numpy()


@pytest.mark.browser
def test_the_lines_of_tensorflow_compute_what_the_lab_shows(lab):
    lab.get_by_role("button", name="The numbers of tf.nn.conv2d").click()
    np.testing.assert_array_equal(told_by_tensorflow(lab)[0, ..., 0], [[37, 47]])
    assert "NHWC (1, 2, 3, 1)" in lab.locator(".code-lines").inner_text()
    assert "HWIO (2, 2, 1, 1)" in lab.locator(".code-lines").inner_text()
    numbers, kernel = np.array([[1.0, 2, 3], [4, 5, 6]])[..., None], np.array(SQUARE)[:, :, None, None]
    lab.get_by_role("radio", name="relu").click()
    for padding, fill in (("same", "zero"), ("same", "reflect"), ("same", "wrap"), ("number", "zero")):
        lab.get_by_role("radio", name=padding, exact=True).click()
        lab.get_by_role("radio", name=fill, exact=True).click()
        expect(lab.locator(".code-lines")).to_contain_text("relu")
        known = convolve_2d(numbers, kernel, padding=1 if padding == "number" else padding, fill=fill)
        np.testing.assert_allclose(told_by_tensorflow(lab)[0], np.maximum(known, 0), err_msg=f"{padding} {fill}")
    lab.get_by_role("radio", name="linear").click()
    lab.get_by_role("radio", name="valid").click()


@pytest.mark.browser
def test_the_numbers_of_conv2d_stand_there_and_every_known_answer_is_equal(lab):
    lab.get_by_role("button", name="The numbers of tf.nn.conv2d").click()
    expect(lab.locator(".said")).to_contain_text("2·1 + 3·2 + 5·3 + 6·4 = 47")
    expect(lab.locator(".checks td.right")).to_have_count(len(Convolution.checks()))
    expect(lab.locator(".checks td.wrong")).to_have_count(0)


@pytest.mark.browser
def test_large_type_keeps_the_numbers_in_the_pixels_and_every_press_of_its_switch_counts(lab):
    lab.get_by_role("radio", name="picture", exact=True).click()
    switch = lab.get_by_test_id("stSidebar").get_by_text("Large type")
    for size in ("21px", "16px", "21px", "16px"):
        switch.click()
        expect(lab.locator("html")).to_have_css("font-size", size)
        expect(lab.locator(".trio .ink").first).to_be_visible()


@pytest.mark.browser
def test_one_by_one_on_colours_brings_a_colour_picture_in_the_place_of_a_grey_one(lab):
    expect(lab.locator(".depth")).to_contain_text("8×8×1")
    lab.get_by_role("button", name="1×1 on colours").click()
    expect(lab.locator(".depth")).to_contain_text("64×64×3")
    expect(lab.locator(".depth")).to_contain_text("it changes the depth, here 3 → 2")
    lab.wait_for_url(lambda url: "picture=Shapes.Colour" in url)


@pytest.mark.browser
def test_on_a_phone_nothing_runs_out_of_the_page_and_the_knobs_follow_the_picture(lab):
    lab.set_viewport_size({"width": 390, "height": 844})
    lab.wait_for_function("document.scrollingElement.scrollWidth <= 390")
    tops = [
        lab.locator(name).first.bounding_box()["y"]
        for name in (
            ".first >> nth=0",
            ".trio > figure >> nth=0",
            ".work",
            ".said",
            ".side > .knob:not(.first)",
            ".controls",
            ".depth",
        )
    ]
    assert tops == sorted(tops)
    lab.set_viewport_size({"width": 1440, "height": 1100})
