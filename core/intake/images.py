"""The gate for pictures that people bring: what is no picture, or costs too much, is refused in one sentence.

What a good one becomes is said in `pixels`. How much a file will cost is known from `structure` and its header, before
anything is decoded.
"""

import io
import re
import struct
import unicodedata
import warnings
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.errors import UserError
from core.intake.pixels import FORMATS, MAX_PIXELS_SHRUNK, UPRIGHT, orientation, upright_rgb
from core.intake.structure import Structure, structure

MAX_PIXELS = 25_000_000
"""A 5000 x 5000 picture. Its pixels take 4 bytes each, twice, which stays under the 300 MiB of the decoder."""

MAX_PIXELS_WEBP = 16_000_000
"""libwebp keeps two canvases and Pillow two copies: 16 bytes a pixel, 256 MB; with an alpha channel it is refused at
about 12 megapixels, when the memory is used up."""

MAX_SIDE = 30_000
"""px: more than a panorama of a phone has; rows of one pixel each cost far more than their pixels."""

MAX_SCANS = 100
"""A progressive JPEG has about ten; each one passes over the whole picture again."""

MAX_COEFFICIENT_BYTES = 220_000_000
"""A progressive JPEG stays in memory until its last scan: 73 megapixels of the usual kind, 36 with full colours."""

MAX_BYTES = 25_000_000
"""Larger files are seldom photos, and the browser's upload limit is of the same size."""

FORMAT_WORDS = "PNG, JPEG, WebP, BMP or GIF"

# What Pillow and its plugins raise on damaged data: the list of Pillow's own fuzzers, and what header fields give.
DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    AttributeError,
    NotImplementedError,
    struct.error,
    zlib.error,
)

# How files of the five formats begin: tells a damaged picture from something else.
MAGIC = re.compile(rb"\x89PNG|\xff\xd8\xff|RIFF....WEBP|BM|GIF8[79]a", re.DOTALL)


@dataclass(frozen=True)
class DecodedImage:
    """A decoded picture and what was learned about its file.

    Args:
        pixels: uint8 (H, W, 3), RGB, 0..255, upright.
        width, height: size of the upright picture before any shrinking, in pixels.
        format: one of `FORMATS`, found from the content, not from the name.
        is_animated: whether more frames follow the first, which is the one decoded.
        is_turned: whether the file says that its pixels lie otherwise than upright.
    """

    pixels: np.ndarray
    width: int
    height: int
    format: str
    is_animated: bool
    is_turned: bool = False


def decode_image(data: bytes, name: str = "The picture", longest: int | None = None) -> np.ndarray:
    """`read_image`, its pixels only.

    Raises:
        UserError: as `read_image`.
    """
    return read_image(data, name, longest).pixels


def read_image(data: bytes, name: str = "The picture", longest: int | None = None) -> DecodedImage:
    """Turns the bytes of a picture file into the pixels everyone agrees on: `pixels.upright_rgb`, behind all checks.

    Args:
        data: the whole file.
        name: what to call it in a refusal.
        longest: when given, the longer side of the result is at most this many pixels (area averaging), and a JPEG may
            have more pixels, as it is shrunk while it is decoded.

    Raises:
        UserError: empty, not a picture, damaged, or over a limit.
    """
    check_file(data, name)
    with warnings.catch_warnings():
        # Odd EXIF or palettes only cost a warning of Pillow's; too many pixels must cost the picture.
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _decode(data, name, longest)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_many_pixels(name, _pixels_in(error), _pixel_limit(structure(data), longest)) from error
        except UnidentifiedImageError as error:
            raise (_damaged(name) if MAGIC.match(data) else _not_an_image(name)) from error
        except MemoryError as error:
            raise _needs_memory(name) from error
        except DAMAGE as error:
            raise (_too_much_text(name) if _is_text_bomb(error) else _damaged(name)) from error


def shown(name: str) -> str:
    """A name from outside as it can be shown: at most 60 characters, none of which moves or hides the others."""
    # Category C: control, direction (U+202E turns a line around), private and unassigned characters.
    clean = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(mark)[0] == "C" else mark for mark in name)
    return clean if len(clean) <= 60 else f"{clean[:28]}...{clean[-28:]}"


def check_file(data: bytes, name: str) -> None:
    """What needs no look inside.

    Raises:
        UserError: empty, or more than `MAX_BYTES`.
    """
    if not data:
        raise UserError(f"{shown(name)} is empty.", "Choose another picture.", "IMG_EMPTY")
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1e6:.1f} MB"
        limit = f"{MAX_BYTES / 1e6:.0f} MB"
        raise UserError(
            f"{shown(name)} has {size}; the limit is {limit}.", "Save it smaller, for example as JPEG.", "IMG_TOO_LARGE"
        )


