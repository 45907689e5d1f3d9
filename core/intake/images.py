"""Pictures that people bring: decoded by one documented rule, or refused in one sentence."""

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

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
"""Pillow opens over 40 formats, one of them by starting Ghostscript; these five are all that people bring."""

MAX_PIXELS = 25_000_000
"""A 5000 x 5000 photo. Decoding takes about 4 bytes per pixel several times over, so this stays well under 512 MB."""

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
    MemoryError,
    struct.error,
    zlib.error,
)

# How files of the five formats begin: tells a damaged picture from something else.
MAGIC = re.compile(rb"\x89PNG|\xff\xd8\xff|RIFF....WEBP|BM|GIF8[79]a", re.DOTALL)

# EXIF tag 0x0112, "Orientation": how a viewer must turn the stored pixels so that the picture stands upright.
ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class DecodedImage:
    """A decoded picture and what was learned about its file.

    Args:
        pixels: uint8 (H, W, 3), RGB, 0..255, upright.
        width, height: size of the upright picture before any shrinking, in pixels.
        format: one of `FORMATS`, found from the content, not from the name.
        is_animated: whether more frames follow the first, which is the one decoded.
    """

    pixels: np.ndarray
    width: int
    height: int
    format: str
    is_animated: bool


def decode_image(data: bytes, name: str = "The picture", longest: int | None = None) -> np.ndarray:
    """Turns the bytes of a picture file into the pixels everyone agrees on: upright, RGB, without metadata.

    The rule for each kind of pixel (metadata, colour profiles and frames after the first are dropped):

    - 1, L, P: grey or palette colours, as RGB. RGB: as it is. 16 bits per colour: the upper 8 bits.
    - LA, RGBA, P or RGB with transparency: laid on white.
    - CMYK, YCbCr: Pillow's plain conversion.
    - I;16, I (16-bit grey): divided by 257 and rounded, 40000 -> 156; never clipped.
    - F (no file of the five formats has it): 0..255, clipped; not-a-number is black.

    Args:
        data: the whole file.
        name: what to call it in a refusal.
        longest: when given, the longer side of the result is at most this many pixels (area averaging).

    Returns:
        uint8 (H, W, 3), 0..255.

    Raises:
        UserError: empty, not a picture, damaged, or over a limit.
    """
    return read_image(data, name, longest).pixels


def read_image(data: bytes, name: str = "The picture", longest: int | None = None) -> DecodedImage:
    """`decode_image`, with the file's format and original size.

    Raises:
        UserError: as `decode_image`.
    """
    _check_file(data, name)
    with warnings.catch_warnings():
        # Odd EXIF or palettes only cost a warning of Pillow's; too many pixels must cost the picture.
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _decode(data, name, longest)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_many_pixels(name, _pixels_in(error)) from error
        except UnidentifiedImageError as error:
            raise (_damaged(name) if MAGIC.match(data) else _not_an_image(name)) from error
        except DAMAGE as error:
            raise (_too_much_text(name) if _is_text_bomb(error) else _damaged(name)) from error


def fit_to(image: np.ndarray, height: int, width: int, channels: int) -> np.ndarray:
    """Gives a picture the size and the channels that a network reads; training and predicting both use it.

    The whole picture is kept, so its aspect ratio may change. Shrinking averages over what it covers (PIL's antialiased
    bilinear filter). Grey is ITU-R 601 luma: 0.299 R + 0.587 G + 0.114 B.

    Args:
        image: uint8 (H, W), (H, W, 1) or (H, W, 3), 0..255.
        height, width: of the result, in pixels.
        channels: 1 for grey, 3 for RGB.

    Returns:
        uint8 (height, width, channels), 0..255; the same input always gives the same bytes.

    Raises:
        ValueError: another shape, dtype or number of channels.

    Source: PIL.Image.Image.resize and convert("L").
    """
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (1, 3)):
        raise ValueError(f"image must be uint8 (H, W), (H, W, 1) or (H, W, 3), not {image.dtype} {image.shape}")
    if channels not in (1, 3):
        raise ValueError(f"channels must be 1 or 3, not {channels}")
    flat = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
    picture = Image.fromarray(np.ascontiguousarray(flat)).convert("L" if channels == 1 else "RGB")
    fitted = picture.resize((width, height), Image.Resampling.BILINEAR)
    return np.array(fitted).reshape(height, width, channels)


