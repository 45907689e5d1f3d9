"""The picture of a lab in its link: samples by name, small ones of somebody's own as pixels."""

import base64
import io
import zlib

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import child, datasets
from core.datasets.digits import Digits
from core.errors import UserError
from core.labs import images as lab_images
from core.labs.picture_link import MOST, Sample, pixels_link, read_picture

LABS = {
    "convolution": "22_Convolution.py",
    "pooling": "25_Pooling.py",
    "filters": "27_Filters.py",
}


def packed(sides, pixels):
    data = np.array(sides, ">u2").tobytes() + pixels
    return "pixels." + base64.urlsafe_b64encode(zlib.compress(data)).decode().rstrip("=")


@pytest.mark.parametrize(
    "sample", [Sample("Photos", "Flower", 64), Sample("Shapes", "Disc", 8), Sample("Digits", "", 0)]
)
def test_a_sample_comes_back_from_its_link(sample):
    assert read_picture(sample.to_link()) == sample


@pytest.mark.parametrize("shape", [(1, 1, 1), (28, 28, 1), (9, 30, 3), (512, 1, 1)])
def test_a_small_picture_comes_back_from_its_link_pixel_by_pixel(shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape, np.uint8)

    np.testing.assert_array_equal(read_picture(pixels_link(pixels)), pixels)


def test_a_picture_too_large_for_an_address_has_no_link():
    noise = np.random.default_rng(2).integers(0, 256, (128, 128, 3), np.uint8)

    assert pixels_link(noise) == ""
    assert pixels_link(np.zeros((512, 512, 3), np.uint8)) == ""
    assert 0 < len(pixels_link(np.zeros((128, 128, 3), np.uint8))) < MOST  # what is even packs well


@pytest.mark.parametrize(
    "link",
    [
        "",
        "Photos.Nobody.64",
        "Photos.Temple.65",
        "Shapes.Disc.-8",
        "Shapes.Disc.eight",
        "Digits.x.1",
        "Digits..99999999999999999999",
        "../../etc.passwd.8",
        "pixels.",
        "pixels.AAAA",
        packed((2, 2, 2), bytes(8)),
        packed((2, 2, 1), bytes(3)),
        packed((0, 0, 1), b"x"),
        packed((600, 1, 1), bytes(600)),
        packed((500, 500, 3), bytes(750_000)),
    ],
)
def test_a_link_that_names_no_picture_is_refused(link):
    with pytest.raises(UserError):
        read_picture(link)


@pytest.fixture
def app(monkeypatch):
    """The app of a fresh visitor; `drawn` holds what labs were given."""
    drawn = {}
    monkeypatch.setattr("pages.components.runs.launching.launcher", lambda: None)
    monkeypatch.setattr("pages.components.frame.lens.client", lambda: None)
    monkeypatch.setattr(
        "pages.components.labs.lab.show", lambda name, kind, picture=None, **data: drawn.update({name: picture} | data)
    )
    app = AppTest.from_file(str(child.ROOT / "streamlit_app.py"), default_timeout=60).run()
    app.drawn = drawn
    return app


def opened(app, name, picture=None):
    if picture is not None:
        app.query_params["picture"] = picture
    app.switch_page(f"pages/6_Learn_convolution/{LABS[name]}").run()
    assert not app.exception
    return app.drawn[name]


@pytest.mark.parametrize("name", LABS)
def test_a_link_shows_the_sample_that_was_sent_and_the_address_follows_the_choice(app, name):
    digit = np.array(datasets.load(Digits(), 0.0, 0).images[412])

    np.testing.assert_array_equal(opened(app, name, "Digits..412"), digit)
    assert app.query_params["picture"] in ("Digits..412", ["Digits..412"])
    app.segmented_control[0].set_value("Shapes").run()
    assert app.query_params["picture"] in ("Shapes.Vertical edge.16", ["Shapes.Vertical edge.16"])
    assert app.drawn[name].shape == (16, 16, 1)


def test_a_link_holds_a_drawing_and_a_large_picture_is_said_not_to_be_in_it(app, monkeypatch):
    drawing = np.random.default_rng(3).integers(0, 256, (16, 16, 1), np.uint8)
    np.testing.assert_array_equal(opened(app, "convolution", pixels_link(drawing)), drawing)
    said = "The link of this page holds what you set, not this picture"
    assert not [one for one in app.caption if said in one.value]

    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(4).integers(0, 256, (200, 200, 3), np.uint8)).save(file, "PNG")
    large = lab_images.from_file(file.getvalue(), "mine.png")
    monkeypatch.setattr("pages.components.labs.lab_image._have", lambda *args: large)
    app.run()
    assert [one for one in app.caption if said in one.value]
    assert "picture" not in app.query_params


def test_a_link_to_a_picture_that_is_not_here_is_told_and_the_lab_begins_with_its_own(app):
    assert opened(app, "pooling", "Photos.Nobody.64").ndim == 3
    assert "picture" in app.query_params
    assert "Nobody" not in str(app.query_params["picture"])
