"""Pictures from outside: what they decode to, and how bad ones are refused."""

import io
import os
import random
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFile, PngImagePlugin

from core.errors import UserError
from core.intake.images import MAX_BYTES, decode_image, read_image, shown
from core.intake.pixels import UPRIGHT, fit_to, to_rgb

DATA = os.environ.get("KERNELSCOPE_TEST_DATA")
real_files = pytest.mark.skipif(not DATA, reason="KERNELSCOPE_TEST_DATA is not set")


def encoded(image, format="PNG", **options):
    file = io.BytesIO()
    image.save(file, format=format, **options)
    return file.getvalue()


def a_photo(width=64, height=48):
    """A smooth picture without symmetry: colours run across, a dark box sits in one corner."""
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([x * 255 // width, y * 255 // height, np.full_like(x, 90)], axis=2).astype(np.uint8)
    image = Image.fromarray(pixels)
    ImageDraw.Draw(image).rectangle((4, 4, width // 3, height // 3), fill=(10, 20, 30))
    return image


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header_only(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def refusal(data, name="x.png"):
    with pytest.raises(UserError) as caught:
        decode_image(data, name)
    return caught.value


# ---------------------------------------------------------------------------------------------- refusals


def test_an_empty_file_is_refused():
    assert refusal(b"").code == "IMG_EMPTY"


@pytest.mark.parametrize(
    "data", [b"x", b"hello" * 100, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%!PS-Adobe-3.0"]
)
def test_what_is_no_picture_is_refused_with_the_formats_we_read(data):
    error = refusal(data)
    assert error.code == "IMG_NOT_AN_IMAGE"
    assert str(error) == "x.png is not a picture we can read. Use PNG, JPEG, WebP, BMP or GIF."


@pytest.mark.parametrize("format", ["TIFF", "EPS", "ICO", "PPM", "TGA"])
def test_formats_outside_the_list_are_refused_whatever_their_suffix(format):
    assert refusal(encoded(a_photo(), format)).code == "IMG_NOT_AN_IMAGE"


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_picture_cut_anywhere_is_named_as_cut(format):
    data = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)), format)
    for twentieth in range(1, 20):
        error = refusal(data[: len(data) * twentieth // 20], "cat.png")
        assert error.code == "IMG_TRUNCATED"
        assert "cat.png" in error.what
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


@pytest.mark.parametrize(("side", "megapixels"), [(5001, "25"), (10_000, "100"), (14_000, "196"), (20_000, "400")])
def test_too_many_pixels_are_refused_from_the_header(side, megapixels):
    data = png_header_only(side, side)
    decode_quickly = min(_seconds(lambda: refusal(data)) for _ in range(3))
    assert decode_quickly < 0.05
    error = refusal(data)
    assert error.code == "IMG_TOO_MANY_PIXELS"
    assert f"{megapixels} megapixels" in error.what
    assert "25 megapixels" in error.what


def _seconds(work):
    """Of work, not of waiting for others on the machine."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def test_a_small_file_that_decodes_to_169_megapixels_is_refused_before_decoding():
    rows = zlib.compressobj(9)
    body = b"".join(rows.compress(bytes(1 + 13_000)) for _ in range(13_000)) + rows.flush()
    header = struct.pack(">IIBBBBB", 13_000, 13_000, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    assert min(_seconds(lambda: refusal(data)) for _ in range(3)) < 0.1
    assert refusal(data).code == "IMG_TOO_MANY_PIXELS"


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (0, 0)])
def test_a_picture_without_pixels_is_refused(size):
    assert refusal(png_header_only(*size)).code == "IMG_TRUNCATED"


@pytest.mark.parametrize("before_pixels", [True, False])
def test_a_png_that_hides_megabytes_of_text_is_refused(before_pixels):
    whole = encoded(a_photo())
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(20_000_000), 9))
    at = 33 if before_pixels else len(whole) - 12
    assert refusal(whole[:at] + bomb + whole[at:]).code == "IMG_METADATA_TOO_LARGE"


def test_a_file_over_the_size_limit_is_refused():
    assert refusal(bytes(MAX_BYTES + 1)).code == "IMG_TOO_LARGE"


def test_a_gif_whose_first_frame_is_larger_than_its_screen_is_refused():
    data = bytearray(encoded(Image.new("P", (4, 4)), "GIF"))
    at = data.index(b",\0\0\0\0")
    data[at + 5 : at + 9] = struct.pack("<HH", 60_000, 60_000)
    assert refusal(bytes(data)).code == "IMG_TOO_MANY_PIXELS"


@pytest.mark.parametrize(
    "name",
    [
        "x" * 300 + ".png",
        "a\0b.png",
        "\u202egnp.exe",
        "<img src=x onerror=alert(1)>",
        "../../x",
        "CON",
        "\U0001f408.png",
    ],
)
def test_odd_names_are_shown_short_and_harmless(name):
    error = refusal(b"no picture", name)
    assert len(error.what) < 120
    assert "\0" not in error.what
    assert "\u202e" not in error.what


def test_ordinary_names_are_shown_as_they_are():
    assert shown("Zoë 猫 \U0001f408.png") == "Zoë 猫 \U0001f408.png"


# ---------------------------------------------------------------------------------------------- pixels


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_png_mode_gives_rgb_bytes_of_the_same_size(mode):
    image = a_photo().convert("L").convert(mode) if mode != "I;16" else Image.fromarray(np.zeros((48, 64), np.uint16))
    pixels = decode_image(encoded(image))
    assert (pixels.dtype, pixels.shape) == (np.uint8, (48, 64, 3))
    assert pixels.flags.writeable


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "L", "RGB"])
def test_jpeg_colour_modes_show_the_colours_of_the_original(mode):
    photo = a_photo()
    pixels = decode_image(encoded(photo.convert(mode), "JPEG", quality=95))
    expected = np.asarray(photo.convert(mode).convert("RGB"), dtype=int)
    assert np.abs(pixels - expected).mean() < 4


def test_16_bit_grey_is_scaled_not_clipped():
    values = np.array([[0, 128, 257, 40_000, 65_535]], dtype=np.uint16)
    assert decode_image(encoded(Image.fromarray(values)))[0, :, 0].tolist() == [0, 0, 1, 156, 255]


def test_32_bit_integers_and_floats_follow_the_documented_rule():
    integers = Image.fromarray(np.array([[-5, 40_000, 70_000]], dtype=np.int32))
    assert np.array(to_rgb(integers))[0, :, 0].tolist() == [0, 156, 255]
    floats = Image.fromarray(np.array([[-1.0, 99.6, 300.0, np.nan, np.inf]], dtype=np.float32))
    assert np.array(to_rgb(floats))[0, :, 1].tolist() == [0, 100, 255, 0, 255]


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_transparent_parts_are_laid_on_white(format):
    image = Image.new("RGBA", (3, 1))
    for x, pixel in enumerate([(255, 0, 0, 255), (0, 0, 0, 0), (0, 0, 0, 128)]):
        image.putpixel((x, 0), pixel)
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    pixels = decode_image(encoded(image, format, **options))
    assert pixels[0].tolist() == [[255, 0, 0], [255, 255, 255], [127, 127, 127]]


def test_a_transparent_palette_colour_is_laid_on_white():
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 0, 9, 8, 7])
    image.putpixel((1, 0), 1)
    for format in ("PNG", "GIF"):
        assert decode_image(encoded(image, format, transparency=0))[0].tolist() == [[255, 255, 255], [9, 8, 7]]


def test_a_transparent_16_bit_value_becomes_white():
    data = encoded(Image.fromarray(np.array([[7, 40_000]], dtype=np.uint16)))
    clear = chunk(b"tRNS", struct.pack(">H", 7))
    assert decode_image(data[:33] + clear + data[33:])[0, :, 0].tolist() == [255, 156]


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("longest", [None, 32])
def test_all_eight_exif_orientations_decode_to_the_same_upright_picture(format, longest):
    upright = decode_image(encoded(a_photo(256, 192), format), longest=longest)
    turned_back = {turn: turn for turn in UPRIGHT.values()}
    turned_back[Image.Transpose.ROTATE_90], turned_back[Image.Transpose.ROTATE_270] = (
        Image.Transpose.ROTATE_270,
        Image.Transpose.ROTATE_90,
    )
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = a_photo(256, 192)
        if orientation > 1:
            stored = stored.transpose(turned_back[UPRIGHT[orientation]])
        picture = read_image(encoded(stored, format, exif=exif), longest=longest)
        assert picture.pixels.shape == upright.shape
        assert (picture.width, picture.height) == (256, 192)
        assert np.abs(picture.pixels.astype(int) - upright).mean() < 3


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"]
)
def test_broken_exif_costs_the_orientation_not_the_picture(exif):
    assert decode_image(encoded(a_photo(), "JPEG", exif=exif)).shape == (48, 64, 3)


def test_only_pixels_come_out_of_a_picture_with_metadata():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "secret")
    exif = Image.Exif()
    exif[0x010F] = "camera"
    assert type(decode_image(encoded(a_photo(), pnginfo=notes, exif=exif))) is np.ndarray


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_an_animation_gives_its_first_frame_and_says_so(format):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "green")]
    options = {"lossless": True} if format == "WEBP" else {}
    data = encoded(frames[0], format, save_all=True, append_images=frames[1:], **options)
    picture = read_image(data)
    assert picture.is_animated
    assert picture.pixels[4, 4].tolist() == [255, 0, 0]


def test_a_gif_of_2000_frames_costs_no_more_than_one():
    frames = [Image.new("P", (16, 16), n % 2) for n in range(2000)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert _seconds(lambda: read_image(data)) < 1


def test_the_format_is_found_from_the_content_not_from_the_name():
    assert read_image(encoded(a_photo(), "JPEG"), "photo.png").format == "JPEG"


def test_a_phone_picture_with_an_extra_preview_is_a_plain_jpeg():
    picture = read_image(encoded(a_photo(), "MPO", save_all=True, append_images=[a_photo(16, 16)]), longest=16)
    assert (picture.format, picture.is_animated, picture.pixels.shape) == ("JPEG", False, (12, 16, 3))


# ---------------------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1), (4000, 300), (100, 80)])
@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_longest_bounds_the_longer_side_and_never_enlarges(size, format):
    picture = read_image(encoded(Image.new("RGB", size), format), longest=512)
    height, width = picture.pixels.shape[:2]
    assert max(height, width) == min(512, max(size))
    assert min(height, width) >= 1
    assert (picture.width, picture.height) == size


def test_shrinking_averages_areas():
    checkerboard = np.indices((64, 64)).sum(axis=0) % 2 * 255
    pixels = decode_image(encoded(Image.fromarray(checkerboard.astype(np.uint8))), longest=8)
    assert set(pixels.flat) <= {127, 128}


def test_a_large_jpeg_shrinks_to_the_same_picture_as_its_png():
    photo = a_photo(2400, 1800)
    from_jpeg = decode_image(encoded(photo, "JPEG", quality=95), longest=256)
    from_png = decode_image(encoded(photo, "PNG", compress_level=1), longest=256)
    assert from_jpeg.shape == from_png.shape == (192, 256, 3)
    assert np.abs(from_jpeg.astype(int) - from_png).mean() < 2


# ---------------------------------------------------------------------------------------------- fit_to


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(48, 64), (48, 64, 1), (48, 64, 3)])
def test_fit_to_gives_the_size_and_channels_asked_for(shape, channels):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    fitted = fit_to(image, 28, 20, channels)
    assert (fitted.shape, fitted.dtype) == ((28, 20, channels), np.uint8)
    assert np.array_equal(fitted, fit_to(image.copy(), 28, 20, channels))


def test_fit_to_leaves_a_fitting_picture_alone():
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    assert np.array_equal(fit_to(image, 9, 7, 3), image)
    assert np.array_equal(fit_to(image[:, ::-1], 9, 7, 3), image[:, ::-1])


def test_grey_survives_the_way_through_rgb():
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert np.array_equal(fit_to(fit_to(grey, 16, 16, 3), 16, 16, 1)[:, :, 0], grey)


def test_grey_is_luma():
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 255
    assert fit_to(red, 2, 2, 1)[0, 0, 0] == 76


def test_fit_to_shrinks_without_aliasing():
    stripes = np.tile(np.array([0, 255], np.uint8), (64, 32))
    assert np.abs(fit_to(stripes, 8, 8, 1).astype(int) - 127).max() < 12


@pytest.mark.parametrize(
    ("image", "channels"), [(np.zeros((4, 4)), 1), (np.zeros((4, 4, 4), np.uint8), 3), (np.zeros((4, 4), np.uint8), 2)]
)
def test_fit_to_names_a_wrong_argument(image, channels):
    with pytest.raises(ValueError, match="must be"):
        fit_to(image, 2, 2, channels)


# ---------------------------------------------------------------------------------------------- real and mutated files


@real_files
def test_the_turned_hoppers_all_stand_upright():
    folder = Path(DATA) / "uploads"
    pictures = [decode_image(path.read_bytes()).astype(int) for path in sorted(folder.glob("hopper_orientation_*.*"))]
    plain = decode_image((folder / "hopper.bmp").read_bytes()).astype(int)
    assert len(pictures) == 8
    for picture in pictures:
        assert np.abs(picture - plain).mean() < 6


@real_files
def test_every_odd_real_file_decodes_or_is_refused_quickly():
    outcomes = {}
    for path in sorted((Path(DATA) / "uploads").glob("*.*")):
        start = time.thread_time()
        try:
            outcomes[path.name] = decode_image(path.read_bytes(), path.name).dtype
        except UserError as error:
            outcomes[path.name] = error.code
        assert time.thread_time() - start < 1
    refused = {name: code for name, code in outcomes.items() if isinstance(code, str)}
    assert refused == {
        "LICENSE.Pillow.MIT-CMU": "IMG_NOT_AN_IMAGE",
        "broken.png": "IMG_TRUNCATED",
        "truncated_jpeg.jpg": "IMG_TRUNCATED",
        "zero_width.gif": "IMG_TRUNCATED",
    }


def seeds_for_mutation():
    photo = a_photo(40, 30)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield encoded(photo, exif=exif)
    yield encoded(photo.convert("P"), transparency=3)
    yield encoded(Image.fromarray(np.arange(1200, dtype=np.uint16).reshape(30, 40)))
    yield encoded(photo, "JPEG", exif=exif)
    yield encoded(photo.convert("CMYK"), "JPEG")
    yield encoded(photo, "WEBP")
    yield encoded(photo, "BMP")
    yield encoded(photo, "GIF", save_all=True, append_images=[a_photo(40, 30).rotate(90)])
    yield encoded(photo, "PNG", save_all=True, append_images=[a_photo(40, 30).rotate(90)])


def mutated(data, chance):
    data = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        # Headers decide most, so half of the damage goes there.
        at = chance.randrange(min(len(data), 120)) if chance.random() < 0.5 else chance.randrange(len(data))
        if chance.random() < 0.8:
            data[at] = chance.randrange(256)
        else:
            del data[at : at + chance.randint(1, 9)]
    return bytes(data)


def test_damaged_pictures_decode_or_are_refused_and_nothing_else():
    chance, outcomes = random.Random(7), {"ok": 0, "refused": 0}
    for data in seeds_for_mutation():
        for _ in range(70):
            try:
                decode_image(mutated(data, chance), longest=chance.choice([None, 16]))
                outcomes["ok"] += 1
            except UserError:
                outcomes["refused"] += 1
    assert min(outcomes.values()) > 40