def to_rgb(image: Image.Image) -> Image.Image:
    """Applies the rule of `decode_image` to the pixels of one loaded picture.

    Args:
        image: any mode.

    Returns:
        mode RGB, the same size.
    """
    if image.mode.startswith("I"):
        return Image.fromarray(_from_16_bits(image)).convert("RGB")
    if image.mode == "F":
        values = np.nan_to_num(np.asarray(image), nan=0.0)
        return Image.fromarray(np.rint(values.clip(0, 255)).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(layer, mask=layer)
        return paper
    return image.convert("RGB")


def shown(name: str) -> str:
    """A name from outside as it can be shown: at most 60 characters, none of which moves or hides the others."""
    # Category C: control, direction (U+202E turns a line around), private and unassigned characters.
    clean = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(mark)[0] == "C" else mark for mark in name)
    return clean if len(clean) <= 60 else f"{clean[:28]}...{clean[-28:]}"


def _check_file(data: bytes, name: str) -> None:
    if not data:
        raise UserError(f"{shown(name)} is empty.", "Choose another picture.", "IMG_EMPTY")
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1e6:.1f} MB"
        limit = f"{MAX_BYTES / 1e6:.0f} MB"
        raise UserError(
            f"{shown(name)} has {size}; the limit is {limit}.", "Save it smaller, for example as JPEG.", "IMG_TOO_LARGE"
        )


def _decode(data: bytes, name: str, longest: int | None) -> DecodedImage:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        size = image.size
        if size[0] * size[1] > MAX_PIXELS:
            raise _too_many_pixels(name, size[0] * size[1])
        is_animated = _is_animated(image)
        if longest:
            # JPEG only, and free: the file is decoded at 1/2, 1/4 or 1/8 of its size, never below what is asked for.
            image.draft(None, _shrunk(size, longest))
        image.load()
        turn = UPRIGHT.get(_orientation(image))
        upright = to_rgb(image)
        format_name = "JPEG" if image.format == "MPO" else str(image.format)
    if longest and upright.size != _shrunk(size, longest):
        upright = upright.resize(_shrunk(size, longest), Image.Resampling.BOX)
    if turn is not None:
        upright = upright.transpose(turn)
    # The four turns that swap the sides are 5 to 8.
    width, height = size[::-1] if turn in (UPRIGHT[5], UPRIGHT[6], UPRIGHT[7], UPRIGHT[8]) else size
    return DecodedImage(np.array(upright), width, height, format_name, is_animated)


def _is_animated(image: Image.Image) -> bool:
    # Looking for a second frame reads on in the file; damage there does not harm the first frame.
    try:
        return bool(getattr(image, "is_animated", False)) and image.format != "MPO"
    except DAMAGE:
        return False


def _orientation(image: Image.Image) -> int:
    # Cameras and editors write broken EXIF often; a picture without a known orientation stands as stored.
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except DAMAGE:
        return 1
    return value if isinstance(value, int) else 1


def _shrunk(size: tuple[int, int], longest: int) -> tuple[int, int]:
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _from_16_bits(image: Image.Image) -> np.ndarray:
    values = np.asarray(image).clip(0, 65535).astype(np.uint32)
    grey = ((values + 128) // 257).astype(np.uint8)  # (H, W); 65535 / 257 = 255 exactly
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        grey[values == clear] = 255
    return grey


def _pixels_in(error: Exception) -> int | None:
    # Pillow refuses the largest headers before it tells us their size; its message has the number.
    found = re.search(r"\((\d+) pixels\)", str(error))
    return int(found.group(1)) if found else None


def _is_text_bomb(error: BaseException) -> bool:
    return isinstance(error, ValueError) and ("MAX_TEXT" in str(error) or "text chunk" in str(error))


def _too_many_pixels(name: str, pixels: int | None) -> UserError:
    count = f"{pixels / 1e6:.0f} megapixels" if pixels else "too many pixels"
    limit = f"{MAX_PIXELS / 1e6:.0f} megapixels"
    remedy = "Make it smaller, for example 1000 pixels wide, and try again."
    return UserError(f"{shown(name)} has {count}; the limit is {limit}.", remedy, "IMG_TOO_MANY_PIXELS")


def _not_an_image(name: str) -> UserError:
    return UserError(f"{shown(name)} is not a picture we can read.", f"Use {FORMAT_WORDS}.", "IMG_NOT_AN_IMAGE")


def _damaged(name: str) -> UserError:
    remedy = "Open it in a picture viewer and save it again, or choose another one."
    return UserError(f"{shown(name)} is damaged or was cut off.", remedy, "IMG_TRUNCATED")


def _too_much_text(name: str) -> UserError:
    remedy = "Save it again without comments and metadata."
    return UserError(f"{shown(name)} carries too much hidden text.", remedy, "IMG_METADATA_TOO_LARGE")
