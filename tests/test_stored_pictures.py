"""In what form a picture of an upload is kept: the very pixels that were decoded, and nothing else of the file."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from odd_images import odd_images
from PIL import Image

from core.errors import UserError
from core.intake.images import read_image
from core.intake.pixels import LONGEST
from core.intake.plain_jpeg import plain
from core.intake.storing import AHEAD, in_turn, stored_form

SECRET = b"52.3759N 4.8975E Leica"


def kept(data):
    picture = read_image(data, longest=LONGEST)
    ending, stored = stored_form(data, picture)
    return picture.pixels, ending, stored


def jpeg(**options):
    picture = Image.fromarray(np.random.default_rng(3).integers(0, 256, (50, 70, 3), np.uint8).repeat(2, 0))
    file = io.BytesIO()
    picture.save(file, "JPEG", **options)
    return file.getvalue()


def shared():
    folder = Path(os.environ.get("KERNELSCOPE_TEST_DATA", "nowhere"))
    return {path.name: path.read_bytes() for part in ("uploads", "photos") for path in (folder / part).glob("*.*")}


def test_every_picture_is_kept_pixel_by_pixel_without_what_it_tells_beside():
    seen = set()
    for name, data in (odd_images() | shared()).items():
        try:
            pixels, ending, stored = kept(data)
        except UserError:
            continue
        seen.add(ending)
        np.testing.assert_array_equal(read_image(stored, longest=LONGEST).pixels, pixels, err_msg=name)
        with Image.open(io.BytesIO(stored)) as image:
            assert not image.getexif() and not {"icc_profile", "comment", "xmp", "photoshop"} & set(image.info), name
    assert seen == {"jpg", "webp"}


@pytest.mark.parametrize(
    "options",
    [{}, {"quality": 30}, {"subsampling": 0}, {"subsampling": 2, "optimize": True}, {"restart_marker_blocks": 2}],
    ids=str,
)
def test_a_small_jpeg_is_kept_as_it_is(options):
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()
    data = jpeg(comment=SECRET, exif=exif, icc_profile=SECRET * 20, **options)
    pixels, ending, stored = kept(data)

    assert ending == "jpg" and len(stored) < len(data) and SECRET in data and SECRET not in stored
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(stored))), pixels)
    assert plain(stored) == stored
    assert plain(stored + SECRET) == stored, "what hangs behind the picture goes too"


def test_a_jpeg_that_is_turned_shrunk_or_of_another_kind_is_kept_without_loss():
    exif = Image.Exif()
    exif[0x0112] = 6
    cmyk = io.BytesIO()
    Image.new("CMYK", (40, 30), (10, 200, 30, 0)).save(cmyk, "JPEG")
    large = io.BytesIO()
    Image.new("RGB", (900, 40), "red").save(large, "JPEG")
    for data in (jpeg(exif=exif), jpeg(progressive=True), cmyk.getvalue(), large.getvalue()):
        pixels, ending, stored = kept(data)
        assert ending == "webp"
        np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(stored))), pixels)


def test_half_a_jpeg_is_no_jpeg():
    data = jpeg()
    for end in range(0, len(data) - 1, 7):
        assert plain(data[:end]) is None
    assert plain(b"\xff\xd8" + b"\xff\xe0\x00\x02" * 5000) is None


def test_work_comes_back_in_order_and_only_a_few_are_taken_ahead():
    taken = []

    def source():
        for number in range(30):
            taken.append(number)
            yield number

    for number, (item, squared) in enumerate(in_turn(lambda one: one * one, source())):
        assert (item, squared) == (number, number * number)
        assert len(taken) <= number + AHEAD
    assert len(taken) == 30


def test_what_fails_fails_where_its_turn_comes():
    found = in_turn(lambda one: 1 // (2 - one), range(9))
    assert [next(found)[1], next(found)[1]] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(found)