def _decode(data: bytes, name: str, longest: int | None) -> DecodedImage:
    built = structure(data)
    _check_structure(built, name)
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        size = image.size
        _check_size(size, built, name, longest)
        is_animated = _is_animated(image)
        format_name = "JPEG" if image.format == "MPO" else str(image.format)
        pixels = upright_rgb(image, longest)
        turn = UPRIGHT.get(orientation(image))
        swaps = turn in (UPRIGHT[5], UPRIGHT[6], UPRIGHT[7], UPRIGHT[8])  # the four turns that swap the sides
    width, height = size[::-1] if swaps else size
    return DecodedImage(pixels, width, height, format_name, is_animated, turn is not None)


def _check_structure(built: Structure, name: str) -> None:
    """What must be known before Pillow opens the file, as opening already costs it."""
    if built.scans > MAX_SCANS:
        what = f"{shown(name)} is a JPEG of more than {MAX_SCANS} scans."
        raise UserError(what, "Open it in a picture viewer and save it again.", "IMG_TOO_MANY_SCANS")
    if built.parts > built.most:
        what = f"{shown(name)} is made of more than {built.most:,} parts."
        raise UserError(what, "Open it in a picture viewer and save it again.", "IMG_TOO_MANY_PARTS")
    if built.format == "WEBP" and built.pixels > MAX_PIXELS_WEBP:
        raise _too_many_pixels(name, built.pixels, MAX_PIXELS_WEBP, "a WebP")


def _check_size(size: tuple[int, int], built: Structure, name: str, longest: int | None) -> None:
    """What the header must not announce."""
    if size[0] * size[1] > (limit := _pixel_limit(built, longest)):
        raise _too_many_pixels(name, size[0] * size[1], limit)
    if max(size) > MAX_SIDE:
        what = f"{shown(name)} has a side of {max(size):,} pixels; the limit is {MAX_SIDE:,}."
        raise UserError(what, "Cut it into pieces, or make it smaller.", "IMG_SIDE_TOO_LONG")
    if built.coefficient_bytes > MAX_COEFFICIENT_BYTES:
        what = f"{shown(name)} is a progressive JPEG of {size[0] * size[1] / 1e6:.0f} megapixels, too large to decode."
        raise UserError(what, "Save it as an ordinary JPEG (baseline), or smaller.", "IMG_PROGRESSIVE_TOO_LARGE")


def _pixel_limit(built: Structure, longest: int | None) -> int:
    is_shrunk = bool(longest) and built.format == "JPEG" and not built.is_lossless
    return MAX_PIXELS_SHRUNK if is_shrunk else MAX_PIXELS


def _is_animated(image: Image.Image) -> bool:
    # Looking for a second frame reads on in the file; damage there does not harm the first frame.
    try:
        return bool(getattr(image, "is_animated", False)) and image.format != "MPO"
    except DAMAGE:
        return False


def _pixels_in(error: Exception) -> int | None:
    # Pillow refuses the largest headers before it tells us their size; its message has the number.
    found = re.search(r"\((\d+) pixels\)", str(error))
    return int(found.group(1)) if found else None


def _is_text_bomb(error: BaseException) -> bool:
    return isinstance(error, ValueError) and ("MAX_TEXT" in str(error) or "text chunk" in str(error))


def _too_many_pixels(name: str, pixels: int | None, limit: int, kind: str = "") -> UserError:
    count = f"{pixels / 1e6:.0f} megapixels" if pixels else "too many pixels"
    most = f"the limit{f' for {kind}' if kind else ''} is {limit / 1e6:.0f} megapixels"
    jpeg = "" if limit == MAX_PIXELS_SHRUNK else f" A JPEG may have {MAX_PIXELS_SHRUNK / 1e6:.0f} megapixels."
    remedy = f"Make it smaller, for example 1000 pixels wide, and try again.{jpeg}"
    return UserError(f"{shown(name)} has {count}; {most}.", remedy, "IMG_TOO_MANY_PIXELS")


def _needs_memory(name: str) -> UserError:
    remedy = "Make it smaller, for example 1000 pixels wide, and try again."
    return UserError(f"{shown(name)} needs too much memory to be decoded.", remedy, "IMG_NEEDS_MEMORY")


def _not_an_image(name: str) -> UserError:
    return UserError(f"{shown(name)} is not a picture we can read.", f"Use {FORMAT_WORDS}.", "IMG_NOT_AN_IMAGE")


def _damaged(name: str) -> UserError:
    remedy = "Open it in a picture viewer and save it again, or choose another one."
    return UserError(f"{shown(name)} is damaged or was cut off.", remedy, "IMG_TRUNCATED")


def _too_much_text(name: str) -> UserError:
    remedy = "Save it again without comments and metadata."
    return UserError(f"{shown(name)} carries too much hidden text.", remedy, "IMG_METADATA_TOO_LARGE")
