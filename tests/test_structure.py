"""What a picture will cost is read from its headers, and what costs too much is refused before it is decoded."""

import numpy as np
import pytest
from odd_images import (
    chunk,
    encoded,
    gif_of_blocks,
    jpeg_of_scans,
    photo_of_a_phone,
    png,
    scene,
    scene_jpeg,
    sized_jpeg,
    webp_of,
)

from core.errors import UserError
from core.intake import images
from core.intake.images import MAX_SCANS, MAX_SIDE, read_image
from core.intake.pixels import LONGEST
from core.intake.structure import MAX_BLOCKS, MAX_PARTS, is_quick, structure
from tests.pets import refusal

COSTLY = {
    "scans": (lambda: jpeg_of_scans(MAX_SCANS + 1), "IMG_TOO_MANY_SCANS", "more than 100 scans"),
    "chunks": (
        lambda: png(8, 8, *[chunk(b"tEXt", b"a\0b")] * MAX_PARTS),
        "IMG_TOO_MANY_PARTS",
        "more than 10,000 parts",
    ),
    "empty chunks": (lambda: png(8, 8, *[chunk(b"IDAT", b"")] * MAX_PARTS), "IMG_TOO_MANY_PARTS", "parts"),
    "segments": (lambda: b"\xff\xd8" + b"\xff\xfe\0\2" * 20_000 + scene_jpeg()[2:], "IMG_TOO_MANY_PARTS", "parts"),
    "blocks": (lambda: gif_of_blocks(MAX_BLOCKS + 1), "IMG_TOO_MANY_PARTS", "more than 250,000 parts"),
    "high": (lambda: png(1, 24_900_000), "IMG_SIDE_TOO_LONG", "24,900,000 pixels; the limit is 30,000"),
    "wide": (lambda: png(MAX_SIDE + 1, 20), "IMG_SIDE_TOO_LONG", "30,001 pixels"),
    "webp": (lambda: webp_of(4001, 4000), "IMG_TOO_MANY_PIXELS", "the limit for a WebP is 16 megapixels"),
    "jpeg": (lambda: sized_jpeg(20_000, 10_001), "IMG_TOO_MANY_PIXELS", "the limit is 200 megapixels"),
    "progressive": (
        lambda: sized_jpeg(10_000, 8_000, progressive=True),
        "IMG_PROGRESSIVE_TOO_LARGE",
        "a progressive JPEG of 80 megapixels",
    ),
}


@pytest.mark.parametrize("kind", COSTLY)
def test_what_costs_too_much_is_refused_by_its_headers_in_one_sentence(kind, monkeypatch):
    make, code, words = COSTLY[kind]
    data = make()
    monkeypatch.setattr(images, "upright_rgb", lambda *given: pytest.fail("it was decoded"))
    with pytest.raises(UserError, match=words) as caught:
        read_image(data, "x.img", LONGEST)
    assert caught.value.code == code
    assert caught.value.remedy
    assert len(data) < 2_000_000


def test_what_lies_just_below_the_limits_is_read():
    for data in (
        jpeg_of_scans(MAX_SCANS),
        png(8, 8, *[chunk(b"tEXt", b"a\0b")] * (MAX_PARTS - 4)),
        gif_of_blocks(MAX_BLOCKS - 100),
        png(MAX_SIDE, 2),
    ):
        assert read_image(data, "x", LONGEST).pixels.shape[2] == 3


def test_the_attacks_of_the_collection_are_refused_from_their_headers(test_data, monkeypatch):
    monkeypatch.setattr(images, "upright_rgb", lambda *given: pytest.fail("it was decoded"))
    codes = {"many_scans_2000.jpg": "IMG_TOO_MANY_SCANS", "tall_1x24900000.png": "IMG_SIDE_TOO_LONG"}
    for name, code in codes.items():
        data = (test_data / "attacks" / name).read_bytes()
        assert refusal(lambda data=data: read_image(data, "x", LONGEST)).code == code


def test_the_structure_of_any_bytes_is_read_to_an_end():
    chance = np.random.default_rng(5)
    whole = [jpeg_of_scans(3), png(9, 9), gif_of_blocks(5), webp_of(9, 9), encoded(scene(9, 9), "BMP")]
    for data in [*whole, b"", b"\xff\xd8\xff", b"GIF89a", b"BM", b"RIFF....WEBP", b"\x89PNG\r\n\x1a\n"]:
        for cut in range(len(data)):
            assert structure(data[:cut]).parts <= MAX_BLOCKS + 1
        for _ in range(300):
            broken = bytearray(data or b"x")
            broken[chance.integers(len(broken))] = chance.integers(256)
            assert structure(bytes(broken)).scans >= 1


def test_the_structure_tells_size_scans_and_memory():
    progressive = encoded(scene(1600, 800), "JPEG", progressive=True)
    found = structure(progressive)
    assert (found.format, found.width, found.height, found.scans) == ("JPEG", 1600, 800, 10)
    assert found.coefficient_bytes == 2 * 1600 * 800 * 1.5  # colours at half the width and height: 1 + 1/4 + 1/4
    assert structure(encoded(scene(1600, 800), "JPEG")).coefficient_bytes == 0
    for kind in ("PNG", "WEBP", "BMP", "GIF"):
        found = structure(encoded(scene(70, 50), kind))
        assert (found.format, found.width, found.height) == (kind, 70, 50)
    assert not is_quick(photo_of_a_phone(8000, 6000))
    assert is_quick(scene_jpeg())
